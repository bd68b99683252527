"""Proofs of the scan that take more points: six digits, the intervals' coverage, flat memory."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from scan_toys import Straight
from scipy import stats

from leakscape.analyse.fit.scan import scan

STRAIGHT = Straight()
NEVER = float("inf")


@pytest.mark.slow
def test_a_normal_posterior_is_exact_to_six_digits() -> None:
    """Evidence, mean and covariance of a straight line from 2**22 points."""
    found = scan(STRAIGHT, seed=1, until=NEVER, most=2**22)
    assert found.log_evidence == pytest.approx(STRAIGHT.log_evidence(), abs=1e-6)
    np.testing.assert_allclose(found.mean, STRAIGHT.mean(), atol=1e-6)
    np.testing.assert_allclose(found.covariance, STRAIGHT.covariance(), atol=1e-6)
    scale = np.sqrt(np.diag(STRAIGHT.covariance()))[:, None]
    edges = (found.edges - STRAIGHT.mean()[:, None]) / scale
    exact = np.diff(stats.norm.cdf(edges), axis=1)
    np.testing.assert_allclose(found.marginal, exact, atol=1e-4)
    levels = (found.quantiles - STRAIGHT.mean()[:, None]) / scale
    exact = np.tile(stats.norm.ppf([0.025, 0.16, 0.5, 0.84, 0.975]), (2, 1))
    np.testing.assert_allclose(levels, exact, atol=1e-3)


@pytest.mark.slow
def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """Those of the evidence and of the means, of 100 seeds; and they are no wider than need be."""
    number, held, used = 100, np.zeros(3, int), []
    truth = np.array([STRAIGHT.log_evidence(), *STRAIGHT.mean()])
    for seed in range(number):
        one = scan(STRAIGHT, seed=seed, until=NEVER, most=2**14)
        off = np.abs(np.array([one.log_evidence, *one.natural_mean]) - truth)
        error = np.array([one.log_evidence_error, *one.natural_mean_error])
        held += off < error
        used.append(off / error)
    assert np.all(held >= stats.binom.ppf(1e-3, number, 0.95))
    # The median of |t| is a third of its 95 % point.
    middle = stats.t.ppf(0.75, 15) / stats.t.ppf(0.975, 15)
    np.testing.assert_allclose(np.median(used, axis=0), middle, rtol=0.4)


@pytest.mark.slow
def test_memory_is_that_of_a_few_chunks() -> None:
    """Sixteen times the points take no more of it."""
    peaks = []
    for most in (2**18, 2**22):
        scan(STRAIGHT, seed=1, until=NEVER, most=2**18)  # compiled, and tables drawn
        tracemalloc.start()
        try:
            scan(STRAIGHT, seed=1, until=NEVER, most=most)
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    assert peaks[1] < peaks[0] + 4e6  # the tables of larger indices
    assert peaks[1] < 2**22 * 8  # one number a point
