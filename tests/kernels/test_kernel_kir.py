"""What an inward rectifier may have: a second factor, a power, an exponent, its own constants."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from quick import quick

from leakscape_kernels.mechanisms.kir import growth_with_potassium
from leakscape_kernels.mechanisms.luo_rudy import CONSTANTS
from leakscape_kernels.membrane.equilibrium import equilibrium, membrane_current
from leakscape_kernels.membrane.membrane import membrane

IONS = {"K": {"valence": 1, "inside": "140 mmol/L", "outside": "5 mmol/L"}}
KIR = {"type": "kir", "ion": "K", "g": "1 mS/cm2", "k": "10 mV"}
kT = 1000 * mpmath.mpf("8.31446261815324") * mpmath.mpf("310.15") / mpmath.mpf("96485.33212331001")


def curve(table):
    return membrane_current(membrane={"ions": IONS, "mechanisms": {"m": table}})


SHIFTED = curve(KIR | {"V_shift": "5 mV", "V_half2": "-118.6 mV", "k2": "-44.1 mV", "power": 1})
FIXED = curve(KIR | {"V_half": "-80 mV", "V_shift2": "-30 mV", "k2": "20 mV"})
POWER = curve(KIR | {"V_shift": "5 mV", "power": 0.5})
GROWING = curve(KIR | {"V_shift": "5 mV", "K_ref": "5 mmol/L", "K_exponent": 0.5})
CARDIAC = curve({"type": "kir", "ion": "K", "form": "luo_rudy"})
LEAK = {"type": "ohmic_leak", "g": "0.02 mS/cm2", "E": "-10 mV"}
RESTING = equilibrium(
    membrane={
        "ions": IONS,
        "mechanisms": {"Kir": KIR | {"V_shift": "0 mV", "power": 0.5}, "leak": LEAK},
    }
)


def E_K(K_out=5):
    return kT * mpmath.log(mpmath.mpf(K_out) / 140)


def factor(V, middle, k):
    return 1 / (1 + mpmath.exp((V - middle) / mpmath.mpf(k)))


@pytest.mark.parametrize("V", [-160, -100, -70, -20, 40])
@pytest.mark.parametrize(("k2", "power"), [(-44.1, 1), (44.1, 1), (-44.1, 0.5), (30, 1.7)])
def test_the_open_fraction_is_both_factors_to_a_power(double, evaluate, V, k2, power):
    first, second = factor(V, E_K() + 5, 10), factor(V, -118.6, k2)
    expected = (V - E_K()) * (first * second) ** mpmath.mpf(power)
    found = evaluate(SHIFTED, ("I_m",), V=V, k2_m=k2, power_m=power)
    assert found["I_m"] == pytest.approx(float(expected), rel=1e-12)


@pytest.mark.parametrize("V", [-160, -70, 40])
def test_either_midpoint_may_follow_the_reversal_potential(double, evaluate, V):
    for K_out in (2, 20):
        E = E_K(K_out)
        expected = (V - E) * factor(V, -80, 10) * factor(V, E - 30, 20)
        found = evaluate(FIXED, ("I_m",), V=V, K_out=K_out)
        assert found["I_m"] == pytest.approx(float(expected), rel=1e-12)


def test_a_square_root_gate_is_open_where_its_factor_underflows():
    # In float32 the factor itself is 0 at 150 k above its midpoint.
    told = quick(jax.value_and_grad(lambda V: POWER.evaluate(values | {"V": V})["I_m"]))
    values = {name: jnp.float32(POWER._default(name)) for name in POWER.parameters if name != "V"}
    V = jnp.float32(float(E_K()) + 1505)
    current, slope = told(V)
    x = float(V) - E_K()
    expected = x * factor(x, 5, 10) ** mpmath.mpf(0.5)
    assert current == pytest.approx(float(expected), rel=1e-3)  # e^-75 of a sum rounded at 1505
    assert slope == pytest.approx(float(expected * (1 / x - mpmath.mpf(0.05))), rel=1e-3)


@pytest.mark.parametrize("exponent", [0, 0.41, 0.5, 1, 1.3])
def test_the_conductance_grows_with_a_power_of_potassium_and_the_gate_follows_it(
    double, evaluate, exponent
):
    for K_out in (1, 5, 20):
        x = mpmath.mpf(20)
        expected = (mpmath.mpf(K_out) / 5) ** mpmath.mpf(exponent) * x * factor(x, 5, 10)
        V = float(E_K(K_out) + x)
        found = evaluate(GROWING, ("I_m",), V=V, K_out=K_out, K_exponent_m=exponent)
        assert found["I_m"] == pytest.approx(float(expected), rel=1e-11)


def test_the_growth_has_slopes_where_there_is_no_potassium(double):
    def growth(outside, reference, exponent):
        return growth_with_potassium(
            {"outside": outside, "K_ref": reference, "K_exponent": exponent}
        )

    slopes = jax.vmap(jax.value_and_grad(growth, (0, 1, 2)))
    value, found = slopes(np.array([0.0, 20.0]), np.full(2, 5.0), np.full(2, 0.5))
    np.testing.assert_allclose(value, [0, 2], rtol=1e-15)
    np.testing.assert_allclose(found, [[0, 0.05], [0, -0.2], [0, 2 * np.log(4)]], rtol=1e-15)


def luo_rudy(x, c):
    """Return K_1 with constants of one's own; all written as published, with x + 5.476."""
    e = mpmath.exp
    alpha = c["rate_alpha"] / (1 + e(c["steep_alpha"] * (x - c["shift_alpha"])))
    rise = c["rate_beta"] * e(c["steep_beta"] * (x - c["shift_beta"]))
    rise += e(c["steep_far"] * (x - c["shift_far"]))
    beta = rise / (1 + e(-c["steep_near"] * (x - c["shift_near"])))
    return alpha / (alpha + beta)


