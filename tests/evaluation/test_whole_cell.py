"""Laws of whole-cell values: nS, pA and pF of cells whose size is known, varies or does not matter.

1 nS of 1000 um2 is 0.1 mS/cm2, 1 pA of it 0.1 uA/cm2, 10 pF of it 1 uF/cm2: by the units alone.
"""

from __future__ import annotations

import jax
import numpy as np
import pytest

import leakscape as ls
from leakscape.declare.resolve import resolve
from leakscape.errors import DeclarationError
from leakscape.evaluation.plan import make_plan
from leakscape.evaluation.point import at, inside

SIZES = {
    "area": {"unit": "um2", "default": 1000.0, "bounds": (0, np.inf)},
    "capacitance": {"unit": "uF/cm2", "default": 1.0, "bounds": (0, np.inf), "divide_by": "area"},
}
DENSITY = {"bounds": (0, np.inf), "divide_by": "area", "multiply_by": "capacitance"}


def cell(g, E, area, capacitance):
    """Return what a cell with one channel shows at 0 mV."""
    return {"density": g, "I": -g * E, "resistance": 1.0 / g, "C": capacitance}


cell.parameters = {
    "g": {"unit": "mS/cm2", "default": 0.1} | DENSITY,
    "E": {"unit": "mV", "default": -90.0},
} | SIZES
cell.outputs = {
    "I": {"unit": "uA/cm2", "long_name": "current density"},
    "density": "mS/cm2",
    "resistance": "kOhm cm2",
    "C": "uF/cm2",
}


def study(**fields):
    return ls.Study(**({"name": "x", "kernel": cell, "precision": "float64"} | fields))


def at_point(swept, **fields):
    """Evaluate one point without compiling it."""
    space = resolve(study(**fields))
    with jax.enable_x64():
        values = at(space, inside(space, swept), space.unproven)
    return {name: float(value) for name, value in values.items()}


def found(**fields):
    return ls.evaluate(study(**fields))


AREAS = {"values": [500, 1000, 4000], "unit": "um2"}


@pytest.mark.parametrize(
    ("given", "densities"),
    [
        ({"g": "1 nS"}, [0.2, 0.1, 0.025]),
        ({"g": "1000 pS"}, [0.2, 0.1, 0.025]),
        ({"g": "100 pS/pF"}, [0.1, 0.1, 0.1]),
        ({"g": "100 pS/pF", "capacitance": "20 pF"}, [0.4, 0.2, 0.05]),
        ({"g": "0.3 mS/cm2"}, [0.3, 0.3, 0.3]),
    ],
)
def test_a_fixed_whole_cell_value_follows_an_area_that_varies(given, densities):
    fields = {"axes": {"area": AREAS}, "fixed": given, "outputs": ["density"]}
    values = [at_point({"area": area}, **fields)["density"] for area in AREAS["values"]]
    assert values == pytest.approx(densities, rel=1e-14)


def test_a_swept_whole_cell_value_keeps_its_unit_beside_an_area_that_varies():
    axes = {"g": {"values": [1, 2], "unit": "nS"}, "area": AREAS}
    ds = found(axes=axes, outputs=["density"])
    assert (ds.g.values.tolist(), ds.g.units) == ([1.0, 2.0], "nS")
    np.testing.assert_allclose(ds.density.values, 100.0 * np.divide.outer([1, 2], AREAS["values"]))


def test_sampled_cells_have_conductance_and_area_of_their_own():
    population = {
        "size": 16,
        "parameters": {
            "g": {"uniform": [1, 5], "unit": "nS"},
            "area": {"uniform": [500, 2000], "unit": "um2"},
        },
    }
    ds = found(population=population, outputs=["density"])
    np.testing.assert_allclose(ds.density, 100.0 * ds.g / ds.area, rtol=1e-12)


def test_a_derived_area_decides_too():
    fields = {
        "axes": {"E": {"values": [-90, -45], "unit": "mV"}},
        "derived": {"area": "1000 um2 * (E / -90 mV)"},
        "fixed": {"g": "1 nS"},
    }
    values = [at_point({"E": E}, **fields, outputs=["density"])["density"] for E in (-90.0, -45.0)]
    assert values == pytest.approx([0.1, 0.2], rel=1e-14)


def test_a_condition_and_an_expression_read_the_density():
    ds = found(
        axes={"area": AREAS},
        fixed={"g": "1 nS"},
        derived={"E": "-900 mV * g / 1 mS/cm2"},
        where=["g < 0.15 mS/cm2"],
        outputs=["I"],
    )
    np.testing.assert_allclose(ds.I, [np.nan, 9.0, 0.5625], rtol=1e-12)  # g * 900 mV * g


def test_a_model_takes_the_whole_cell_value_and_has_its_derivative():
    axes = {"g": {"values": [1], "unit": "nS"}, "area": AREAS}
    model = ls.model(ls.Study(name="x", kernel=cell, axes=axes, outputs=["density"]))
    slope = jax.grad(lambda g: model(g=g, area=500.0)["density"])(3.0)
    assert slope == pytest.approx(0.2, rel=1e-6)


