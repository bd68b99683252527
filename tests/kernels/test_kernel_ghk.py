"""Laws of the GHK voltage equation."""

import functools

import jax
import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from leakscape_kernels.formulas.constant_field import voltage
from leakscape_kernels.formulas.ghk import ghk_voltage
from leakscape_kernels.formulas.nernst import nernst

pytestmark = pytest.mark.usefixtures("double")

GHK = ghk_voltage()
IONS = ("K", "Na", "Cl")
CONCENTRATIONS = [f"{ion}_{side}" for ion in IONS for side in ("in", "out")]
DEFAULTS = {name: p.default for name, p in GHK.parameters.items()}


def log_spread(low, high, columns):
    """Return a strategy of 20 rows of positive numbers, evenly spread on a log scale."""
    return arrays(float, (20, columns), elements=st.floats(low, high)).map(lambda x: 10.0**x)


permeabilities = log_spread(-10, -4, 3)
concentrations = log_spread(-3, 3, 6)
temperatures = st.floats(-20, 100)


@functools.cache
def batched():
    return jax.jit(jax.vmap(lambda v: GHK(**v)))


def sweep(P, c, temperature=37.0, **more):
    """Return the outputs for rows of permeabilities and concentrations."""
    values = {f"P_{ion}": P[:, i] for i, ion in enumerate(IONS)}
    values |= {name: c[:, i] for i, name in enumerate(CONCENTRATIONS)}
    values |= {"temperature": temperature} | more
    columns = {
        name: np.broadcast_to(np.asarray(values.get(name, DEFAULTS[name]), float), len(P))
        for name in GHK.parameters
    }
    return {name: np.asarray(x) for name, x in batched()(columns).items()}


@given(permeabilities, concentrations, temperatures)
@settings(deadline=None, max_examples=40)
def test_rest_is_that_of_mpmath_and_of_the_plain_function(P, c, T):
    V = sweep(P, c, T)["V_rest"]
    for row in range(3):
        K_in, K_out, Na_in, Na_out, Cl_in, Cl_out = map(mpmath.mpf, c[row])
        a, b, d = map(mpmath.mpf, P[row])
        ratio = (a * K_out + b * Na_out + d * Cl_in) / (a * K_in + b * Na_in + d * Cl_out)
        kT = 1000 * mpmath.mpf("8.31446261815324") / mpmath.mpf("96485.3321233100184")
        exact = kT * (mpmath.mpf(T) + mpmath.mpf("273.15")) * mpmath.log(ratio)
        assert V[row] == pytest.approx(float(exact), rel=1e-12, abs=1e-12)
        plain = voltage(list(P[row]), [1, 1, -1], list(c[row, ::2]), list(c[row, 1::2]), T)
        assert float(plain) == pytest.approx(float(exact), rel=1e-12, abs=1e-12)


@given(permeabilities, concentrations, temperatures)
@settings(deadline=None, max_examples=40)
def test_rest_lies_between_the_reversal_potentials_and_its_currents_cancel(P, c, T):
    found = sweep(P, c, T)
    E = np.stack([found[f"E_{ion}"] for ion in IONS])
    assert (found["V_rest"] >= E.min(axis=0) - 1e-9).all()
    assert (found["V_rest"] <= E.max(axis=0) + 1e-9).all()
    currents = np.stack([found[f"I_{ion}"] for ion in IONS])
    flux = 96485.4 * (P * np.maximum(c[:, ::2], c[:, 1::2])).max(axis=1)
    u = np.abs(found["V_rest"]) / 20 + 1
    assert (np.abs(currents.sum(axis=0)) <= 1e-13 * flux * u).all()
    for ion in IONS:
        force = found[f"driving_force_{ion}"]
        np.testing.assert_allclose(force, found["V_rest"] - found[f"E_{ion}"], atol=1e-12)
        assert (found[f"I_{ion}"] * force >= -1e-9 * np.abs(force) * flux * 1e-4).all()
    assert (found["status"] == 1).all()


@given(permeabilities, concentrations, temperatures, st.floats(-3, 3))
@settings(deadline=None, max_examples=40)
def test_only_ratios_of_permeabilities_and_of_concentrations_matter(P, c, T, decades):
    V = sweep(P, c, T)["V_rest"]
    factor = 10.0**decades
    for scaled in (sweep(factor * P, c, T), sweep(P, factor * c, T)):
        np.testing.assert_allclose(scaled["V_rest"], V, rtol=1e-11, atol=1e-11)


@given(permeabilities, concentrations, temperatures, temperatures)
@settings(deadline=None, max_examples=40)
def test_rest_is_proportional_to_the_absolute_temperature(P, c, T1, T2):
    V1, V2 = (sweep(P, c, T)["V_rest"] for T in (T1, T2))
    np.testing.assert_allclose(V1 * (T2 + 273.15), V2 * (T1 + 273.15), rtol=1e-12, atol=1e-9)


@given(permeabilities, concentrations)
@settings(deadline=None, max_examples=40)
def test_full_block_is_a_permeability_of_zero(P, c):
    for i, ion in enumerate(IONS):
        blocked = sweep(P, c, **{f"blocked_{ion}": 1.0})
        absent = sweep(np.where(np.arange(3) == i, 0.0, P), c)
        for name, values in blocked.items():
            np.testing.assert_array_equal(values, absent[name])


