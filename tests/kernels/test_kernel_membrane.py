"""A membrane composes, the same from a table and from Python; a conflict is one sentence."""

import dataclasses
import pickle
import tomllib

import jax.numpy as jnp
import numpy as np
import pytest

from leakscape_kernels import nomenclature
from leakscape_kernels.mechanisms.mechanism import Mechanism, own_reversal
from leakscape_kernels.mechanisms.types import TYPES
from leakscape_kernels.membrane.equilibrium import membrane_current
from leakscape_kernels.membrane.membrane import Membrane, membrane

pytestmark = pytest.mark.usefixtures("double")

TEXT = """
[ions]
K  = { valence = 1, inside = "140 mmol/L", outside = "5 mmol/L" }
Na = { valence = 1, inside = "15 mmol/L", outside = "145 mmol/L" }
[mechanisms]
Kir  = { type = "kir", ion = "K", g = "1 mS/cm2", V_half = "-90 mV", k = "10 mV" }
leak = { type = "ohmic_leak", g = "0.02 mS/cm2", E = "-20 mV" }
Na   = { type = "ghk_leak", ion = "Na", P = "4e-8 cm/s" }
pump = { type = "sodium_potassium_pump", law = "hill", I_max = "2 uA/cm2" }
"""
TABLE = tomllib.loads(TEXT)
IONS, MECHANISMS = TABLE["ions"], TABLE["mechanisms"]
LEAK = MECHANISMS["leak"]

EVERYTHING = {
    "ions": IONS | {"Ca": {"valence": 2}, "Cl": {"valence": -1}},
    "mechanisms": {
        "Kir": MECHANISMS["Kir"] | {"scale": "mu", "K_ref": "5 mmol/L"},
        "Kir2": {"type": "kir", "E": "-90 mV", "V_shift": "5 mV", "k": "10 mV"},
        "IK1": {"type": "kir", "ion": "K", "form": "luo_rudy"},
        "leak": LEAK | {"block": {"type": "woodhull", "blocker": "Ba"}},
        "Na": MECHANISMS["Na"] | {"q10": {"Q10": 3, "T_ref": "25 degC"}},
        "L": {"type": "gated", "ion": "Ca", "P": "1e-8 cm/s", "V_half": "-30 mV", "k": "6 mV"},
        "h": {"type": "gated", "E": "-40 mV", "g": "0.1 mS/cm2"},
        "TREK": {"type": "k2p", "ion": "K", "P": "1e-6 cm/s"},
        "TASK": {"type": "k2p", "ion": "K", "g": "1 mS/cm2", "form": "orio"},
        "hill": {"type": "sodium_potassium_pump", "law": "hill", "dG_ATP": "57 kJ/mol"},
        "sigmoid": {"type": "sodium_potassium_pump", "law": "sigmoid"},
        "cubic": {
            "type": "sodium_potassium_pump",
            "law": "cubic",
            "block": {"type": "hill", "blocker": "vanadate", "IC50": "1 mmol/L"},
        },
        "rudy": {"type": "sodium_potassium_pump", "law": "luo_rudy"},
        "alpha": {"type": "sodium_potassium_pump", "law": "hamada"},
        "even": {"type": "sodium_potassium_pump", "law": "constant"},
        "proton": {"type": "proton_pump"},
        "KCC2": {"type": "kcc2"},
        "NKCC1": {"type": "nkcc1"},
        "electrode": {"type": "constant_current"},
    },
}


def current(ions=IONS, **mechanisms):
    return membrane_current(membrane={"ions": ions, "mechanisms": mechanisms})


def test_names_units_and_meanings_of_every_mechanism_are_those_of_the_nomenclature():
    assert {table["type"] for table in EVERYTHING["mechanisms"].values()} == TYPES.keys()
    kernel = membrane_current(membrane=EVERYTHING)
    assert kernel.parameters.keys().isdisjoint(kernel.outputs)
    for name, described in (kernel.parameters | kernel.outputs).items():
        row = nomenclature.symbol(name)
        text = described.meaning if name in kernel.parameters else described.long_name
        assert (described.unit, text) == (row.unit, row.meaning)
        assert text
    for parameter in kernel.parameters.values():
        assert parameter.default is None or parameter.source


def test_every_mechanism_can_be_blocked():
    kernel = membrane_current(membrane=EVERYTHING)
    for name in EVERYTHING["mechanisms"]:
        assert kernel.parameters[f"blocked_{name}"].default == 0
        assert kernel.parameters[f"blocked_{name}"].bounds == (0, 1)


def test_names_differ_in_more_than_their_case():
    kernel = membrane_current(membrane=EVERYTHING)
    names = [*kernel.parameters, *kernel.outputs]
    assert len({name.lower() for name in names}) == len(names)


def test_a_table_and_python_make_the_same_membrane(evaluate):
    python = Membrane(ions=IONS, mechanisms=MECHANISMS)
    assert python == membrane(TABLE)
    kernels = [membrane_current(membrane=given) for given in (TABLE, python)]
    assert kernels[0].parameters == kernels[1].parameters
    first, second = (evaluate(kernel, V=-60) for kernel in kernels)
    assert first == second
    assert first["I_total"] == pytest.approx(sum(first[f"I_{m}"] for m in MECHANISMS), rel=1e-12)


