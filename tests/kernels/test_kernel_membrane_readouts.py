"""What a membrane shows at its equilibria: currents, conductances, times and cost."""

import jax
import numpy as np
import pytest

from leakscape_kernels import nomenclature
from leakscape_kernels.membrane.equilibrium import equilibrium

pytestmark = pytest.mark.usefixtures("double")

KIR = {"type": "kir", "ion": "K", "g": "1 mS/cm2", "V_half": "-90 mV", "k": "10 mV"}
MIXED = equilibrium(
    membrane={
        "ions": {
            "K": {"valence": 1, "inside": "140 mmol/L", "outside": "5 mmol/L"},
            "Na": {"valence": 1, "inside": "15 mmol/L", "outside": "145 mmol/L"},
        },
        "mechanisms": {
            "Kir": KIR,
            "leak": {"type": "ohmic_leak", "g": "0.02 mS/cm2", "E": "-20 mV"},
            "Na": {"type": "ghk_leak", "ion": "Na", "P": "4e-9 cm/s"},
            "pump": {"type": "sodium_potassium_pump", "law": "hill", "I_max": "0.2 uA/cm2"},
        },
        "area": "250 um2",
        "capacitance": "2 uF/cm2",
    }
)
NAMES = ("Kir", "leak", "Na", "pump")


@pytest.fixture(scope="module")
def found(evaluate):
    with jax.enable_x64(True):
        return evaluate(MIXED)


def test_outputs_are_those_described():
    assert [name for name, output in MIXED.outputs.items() if output.headline] == ["V_rest"]
    assert {f"I_{name}" for name in NAMES} <= MIXED.outputs.keys()
    assert {"E_K", "E_Na", "driving_force_Kir", "driving_force_Na"} <= MIXED.outputs.keys()
    assert "driving_force_pump" not in MIXED.outputs
    own = {name for name, output in MIXED.outputs.items() if output.dimension == "equilibrium"}
    assert own == {n for n in MIXED.outputs if n.endswith("_equilibrium")} | {
        "stable",
        "rising",
        "n_unstable",
    }
    assert MIXED.parameters.keys().isdisjoint(MIXED.outputs)
    for name, output in MIXED.outputs.items():
        row = nomenclature.symbol(name)
        assert (output.unit, output.long_name) == (row.unit, row.meaning)
    for x64, dtype in ((False, "float32"), (True, "float64")):
        with jax.enable_x64(x64):
            returned = jax.eval_shape(MIXED)
        assert returned.keys() == MIXED.outputs.keys() | {"status"}
        for name, value in returned.items():
            whole = {
                "status": "uint8",
                "stable": "int8",
                "rising": "int8",
                "n_unstable": "int8",
                "n_equilibria": "int8",
                "n_stable": "int8",
                "near_fold": "int8",
            }
            assert value.dtype == whole.get(name, dtype), name
            assert value.shape == ((7,) if name in own else ()), name


@pytest.mark.slow
def test_currents_sum_to_zero_at_every_equilibrium(found):
    assert found["n_equilibria"] == 3
    total = sum(found[f"I_{name}_equilibrium"][:3] for name in NAMES)
    assert total == pytest.approx(np.zeros(3), abs=1e-12)
    assert found["residual_equilibrium"][:3] == pytest.approx(np.zeros(3), abs=1e-12)
    assert sum(found[f"I_{name}"] for name in NAMES) == pytest.approx(0, abs=1e-12)


def test_rest_is_one_of_the_equilibria_with_the_same_readouts(found):
    at = int(np.argmin(np.abs(found["V_equilibrium"][:3] - found["V_rest"])))
    assert found["stable"][at] == 1
    assert found["V_rest"] == pytest.approx(found["V_equilibrium"][at], abs=1e-10)
    for name, value in found.items():
        if f"{name}_equilibrium" in found:
            assert found[f"{name}_equilibrium"][at] == pytest.approx(value, rel=1e-9, abs=1e-11)


