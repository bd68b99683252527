"""Laws of the GHK current of one ion and of its slope."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leakscape_kernels.constants import F, R
from leakscape_kernels.formulas.constant_field import current, slope_conductance
from leakscape_kernels.formulas.ghk import ghk_current
from leakscape_kernels.formulas.nernst import reversal_potential

pytestmark = pytest.mark.usefixtures("double")

IONS = {"K": (1, 140, 5), "Na": (1, 15, 145), "Cl": (-1, 10, 110), "Ca": (2, 1e-4, 2)}
concentration = st.floats(-4, 3).map(lambda x: 10.0**x)
charge = st.sampled_from([-2.0, -1.0, 1.0, 2.0, 3.0])
temperature = st.floats(-20, 100)
V_of = np.linspace(-200, 200, 801)
I_of = jax.jit(jax.vmap(current, in_axes=(0, None, None, None, None, None)))
g_of = jax.jit(jax.vmap(slope_conductance, in_axes=(0, None, None, None, None, None)))
dI_of = jax.jit(jax.vmap(jax.grad(current), in_axes=(0, None, None, None, None, None)))


@pytest.mark.parametrize(
    ("ion", "V", "slope"),
    [
        ("K", -70, 0.087953608118652534),
        ("Na", -70, 0.45614714507029553),
        ("Cl", -70, 0.087880943465239122),
        ("Ca", -70, 0.028222956684044045),
        ("K", 0, 0.26173067683034945),
        ("Na", 0, 0.28880626408866147),
        ("Cl", 0, 0.2166046980664961),
        ("Ca", 0, 0.014441035220093295),
    ],
)
def test_tabulated_slopes(evaluate, ion, V, slope):
    z, inside, outside = IONS[ion]
    found = evaluate(ghk_current, V=V, valence=z, inside=inside, outside=outside)
    assert found["slope_conductance"] == pytest.approx(slope, rel=1e-12)
    assert found["status"] == 1


@given(charge, concentration, concentration, temperature)
@settings(deadline=None, max_examples=60)
def test_current_vanishes_at_the_reversal_potential_and_rises_everywhere(z, inside, outside, T):
    E = reversal_potential(z, inside, outside, T)
    scale = F * 1e-6 * abs(z) * max(inside, outside)
    rounding = 1e-13 * (1 + abs(float(E)))
    assert abs(float(current(E, 1e-6, z, inside, outside, T))) < rounding * scale
    flow = np.asarray(I_of(V_of, 1e-6, z, inside, outside, T))
    noise = 1e-13 * np.abs(flow)
    assert (np.diff(flow) > -noise[1:]).all()
    assert (np.asarray(g_of(V_of, 1e-6, z, inside, outside, T)) > 0).all()
    assert (np.sign(flow) * np.sign(V_of - float(E)) >= 0)[np.abs(V_of - float(E)) > 1e-6].all()


@given(charge, concentration, concentration, temperature)
@settings(deadline=None, max_examples=60)
def test_slope_by_formula_is_the_derivative(z, inside, outside, T):
    np.testing.assert_allclose(
        g_of(V_of, 1e-6, z, inside, outside, T),
        dI_of(V_of, 1e-6, z, inside, outside, T),
        rtol=1e-11,
    )


@pytest.mark.parametrize("ion", IONS)
def test_limits_at_zero_and_far_away(ion):
    z, inside, outside = IONS[ion]
    T_K = 310.15
    zero = float(current(0.0, 1e-6, z, inside, outside, 37.0))
    assert zero == pytest.approx(F * 1e-6 * z * (inside - outside), rel=1e-14)
    ohmic = 1e-6 * z**2 * F * F / (1000 * R * T_K)
    sign = 1 if z > 0 else -1
    # Far from 0 one side alone feeds the current, in proportion to V.
    for V, source in ((5000.0 * sign, inside), (-5000.0 * sign, outside)):
        assert float(current(V, 1e-6, z, inside, outside, 37.0)) == pytest.approx(
            ohmic * V * source, rel=1e-12
        )
        assert float(slope_conductance(V, 1e-6, z, inside, outside, 37.0)) == pytest.approx(
            ohmic * source, rel=1e-12
        )


def test_current_and_every_gradient_are_finite_around_zero_in_float32():
    with jax.enable_x64(False):
        V = jnp.array([0.0, 1e-38, -1e-30, 1e-20, 1e-8, -1e-6, 1e-4, 1e-2])
        arguments = (jnp.float32(1e-6), jnp.float32(1), *jnp.float32([140, 5, 37]))
        over_V = (0, None, None, None, None, None)
        derivative = jax.grad(current, argnums=(0, 1, 2, 3, 4, 5))
        flow = jax.vmap(current, in_axes=over_V)(V, *arguments)
        gradients = jax.vmap(derivative, in_axes=over_V)(V, *arguments)
    assert flow.dtype == jnp.float32
    np.testing.assert_allclose(flow[:-1], 13.025519836646852, rtol=1e-5)
    assert all(np.isfinite(g).all() for g in gradients)
    np.testing.assert_allclose(gradients[0], 0.26173067683034945, rtol=1e-3)


def test_absent_ion_flows_one_way(evaluate):
    for V in (-100, -1, 0, 1, 100):
        assert evaluate(ghk_current, V=V, outside=0)["I"] > 0
        assert evaluate(ghk_current, V=V, inside=0)["I"] < 0
        nothing = evaluate(ghk_current, V=V, inside=0, outside=0)
        assert nothing == {"I": 0, "slope_conductance": 0, "status": 1}


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"inside": -1}, 11),
        ({"outside": -1}, 11),
        ({"P": -1e-6}, 11),
        ({"temperature": -273.15}, 11),
        ({"inside": np.nan}, 11),
        ({"V": np.inf}, 10),
        ({"V": np.nan}, 10),
    ],
)
def test_point_without_a_current_is_nan_with_a_status(evaluate, values, status):
    found = evaluate(ghk_current, **({"V": -70} | values))
    assert np.isnan(found["I"])
    assert np.isnan(found["slope_conductance"])
    assert found["status"] == status


def test_closed_channel_carries_nothing(evaluate):
    found = evaluate(ghk_current, V=-70, P=0)
    assert found == {"I": 0, "slope_conductance": 0, "status": 1}
