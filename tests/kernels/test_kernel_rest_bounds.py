"""No equilibrium is missed for lying far out, and a bracket that is given stays as it is."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import brentq

from leakscape_kernels.constants import F, R
from leakscape_kernels.mechanisms import types
from leakscape_kernels.mechanisms.channel import Size
from leakscape_kernels.mechanisms.mechanism import Mechanism
from leakscape_kernels.membrane import rest_bounds
from leakscape_kernels.membrane.equilibrium import equilibrium
from leakscape_kernels.membrane.membrane import membrane

pytestmark = pytest.mark.usefixtures("double")

KIR = {"type": "kir", "ion": "K", "g": "1 mS/cm2", "V_shift": "0 mV", "k": "10 mV"}
K = {"valence": 1, "inside": "140 mmol/L", "outside": "5.4 mmol/L"}
NA = {"valence": 1, "inside": "10 mmol/L", "outside": "145 mmol/L"}
LIST = ("V_rest", "V_saddle", "V_equilibrium", "stable", "n_equilibria", "near_fold", "status")
PUMP = {"type": "sodium_potassium_pump", "law": "luo_rudy", "I_max": "1 uA/cm2"}
BARIUM = {"type": "woodhull", "blocker": "Ba", "Kd0": "1 mmol/L", "delta": "0.5"}
KT = 1000 * R * 310.15 / F


def leak(g, E):
    return {"type": "ohmic_leak", "g": f"{g} mS/cm2", "E": f"{E} mV"}


def zeros(current, low=-1000.0, high=1000.0, step=0.02):
    """Every zero by a dense scan and Brent's method, ascending."""
    nodes = np.arange(low, high + step / 2, step)
    up = current(nodes) > 0
    return [brentq(current, nodes[i], nodes[i + 1]) for i in np.flatnonzero(up[1:] != up[:-1])]


def rectifier(V, E):
    with np.errstate(over="ignore"):
        return (V - E) / (1 + np.exp((V - E) / 10))


LOW_K = equilibrium(membrane={"ions": {"K": K}, "mechanisms": {"Kir": KIR, "leak": leak(1e-5, 0)}})


@pytest.mark.slow
@pytest.mark.parametrize("K_out", [0.001, 0.01, 0.05, 0.1, 5.4])
def test_the_rest_of_a_rectifier_in_a_bath_of_hardly_any_potassium_is_found(evaluate, K_out):
    E = KT * np.log(K_out / 140)
    expected = zeros(lambda V: rectifier(V, E) + 1e-5 * V)
    found = evaluate(LOW_K, LIST, K_out=K_out)
    assert found["status"] == 1
    assert found["n_equilibria"] == len(expected)
    assert found["V_equilibrium"][: len(expected)] == pytest.approx(expected, abs=1e-8)
    assert found["V_rest"] == pytest.approx(expected[0], abs=1e-8)
    if K_out == 0.05:
        assert found["V_rest"] == pytest.approx(-212.135, abs=5e-4)  # worked out elsewhere


def test_a_formula_is_not_kept_from_its_value_by_a_bracket_that_nobody_gave(evaluate):
    leaks = {
        "K": {"type": "ghk_leak", "ion": "K", "P": "1e-6 cm/s"},
        "Na": {"type": "ghk_leak", "ion": "Na", "P": "1e-11 cm/s"},
    }
    cell = {"ions": {"K": K, "Na": NA}, "mechanisms": leaks}
    for K_out in (0.0, 0.01, 0.05, 5.4):
        expected = KT * np.log((K_out + 145e-5) / (140 + 10e-5))
        found = evaluate(equilibrium(membrane=cell), ("V_rest", "status"), K_out=K_out)
        assert found["V_rest"] == pytest.approx(expected, rel=1e-12)
        assert found["status"] == (1 if K_out else 3)  # without K outside it has no E_K
    given = equilibrium(membrane=cell, bracket=["-200 mV", "100 mV"])
    assert evaluate(given, ("status",), K_out=0.01)["status"] == 12


