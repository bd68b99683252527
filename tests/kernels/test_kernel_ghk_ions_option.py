"""How the option `ions` of `ghk_voltage` is read: lists, tables, and every mistake in them."""

import tomllib

import numpy as np
import pytest

import leakscape as ls
from leakscape.declare.catalogue import from_tables
from leakscape.declare.resolve import resolve
from leakscape.errors import DeclarationError
from leakscape_kernels.formulas.constant_field import voltage
from leakscape_kernels.formulas.ghk import ghk_voltage
from leakscape_kernels.nomenclature import VALENCES

STUDY = """
name = "calcium_leak"
precision = "float64"

[kernel]
name = "ghk_voltage"

[kernel.ions]
K = {}
Na = {}
Cl = {}
Ca = { inside = "100 nmol/L", outside = "2 mmol/L", source = "a round value" }

[axes]
P_Ca_over_P_K = { values = [0, 0.01, 0.1, 1, 10], unit = "1" }
"""


def test_a_study_names_ions_and_sweeps_a_ratio_of_permeabilities():
    found = ls.evaluate(from_tables(tomllib.loads(STUDY), "a study"))
    # With 30 digits, by code of others.
    expected = [
        -67.343094040387012,
        -67.214114758390225,
        -66.084454448860056,
        -57.089305045653328,
        -25.549031307350566,
    ]
    np.testing.assert_allclose(found["V_rest"].values, expected, rtol=1e-14)
    assert (found["status"] == 1).all()


def test_without_the_option_the_kernel_is_as_it_was():
    kernel = ghk_voltage()
    assert {name: row.default for name, row in kernel.parameters.items()} == {
        "P_K": 1e-6,
        "P_Na": 0.04e-6,
        "P_Cl": 0.45e-6,
        "K_in": 140.0,
        "K_out": 5.0,
        "Na_in": 15.0,
        "Na_out": 145.0,
        "Cl_in": 10.0,
        "Cl_out": 110.0,
        "temperature": 37.0,
        "pump_ratio": 1.0,
        "blocked_K": 0.0,
        "blocked_Na": 0.0,
        "blocked_Cl": 0.0,
    }
    families = ("E", "driving_force", "I")
    named = [f"{family}_{ion}" for family in families for ion in ("K", "Na", "Cl")]
    assert list(kernel.outputs) == ["V_rest", *named]
    assert kernel.parameters["pump_ratio"].bounds == (1, np.inf)
    assert "requires P_Cl = 0 (chloride passive)" in kernel.parameters["pump_ratio"].meaning
    same = ghk_voltage(ions=["K", "Na", "Cl"])
    assert (same.parameters, same.outputs) == (kernel.parameters, kernel.outputs)
    assert same.structure == kernel.structure
    assert ghk_voltage(ions={"K": {}, "Na": {}, "Cl": {}}).structure == kernel.structure


def test_every_ion_has_its_parameters_and_outputs():
    kernel = ghk_voltage(ions=list(VALENCES))
    for ion, valence in VALENCES.items():
        for name in (f"P_{ion}", f"{ion}_in", f"{ion}_out", f"blocked_{ion}"):
            assert name in kernel.parameters
        assert kernel.parameters[f"{ion}_out"].valence == valence
        assert {f"I_{ion}", f"E_{ion}", f"driving_force_{ion}"} <= kernel.outputs.keys()
    assert kernel.parameters["P_Ca"].default is None
    assert kernel.parameters["P_K"].default == 1e-6


def test_a_table_gives_defaults_with_their_source():
    kernel = ghk_voltage(
        ions={"K": {"outside": "3 mmol/L"}, "Tl": {"valence": 1, "P": "1e-6 cm/s", "source": "s"}}
    )
    outside, P = kernel.parameters["K_out"], kernel.parameters["P_Tl"]
    assert (outside.default, outside.source) == ("3 mmol/L", "the option ions")
    assert (P.default, P.source) == ("1e-6 cm/s", "s")
    assert kernel.parameters["K_in"].default == 140
    assert kernel.parameters["Tl_in"].default is None
    assert kernel.parameters["Tl_in"].valence == 1


LISTED = 'needs a list of names such as ["K", "Na", "Cl", "Ca"], or a table of them, got '


