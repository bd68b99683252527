"""Quantities as the field writes them, against factors that are exact by definition."""

from __future__ import annotations

import numpy as np
import pint
import pytest

from leakscape.declare import decimal_units, units
from leakscape.errors import DeclarationError


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("37 degC", "degC", 37.0),
        ("310.15 K", "degC", 37.0),
        ("37 °C", "degC", 37.0),
        ("98.6 degF", "degC", 37.0),
        ("1e-6 cm/s", "cm/s", 1e-6),
        ("1e-8 m/s", "cm/s", 1e-6),
        ("0.1 mS/cm2", "mS/cm2", 0.1),
        ("100 uS/cm2", "mS/cm2", 0.1),
        ("1 S/m2", "mS/cm2", 0.1),
        ("80 %", "1", 0.8),
        ("0.8", "1", 0.8),
        ("5 mM", "mmol/L", 5.0),
        ("5 mol/m3", "mmol/L", 5.0),
        ("5000 uM", "mmol/L", 5.0),
        ("-0.07 V", "mV", -70.0),
        ("+.5 uA/cm^2", "uA/cm2", 0.5),
        ("1_000 um2", "cm2", 1e-5),
        ("20 kOhm cm2", "kOhm cm2", 20.0),
        ("150 kJ/mol", "kJ/mol", 150.0),
    ],
)
def test_a_quantity_is_read_in_the_unit_of_its_parameter(text, unit, value):
    assert units.to_unit(text, unit) == pytest.approx(value, rel=1e-13)


@pytest.mark.parametrize("factor", ["1000 mV", "1 V"])
def test_a_decimal_prefix_converts_exactly(factor):
    assert units.to_unit(factor, "mV") == 1000.0


def test_a_unit_that_is_known_without_pint_is_what_pint_knows():
    registry = pint.UnitRegistry()
    for symbol, (power, made_of) in decimal_units._SYMBOLS.items():
        dimension = " * ".join(f"{name} ** {own}" for name, own in made_of.items())
        said = registry.Quantity(1.0, symbol).to(dimension).magnitude
        assert said == pytest.approx(10.0**power, rel=1e-12), symbol


@pytest.mark.parametrize(
    ("unit", "other", "factor"),
    [
        ("uS/cm2", "mS/cm2", 1e-3),
        ("S/m2", "mS/cm2", 0.1),
        ("umol/L", "mmol/L", 1e-3),
        ("mol/m3", "mM", 1.0),
        ("MOhm um2", "kOhm cm2", 1e-5),
        ("mV nS", "pA", 1.0),
        ("pF mV/ms", "pA", 1.0),
        ("mV pA", "fJ/s", 1.0),
        ("m3", "fL", 1e18),
        ("1/ms", "1/s", 1e3),
        ("%", "", 0.01),
    ],
)
def test_decimal_units_convert_by_the_exact_power_of_ten(unit, other, factor):
    assert units.linear_conversion(unit, other) == (factor, 0.0)


@pytest.mark.parametrize(("unit", "other"), [("mV", "mA"), ("degC", "1"), ("mol", "mol/L")])
def test_decimal_units_of_different_quantities_are_told_apart(unit, other):
    assert not units.same_dimension(unit, other)
    with pytest.raises(DeclarationError, match="is no unit of this quantity; use"):
        units.linear_conversion(unit, other)


@pytest.mark.parametrize("pure", ["", "1"])
def test_a_pure_number_leaves_a_unit_as_it_is_written(pure):
    assert units.multiply("mmol/L", pure) == "mmol/L"
    assert units.multiply("mmol/L", pure, -1) == "mmol/L"
    assert units.multiply(pure, "mmol/L") == "mmol/L"
    assert units.same_dimension(units.multiply(pure, "ms", -1), "Hz")


@pytest.mark.parametrize(
    "text", ["", "mV", "5 mV mV2 !", "1e", "0x10 mV", "5 5 mV", "\u0661 mV", "5 __x"]
)
def test_nonsense_is_refused(text):
    with pytest.raises(DeclarationError):
        units.to_unit(text, "mV")


class Patch:
    """A kernel whose conductance is a density, with the cell's area and capacitance beside it."""

    parameters = {  # noqa: RUF012  (declared as a kernel's users would)
        "g": {
            "unit": "mS/cm2",
            "default": "1 nS",
            "divide_by": "area",
            "multiply_by": "capacitance",
        },
        "area": {"unit": "um2", "default": 1000.0},
        "capacitance": {"unit": "uF/cm2", "default": 1.0},
    }
    outputs = {"y": "mS/cm2"}  # noqa: RUF012

    def __call__(self, *, g, area, capacitance):
        return {"y": g}


def patch(**changes):
    from leakscape.declare.resolve import resolve
    from leakscape.declare.study import Study

    return resolve(Study(**({"name": "x", "kernel": Patch()} | changes)))


@pytest.mark.parametrize(
    ("given", "density"),
    [
        ({}, 0.1),  # 1 nS / 1000 um2 = 1e-9 S / 1e-5 cm2
        ({"g": "10 nS"}, 1.0),
        ({"g": "10000 pS", "area": "2000 um2"}, 0.5),
        ({"g": "100 pS/pF"}, 0.1),
        ({"g": "100 pS/pF", "capacitance": "2 uF/cm2"}, 0.2),
        ({"g": "0.3 mS/cm2"}, 0.3),
    ],
)
def test_whole_cell_values_pass_through_area_and_capacitance(given, density):
    assert patch(fixed=given).constants["g"] == pytest.approx(density, rel=1e-13)


def test_an_axis_in_nanosiemens_keeps_its_unit_and_is_converted_inside():
    from leakscape.declare.axis import Axis

    space = patch(axes={"g": Axis.values([1, 2], unit="nS")})
    assert space.inward["g"] == (pytest.approx(0.1), 0.0)


def test_a_whole_cell_value_follows_where_the_area_varies():
    from leakscape.declare.axis import Axis

    space = patch(axes={"area": Axis.values([1000, 2000], unit="um2")}, fixed={"g": "1 nS"})
    found = [float(space.resolve({"area": area}, np)["g"]) for area in (1000.0, 2000.0)]
    assert found == pytest.approx([0.1, 0.05], rel=1e-14)
    assert (space.constants["g_whole_cell"], space.units["g_whole_cell"]) == (1.0, "nS")
