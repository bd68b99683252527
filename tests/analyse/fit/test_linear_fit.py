"""Where the model is linear and the noise normal, everything about a fit has a closed form."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from toy_problems import Toy, Unknown

from leakscape.analyse.fit.least_squares import best_fit
from leakscape.analyse.fit.profiles import profiles

X = np.linspace(-1.0, 2.0, 9)
DESIGN = np.stack([np.ones(9), X, X**2], axis=1)
SD = np.linspace(0.5, 1.5, 9)
TRUE = np.array([3.0, -2.0, 0.7])
PRIOR = (0.0, 1.0)

pytestmark = pytest.mark.slow  # compiling a problem takes seconds


def posterior(observed):
    """Return mean and covariance; the last coefficient has a normal prior."""
    rows = np.concatenate([DESIGN / SD[:, None], [[0.0, 0.0, 1.0 / PRIOR[1]]]])
    aims = np.append(observed / SD, PRIOR[0] / PRIOR[1])
    covariance = np.linalg.inv(rows.T @ rows)
    return covariance @ rows.T @ aims, covariance


@pytest.fixture(scope="module")
def fitted():
    observed = DESIGN @ TRUE + SD * np.random.default_rng(11).normal(size=9)
    unknowns = [
        Unknown("a", -50.0, 50.0),
        Unknown("b", -50.0, 50.0),
        Unknown("c", *PRIOR, "normal"),
    ]
    problem = Toy(unknowns, lambda v: jnp.asarray(DESIGN) @ v, observed, SD)
    best = best_fit(problem, np.random.default_rng(1).uniform(-5.0, 5.0, (20, 3)))
    return observed, best, profiles(problem, best)


def test_best_and_covariance_are_the_posterior(fitted):
    observed, best, _ = fitted
    mean, covariance = posterior(observed)
    np.testing.assert_allclose(best.values, mean, rtol=1e-9)
    np.testing.assert_allclose(best.covariance, covariance, rtol=1e-9)
    misfit = ((observed - DESIGN @ mean) / SD) ** 2
    np.testing.assert_allclose(best.chi2, misfit.sum(), rtol=1e-10)
    np.testing.assert_allclose(best.objective, misfit.sum() + mean[2] ** 2, rtol=1e-10)
    np.testing.assert_allclose(best.chi2_with_priors, best.objective, rtol=1e-12)
    assert best.degrees_of_freedom == 9 + 1 - 3
    assert best.converged.all()


def test_eigen_directions_diagonalise_the_information(fitted):
    observed, best, _ = fitted
    width = best.information.width
    # d value / d z of a uniform prior is its width times the normal density at 0.
    np.testing.assert_allclose(width[:2], 100.0 / np.sqrt(2.0 * np.pi), rtol=1e-12)
    information = np.linalg.inv(posterior(observed)[1]) * width * width[:, None]
    vectors = best.eigenvector
    np.testing.assert_allclose(
        vectors @ information @ vectors.T,
        np.diag(best.eigenvalue),
        rtol=1e-9,
        atol=1e-9 * best.eigenvalue[0],
    )


def test_a_profile_is_a_parabola(fitted):
    observed, best, profile = fitted
    mean, covariance = posterior(observed)
    error = np.sqrt(np.diag(covariance))
    exact = best.objective + ((profile.values - mean[:, None]) / error[:, None]) ** 2
    np.testing.assert_allclose(profile.chi2, exact, rtol=1e-8)


def test_intervals_cover_as_often_as_they_say(fitted):
    """They are the closed-form ones, of which 68.27 and 95 % hold the truth."""
    observed, _, profile = fitted
    mean, covariance = posterior(observed)
    error = np.sqrt(np.diag(covariance))
    for level, times in (("68", 1.0), ("95", 1.959963984540054)):
        np.testing.assert_allclose(
            getattr(profile, f"lower_{level}"), mean - times * error, rtol=1e-7
        )
        np.testing.assert_allclose(
            getattr(profile, f"upper_{level}"), mean + times * error, rtol=1e-7
        )


def test_a_profile_has_an_odd_number_of_steps(fitted):
    with pytest.raises(ValueError, match="steps must be odd and at least 5, got 4"):
        profiles(None, fitted[1], steps=4)