def test_membranes_are_frozen_and_cross_process_boundaries(evaluate):
    cell = membrane(TABLE)
    with pytest.raises(dataclasses.FrozenInstanceError):
        cell.about = "other"
    kernel = membrane_current(membrane=cell)
    copy = pickle.loads(pickle.dumps(kernel))
    found = [evaluate(each, ("I_total",), V=-60)["I_total"] for each in (copy, kernel)]
    assert found[0] == found[1]


def test_what_was_written_is_the_default_with_its_source():
    given = {**TABLE, "temperature": "20 degC", "area": "500 um2", "source": "a paper"}
    rows = membrane(given).parameters
    assert (rows["g_Kir"].default, rows["g_Kir"].source) == ("1 mS/cm2", "a paper")
    assert (rows["K_in"].default, rows["K_in"].source) == ("140 mmol/L", "a paper")
    assert (rows["temperature"].default, rows["temperature"].source) == ("20 degC", "a paper")
    assert rows["area"].default == "500 um2"
    assert (rows["capacitance"].default, rows["V_threshold"].default) == (1, -55)
    assert rows["K_Na_pump"].source == rows["K_K_pump"].source != "a paper"


def test_what_was_not_written_is_required():
    kernel = current(leak={"type": "ohmic_leak"})
    assert kernel.parameters["g_leak"].default is kernel.parameters["E_leak"].default is None
    with pytest.raises(TypeError, match="membrane_current: V has no default; give it in mV"):
        kernel()


def test_fractions_may_be_written_in_percent():
    assert current(leak=LEAK | {"blocked": "30 %"}).parameters["blocked_leak"].default == "30 %"


def test_channels_with_one_blocker_share_its_concentration(evaluate):
    hill = {"type": "hill", "blocker": "Ba", "IC50": "1 mmol/L"}
    kernel = current(a=LEAK | {"block": hill}, b=LEAK | {"block": hill}, c=LEAK)
    found = evaluate(kernel, V=0, Ba_out=1)
    assert found["I_a"] == found["I_b"] == pytest.approx(found["I_c"] / 2)


@pytest.mark.parametrize("kind", ["hill", "woodhull"])
def test_an_ion_of_the_membrane_may_block(evaluate, kind):
    constants = {"hill": {"IC50": "5 mmol/L"}, "woodhull": {"Kd0": "5 mmol/L", "delta": 0}}[kind]
    kernel = current(leak=LEAK | {"block": {"type": kind, "blocker": "K", **constants}})
    rows = [name for name in kernel.parameters if name.endswith("_out")]
    assert rows == ["K_out", "Na_out"]
    assert evaluate(kernel, V=0)["I_leak"] == pytest.approx(0.2)
    assert evaluate(kernel, V=0, K_out=15)["I_leak"] == pytest.approx(0.1)


def sinh_leak(entry):
    """A leak that grows with the hyperbolic sine: a mechanism added from outside."""
    entry.known(("ion", "E", "g", "k"))
    return Mechanism(
        name=entry.name,
        parameters=entry.own({"g": None, "E": None, "k": 25.0}, "this test"),
        size=sinh_size,
        current=sinh_current,
        reversal=own_reversal,
    )


def sinh_size(here):
    return here["g"]


def sinh_current(V, here):
    return here["size"] * here["k"] * jnp.sinh((V - here["E"]) / here["k"])


def test_a_mechanism_from_outside_is_one_function_and_one_row(monkeypatch, evaluate):
    monkeypatch.setitem(TYPES, "sinh_leak", sinh_leak)
    table = {"type": "sinh_leak", "g": "0.1 mS/cm2", "E": "-70 mV"}
    warm = {"Q10": 2, "T_ref": "27 degC"}
    hill = {"type": "hill", "blocker": "Ba", "IC50": "1 mmol/L"}
    kernel = current(own=table | {"q10": warm, "block": hill, "scale": "mu"})
    found = evaluate(kernel, V=-45, Ba_out=1, mu=3, blocked_own=0.5)
    assert found["I_own"] == pytest.approx(0.1 * 25 * np.sinh(1) * 2 * 0.5 * 3 * 0.5)
    assert found["slope_conductance"] == pytest.approx(0.1 * np.cosh(1) * 2 * 0.5 * 3 * 0.5)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({}, 1),
        ({"blocked_leak": 1.5}, 11),
        ({"K_out": 0}, 11),
        ({"Na_out": 0}, 1),
        ({"Na_in": -1}, 11),
        ({"g_leak": -1}, 11),
        ({"temperature": -300}, 11),
        ({"E_leak": np.inf}, 10),
        ({"V": np.nan}, 10),
        ({"blocked_leak": 1, "blocked_Kir": 1, "blocked_Na": 1}, 11),
    ],
)
def test_status_of_a_current(evaluate, values, code):
    kernel = membrane_current(membrane=TABLE)
    found = evaluate(kernel, **({"V": -60} | values))
    assert found["status"] == code
    assert np.isfinite(found["I_total"]) == (code == 1)


def test_densities_say_what_turns_whole_cell_values_into_them():
    cell = membrane("textbook_neuron_ohmic")
    densities = {n for n, p in cell.parameters.items() if p.unit in ("mS/cm2", "uA/cm2")}
    assert densities
    for name, row in cell.parameters.items():
        scales = ("area", "capacitance") if name in densities else (None, None)
        scales = ("area", None) if name == "capacitance" else scales
        assert (row.divide_by, row.multiply_by) == scales
