"""The energy of a rest: published numbers, a solve of the leaks' balance, and the laws of both."""

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leakscape_kernels.dynamics.rest import pump_leak_rest
from leakscape_kernels.formulas.energy import resting_cost
from leakscape_kernels.membrane.equilibrium import equilibrium

pytestmark = pytest.mark.usefixtures("double")

E = 1.602176634e-19  # C
BUDGET = 3.29e9  # ATP/s of a neuron at 4 Hz
PER_DENSITY = 1e-6 / E * 1e-8  # charges/s of 1 uA/cm2 through 1 um2
OUTPUTS = ("atp_rate", "atp_rate_chord", "Na_load", "pump_current", "budget_share")
PAID = ("V_rest", "E_K", "atp_rate", "atp_rate_chord", "Na_load", "budget_share", "status")
PAID += ("input_resistance",)
ROUND = {"E_Na": 60.0, "E_K": -90.0}
PAIR = equilibrium(
    membrane={
        "atp_budget": "3.29e9 1/s",
        "ions": {
            "K": {"valence": 1, "inside": "140 mmol/L", "outside": "5 mmol/L"},
            "Na": {"valence": 1, "inside": "15 mmol/L", "outside": "145 mmol/L"},
        },
        "mechanisms": {
            "K": {"type": "ohmic_leak", "ion": "K", "g": "0.05 mS/cm2"},
            "Na": {"type": "ohmic_leak", "ion": "Na", "g": "0.004 mS/cm2"},
            "fast": {"type": "ghk_leak", "ion": "Na", "P": "2e-9 cm/s"},
            "pump": {"type": "sodium_potassium_pump", "law": "constant", "I_max": "0.1 uA/cm2"},
        },
    }
)


def balanced(V, E_Na, E_K, resistance):
    """Solve g_Na (E_Na - V) = 3 I, g_K (V - E_K) = 2 I, g_Na + g_K = 1/R for I [pA]."""
    laws = [[E_Na - V, 0, -3], [0, V - E_K, -2], [1, 1, 0]]
    return np.linalg.solve(laws, [0, 0, 1e3 / resistance])[2]


@pytest.mark.parametrize(
    ("case", "current", "rate", "chord", "low"),
    [
        ({}, 54.5454545454545, 3.40445949516e8, 2.49660363e8, 26.7),
        (ROUND, 40.625, 2.53561306149e8, 1.80310262151e8, 28.9),
    ],
)
def test_pumped_formula_and_chord_side_by_side(evaluate, case, current, rate, chord, low):
    found = evaluate(resting_cost, **case)
    assert found["status"] == 1
    assert found["pump_current"] == pytest.approx(current, rel=1e-12)
    assert found["atp_rate"] == pytest.approx(rate, rel=1e-11)
    assert found["atp_rate_chord"] == pytest.approx(chord, rel=1e-8)
    assert 100 * (1 - chord / rate) == pytest.approx(low, abs=0.05)
    assert found["Na_load"] == pytest.approx(3 * rate, rel=1e-11)


def test_published_number_is_met_within_half_a_percent(evaluate):
    assert 3.42e8 / evaluate(resting_cost)["atp_rate"] == pytest.approx(1.0046, abs=5e-5)


def test_rest_is_a_tenth_of_the_budget_and_an_eighth_with_glia(evaluate):
    share = evaluate(resting_cost)["budget_share"]
    assert share == pytest.approx(0.10348, abs=5e-6)
    both = evaluate(resting_cost, atp_budget=3.42e8 + 1.02e8)["budget_share"]
    assert share / both == pytest.approx(0.134954, abs=5e-7)


def test_budget_is_that_of_grey_matter(evaluate):
    # 9.2e7 neurons a cm3: 30 umol of ATP per g and min.
    assert resting_cost.parameters["atp_budget"].default == BUDGET
    spent = BUDGET * 9.2e7 / 6.02214076e23 * 60 * 1e6
    assert spent == pytest.approx(30.1567178911308, rel=1e-12)


