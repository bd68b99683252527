"""Laws that every mechanism obeys, all of them side by side in one membrane."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from quick import quick

from leakscape_kernels.mechanisms.types import TYPES
from leakscape_kernels.membrane.equilibrium import membrane_current
from leakscape_kernels.membrane.membrane import membrane

ALL = membrane(
    {
        "ions": {
            "K": {"valence": 1, "inside": "140 mmol/L", "outside": "5 mmol/L"},
            "Na": {"valence": 1, "inside": "15 mmol/L", "outside": "145 mmol/L"},
            "Cl": {"valence": -1, "inside": "10 mmol/L", "outside": "110 mmol/L"},
            "Ca": {"valence": 2, "inside": "1e-4 mmol/L", "outside": "2 mmol/L"},
            "SO4": {"valence": -2, "inside": "0.5 mmol/L", "outside": "1 mmol/L"},
        },
        "mechanisms": {
            "Kir": {
                "type": "kir",
                "ion": "K",
                "g": "1 mS/cm2",
                "V_shift": "5 mV",
                "k": "10 mV",
                "K_ref": "5 mmol/L",
                "block": {"type": "woodhull", "blocker": "Ba", "Kd0": "2 mmol/L", "delta": 0.5},
            },
            "fixed": {
                "type": "kir",
                "E": "-90 mV",
                "g": "1 mS/cm2",
                "V_half": "-90 mV",
                "k": "9 mV",
            },
            "IK1": {"type": "kir", "ion": "K", "form": "luo_rudy"},
            "leak": {"type": "ohmic_leak", "E": "-20 mV", "g": "0.02 mS/cm2"},
            "Cl": {"type": "ghk_leak", "ion": "Cl", "P": "1e-6 cm/s"},
            "SO4": {"type": "ghk_leak", "ion": "SO4", "P": "1e-6 cm/s"},
            "CaL": {
                "type": "gated",
                "ion": "Ca",
                "P": "1e-6 cm/s",
                "V_half": "-35 mV",
                "k": "6 mV",
            },
            "h": {
                "type": "gated",
                "E": "-40 mV",
                "g": "1 mS/cm2",
                "V_half": "-80 mV",
                "k": "-8 mV",
            },
            "TREK": {"type": "k2p", "ion": "K", "P": "1e-6 cm/s"},
            "TASK": {"type": "k2p", "ion": "K", "g": "1 mS/cm2", "form": "orio"},
            "stalling": {
                "type": "sodium_potassium_pump",
                "law": "luo_rudy",
                "I_max": "1 uA/cm2",
                "dG_ATP": "57 kJ/mol",
            },
            "pump": {"type": "sodium_potassium_pump", "law": "sigmoid"},
            "proton": {"type": "proton_pump", "I_max": "1 uA/cm2", "dG_ATP": "50 kJ/mol"},
            "electrode": {"type": "constant_current", "I_const": "-1 uA/cm2"},
        },
    }
)
KERNEL = membrane_current(membrane=ALL)
GIVEN = {"Ba_out": 1.0}


@pytest.fixture
def double_values(double):
    return {n: KERNEL._default(n) for n in KERNEL.parameters if n not in ("V", "Ba_out")} | GIVEN


def test_all_types_are_here():
    # Cotransporters have no net current, and so no law of one.
    still = {"kcc2", "nkcc1"}
    assert {table["type"] for table in ALL.mechanisms.values()} == TYPES.keys() - still


def test_no_current_flows_at_a_mechanisms_reversal_potential(double, evaluate, double_values):
    state = ALL.at({name: jnp.asarray(value, float) for name, value in double_values.items()})
    seen = 0
    for name in ALL.parts:
        E = state.reversal(name)
        if E is None:
            continue
        at, near = (evaluate(KERNEL, V=float(E) + step, **GIVEN)[f"I_{name}"] for step in (0, 1))
        assert abs(at) <= 1e-12 * max(1.0, abs(near)), name
        assert near > 0, name
        seen += 1
    assert seen == len(ALL.parts) - 2


def test_chord_conductance_is_the_current_over_its_driving_force(double, double_values):
    state = ALL.at({name: jnp.asarray(value, float) for name, value in double_values.items()})
    for name, part in ALL.parts.items():
        if part.mechanism.conductance is not None:
            for V in map(jnp.asarray, (-75.0, 0.0, 33.0)):
                chord = float(state.current(name, V)) / float(V - state.reversal(name))
                assert float(state.conductance(name, V)) == pytest.approx(chord, rel=1e-11), name


@pytest.mark.parametrize("name", list(ALL.parts))
def test_blocking_all_of_a_mechanism_removes_it_alone(double, evaluate, name):
    whole = evaluate(KERNEL, V=-60, **GIVEN)
    found = evaluate(KERNEL, V=-60, **GIVEN, **{f"blocked_{name}": 1})
    half = evaluate(KERNEL, V=-60, **GIVEN, **{f"blocked_{name}": 0.5})
    assert found[f"I_{name}"] == 0 != whole[f"I_{name}"]
    assert half[f"I_{name}"] == pytest.approx(whole[f"I_{name}"] / 2, rel=1e-12)
    for other in ALL.parts:
        if other != name:
            assert found[f"I_{other}"] == whole[f"I_{other}"]


@pytest.mark.slow
def test_values_and_gradients_are_finite_at_zero_volt_and_far_away_in_float32():
    values = {n: KERNEL._default(n) for n in KERNEL.parameters if n not in ("V", "Ba_out")} | GIVEN
    assert not jax.config.jax_enable_x64
    gradient = quick(jax.grad(lambda v: KERNEL(**v)["I_total"]))
    curvature = quick(jax.grad(lambda v: KERNEL(**v)["slope_conductance"]))
    for V in (0.0, -1e-6, -200.0, 100.0, 200.0):
        for slope in (gradient(values | {"V": V}), curvature(values | {"V": V})):
            assert all(np.isfinite(g) for g in slope.values()), (V, slope)


def test_float32_currents_agree_with_float64(evaluate):
    for V in (-120, -70, 0, 40):
        single = evaluate(KERNEL, V=V, **GIVEN)
        with jax.enable_x64(True):
            precise = evaluate(KERNEL, V=V, **GIVEN)
        for name in ALL.parts:
            value = precise[f"I_{name}"]
            assert single[f"I_{name}"] == pytest.approx(value, rel=2e-4, abs=1e-6), (name, V)


def test_slope_is_that_of_finite_differences(double, evaluate):
    for V in (-95, -40, 0, 30):
        up, down = (evaluate(KERNEL, V=V + step, **GIVEN)["I_total"] for step in (1e-4, -1e-4))
        slope = evaluate(KERNEL, V=V, **GIVEN)["slope_conductance"]
        assert slope == pytest.approx((up - down) / 2e-4, rel=1e-6)
