"""Each mechanism's current against published and independently computed numbers."""

import jax
import mpmath
import numpy as np
import pytest
from quick import quick

from leakscape_kernels.membrane.equilibrium import membrane_current

pytestmark = pytest.mark.usefixtures("double")

CONCENTRATIONS = {"K": (1, 140, 5), "Na": (1, 15, 145), "Cl": (-1, 10, 110), "Ca": (2, 1e-4, 2)}
IONS = {
    ion: {"valence": z, "inside": f"{inside} mmol/L", "outside": f"{outside} mmol/L"}
    for ion, (z, inside, outside) in CONCENTRATIONS.items()
}


def curve(table, ions=IONS, **cell):
    """Return the kernel of a membrane with one mechanism, m."""
    return membrane_current(membrane={"ions": ions, "mechanisms": {"m": table}, **cell})


GHK = {ion: curve({"type": "ghk_leak", "ion": ion, "P": "1e-6 cm/s"}) for ion in IONS}


@pytest.mark.parametrize(
    ("V", "currents"),
    [
        (-100, (-0.62110969315718096, -53.486215584303994, -2.7330935178512659)),
        (-70, (1.4177561577438397, -39.224271520746148, -0.54091883808561475)),
        (0, (13.025519836646852, -12.543093176030302, 9.6485332123310018)),
        (1, (13.288770061174519, -12.255750180094612, 9.8662635012843991)),
        (50, (29.706395722181387, -1.5639982362062517, 23.141243703816593)),
        (100, (51.72502567291271, 4.2750372334282994, 40.587846095447954)),
    ],
)
def test_constant_field_currents(evaluate, V, currents):
    found = [evaluate(GHK[ion], V=V)["I_total"] for ion in ("K", "Na", "Cl")]
    assert found == pytest.approx(list(currents), rel=1e-12)


@pytest.mark.parametrize(
    ("V", "I"),
    [
        (-100, -2.8896879350493433),
        (-70, -2.0324349798673187),
        (0, -0.38592203142681541),
        (1, -0.37166106914022267),
        (50, -0.035005435794691415),
        (100, -0.0014808910306843468),
    ],
)
def test_constant_field_current_of_calcium(evaluate, V, I):  # noqa: E741
    assert evaluate(GHK["Ca"], V=V)["I_m"] == pytest.approx(I, rel=1e-11)


@pytest.mark.parametrize(
    ("V", "slopes"),
    [
        (-70, (0.087953608118652534, 0.45614714507029553, 0.087880943465239122)),
        (0, (0.26173067683034945, 0.28880626408866147, 0.2166046980664961)),
    ],
)
def test_constant_field_slopes_at_zero_and_below(evaluate, V, slopes):
    found = [evaluate(GHK[ion], V=V)["slope_conductance"] for ion in ("K", "Na", "Cl")]
    assert found == pytest.approx(list(slopes), rel=1e-12)


@pytest.mark.parametrize(("V", "slope"), [(-70, 0.028222956684044045), (0, 0.014441035220093295)])
def test_constant_field_slope_of_calcium(evaluate, V, slope):
    assert evaluate(GHK["Ca"], V=V)["slope_conductance"] == pytest.approx(slope, rel=1e-12)


@pytest.mark.parametrize(
    ("V", "ratio"),
    [
        (-120, 0.00893228602928069),
        (-90, 0.0290550726827515),
        (-70, 0.0637864152675123),
        (-50, 0.140034300278826),
    ],
)
def test_woodhull_block_follows_the_potential(evaluate, V, ratio):
    block = {"type": "woodhull", "blocker": "Ba", "Kd0": "2 mmol/L", "delta": 0.5}
    table = {"type": "ohmic_leak", "E": "0 mV", "g": "1 mS/cm2", "block": block}
    found = evaluate(curve(table), V=V, temperature=22, Ba_out=3)
    assert found["I_m"] / V == pytest.approx(2 * ratio / (2 * ratio + 3), rel=1e-12)


def test_woodhull_constants_of_caesium(evaluate):
    # K_d 4.1 mmol/L at -62 mV, e-fold per 20 mV.
    block = {"type": "woodhull", "blocker": "Cs", "Kd0": "91.0116002539107 mmol/L"}
    table = {"type": "ohmic_leak", "E": "0 mV", "g": "1 mS/cm2", "block": block}
    kernel = curve(table)
    for V, Kd in ((-62, 4.1), (-42, 4.1 * np.e)):
        found = evaluate(kernel, V=V, temperature=22, Cs_out=Kd, delta_m=1.27170295616107)
        assert found["I_m"] / V == pytest.approx(0.5, rel=1e-12)


@pytest.mark.parametrize(
    ("form", "values"),
    [
        (
            {"form": "orio"},
            {
                20: 0.208789554104475,
                25: 0.295362337617694,
                29: 0.6,
                30: 0.697967464961484,
                34: 0.939313455983005,
                37: 0.985611032030327,
            },
        ),
        (
            {},
            {
                12: 0.00241738106478465,
                24: 0.0302465365723302,
                30: 0.0939766764178966,
                37: 0.284374574593088,
                42: 0.5,
            },
        ),
    ],
)
def test_k2p_opens_with_temperature(evaluate, form, values):
    kernel = curve({"type": "k2p", "E": "-90 mV", "g": "1 mS/cm2", **form})
    for temperature, open_fraction in values.items():
        found = evaluate(kernel, V=-89, temperature=temperature)["I_m"]
        assert found == pytest.approx(open_fraction, rel=1e-12)


