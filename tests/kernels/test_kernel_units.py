"""Laws of what a study may give to the kernels: whole-cell values, equivalents, options in units.

What is asked of a kernel here is its declaration: nothing of it is compiled.
"""

from __future__ import annotations

import numpy as np
import pytest

import leakscape as ls
from leakscape.declare.find import find
from leakscape.declare.resolve import resolve
from leakscape.errors import DeclarationError

MEMBRANE = {
    "ions": {
        "K": {"valence": 1, "inside": "140 mmol/L", "outside": "4 mEq/L"},
        "Ca": {"valence": 2, "inside": "1e-4 mmol/L", "outside": "2 mmol/L"},
    },
    "mechanisms": {
        "K": {"type": "ohmic_leak", "ion": "K", "g": "5 nS"},
        "rest": {"type": "ohmic_leak", "g": "50 pS/pF", "E": "\u221210 mV"},
        "clamp": {"type": "constant_current", "I_const": "2 pA"},
    },
    "area": "2000 um2",
    "capacitance": "40 pF",
}


def constants(kernel, **fields):
    return resolve(ls.Study(name="x", kernel=kernel, **fields)).constants


def test_a_membrane_takes_values_of_the_whole_cell():
    found = constants({"name": "equilibrium", "membrane": MEMBRANE})
    wanted = {
        "capacitance": 2.0,  # 40 pF / 2e-5 cm2
        "g_K": 0.25,  # 5e-9 S / 2e-5 cm2
        "g_rest": 0.1,  # 0.05 S/F * 2e-6 F/cm2
        "I_const_clamp": 0.1,  # 2e-12 A / 2e-5 cm2
        "E_rest": -10.0,
        "K_out": 4.0,
    }
    assert {name: found[name] for name in wanted} == pytest.approx(wanted, rel=1e-13)


def test_a_membrane_follows_an_area_that_varies():
    fields = {"axes": {"area": {"values": [1000, 2000], "unit": "um2"}}}
    space = resolve(
        ls.Study(name="x", kernel={"name": "equilibrium", "membrane": MEMBRANE}, **fields)
    )
    for area in (1000.0, 2000.0):
        found = space.resolve({"area": area}, np)
        assert found["g_K"] == pytest.approx(0.25 * 2000 / area, rel=1e-13)
        assert found["capacitance"] == pytest.approx(2.0 * 2000 / area, rel=1e-13)
        assert found["g_rest"] == pytest.approx(0.1 * 2000 / area, rel=1e-13)


@pytest.mark.parametrize("name", ["pump_leak", "pump_leak_rest"])
@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"g_Na": "2 nS", "area": "500 um2"}, {"g_Na": 0.4}),
        ({"I_max_pump": "10 pA", "area": "500 um2"}, {"I_max_pump": 2.0}),
        ({"g_K": "300 pS/pF", "capacitance": "2 uF/cm2"}, {"g_K": 0.6}),
    ],
)
def test_a_pump_leak_cell_takes_values_of_the_whole_cell(name, given, found):
    if name == "pump_leak":
        pytest.importorskip("diffrax")
    told = constants(name, fixed=given)
    assert {key: told[key] for key in found} == pytest.approx(found, rel=1e-13)


def test_a_value_per_capacitance_needs_one():
    with pytest.raises(
        DeclarationError, match=r"fixed.g_K: g_K is in mS/cm2, got pS/pF; use mS/cm2"
    ):
        constants("pump_leak_rest", fixed={"g_K": "300 pS/pF"})


@pytest.mark.parametrize(
    ("kernel", "name"),
    [
        ("ghk_voltage", "K_out"),
        ("ghk_voltage", "Cl_in"),
        ({"name": "equilibrium", "membrane": MEMBRANE}, "K_in"),
        ("pump_leak_rest", "Na_out"),
    ],
)
def test_equivalents_of_an_ion_with_one_charge_are_moles(kernel, name):
    assert constants(kernel, fixed={name: "4.5 mEq/L"})[name] == pytest.approx(4.5, rel=1e-14)


@pytest.mark.parametrize(
    ("kernel", "name"),
    [({"name": "equilibrium", "membrane": MEMBRANE}, "Ca_out"), ("nernst", "outside")],
)
def test_equivalents_of_another_ion_are_refused(kernel, name):
    with pytest.raises(DeclarationError, match=r"divide by the ion's valence and write mmol/L"):
        constants(kernel, fixed={name: "4.5 mEq/L"})


@pytest.mark.parametrize(
    ("name", "times", "stored"),
    [
        ("flicker_traces", ["0 ms", "100 us", "0.3 s"], (0.0, 0.1, 300.0)),
        ("flicker_traces", {"linear": ["0 s", "0.1 s"], "size": 3}, (0.0, 50.0, 100.0)),
        ("flicker_traces", [0, 5, "10 ms"], (0.0, 5.0, 10.0)),
        ("pump_leak", ["100 ms", "700 ms", "1 min", "2 h"], (0.1, 0.7, 60.0, 7200.0)),
        ("pump_leak", {"log": ["1 s", "100 s"], "size": 3}, (1.0, 10.0, 100.0)),
    ],
)
def test_times_have_units(name, times, stored):
    if name == "pump_leak":
        pytest.importorskip("diffrax")
    kernel = find(name, {"times": times}, None)
    assert next(o.coordinate for o in kernel.outputs.values() if o.coordinate) == stored


@pytest.mark.parametrize(
    ("times", "said"),
    [
        (
            ["0 mV", "5 ms"],
            "times: expected a quantity in us, ms, s, min, h, got '0 mV'; write one",
        ),
        (["0", "5"], "times: expected a quantity in us, ms, s, min, h, got '0'"),
        ("5 ms", "times: needs a list of numbers in ms, or of texts such as \"10 ms\", got '5 ms'"),
    ],
)
def test_a_time_of_another_unit_is_refused(times, said):
    with pytest.raises(DeclarationError, match=said):
        find("flicker_traces", {"times": times}, None)


def test_the_bracket_has_a_typographic_minus():
    options = {"bracket": ["\u2212100 mV", "0.05 V"]}
    assert (
        find("equilibrium", options, None).call.structure
        == find("equilibrium", {"bracket": ["-100 mV", "50 mV"]}, None).call.structure
    )
