"""B(u) = u/(e^u - 1) and its slope, against mpmath; the guarded logarithm."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest

from leakscape_kernels.numerics import bernoulli, bernoulli_slope, log_ratio

SMALL = [10.0**-k for k in range(0, 31, 2)] + [0.499999, 0.5, 0.500001, 0.25, 0.75, 3.0, 20.0, 80.0]
POINTS = sorted([0.0, *SMALL, *(-u for u in SMALL)])


def exact(u):
    with mpmath.workdps(60):
        return mpmath.mpf(1) if u == 0 else mpmath.mpf(u) / mpmath.expm1(mpmath.mpf(u))


def exact_slope(u):
    with mpmath.workdps(90):
        if u == 0:
            return mpmath.mpf(-0.5)
        u = mpmath.mpf(u)
        growth = mpmath.exp(u)
        return (growth - 1 - u * growth) / (growth - 1) ** 2


@pytest.mark.parametrize("bits", [32, 64])
def test_bernoulli_and_both_its_slopes_are_exact(bits):
    with jax.enable_x64(bits == 64):
        points = np.array(POINTS, f"float{bits}")
        eps = float(np.finfo(points.dtype).eps)
        value, slope, differentiated = (
            np.asarray(jax.vmap(function)(points))
            for function in (bernoulli, bernoulli_slope, jax.grad(bernoulli))
        )
    assert value.dtype == slope.dtype == points.dtype
    # e^-u of a rounded u carries an error of u ulp.
    rtol = np.array([8 * eps * max(1.0, abs(u)) for u in POINTS])
    for found, law in ((value, exact), (slope, exact_slope), (differentiated, exact_slope)):
        expected = np.array([float(law(float(u))) for u in points])
        np.testing.assert_array_less(np.abs(found - expected), rtol * np.abs(expected) + 1e-37)


@pytest.mark.parametrize("bits", [32, 64])
def test_bernoulli_overflows_on_neither_side(bits):
    with jax.enable_x64(bits == 64):
        far = jnp.array([-1e30, -1e4, 1e4, 1e30], float)
        np.testing.assert_allclose(jax.vmap(bernoulli)(far), [1e30, 1e4, 0, 0], rtol=1e-6)
        for derivative in (bernoulli_slope, jax.grad(bernoulli)):
            np.testing.assert_allclose(jax.vmap(derivative)(far), [-1, -1, 0, 0], atol=1e-7)


def test_bernoulli_has_a_second_derivative_of_one_sixth_at_zero(double):
    curvature = jax.vmap(jax.grad(jax.grad(bernoulli)))(jnp.array([-1e-9, 0.0, 1e-9]))
    np.testing.assert_allclose(curvature, 1 / 6, rtol=1e-8)


def test_bernoulli_of_minus_u_is_u_plus_bernoulli_of_u(double):
    u = np.linspace(-30, 30, 4001)
    np.testing.assert_allclose(
        jax.vmap(bernoulli)(-u), u + np.asarray(jax.vmap(bernoulli)(u)), rtol=1e-12, atol=1e-13
    )


def test_bernoulli_takes_plain_numbers():
    assert float(bernoulli(0)) == 1.0
    assert float(bernoulli_slope(0.0)) == -0.5


def test_bernoulli_of_nan_is_nan():
    assert np.isnan(bernoulli(jnp.nan))
    assert np.isnan(bernoulli_slope(jnp.nan))


def test_logarithm_is_nan_where_it_does_not_exist():
    numerator = jnp.array([0.0, 1.0, -1.0, -1.0, 1e30, jnp.nan, 1.0])
    denominator = jnp.array([1.0, 0.0, 1.0, -1.0, 1e-30, 1.0, jnp.inf])
    assert np.isnan(jax.vmap(log_ratio)(numerator, denominator)).all()
    assert float(log_ratio(5.0, 140.0)) == pytest.approx(float(mpmath.log(5 / 140)), rel=1e-6)