@pytest.mark.parametrize(
    ("Q10", "dH"), [(7, 150.614609948736), (2, 53.650), (12, 192.333), (20, 231.871)]
)
def test_k2p_limiting_q10_follows_from_the_enthalpy(evaluate, Q10, dH):
    kernel = curve({"type": "k2p", "E": "-90 mV", "g": "1 mS/cm2"})
    cold, warm = (
        evaluate(kernel, V=-89, temperature=T, T_half_m=200, dH_m=dH)["I_m"] for T in (27, 37)
    )
    # Far below T_half the gate is an exponential.
    assert warm / cold == pytest.approx(Q10, rel=1e-3)


@pytest.mark.parametrize(
    ("h", "k", "at", "peak"),
    [
        (0, 10, 12.784645427611, 2.7846454276107),
        (0, 11.6, 14.830188696028, 3.2301886960285),
        (8, 13, 18.705574291066, 5.7055742910662),
    ],
)
def test_kir_outward_peak_is_that_of_lambert(evaluate, h, k, at, peak):
    table = {"type": "kir", "E": "-90 mV", "g": "1 mS/cm2"}
    shifted = curve({**table, "V_shift": f"{h} mV", "k": f"{k} mV"})
    fixed = curve({**table, "V_half": f"{h - 90} mV", "k": f"{k} mV"})
    for kernel in (shifted, fixed):
        found = evaluate(kernel, V=-90 + at)
        assert found["I_m"] == pytest.approx(peak, rel=1e-12)
        assert found["slope_conductance"] == pytest.approx(0, abs=1e-12)


def test_kir_gate_follows_its_reversal_potential(evaluate):
    table = {"type": "kir", "ion": "K", "g": "1 mS/cm2", "V_shift": "5 mV", "k": "10 mV"}
    kernel = curve(table)
    kT = 1000 * 8.31446261815324 * 310.15 / 96485.33212331001
    found = [
        evaluate(kernel, V=kT * np.log(K_out / 140) + 20, K_out=K_out)["I_m"]
        for K_out in (2, 5, 20)
    ]
    assert found == pytest.approx([20 / (1 + np.exp(1.5))] * 3, rel=1e-12)


def test_kir_grows_with_the_root_of_potassium(evaluate):
    table = {"type": "kir", "ion": "K", "g": "1 mS/cm2", "V_shift": "5 mV", "k": "10 mV"}
    plain, rooted = curve(table), curve({**table, "K_ref": "5 mmol/L"})
    for K_out in (1, 5, 20):
        pair = [evaluate(kernel, V=-60, K_out=K_out)["I_m"] for kernel in (plain, rooted)]
        assert pair[1] / pair[0] == pytest.approx(np.sqrt(K_out / 5), rel=1e-12)


@pytest.mark.parametrize("V", [-150, -90, -60, 0, 60])
def test_luo_rudy_gate_is_the_published_formula(evaluate, V):
    kernel = curve({"type": "kir", "form": "luo_rudy", "ion": "K"})
    K_out, kT = mpmath.mpf(3), 1000 * mpmath.mpf("8.31446261815324") * mpmath.mpf("310.15")
    E = kT / mpmath.mpf("96485.3321233100184") * mpmath.log(K_out / 140)
    x = V - E
    a = 1.02 / (1 + mpmath.exp(0.2385 * (x - 59.215)))
    b = 0.49124 * mpmath.exp(0.08032 * (x + 5.476)) + mpmath.exp(0.06175 * (x - 594.31))
    b /= 1 + mpmath.exp(-0.5143 * (x + 4.753))
    expected = 0.75 * mpmath.sqrt(K_out / 5.4) * a / (a + b) * x
    assert evaluate(kernel, V=V, K_out=3)["I_m"] == pytest.approx(float(expected), rel=1e-12)


def test_gate_opens_upward_for_a_positive_slope_and_downward_for_a_negative_one(evaluate):
    table = {"type": "gated", "E": "0 mV", "g": "1 mS/cm2", "V_half": "-40 mV", "k": "5 mV"}
    kernel = curve(table)
    for k in (5, -5):
        for V in (-50, -40, -30):
            expected = V / (1 + np.exp(-(V + 40) / k))
            assert evaluate(kernel, V=V, k_m=k)["I_m"] == pytest.approx(expected, rel=1e-12)


def test_gate_on_the_constant_field_multiplies_it(evaluate):
    table = {"type": "gated", "ion": "Ca", "P": "1e-6 cm/s", "V_half": "-40 mV", "k": "5 mV"}
    found = evaluate(curve(table), V=-40)["I_m"]
    assert found == pytest.approx(evaluate(GHK["Ca"], V=-40)["I_m"] / 2, rel=1e-12)


def test_mechanisms_with_one_scale_share_it(evaluate):
    ohmic = {"type": "ohmic_leak", "E": "0 mV", "g": "1 mS/cm2"}
    tables = {"a": {**ohmic, "scale": "mu"}, "b": {**ohmic, "scale": "mu"}, "c": ohmic}
    kernel = membrane_current(membrane={"mechanisms": tables})
    found = evaluate(kernel, V=1, mu=1.4)
    assert [found[f"I_{name}"] for name in "abc"] == pytest.approx([1.4, 1.4, 1.0])


def test_slope_at_zero_volt_is_finite_in_float32():
    with jax.enable_x64(False):
        for ion, kernel in GHK.items():
            values = {name: kernel._default(name) for name in kernel.parameters if name != "V"}
            gradient = quick(jax.grad(lambda v, k=kernel: k(**v)["slope_conductance"]))(
                values | {"V": 0.0}
            )
            assert all(np.isfinite(g) for g in gradient.values()), ion
