"""Equilibria of a membrane whose gates move, against a Hodgkin-Huxley axon written out here."""

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar

from leakscape_kernels.codes import NO_REST
from leakscape_kernels.membrane.equilibrium import equilibrium

pytestmark = pytest.mark.usefixtures("double")

AXON = equilibrium(membrane="hodgkin_huxley")
SEEN = (
    "V_rest",
    "V_equilibrium",
    "n_equilibria",
    "n_stable",
    "n_unstable",
    "stable",
    "rising",
    "time_constant",
    "input_resistance",
    "V_momentary",
    "resonance_frequency",
    "V_saddle",
    "status",
)


def rates(V):
    m = 0.1 * (V + 40) / -np.expm1(-(V + 40) / 10), 4 * np.exp(-(V + 65) / 18)
    h = 0.07 * np.exp(-(V + 65) / 20), 1 / (1 + np.exp(-(V + 35) / 10))
    n = 0.01 * (V + 55) / -np.expm1(-(V + 55) / 10), 0.125 * np.exp(-(V + 65) / 80)
    return m, h, n


def steady(V):
    return [a / (a + b) for a, b in rates(V)]


def current(V, m, h, n, g_K=36.0, E_leak=-54.387):
    sodium = 120 * m**3 * h * (V - 50)
    return sodium + g_K * n**4 * (V + 77) + 0.3 * (V - E_leak)


def jacobian(V, **cell):
    """That of (V, m, h, n) at rest, by central differences."""

    def field(y):
        moves = [a * (1 - x) - b * x for (a, b), x in zip(rates(y[0]), y[1:], strict=True)]
        return np.array([-current(*y, **cell), *moves])

    y = np.array([V, *steady(V)])
    steps = np.diag(1e-5 * np.array([1.0, 0.1, 0.1, 0.1]))
    columns = [(field(y + s) - field(y - s)) / (2 * s.sum()) for s in steps]
    return np.array(columns).T


@pytest.fixture(scope="module")
def at(evaluate):
    kept = {}

    def run(**values):
        key = tuple(sorted(values.items()))
        if key not in kept:
            kept[key] = evaluate(AXON, SEEN, **values)
        return kept[key]

    return run


@pytest.mark.repeats(quick=2)
@pytest.mark.parametrize("g_K", [10.0, 36.0, 20.0, 12.0])
def test_modes_that_grow_are_the_eigenvalues_with_a_positive_real_part(at, g_K):
    found = at(g_K=g_K)
    V = brentq(lambda V: current(V, *steady(V), g_K=g_K), -80, -30, xtol=1e-12)
    assert found["n_equilibria"] == 1
    assert found["V_equilibrium"][0] == pytest.approx(V, abs=1e-9)
    growing = np.sum(np.linalg.eigvals(jacobian(V, g_K=g_K)).real > 0)
    assert found["n_unstable"].tolist() == [growing, -1, -1, -1, -1, -1, -1]
    assert found["stable"][0] == (growing == 0)
    assert found["rising"][0] == 1
    assert found["n_stable"] == (growing == 0)


def test_an_axon_without_a_stable_equilibrium_has_no_rest_and_says_so(at):
    found = at(g_K=10.0)
    assert found["status"] == NO_REST
    for name in ("V_rest", "time_constant", "input_resistance", "V_momentary", "V_saddle"):
        assert np.isnan(found[name])
    assert found["rising"][0] == 1
    assert found["stable"][0] == 0


def test_injected_current_is_inward_positive(at):
    found = at(I_app=5.0)
    V = brentq(lambda V: current(V, *steady(V)) - 5.0, -80, -50, xtol=1e-12)
    assert found["V_rest"] == pytest.approx(V, abs=1e-9)
    assert at()["V_rest"] < V


def test_resistance_is_of_the_steady_slope_and_time_constant_of_the_momentary_one(at):
    found = at()
    V = found["V_rest"]
    step = 1e-4
    slope = (current(V + step, *steady(V + step)) - current(V - step, *steady(V - step))) / (
        2 * step
    )
    m, h, n = steady(V)
    # 1 kOhm cm2 over 1000 um2, which are 1e-5 cm2, are 100 MOhm.
    assert found["input_resistance"] == pytest.approx(100 / slope, rel=1e-7)
    assert found["time_constant"] == pytest.approx(1 / (120 * m**3 * h + 36 * n**4 + 0.3), rel=1e-9)


def test_the_momentary_zero_has_slow_gates_where_they_were(at):
    found = at()
    _, h, n = steady(found["V_rest"])
    zero = brentq(lambda V: current(V, steady(V)[0], h, n), -64.0, -61.0, xtol=1e-12)
    assert found["V_momentary"] == pytest.approx(zero, abs=1e-8)


def test_resonance_is_the_peak_of_the_impedance(at):
    found = at()
    J = jacobian(found["V_rest"])
    push = np.array([1.0, 0, 0, 0])

    def size(frequency):
        omega = 2 * np.pi * frequency / 1000
        return abs(np.linalg.solve(1j * omega * np.eye(4) - J, push)[0])

    peak = minimize_scalar(lambda f: -size(f), bounds=(20, 200), options={"xatol": 1e-6})
    # The peak is flat: its place is known to the root of the differences' error.
    assert found["resonance_frequency"] == pytest.approx(peak.x, rel=1e-3)
    assert size(peak.x) > size(1e-3)


def test_a_membrane_without_moving_gates_offers_none_of_this_and_says_why():
    still = equilibrium(membrane="textbook_neuron")
    assert "I_app =" in still.missing["I_loss"]
    assert "I_loss" not in still.outputs
    assert {"V_momentary", "resonance_frequency"}.isdisjoint(still.outputs)
    assert "moves in time" in still.missing["V_momentary"]
    assert "I_app" not in still.parameters


def test_a_gate_without_a_time_constant_leaves_rests_and_takes_what_moves():
    gate = {"V_half": "-50 mV", "k": "5 mV"}
    cell = equilibrium(
        membrane={
            "mechanisms": {
                "NaP": {"type": "gated", "E": "50 mV", "g": "1 mS/cm2", "gates": {"m": gate}},
                "leak": {"type": "ohmic_leak", "E": "-70 mV", "g": "1 mS/cm2"},
            },
            "I_app": "0 uA/cm2",
        }
    )
    assert "V_rest" in cell.outputs
    for name in ("I_loss", "regime", "V_momentary"):
        assert name not in cell.outputs
        assert cell.missing[name] == (
            "membrane mechanism NaP gate m has no tau; give tau or instant = true"
        )


def test_rising_is_stable_where_no_gate_moves(evaluate):
    kir = equilibrium(membrane="striatal_msn")
    found = evaluate(kir, ("stable", "rising", "n_unstable"))
    np.testing.assert_array_equal(found["stable"], found["rising"])
    filled = found["stable"] >= 0
    np.testing.assert_array_equal(found["n_unstable"][filled], 1 - found["stable"][filled])