def test_nothing_stands_beyond_the_count(found):
    for name, value in found.items():
        if name.endswith("_equilibrium"):
            # The chord estimate takes an input resistance, which the unstable one has none of.
            there = [0, 2] if name.startswith("atp_rate_chord") else [0, 1, 2]
            assert np.all(np.isfinite(value[there])), name
            assert np.all(np.isnan(np.delete(value[:3], there))), name
            assert np.all(np.isnan(value[3:])), name


def test_stability_is_the_sign_of_the_slope(found):
    assert list(np.sign(found["slope_conductance_equilibrium"][:3])) == [1, -1, 1]
    assert list(found["stable"]) == [1, 0, 1, -1, -1, -1, -1]
    assert found["n_stable"] == 2


def test_resistance_and_time_follow_from_the_slope(found):
    for end in ("", "_equilibrium"):
        slope = found[f"slope_conductance{end}"]
        # 250 um2 are 2.5e-6 cm2; mS into MOhm is 1e-3.
        assert found[f"input_resistance{end}"] == pytest.approx(
            1e-3 / (slope * 2.5e-6), rel=1e-12, nan_ok=True
        )
        assert found[f"membrane_resistance{end}"] == pytest.approx(1 / slope, nan_ok=True)
        assert found[f"time_constant{end}"] == pytest.approx(2 / slope, nan_ok=True)


def test_driving_force_is_from_the_mechanisms_own_reversal_potential(found):
    assert found["driving_force_Kir"] == pytest.approx(found["V_rest"] - found["E_K"])
    assert found["driving_force_leak"] == pytest.approx(found["V_rest"] + 20)
    assert found["E_K"] == pytest.approx(-89.05869403673189)
    assert found["threshold_distance"] == pytest.approx(-55 - found["V_rest"])


def test_chord_conductance_is_current_over_driving_force(found):
    chord = sum(found[f"I_{name}"] / found[f"driving_force_{name}"] for name in NAMES[:3])
    assert found["chord_conductance"] == pytest.approx(chord, rel=1e-12)


def test_chord_of_the_constant_field_is_finite_at_its_reversal_potential(evaluate):
    ions = {"K": {"valence": 1, "inside": "140 mmol/L", "outside": "5 mmol/L"}}
    table = {"ions": ions, "mechanisms": {"K": {"type": "ghk_leak", "ion": "K", "P": "1e-6 cm/s"}}}
    keep = ("driving_force_K", "chord_conductance", "slope_conductance")
    found = evaluate(equilibrium(membrane=table), keep)
    assert found["driving_force_K"] == pytest.approx(0, abs=1e-12)
    # At E the chord is the slope, P z^2 F^2/(RT) c_i c_o ln(c_o/c_i)/(c_o - c_i).
    assert found["chord_conductance"] == pytest.approx(0.062375284725385383, rel=1e-12)
    assert found["slope_conductance"] == pytest.approx(0.062375284725385383, rel=1e-12)


def test_chord_ratio_in_the_constant_field_is_that_of_the_chord_equation(evaluate):
    kernel = equilibrium(membrane="textbook_neuron")
    keep = ("chord_conductance", "E_K", "E_Na")
    keep += tuple(f"{name}_{ion}" for ion in ("K", "Na") for name in ("I", "driving_force"))
    found = evaluate(kernel, keep, P_Na=4e-8, blocked_Cl=1)
    g = {ion: found[f"I_{ion}"] / found[f"driving_force_{ion}"] for ion in ("K", "Na")}
    assert g["K"] / g["Na"] == pytest.approx(6.3134714950891844, rel=1e-12)
    pull = g["K"] * found["E_K"] + g["Na"] * found["E_Na"]
    assert pull / found["chord_conductance"] == pytest.approx(-68.590572190588037, rel=1e-12)


def test_passive_sphere_and_time_constant(evaluate):
    leak = {"type": "ohmic_leak", "E": "-70 mV", "g": "0.05 mS/cm2"}
    kernel = equilibrium(membrane={"mechanisms": {"leak": leak}})
    found = evaluate(kernel, ("time_constant", "input_resistance"), area=np.pi * 20**2)
    assert found["time_constant"] == pytest.approx(20)
    assert found["input_resistance"] == pytest.approx(1591.549430918953, rel=1e-12)