@pytest.mark.parametrize(
    ("ions", "said"),
    [
        ("K", f"ghk_voltage ions: {LISTED}'K'"),
        (3, f"ghk_voltage ions: {LISTED}3"),
        (None, f"ghk_voltage ions: {LISTED}None"),
        ([], f"ghk_voltage ions: {LISTED}[]"),
        ({}, f"ghk_voltage ions: {LISTED}{{}}"),
        (["K", "Na", "K"], "ghk_voltage ions: every name once, got ['K', 'Na', 'K']"),
        (
            ["K", "in"],
            "ghk_voltage ions: a name is a letter, then letters and digits, and not in, out, load "
            "or start; got 'in'",
        ),
        (
            ["K", 2],
            "ghk_voltage ions: a name is a letter, then letters and digits, and not in, out, load "
            "or start; got 2",
        ),
        (
            {"Ca2+": {}},
            "ghk_voltage ions: a name is a letter, then letters and digits, and not in, out, load "
            "or start; got 'Ca2+'",
        ),
        (
            {"X": {"valence": -1}},
            "ghk_voltage ions: X_in is a symbol of its own, so no ion can be called X; "
            "give it another name",
        ),
        (
            {"total": {"valence": 1}},
            "ghk_voltage ions: I_total is a symbol of its own, so no ion can be called total; "
            "give it another name",
        ),
        (
            ["K", "Tl"],
            "ghk_voltage ions: no valence is known of Tl, which is none of K, Na, Cl, H, HCO3, Ca, "
            "Mg, Li, Rb, Cs, NH4, NMDG, Br, NO3, Sr, Ba, SO4; write a table for all ions, with "
            "Tl = { valence = 1 }",
        ),
        (
            {"Tl": {}},
            "ghk_voltage ions.Tl: needs a valence, for none is known of Tl; add valence = 1",
        ),
        (
            {"K": 1},
            'ghk_voltage ions.K: needs a table such as { P = "1e-7 cm/s", inside = "1e-4 mmol/L", '
            'outside = "2 mmol/L" }, got 1',
        ),
        ({"K": {"out": "3 mmol/L"}}, "ghk_voltage ions.K: no key named out; did you mean outside?"),
        (
            {"Tl": {"valence": 1.0}},
            "ghk_voltage ions.Tl: valence must be a whole number other than 0, got 1.0",
        ),
        (
            {"Tl": {"valence": True}},
            "ghk_voltage ions.Tl: valence must be a whole number other than 0, got True",
        ),
        (
            {"Tl": {"valence": 0}},
            "ghk_voltage ions.Tl: valence must be a whole number other than 0, got 0",
        ),
        (
            {"Ca": {"valence": 1}},
            "ghk_voltage ions.Ca: Ca has a valence of 2, got 1; give another ion another name",
        ),
        (
            {"K": {}, "Al": {"valence": 3}},
            "ghk_voltage ions.Al: valence must be one of 1, -1, 2, -2 for the rest to have a "
            "formula, got 3; use the kernel equilibrium with a ghk_leak for each ion",
        ),
        (
            {"K": {"outside": 3}},
            "ghk_voltage ions.K: outside must be a quantity with its unit such as "
            '"1 mmol/L", got 3',
        ),
        (
            {"K": {"P": "much"}},
            "ghk_voltage ions.K: P must be a quantity such as \"1 cm/s\", got 'much'",
        ),
        ({"K": {"source": 3}}, "ghk_voltage ions.K: source must be a text, got 3"),
    ],
)
def test_mistakes_are_told_in_one_sentence(ions, said):
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the whole text is compared
        ghk_voltage(ions=ions)
    assert str(raised.value) == said


def test_the_plain_function_refuses_three_charges():
    with pytest.raises(
        ValueError,
        match=r"GHK voltage: valences must be 1, -1, 2 or -2, got 3; use the kernel equilibrium",
    ):
        voltage([1.0], [3], [1.0], [2.0], 37.0)


@pytest.mark.parametrize(
    ("ions", "said"),
    [
        (
            ["K", "Na", "Ca"],
            "fixed.pump_ratio: pump_ratio must lie in [1, 1], got 1.5; a pump beside divalent ions "
            "has no formula: leave pump_ratio out, or use the kernel equilibrium with a pump",
        ),
        (
            ["K", "Cl"],
            "fixed.pump_ratio: pump_ratio must lie in [1, 1], got 1.5; the pump moves K and Na: "
            "leave pump_ratio out, or add both to ions",
        ),
    ],
)
def test_a_pump_that_has_no_formula_is_refused(ions, said):
    fixed = {f"P_{ion}": "1e-7 cm/s" for ion in ions}
    fixed |= {f"{ion}_{side}": "1 mmol/L" for ion in ions for side in ("in", "out")}
    kernel = {"name": "ghk_voltage", "ions": ions}
    sound = resolve(ls.Study(name="x", kernel=kernel, fixed=fixed | {"pump_ratio": 1}))
    assert sound.constants["pump_ratio"] == 1
    with pytest.raises(DeclarationError) as raised:
        resolve(ls.Study(name="x", kernel=kernel, fixed=fixed | {"pump_ratio": 1.5}))
    assert str(raised.value) == said


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        (
            {"axes": {"pump_ratio": {"values": [1, 1.5], "unit": "1"}}},
            "axes.pump_ratio: pump_ratio",
        ),
        (
            {
                "population": {
                    "size": 8,
                    "parameters": {"pump_ratio": {"uniform": [1, 2], "unit": "1"}},
                }
            },
            "population.parameters.pump_ratio: a uniform can leave",
        ),
    ],
)
def test_nor_is_such_a_pump_swept_or_drawn(fields, where):
    study = ls.Study(name="x", kernel={"name": "ghk_voltage", "ions": ["Ca"]}, **fields)
    with pytest.raises(
        DeclarationError, match="leave pump_ratio out, or use the kernel equil"
    ) as e:
        resolve(study)
    assert str(e.value).startswith(where)
