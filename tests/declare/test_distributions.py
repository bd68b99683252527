"""Every distribution is SciPy's: quantile, density, support; and JAX gives what NumPy gives."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special
from jax.scipy import special
from scipy import stats

from leakscape.declare.distributions import LAWS, Distribution

THEIRS = {
    "uniform": ((2.0, 8.0), stats.uniform(2.0, 6.0)),
    "loguniform": ((1e-3, 1.0), stats.loguniform(1e-3, 1.0)),
    "normal": ((5.0, 2.0), stats.norm(5.0, 2.0)),
    "lognormal": ((1e-6, 0.3), stats.lognorm(0.3, scale=1e-6)),
    "truncated_normal": ((5.0, 2.0, 4.0, 9.0), stats.truncnorm(-0.5, 2.0, 5.0, 2.0)),
}
SHARES = np.linspace(0.001, 0.999, 333)


@pytest.mark.parametrize("name", THEIRS)
def test_quantile_and_log_density_are_those_of_scipy(name):
    numbers, theirs = THEIRS[name]
    one = Distribution(name=name, numbers=numbers)
    values = one.quantile(SHARES, np, scipy.special)
    np.testing.assert_allclose(values, theirs.ppf(SHARES), rtol=1e-12)
    span = values[-1] - values[0]
    x = np.concatenate([values, [values[0] - 3 * span, values[-1] + 3 * span, 0.0]])
    np.testing.assert_allclose(
        one.log_density(x, np, scipy.special), theirs.logpdf(x), rtol=1e-11, atol=1e-11
    )
    assert one.support == pytest.approx(theirs.support())


@pytest.mark.parametrize("name", THEIRS)
def test_jax_gives_the_same_and_finite_derivatives_inside(name):
    numbers, theirs = THEIRS[name]
    one = Distribution(name=name, numbers=numbers)
    x = theirs.ppf(SHARES)
    with jax.enable_x64(True):
        found = one.log_density(jnp.asarray(x), jnp, special)
        slope = jax.vmap(jax.grad(lambda v: one.log_density(v, jnp, special)))(jnp.asarray(x))
    np.testing.assert_allclose(found, theirs.logpdf(x), rtol=1e-10, atol=1e-10)
    h = 1e-6 * x
    numeric = (theirs.logpdf(x + h) - theirs.logpdf(x - h)) / (2 * h)
    inside = np.isfinite(numeric)
    # Differences of SciPy's logarithms lose about as many digits as this.
    np.testing.assert_allclose(slope[inside], numeric[inside], rtol=1e-4, atol=1e-3)


def test_a_choice_has_a_probability_where_it_has_values():
    one = Distribution(name="choice", numbers=(3.0, 5.0, 8.0, 9.0))
    found = one.log_density(np.array([3.0, 4.0, 9.0]), np, scipy.special)
    np.testing.assert_allclose(found, [-np.log(4), -np.inf, -np.log(4)])
    assert one.quantile(np.array([0.1, 0.3, 0.6, 0.99]), np, scipy.special).tolist() == [3, 5, 8, 9]
    assert one.support == (3.0, 9.0)


def test_every_distribution_is_held_to_another_program():
    assert LAWS.keys() == THEIRS.keys() | {"choice"}