@given(permeabilities, concentrations)
@settings(deadline=None, max_examples=40)
def test_single_permeant_ion_rests_at_its_reversal_potential(P, c):
    for i, ion in enumerate(IONS):
        alone = sweep(np.where(np.arange(3) == i, P, 0.0), c)
        np.testing.assert_allclose(alone["V_rest"], alone[f"E_{ion}"], rtol=1e-12, atol=1e-11)


@given(permeabilities, concentrations, st.floats(1, 10))
@settings(deadline=None, max_examples=40)
def test_pump_returns_r_sodium_for_each_potassium(P, c, r):
    passive = P * [1, 1, 0]
    found = sweep(passive, c, pump_ratio=r)
    assert (found["status"] == 1).all()
    flux = 96485.4 * (P * np.maximum(c[:, ::2], c[:, 1::2])).max(axis=1) * r
    u = np.abs(found["V_rest"]) / 20 + 1
    assert (np.abs(found["I_Na"] + r * found["I_K"]) <= 1e-13 * flux * u).all()
    # The pump shifts the rest by less than kT ln r.
    shift = found["V_rest"] - sweep(passive, c)["V_rest"]
    assert (np.abs(shift) <= 26.726659112543268 * np.log(r) + 1e-9).all()


def test_ion_absent_on_one_side_leaves_the_rest_defined(evaluate):
    found = evaluate(GHK, K_out=0)
    ratio = (0.04 * 145 + 0.45 * 10) / (140 + 0.04 * 15 + 0.45 * 110)
    assert found["V_rest"] == pytest.approx(26.726659112543268 * np.log(ratio), rel=1e-13)
    assert found["status"] == 3
    assert np.isnan(found["E_K"])
    assert np.isnan(found["driving_force_K"])
    assert found["I_K"] + found["I_Na"] + found["I_Cl"] == pytest.approx(0, abs=1e-13)


@pytest.mark.parametrize(
    "values",
    [
        {"P_K": 0, "P_Na": 0, "P_Cl": 0},
        {"blocked_K": 1, "blocked_Na": 1, "blocked_Cl": 1},
        {"K_out": 0, "Na_out": 0, "Cl_in": 0},
        {"K_in": -1},
        {"Na_out": -1},
        {"P_Na": -1e-9},
        {"blocked_K": 1.1},
        {"blocked_K": -0.1},
        {"pump_ratio": 0.9, "P_Cl": 0},
        {"K_in": np.nan},
    ],
)
def test_point_without_a_rest_is_nan_with_status_11(evaluate, values):
    found = evaluate(GHK, **values)
    assert found["status"] == 11
    at_rest = [v for name, v in found.items() if name.startswith(("V_", "I_", "driving_"))]
    assert np.isnan(at_rest).all()


def test_at_absolute_zero_there_is_no_voltage(evaluate):
    found = evaluate(GHK, temperature=-273.15)
    assert np.isnan([found["V_rest"], found["E_K"], found["driving_force_K"]]).all()


@pytest.mark.slow
def test_each_output_depends_on_no_more_than_its_law_does():
    def along(name, output):
        values = DEFAULTS | {name: 1.0}

        def one(x):
            return GHK(**(values | {name: x}))[output]

        # vmap refuses out_axes None for a result that varies along the axis.
        return jax.vmap(one, out_axes=None)(np.array([1.0, 2.0]))

    for output, free_of in {
        "E_K": ("P_K", "blocked_K", "Na_out", "Cl_in", "pump_ratio"),
        "I_K": ("temperature",),
    }.items():
        for name in free_of:
            along(name, output)
    for output, name in (("E_K", "temperature"), ("I_K", "P_Cl"), ("V_rest", "temperature")):
        with pytest.raises(ValueError, match="out_axes"):
            along(name, output)


def test_float32_stays_within_a_microvolt_of_the_exact_rest():
    rng = np.random.default_rng(1)
    P = 10 ** rng.uniform(-9, -5, (2000, 3))
    c = 10 ** rng.uniform(-1, 2.7, (2000, 6))
    exact = sweep(P, c)
    with jax.enable_x64(False):
        rough = sweep(P.astype("float32"), c.astype("float32"))
    assert rough["V_rest"].dtype == np.float32
    assert np.abs(rough["V_rest"] - exact["V_rest"]).max() < 1e-3
    flux = 96485.4 * P * np.maximum(c[:, ::2], c[:, 1::2])
    for i, ion in enumerate(IONS):
        one_way = flux[:, i] * (1 + np.abs(exact["V_rest"]) / 20)
        assert (np.abs(rough[f"I_{ion}"] - exact[f"I_{ion}"]) <= 1e-4 * one_way).all()


def test_reversal_potentials_are_those_of_the_nernst_kernel(evaluate):
    found = evaluate(GHK)
    for ion, z in (("K", 1), ("Na", 1), ("Cl", -1)):
        sides = {"inside": DEFAULTS[f"{ion}_in"], "outside": DEFAULTS[f"{ion}_out"]}
        assert found[f"E_{ion}"] == pytest.approx(evaluate(nernst, valence=z, **sides)["E"])