@settings(max_examples=60, deadline=None)
@given(
    E_Na=st.floats(20, 90),
    E_K=st.floats(-120, -75),
    share=st.floats(0.01, 0.99),
    resistance=st.floats(1, 1e4),
)
def test_formula_solves_the_balance_of_both_leaks(evaluate, E_Na, E_K, share, resistance):
    V = E_K + share * (E_Na - E_K)
    at = {"V": V, "E_Na": E_Na, "E_K": E_K, "input_resistance": resistance}
    found = evaluate(resting_cost, **at)
    current = balanced(V, E_Na, E_K, resistance)
    assert found["pump_current"] == pytest.approx(current, rel=1e-9)
    assert found["atp_rate"] * E * 1e12 == pytest.approx(current, rel=1e-9)
    short = 1 - found["atp_rate_chord"] / found["atp_rate"]
    assert short == pytest.approx((E_Na - V) / (3 * (E_Na - E_K)), rel=1e-9)


def test_energy_goes_as_one_over_resistance(evaluate):
    one, ten = (evaluate(resting_cost, input_resistance=R) for R in (200, 2000))
    for name in OUTPUTS:
        assert one[name] == pytest.approx(10 * ten[name], rel=1e-13)


@pytest.mark.parametrize(
    "outside",
    [
        {"V": -100.0},
        {"V": -101.0},
        {"V": 50.0},
        {"V": 51.0},
        {"E_Na": -100.0},
        {"input_resistance": 0.0},
        {"input_resistance": -200.0},
        {"atp_budget": 0.0},
    ],
)
def test_without_two_leaks_and_a_resistance_there_is_no_energy(evaluate, outside):
    found = evaluate(resting_cost, **outside)
    assert found["status"] == 11
    assert all(np.isnan(found[name]) for name in OUTPUTS)


def test_float32_neither_underflows_nor_overflows():
    for resistance, E_Na in ((1e-3, 50.0), (200.0, 50.0), (1e9, 60.0)):
        with jax.enable_x64(False):
            single = resting_cost(input_resistance=resistance, E_Na=E_Na)
        double = resting_cost(input_resistance=resistance, E_Na=E_Na)
        assert single["status"] == 1
        for name in OUTPUTS:
            assert single[name].dtype == "float32"
            assert float(single[name]) == pytest.approx(float(double[name]), rel=1e-6)
    with jax.enable_x64(False):
        beyond = resting_cost(input_resistance=1e-35)
    assert beyond["status"] == 10
    assert all(np.isnan(beyond[name]) for name in OUTPUTS)


@pytest.mark.slow
def test_sodium_load_is_the_current_of_every_sodium_path(evaluate):
    found = evaluate(PAIR, PAID, area=2000.0)
    V = found["V_rest"]
    kT = 1000 * 8.31446261815324 * 310.15 / 96485.33212331001
    u = V / kT
    # GHK: P F^2 V/(RT) (c_i - c_o e^-u)/(1 - e^-u); 1e3 of A/m^3 cm/s mol/m^3 is in uA/cm2.
    fast = 2e-9 * 96485.33212331001 * u * (15 - 145 * np.exp(-u)) / (1 - np.exp(-u))
    ohmic = 0.004 * (V - kT * np.log(145 / 15))
    assert found["Na_load"] == pytest.approx(-(fast + ohmic) * 2000 * PER_DENSITY, rel=1e-10)
    assert found["atp_rate"] == pytest.approx(0.1 * 2000 * PER_DENSITY, rel=1e-12)


