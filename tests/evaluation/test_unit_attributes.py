"""Laws of the attribute `units`: pint's default registry reads it, and it means what was declared.

The oracle is pint as it comes, and the dimension of each unit by its definition in SI.
"""

from __future__ import annotations

import numpy as np
import pint
import pytest

import leakscape as ls
from leakscape.declare import units
from leakscape.declare.find import find, registered
from leakscape.declare.unit_attribute import attribute, spelled
from leakscape.picture.typography import label
from leakscape.sweep import Sweep

REGISTRY = pint.UnitRegistry()


@pytest.mark.parametrize(
    ("unit", "told", "again", "in_SI"),
    [
        ("mS/cm2", "mS/cm**2", "mS/cm2", "10 siemens / meter ** 2"),
        ("uA/cm2", "uA/cm**2", "uA/cm2", "0.01 ampere / meter ** 2"),
        ("uF/cm2", "uF/cm**2", "uF/cm2", "0.01 farad / meter ** 2"),
        ("um2", "um**2", "um2", "1e-12 meter ** 2"),
        ("um3", "um**3", "um3", "1e-18 meter ** 3"),
        ("MOhm", "megaohm", "MOhm", "1e6 ohm"),
        ("kOhm cm2", "kiloohm*cm**2", "kOhm cm2", "0.1 ohm * meter ** 2"),
        ("kΩ·cm²", "kiloohm*cm**2", "kOhm cm2", "0.1 ohm * meter ** 2"),
        ("GOhm", "gigaohm", "GOhm", "1e9 ohm"),
        ("mM", "mmol/L", "mmol/L", "1 mole / meter ** 3"),
        ("µM", "umol/L", "umol/L", "1e-3 mole / meter ** 3"),
        ("mEq/L", "mmol/L", "mmol/L", "1 mole / meter ** 3"),
        ("mS cm-2", "mS/cm**2", "mS/cm2", "10 siemens / meter ** 2"),
        ("1/s", "1/s", "1/s", "1 hertz"),
        ("%", "%", "%", "0.01"),
        ("", "1", "1", "1"),
        ("mV2", "mV**2", "mV2", "1e-6 volt ** 2"),
    ],
)
def test_an_attribute_is_read_by_pint_and_shown_as_the_field_spells_it(unit, told, again, in_SI):
    assert (attribute(unit), spelled(attribute(unit))) == (told, again)
    one, other = REGISTRY.Quantity(1, REGISTRY.Unit(told)), REGISTRY.Quantity(in_SI)
    assert one.to(other.units).magnitude == pytest.approx(other.magnitude, rel=1e-12)


def test_degrees_stay_degrees():
    for unit in ("degC", "°C", "℃"):
        assert REGISTRY.Unit(attribute(unit)) == REGISTRY.degC


@pytest.mark.parametrize("text", ["days since 2000-01-01", "degrees_north", "m s-1", "mS/cm2", ""])
def test_what_a_stranger_or_a_store_of_before_calls_a_unit_stays_as_it_is(text):
    assert spelled(text) == text


@pytest.mark.parametrize("name", sorted(registered()))
def test_every_unit_of_every_kernel_is_read_by_pint(name):
    kernel = find(name, {}, None)
    named = {p.unit for p in kernel.parameters.values()} | {o.unit for o in kernel.outputs.values()}
    named |= {o.coordinate_unit for o in kernel.outputs.values()}
    for unit in named:
        read, meant = REGISTRY.Unit(attribute(unit)), units.parse_unit(unit)
        assert str(read) == str(meant)
        assert spelled(attribute(unit)) == unit


def cell(g):
    """Return what is in each unit that pint's default registry does not read."""
    return {"g_slope": g, "volume": g, "resistance": g, "specific": g, "sampled": g}


cell.parameters = {"g": {"unit": "mS/cm2", "default": 1.0}}
cell.outputs = {
    "g_slope": "mS/cm2",
    "volume": {"unit": "um3", "long_name": "volume"},
    "resistance": "MOhm",
    "specific": "kOhm cm2",
    "sampled": {"unit": "1/s"},
}


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    axes = {"g": {"values": [1, 2], "unit": "mS/cm²"}}
    study = ls.Study(name="x", kernel=cell, axes=axes)
    return {"memory": ls.evaluate(study), "disk": ls.run(study, tmp_path_factory.mktemp("x") / "a")}


@pytest.mark.parametrize("where", ["memory", "disk"])
def test_pint_xarray_quantifies_every_variable(swept, where):
    pytest.importorskip("pint_xarray")
    quantified = swept[where].load().pint.quantify()
    volume = quantified.volume.pint.to("liter").pint.dequantify().values
    np.testing.assert_allclose(volume, [1e-15, 2e-15], rtol=1e-6)
    assert f"{quantified.specific.pint.units:~D}" == "cm ** 2 * kΩ"


@pytest.mark.parametrize("where", ["memory", "disk"])
def test_a_picture_shows_units_as_the_field_spells_them(swept, where):
    ds = swept[where]
    assert ds.g.attrs["units"] == "mS/cm**2"
    shown = {name: Sweep.of(ds).unit_of(name) for name in ("g", "volume", "resistance", "specific")}
    assert shown == {"g": "mS/cm2", "volume": "um3", "resistance": "MOhm", "specific": "kOhm cm2"}
    assert label("volume", "volume", shown["volume"]) == "Volume (µm³)"
    assert label("x", "x", shown["specific"]).endswith("(kΩ cm²)")