@pytest.mark.slow
@pytest.mark.parametrize(
    ("bracket", "kept", "status"),
    [
        (("-120 mV", "-30 mV"), slice(0, 2), 4),
        pytest.param(("-100 mV", "0 mV"), slice(0, 3), 1, marks=pytest.mark.slow),
        pytest.param(("-60 mV", "0 mV"), slice(1, 3), 4, marks=pytest.mark.slow),
        pytest.param(("-200 mV", "100 mV"), slice(0, 3), 1, marks=pytest.mark.slow),
        pytest.param(("0 mV", "50 mV"), slice(0, 0), 12, marks=pytest.mark.slow),
    ],
)
def test_a_bracket_that_is_given_stays_and_a_remark_tells_of_zeros_outside(
    evaluate, bracket, kept, status
):
    Kir = {"type": "kir", "E": "-90 mV", "g": "1 mS/cm2", "V_shift": "0 mV", "k": "10 mV"}
    cell = {"mechanisms": {"Kir": Kir, "leak": leak(0.02, -20)}}
    every = zeros(lambda V: rectifier(V, -90) + 0.02 * (V + 20))
    assert len(every) == 3
    found = evaluate(equilibrium(membrane=cell, bracket=bracket), LIST)
    assert found["status"] == status
    assert found["n_equilibria"] == len(every[kept])
    assert found["V_equilibrium"][: len(every[kept])] == pytest.approx(every[kept], abs=1e-8)


def flat(V, here):
    return here["size"] * jnp.tanh(V / 50.0)


@pytest.mark.slow
@pytest.mark.parametrize(("options", "status"), [({}, 12), ({"bracket": ("-200 mV", "100 mV")}, 4)])
def test_a_current_of_unknown_sign_is_never_taken_as_proof(evaluate, monkeypatch, options, status):
    def unknown(entry):
        entry.known(("I_max",))
        return Mechanism(
            name=entry.name,
            parameters=entry.own({"I_max": None}),
            size=Size("I_max"),
            current=flat,
            channel=False,
        )

    monkeypatch.setitem(types.TYPES, "unknown", unknown)
    mechanisms = {"leak": leak(0.1, -70), "other": {"type": "unknown", "I_max": "0.1 uA/cm2"}}
    found = evaluate(equilibrium(membrane={"mechanisms": mechanisms}, **options), LIST)
    assert found["status"] == status
    if status == 12:
        assert found["n_equilibria"] == -1
        assert np.isnan(found["V_rest"])
    else:
        expected = brentq(lambda V: 0.1 * (V + 70) + 0.1 * np.tanh(V / 50), -200, 100)
        assert found["V_rest"] == pytest.approx(expected, abs=1e-9)


@pytest.mark.repeats(quick=1)
@pytest.mark.parametrize(
    "more",
    [
        {"type": "sodium_potassium_pump", "law": "luo_rudy", "I_max": "1 uA/cm2"},
        {
            "type": "sodium_potassium_pump",
            "law": "luo_rudy",
            "I_max": "1 uA/cm2",
            "dG_ATP": "57 kJ/mol",
        },
        {"type": "proton_pump", "I_max": "1 uA/cm2"},
        {"type": "gated", "ion": "K", "g": "1 mS/cm2", "V_half": "-30 mV", "k": "5 mV"},
        {"type": "gated", "ion": "K", "P": "1e-6 cm/s", "V_half": "-30 mV", "k": "5 mV"},
        {
            "type": "ghk_leak",
            "ion": "K",
            "P": "1e-6 cm/s",
            "block": BARIUM,
        },
        {"type": "constant_current", "I_const": "-0.5 uA/cm2"},
    ],
    ids=["pump", "stalling pump", "proton pump", "gate", "gated field", "block", "electrode"],
)
def test_the_laws_of_every_mechanism_are_proof_enough_beside_a_leak(more):
    cell = membrane(
        {"ions": {"K": K, "Na": NA}, "mechanisms": {"leak": leak(0.05, -60), "m": more}}
    )
    given = {"Ba_out": 1.0, "K_in": 140.0, "K_out": 5.4, "Na_in": 10.0, "Na_out": 145.0}
    values = {
        name: given.get(name) if row.default is None or name in given else number(row.default)
        for name, row in cell.parameters.items()
    }
    state = cell.at({name: jnp.asarray(value, float) for name, value in values.items()})
    first = rest_bounds.usual(state, -200.0, 100.0, 64)
    last = rest_bounds.extended(state, first, -200.0, 100.0, 64)
    assert last.below
    assert last.above
    # And it is true: no zero lies beyond.
    for V in np.linspace(float(last.low) - 500, float(last.low), 30):
        assert state.total(jnp.asarray(V)) < 0
    for V in np.linspace(float(last.high), float(last.high) + 500, 30):
        assert state.total(jnp.asarray(V)) > 0