@pytest.mark.slow
def test_pump_that_balances_the_leak_spends_a_third_of_the_sodium_load(evaluate):
    # I_Na = -3 I_p and I_K = 2 I_p at a potential that was chosen beforehand.
    kT = 1000 * 8.31446261815324 * 310.15 / 96485.33212331001
    E_Na, E_K, V, pump = kT * np.log(145 / 15), kT * np.log(5 / 140), -70.0, 0.2
    values = {"g_Na": 3 * pump / (E_Na - V), "g_K": 2 * pump / (V - E_K), "I_max_pump": pump}
    found = evaluate(PAIR, PAID, P_fast=0.0, **values)
    assert found["V_rest"] == pytest.approx(-70, abs=1e-9)
    assert found["atp_rate"] == pytest.approx(found["Na_load"] / 3, rel=1e-9)
    same = evaluate(
        resting_cost, V=V, E_Na=E_Na, E_K=E_K, input_resistance=found["input_resistance"]
    )
    for name in ("atp_rate", "atp_rate_chord", "Na_load", "budget_share"):
        assert found[name] == pytest.approx(same[name], rel=1e-9)
    assert found["atp_rate_chord"] < found["atp_rate"]
    frugal = evaluate(PAIR, PAID, P_fast=0.0, atp_budget=BUDGET / 4, **values)
    assert frugal["budget_share"] == pytest.approx(4 * found["budget_share"], rel=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("kernel", [PAIR, pump_leak_rest()])
def test_a_share_of_no_budget_is_outside_the_domain(evaluate, kernel):
    found = evaluate(kernel, PAID, atp_budget=0.0)
    assert found["status"] == 11
    assert np.isnan(found["V_rest"])
    assert np.isnan(found["budget_share"])


@pytest.mark.slow
def test_the_chord_estimate_needs_a_rest_between_the_two_reversal_potentials(evaluate):
    driven = evaluate(PAIR, PAID, P_fast=0.0, I_max_pump=2.0)
    assert driven["V_rest"] < driven["E_K"]
    assert np.isnan(driven["atp_rate_chord"])
    assert driven["atp_rate"] > 0


@pytest.mark.slow
def test_a_pump_that_runs_too_slowly_leaves_sodium_behind(evaluate):
    kT = 1000 * 8.31446261815324 * 310.15 / 96485.33212331001
    E_Na, E_K = kT * np.log(145 / 15), kT * np.log(5 / 140)
    values = {"g_Na": 0.6 / (E_Na + 70), "g_K": 0.4 / (-70 - E_K), "I_max_pump": 0.1}
    found = evaluate(PAIR, PAID, P_fast=0.0, **values)
    assert found["atp_rate"] < found["Na_load"] / 3


def test_without_a_pump_the_cost_is_a_third_of_the_load(evaluate):
    found = evaluate(equilibrium(membrane="textbook_neuron"))
    assert found["atp_rate"] == pytest.approx(found["Na_load"] / 3, rel=1e-14)
    each = found["Na_load_equilibrium"]
    assert each[0] == pytest.approx(found["Na_load"], rel=1e-12)
    assert np.isnan(each[1:]).all()


def test_a_membrane_without_a_sodium_path_has_no_load():
    ion = {"Na": {"valence": 1, "inside": "15 mmol/L", "outside": "145 mmol/L"}}
    K = {"K": {"valence": 1, "inside": "140 mmol/L", "outside": "5 mmol/L"}}
    pump = {"type": "sodium_potassium_pump", "law": "hill", "I_max": "0.1 uA/cm2"}
    mechanisms = {"leak": {"type": "ohmic_leak", "E": "-70 mV", "g": "1 mS/cm2"}, "pump": pump}
    bare = equilibrium(membrane={"ions": ion | K, "mechanisms": mechanisms})
    assert "atp_rate" in bare.outputs
    assert not {"Na_load", "atp_rate_chord", "budget_share"} & set(bare.outputs)
    assert "atp_budget" not in bare.parameters


@pytest.mark.parametrize(
    "leaks", ["conductance", pytest.param("permeability", marks=pytest.mark.slow)]
)
def test_electrode_sees_the_slope_of_all_leaks_and_the_chord_estimate_follows(evaluate, leaks):
    found = evaluate(pump_leak_rest(leaks=leaks))
    V, step = found["V_rest"], 1e-3
    if leaks == "conductance":
        slope = 0.01 + 0.3 + 0.2
    else:
        bath, P = {"Na": 116, "K": 4, "Cl": 120}, {"Na": 5e-7, "K": 5e-5, "Cl": 5e-3}
        # A chord that is narrow and symmetric, each ion's flux by the constant field.
        currents = []
        for u in ((V + step) / 25.8, (V - step) / 25.8):
            parts = [
                96485.33212331001
                * P[ion]
                * z
                * u
                * (found[f"{ion}_in"] - bath[ion] * np.exp(-z * u))
                / (1 - np.exp(-z * u))
                * z
                for ion, z in (("Na", 1), ("K", 1), ("Cl", -1))
            ]
            currents.append(sum(parts))
        slope = (currents[0] - currents[1]) / (2 * step)
    resistance = 1e5 / (slope * 314.1592653589793)
    assert found["input_resistance"] == pytest.approx(resistance, rel=1e-6)
    inward, outward = found["E_Na"] - V, V - found["E_K"]
    leak = 1e3 * inward * outward / (inward + outward) / resistance
    assert found["atp_rate_chord"] == pytest.approx(leak * 1e-12 / 1.602176634e-19 / 3, rel=1e-6)