@pytest.mark.parametrize(
    ("E_Na", "E_K", "rate"), [(50, -100, 3.40445949516e8), (60, -90, 2.53561306149e8)]
)
def test_atp_of_a_pump_that_balances_the_leaks(evaluate, E_Na, E_K, rate):
    found = evaluate(ATTWELL, ("V_rest", "input_resistance", "atp_rate"), **attwell(E_Na, E_K))
    assert found["V_rest"] == pytest.approx(-70)
    assert found["input_resistance"] == pytest.approx(200)
    assert found["atp_rate"] == pytest.approx(rate, rel=1e-11)


ATTWELL = equilibrium(
    membrane={
        "mechanisms": {
            "Na": {"type": "ohmic_leak"},
            "K": {"type": "ohmic_leak"},
            "pump": {"type": "sodium_potassium_pump", "law": "constant"},
        }
    }
)


def attwell(E_Na, E_K, V=-70.0, resistance=200.0):
    """Return the conductances and the pump that hold V at a given input resistance [MOhm].

    Sodium leaks in 3 I and potassium out 2 I, so that their conductances are in one ratio.
    """
    total = 1e-3 / (resistance * 1e-5)  # mS/cm2 over 1000 um2
    weight = {"Na": 3 / (E_Na - V), "K": 2 / (V - E_K)}
    pump = total / sum(weight.values())
    return {
        "g_Na": pump * weight["Na"],
        "g_K": pump * weight["K"],
        "E_Na": E_Na,
        "E_K": E_K,
        "I_max_pump": pump,
    }


@pytest.mark.parametrize(
    ("Na", "K", "resistance", "rate"),
    [("60", "-90", 200, 1.80310262151e8), ("50", "-100", 200, 2.49660e8)],
)
def test_atp_without_a_pump_is_a_third_of_the_sodium_leak(evaluate, Na, K, resistance, rate):
    E_Na, E_K = float(Na), float(K)
    kT = 1000 * 8.31446261815324 * 310.15 / 96485.33212331001
    outside = 10 * float(np.exp(E_Na / kT))
    table = {
        "ions": {"Na": {"valence": 1, "inside": "10 mmol/L", "outside": f"{outside} mmol/L"}},
        "mechanisms": {"Na": {"type": "ohmic_leak", "ion": "Na"}, "K": {"type": "ohmic_leak"}},
    }
    total = 1e-3 / (resistance * 1e-5)
    share = (-70 - E_K) / (E_Na - E_K)
    found = evaluate(
        equilibrium(membrane=table),
        ("V_rest", "atp_rate"),
        E_K=E_K,
        g_Na=total * share,
        g_K=total * (1 - share),
    )
    assert found["V_rest"] == pytest.approx(-70)
    assert found["atp_rate"] == pytest.approx(rate, rel=1e-5)


def test_a_membrane_without_pump_and_sodium_has_no_atp_rate():
    assert "atp_rate" not in equilibrium(membrane="thalamocortical").outputs
    assert "atp_rate" in equilibrium(membrane="textbook_neuron").outputs


@pytest.mark.slow
def test_a_blocked_mechanism_is_gone(evaluate):
    gone = {"blocked_Kir": 1, "blocked_Na": 1, "blocked_pump": 1}
    found = evaluate(MIXED, **gone)
    assert found["V_rest"] == pytest.approx(-20, rel=1e-12)
    assert found["n_equilibria"] == 1
    assert [found[f"I_{name}"] for name in ("Kir", "Na", "pump")] == [0, 0, 0]


@pytest.mark.slow
def test_float32_agrees_with_float64_away_from_folds(evaluate):
    precise = evaluate(MIXED)
    with jax.enable_x64(False):
        single = evaluate(MIXED)
    assert single["V_rest"] == pytest.approx(precise["V_rest"], abs=1e-3)
    assert single["V_equilibrium"] == pytest.approx(precise["V_equilibrium"], abs=1e-3, nan_ok=True)
    for name in ("input_resistance", "atp_rate", "time_constant", "chord_conductance"):
        assert single[name] == pytest.approx(precise[name], rel=1e-3)