def test_the_constants_of_luo_and_rudy_are_the_published_ones():
    published = (1.02, 0.2385, 59.215, 0.49124, 0.08032, -5.476, 0.06175, 594.31, 0.5143, -4.753)
    parameters = membrane("cardiac_ik1_leak").parameters
    found = [parameters[f"{symbol}_IK1"] for symbol in CONSTANTS]
    assert tuple(row.default for row in found) == published
    assert all("doi:10.1161/01.RES.74.6.1071" in row.source for row in found)


@pytest.mark.parametrize("symbol", CONSTANTS)
def test_each_constant_of_luo_and_rudy_is_a_parameter(double, evaluate, symbol):
    changed = {name: mpmath.mpf(value) for name, value in CONSTANTS.items()}
    changed[symbol] *= mpmath.mpf(1.25)
    given = {f"{name}_m": float(value) for name, value in changed.items()}
    for V in (-100, -75, 500):  # the term `far` counts at 500 mV alone
        x = V - E_K()
        expected = 0.75 * mpmath.sqrt(mpmath.mpf(5) / mpmath.mpf(5.4)) * x * luo_rudy(x, changed)
        found = evaluate(CARDIAC, ("I_m",), V=V, **given)
        assert found["I_m"] == pytest.approx(float(expected), rel=1e-11)


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (
            {"V_half": "-90 mV", "V_half2": "-118.6 mV", "V_shift2": "0 mV"},
            "mechanism x: needs exactly one of V_half2 and V_shift2, got V_half2 and V_shift2",
        ),
        (
            {"V_half": "-90 mV", "V_hlf2": "-118.6 mV"},
            "mechanism x: no key named V_hlf2; did you mean V_half2?",
        ),
        ({"V_half2": "-118.6 mV"}, "needs exactly one of V_half and V_shift, got neither"),
        ({"form": "luo_rudy", "k2": "10 mV"}, "mechanism x: no key named k2; it has ion, g, form"),
        ({"form": "luo_rudy", "power": 0.5}, "mechanism x: no key named power; it has ion, g"),
        (
            {"form": "luo_rudy", "steep_alfa": "0.2 1/mV"},
            "mechanism x: no key named steep_alfa; did you mean steep_alpha?",
        ),
        (
            {"V_half": "-90 mV", "rate_alpha": "1 1/ms"},
            "mechanism x: no key named rate_alpha; it has ion, E, g, form, V_half",
        ),
        ({"V_half": "-90 mV", "power": True}, "membrane mechanism x: power must be a quantity"),
    ],
)
def test_what_does_not_fit_is_one_sentence(row, sentence):
    table = {"type": "kir", "ion": "K", **row}
    with pytest.raises(ValueError, match=sentence) as caught:
        membrane({"ions": IONS, "mechanisms": {"x": table}})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("key", ["K_ref", "K_exponent"])
def test_the_growth_needs_an_ion(key):
    row = {"type": "kir", "E": "-90 mV", "V_half": "-90 mV", key: "1"}
    with pytest.raises(ValueError, match=f"membrane mechanism x: {key} needs an ion; add ion = "):
        membrane({"ions": IONS, "mechanisms": {"x": row}})


def test_one_key_of_a_second_factor_or_of_the_growth_makes_the_others_parameters():
    for key, others in {"k2": ["V_half2"], "V_shift2": ["k2"], "K_exponent": ["K_ref"]}.items():
        row = KIR | {"V_half": "-90 mV", key: "1"}
        parameters = membrane({"ions": IONS, "mechanisms": {"x": row}}).parameters
        for other in others:
            assert parameters[f"{other}_x"].default is None


@pytest.mark.slow
@pytest.mark.parametrize("power", [0, 0.3, 0.5, 1, 1.5, 3])
def test_every_equilibrium_behind_a_power_is_that_of_a_scan(double, evaluate, power):
    found = evaluate(RESTING, ("V_rest", "V_equilibrium", "n_equilibria"), power_Kir=power)
    V = np.linspace(-120, 20, 140_001)
    E = float(E_K())
    total = (V - E) * np.exp(-power * np.logaddexp(0, (V - E) / 10)) + 0.02 * (V + 10)
    crossed = np.flatnonzero(np.sign(total[1:]) != np.sign(total[:-1]))
    scanned = V[crossed] - total[crossed] * np.diff(V)[crossed] / np.diff(total)[crossed]
    assert found["n_equilibria"] == scanned.size
    assert found["V_equilibrium"][: scanned.size] == pytest.approx(scanned, abs=1e-5)
    assert found["V_rest"] == pytest.approx(scanned[0], abs=1e-5)
