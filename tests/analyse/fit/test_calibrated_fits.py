"""Posteriors of the scan and of least squares are calibrated, and profiles hold what they say.

Problems of GHK's equation, compiled once for each method, whose recordings are given to what is
compiled.
"""

from __future__ import annotations

import numpy as np
import pytest
from calibration import calibrated, p_values, ranks
from live import FLAT, NARROW, simulated_titration
from scipy import stats

from leakscape.analyse.fit.least_squares import best_fit
from leakscape.analyse.fit.profiles import profiles
from leakscape.analyse.fit.scan import scan

pytestmark = pytest.mark.slow  # hundreds of fits

LEVEL, SIMULATIONS, DRAWS = 0.01, 100, 63


@pytest.fixture(scope="module")
def titration():
    return simulated_titration(NARROW)


def check(p, truth, draws):
    """Ranks are uniform, and the test has power: narrower or wider posteriors fail it."""
    assert p.min() > LEVEL / len(p)
    middle = np.median(draws, axis=1, keepdims=True)
    for factor in (0.6, 1.7):
        wrong = middle + factor * (draws - middle)
        assert p_values(ranks(truth, wrong), DRAWS).max() < LEVEL


def test_the_scan_is_calibrated():
    problem, simulate = simulated_titration(FLAT)

    def fitted(data):
        found = []
        for seed, recorded in enumerate(data):
            problem.record(recorded[:, None])
            one = scan(problem, seed=seed, most=2**18)
            assert one.ess >= 200.0  # more than three times the draws
            found.append(one.draws[:DRAWS])
        return np.stack(found)

    check(*calibrated(simulate, fitted, SIMULATIONS, seed=1))


def test_least_squares_with_its_covariance_is_calibrated(titration):
    """The normal approximation at the best, in the natural scales: both are logarithms here."""
    problem, simulate = titration
    random = np.random.default_rng(8)

    def fitted(data):
        found = []
        for recorded in data:
            problem.record(recorded[:, None])
            best = best_fit(problem, [[0.03, 140.0]])
            assert best.converged.all()
            natural = best.covariance / np.outer(best.values, best.values)
            found.append(random.multivariate_normal(np.log(best.values), natural, DRAWS))
        return np.exp(np.stack(found))

    check(*calibrated(simulate, fitted, SIMULATIONS, seed=2))


def test_intervals_of_profiles_hold_the_truth_as_often_as_they_say(titration):
    """Of 400 tables; within the 99.9 % interval of a binomial, for each unknown and level."""
    problem, simulate = titration
    random, number = np.random.default_rng(9), 400
    held = {level: np.zeros(2, int) for level in ("68", "95")}
    for _ in range(number):
        truth, recorded = simulate(random)
        problem.record(recorded[:, None])
        found = profiles(problem, best_fit(problem, [[0.03, 140.0]]))
        for level, inside in held.items():
            lower, upper = (getattr(found, f"{side}_{level}") for side in ("lower", "upper"))
            inside += (lower < truth) & (truth < upper)
    for level, share in (("68", stats.chi2.cdf(1.0, 1)), ("95", 0.95)):
        low, high = stats.binom.interval(0.999, number, share)
        assert ((low <= held[level]) & (held[level] <= high)).all(), held