def number(default):
    return float(str(default).split()[0])


@pytest.mark.slow
def test_an_ion_that_is_missing_on_one_side_is_outweighed_by_a_leak(evaluate):
    """K outward alone: its flux falls off below, where the leak's does not."""
    field = {"type": "ghk_leak", "ion": "K", "P": "1e-6 cm/s"}
    shut = {"type": "gated", "E": "0 mV", "g": "0 mS/cm2", "V_half": "0 mV", "k": "5 mV"}
    cell = {"ions": {"K": K}, "mechanisms": {"K": field, "leak": leak(0.001, -60), "shut": shut}}
    found = evaluate(equilibrium(membrane=cell), LIST, K_out=0)

    def current(V):
        return F * 1e-6 * 140 * (V / KT) / -np.expm1(-V / KT) + 0.001 * (V + 60)

    expected = zeros(lambda V: current(np.where(V == 0, 1e-9, V)))
    assert found["status"] == 3  # it has no E_K
    assert found["V_equilibrium"][: len(expected)] == pytest.approx(expected, abs=1e-8)


def test_the_border_of_two_cells_is_one_number_however_it_is_computed():
    """A zero between the two would be missed, or counted twice."""
    rng = np.random.default_rng(3)
    for low, high in np.sort(rng.uniform(-900, 900, (300, 2))):
        bottom, top, windows = rest_bounds._divided(jnp.float32(low), jnp.float32(high), 300.0, 64)
        bottom, width = (
            np.float32(bottom),
            (np.float32(top) - np.float32(bottom)) / np.float32(64 * int(windows)),
        )
        assert bottom <= low
        assert top >= np.float32(high)
        assert width <= 300 / 64 + 1 / 1024
        i = np.arange(64 * int(windows) + 1, dtype=np.float32)
        exact = np.float64(bottom) + i.astype(np.float64) * np.float64(width)
        np.testing.assert_array_equal((bottom + i * width).astype(np.float64), exact)


@pytest.mark.parametrize(
    ("preset", "values", "proven"),
    [
        # The leak alone would carry this current at 1600 mV only; the open K channel does at once.
        ("hodgkin_huxley", {"I_app": 500.0}, (True, True)),
        ("hodgkin_huxley", {"I_app": 500.0, "g_K": 0.0}, (True, False)),
        # K channels that shut on depolarisation leave the leak alone.
        ("persistent_sodium", {"I_app": 2000.0}, (True, True)),
        ("persistent_sodium", {"I_app": 2000.0, "k_n_K": -5.0, "k_m_NaP": -15.0}, (True, False)),
        # Of what a function of others leaves open nothing is known.
        ("connor_stevens", {"I_app": 500.0, "g_K": 0.0}, (True, False)),
    ],
)
def test_a_gate_that_opens_further_out_leaves_no_less_of_a_current(preset, values, proven):
    cell = membrane(preset)
    given = {name: number(row.default) for name, row in cell.parameters.items()} | values
    state = cell.at({name: jnp.asarray(float(value)) for name, value in given.items()})
    found = rest_bounds.usual(state, -200.0, 100.0, 64)
    assert (bool(found.below), bool(found.above)) == proven