@pytest.mark.parametrize(
    ("name", "unit", "value", "spelled"),
    [
        ("density", "nS", 2.0, "nS"),  # 0.1 mS/cm2 of 2000 um2
        ("density", "pS/pF", 50.0, "pS/pF"),  # per 2 uF/cm2
        ("density", "S/m2", 1.0, "S/m**2"),
        ("I", "pA", 180.0, "pA"),
        ("I", "pA/pF", 4.5, "pA/pF"),
        ("resistance", "MOhm", 500.0, "megaohm"),
        ("resistance", "GΩ", 0.5, "gigaohm"),
        ("C", "pF", 40.0, "pF"),
    ],
)
def test_an_output_is_stored_in_the_unit_that_is_asked_for(name, unit, value, spelled):
    fields = {
        "fixed": {"area": "2000 um2", "capacitance": "2 uF/cm2"},
        "outputs": {"keep": [name], "units": {name: unit}},
    }
    assert at_point({}, **fields)[name] == pytest.approx(value, rel=1e-13)
    plan = make_plan(study(**fields))
    assert {v.name: v.attributes.get("units") for v in plan.variables}[name] == spelled


def test_an_output_per_cell_follows_an_area_that_varies():
    fields = {"axes": {"area": AREAS}, "outputs": {"keep": ["I"], "units": {"I": "pA"}}}
    values = [at_point({"area": area}, **fields)["I"] for area in AREAS["values"]]
    assert values == pytest.approx([45.0, 90.0, 360.0], rel=1e-13)
    assert make_plan(study(**fields)).variables[0].attributes["long_name"] == "current"


def test_conditions_reductions_and_models_see_the_unit_that_is_asked_for():
    fields = {"name": "x", "kernel": cell, "axes": {"area": AREAS}}
    units = {"I": "pA"}
    one = ls.Study(**fields, outputs={"keep": ["I"], "units": units}, where=["I > 0.05 nA"])
    assert ls.evaluate(one).status.values.tolist() == [16, 1, 1]
    model = ls.model(one)
    assert model.outputs == {"I": "pA"}
    assert model(area=4000.0)["I"] == pytest.approx(360.0)
    reduce = {"over": ["area"], "I": ["max", {"above": ["50 pA"]}]}
    ds = ls.reduce(ls.Study(**fields, outputs={"units": units}, reduce=reduce))
    assert (float(ds.I_max), ds.I_max.units) == (pytest.approx(360.0), "pA")
    assert float(ds.I_above[0]) == pytest.approx(2 / 3)


def test_the_unit_of_an_output_is_part_of_what_a_study_means():
    one = ls.Study(name="x", kernel="nernst", outputs={"keep": ["E"], "units": {"E": "V"}})
    assert one.tables()["outputs"] == {"keep": ["E"], "units": {"E": "V"}}
    assert ls.Study(**one.tables()) == one
    plans = [
        make_plan(study(outputs={"keep": ["I"]} | more)) for more in ({}, {"units": {"I": "A/m2"}})
    ]
    assert plans[0].fingerprint != plans[1].fingerprint


@pytest.mark.parametrize(
    ("units", "said"),
    [
        ({"J": "pA"}, "outputs.units: kernel cell has no output 'J'; use one of C, I, density"),
        ({"I": "mV"}, r"outputs.units.I: I is in uA/cm2, got mV; use uA/cm2 or alike"),
        ({"I": "pX"}, "outputs.units.I: unit: not a known unit, got 'pX'"),
        ({"I": 5}, 'outputs.units.I: expected text, got 5; write I = "pA"'),
        ("pA", "outputs.units: expected a table, got 'pA'"),
    ],
)
def test_a_unit_that_no_output_has_is_refused(units, said):
    with pytest.raises(DeclarationError, match=said):
        resolve(study(outputs={"keep": ["I"], "units": units}))


def test_a_whole_cell_value_of_the_wrong_sign_is_refused_before_anything_runs():
    with pytest.raises(DeclarationError, match=r"fixed.g: g must lie in \[0, inf\]"):
        resolve(study(axes={"area": AREAS}, fixed={"g": "-1 nS"}))


LEAKS = {"name": "chord_conductance", "leaks": ["leak", "Na"]}
TWO = {"E_leak": "-75 mV", "E_Na": "55 mV"}
KEPT = ["V_rest", "I_leak", "total_conductance"]


@pytest.mark.parametrize(
    ("given", "current", "total"),
    [
        ({"g_leak": "1 nS", "g_Na": "5000 pS"}, (325 / 3, "pA"), (6.0, "nS")),
        ({"g_leak": "50 pS/pF", "g_Na": "250 pS/pF"}, (65 / 12, "pA/pF"), (0.3, "nS/pF")),
        ({"g_leak": "0.1 mS/cm2", "g_Na": "0.5 mS/cm2"}, (65 / 6, "uA/cm2"), (0.6, "mS/cm2")),
        (  # 1 and 5 nS over 1000 um2
            {"g_leak": "1 nS", "g_Na": "5 nS", "area": "1000 um2"},
            (65 / 6, "uA/cm2"),
            (0.6, "mS/cm2"),
        ),
    ],
)
def test_ohmic_leaks_need_no_area(given, current, total):
    fields = {"kernel": LEAKS, "fixed": TWO | given, "outputs": KEPT}
    values, told = at_point({}, **fields), ls.model(study(**fields)).outputs
    # (1 * -75 + 5 * 55) / 6 mV, from the ratio alone
    assert values["V_rest"] == pytest.approx(100 / 3, rel=1e-12)
    for name, (value, unit) in {"I_leak": current, "total_conductance": total}.items():
        assert (values[name], told[name]) == (pytest.approx(value, rel=1e-12), unit)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"g_leak": "1 nS"}, r"g_Na has no default and no value; add g_Na = \"... nS\""),
        ({"g_leak": "1 nS", "g_Na": "1 mS/cm2"}, r"g_Na is in nS, got mS/cm2; use nS or alike"),
    ],
)
def test_without_an_area_all_leaks_are_of_the_whole_cell(given, said):
    with pytest.raises(DeclarationError, match=said):
        resolve(study(kernel=LEAKS, fixed=TWO | given))
