"""Fits that are not plain least squares: free noise, edges, two optima, too few data, failures."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from toy_problems import Toy, Unknown

from leakscape.analyse.fit.identify import ridges
from leakscape.analyse.fit.least_squares import best_fit
from leakscape.analyse.fit.profiles import profiles
from leakscape.analyse.fit.report import fit_report
from leakscape.errors import DeclarationError

pytestmark = pytest.mark.slow  # compiling a problem takes seconds

V = np.array([1.0, 2.0, 4.0, 3.0, 2.0, 5.0, 1.0])


def test_a_free_standard_deviation_is_the_likeliest_one():
    unknowns = [Unknown("V_0", -10.0, 10.0), Unknown("sd_V", 0.1, 100.0, "loguniform")]
    problem = Toy(unknowns, lambda v: v[0] + jnp.zeros(7), V, free_noise=True)
    best = best_fit(problem, [[0.0, 1.0], [5.0, 50.0]])
    sd = V.std()
    np.testing.assert_allclose(best.values, [V.mean(), sd], rtol=1e-7)
    # The observed information of a normal sample: n / sd2 and 2 n / sd2.
    np.testing.assert_allclose(best.error, sd / np.sqrt([7.0, 14.0]), rtol=1e-6)
    np.testing.assert_allclose(
        best.objective, 7.0 * (np.log(2.0 * np.pi * sd**2) + 1.0), rtol=1e-12
    )
    assert best.converged.all()
    profile = profiles(problem, best)
    exact = 7.0 * np.log1p((profile.values[0] - V.mean()) ** 2 / sd**2)
    np.testing.assert_allclose(profile.chi2[0] - best.objective, exact, atol=1e-7)
    half = sd * np.sqrt(np.expm1(3.841458820694124 / 7.0))
    np.testing.assert_allclose(profile.upper_95[0], V.mean() + half, rtol=1e-6)


def test_a_best_at_the_edge_of_its_prior_is_said_to_be_there():
    problem = Toy([Unknown("g", 0.0, 2.0, unit="mS/cm2")], lambda v: v[0] * jnp.ones(7), V)
    best = best_fit(problem, [[0.5], [1.5]])
    assert best.at_bound.tolist() == [1]
    assert best.converged.all()
    np.testing.assert_allclose(best.values, [2.0], rtol=1e-12)
    assert "lies at the upper edge of its prior, 2 mS/cm2" in best.remarks[0]
    assert "g: 2 mS/cm2 (at the upper edge of its prior)" in fit_report(best)
    profile = profiles(problem, best)
    assert np.isinf(profile.upper_95[0])
    # chi2 is 7 (g - mean)^2 and more; it rises by 3.84 where that has grown by as much.
    lower = V.mean() - np.sqrt((V.mean() - 2.0) ** 2 + 3.841458820694124 / 7.0)
    np.testing.assert_allclose(profile.lower_95, [lower], rtol=1e-6)
    assert "open above (up to 2 mS/cm2)" in ridges(problem, best, profile)[0]


def test_two_optima_are_listed_and_too_few_data_said():
    unknowns = [Unknown("x", -3.0, 3.0), Unknown("y", -3.0, 3.0)]
    problem = Toy(unknowns, lambda v: jnp.stack([v[0] ** 2, v[1]]), [1.0, 0.5], 0.1)
    best = best_fit(problem, [[2.0, 0.0], [-2.0, 1.0], [0.5, 1.0]])
    np.testing.assert_allclose(np.sort(best.optima, axis=0), [[-1.0, 0.5], [1.0, 0.5]], rtol=1e-8)
    assert sorted(best.optima_starts) == [1, 2]
    assert any(remark.startswith("There are 2 distinct optima") for remark in best.remarks)
    few = Toy(unknowns, lambda v: (v[0] + 2.0 * v[1])[None], [0.3], 0.1)
    best = best_fit(few, [[0.1, 0.1]])
    told = ridges(few, best)
    assert told[0].startswith("There are 1 data for 2 unknowns: at least 1 combination")
    assert "1 more of x and 0.5 less of y" in told[1]


class _Failing(Toy):
    """A toy whose solver says that it did not converge, wherever it is asked."""

    def predict(self, values):
        predicted, status = super().predict(values)
        return predicted, jnp.full_like(status, 13)


def test_a_model_that_fails_is_refused_in_a_sentence():
    unknowns = [Unknown("g", 0.0, 2.0, unit="mS/cm2")]
    with pytest.raises(DeclarationError, match=r"^fit: the model has no value at any of 2 starts;"):
        best_fit(Toy(unknowns, lambda v: jnp.log(-v[0]) * jnp.ones(7), V), [[0.5], [1.0]])
    failing = _Failing(unknowns, lambda v: v[0] * jnp.ones(7), V / 4.0)
    sentence = (
        r"^fit: the model fails at the best point \(g = 0.6429 mS/cm2\), with status 13 in 7 of 7"
    )
    with pytest.raises(DeclarationError, match=sentence):
        best_fit(failing, [[0.5]])
