"""A scan says what closed forms, integrals over one unknown and its own points in NumPy say."""

from __future__ import annotations

import itertools
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from scan_toys import Decay, Straight
from scipy import stats
from scipy.stats import qmc

from leakscape.analyse.fit.scan import Scan, advance, scan
from leakscape.analyse.fit.scan_chunk import Scanner
from leakscape.analyse.fit.scan_pilot import pilot
from leakscape.analyse.fit.scan_sums import Shape
from leakscape.analyse.fit.scan_totals import Totals
from leakscape.analyse.sensitivity.sampler import seed_of
from leakscape.errors import DeclarationError

STRAIGHT, DECAY = Straight(), Decay()
NEVER = float("inf")
SEED, SMALL = 5, 2**14


@pytest.fixture(scope="module")
def small() -> Scan:
    """Return a scan of so few points that NumPy may hold them."""
    return scan(STRAIGHT, seed=SEED, until=NEVER, most=SMALL)


@pytest.fixture(scope="module")
def decay() -> Scan:
    """Return a scan over one unknown, with failures."""
    return scan(DECAY, seed=SEED, until=NEVER, most=2**18)


def points(problem: Any, each: int, scrambles: int = 16) -> np.ndarray:
    """Return the uniform numbers of a scan, from SciPy's generator: (scrambles, each, D)."""
    found = []
    for scramble in range(scrambles):
        seed = seed_of(SEED, scramble)
        sobol = qmc.Sobol(len(problem.unknowns), scramble=True, bits=30, rng=seed)
        found.append(np.floor(sobol.random(each) * 2.0**30) * 2.0**-30 + 2.0**-31)
    return np.array(found)


def weighted() -> tuple[np.ndarray, np.ndarray]:
    """Return values and log-likelihoods of the small scan's points, by SciPy."""
    share = points(STRAIGHT, SMALL // 16).reshape(-1, 2)
    values = STRAIGHT.centre + STRAIGHT.spread * stats.norm.ppf(share)
    likelihood = stats.norm(values @ STRAIGHT.design.T, STRAIGHT.sd).logpdf(STRAIGHT.y).sum(axis=1)
    return values, likelihood


def test_sums_are_those_of_numpy_over_the_same_points(small: Scan) -> None:
    """Effective size, evidence, moments, histograms and profiles, of all points at once."""
    values, likelihood = weighted()
    w = np.exp(likelihood)
    assert small.points == len(w)
    assert small.ess == pytest.approx(w.sum() ** 2 / (w**2).sum(), rel=1e-11)
    assert small.log_evidence == pytest.approx(np.log(w.mean()), rel=1e-12)
    share = w / w.sum()
    np.testing.assert_allclose(small.mean, share @ values, rtol=1e-11)
    np.testing.assert_allclose(small.covariance, np.cov(values.T, aweights=w, ddof=0), rtol=1e-11)
    inside = np.clip(values, small.edges[:, 0], small.edges[:, -1])
    for one in range(2):
        edges = small.edges[one]
        counted = np.histogram(inside[:, one], edges, weights=share)[0]
        np.testing.assert_allclose(small.marginal[one], counted, rtol=0, atol=1e-12)
        bin_of = np.clip(np.digitize(values[:, one], edges) - 1, 0, len(edges) - 2)
        best = np.full(len(edges) - 1, -np.inf)
        np.maximum.at(best, bin_of, likelihood)
        np.testing.assert_allclose(small.profile[one], best, rtol=1e-12)
    pair = np.histogram2d(*inside.T, bins=[edge[::4] for edge in small.edges], weights=share)[0]
    np.testing.assert_allclose(small.pair[0, 1], pair, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(small.pair[1, 0], small.pair[0, 1].T)
    np.testing.assert_allclose(np.diag(small.pair[0, 0]), pair.sum(axis=1), rtol=0, atol=1e-12)
    assert small.best_log_likelihood[0] == pytest.approx(likelihood.max(), rel=1e-12)
    np.testing.assert_allclose(small.best[0], values[likelihood.argmax()], rtol=1e-12)


def test_interval_of_the_evidence_is_that_of_students_t_over_scrambles(small: Scan) -> None:
    """Half-width of the mean likelihood, relative to it."""
    each = np.exp(weighted()[1]).reshape(16, -1).mean(axis=1)
    low, high = stats.t.interval(0.95, 15, each.mean(), each.std(ddof=1) / 4.0)
    assert small.log_evidence_error == pytest.approx((high - low) / 2.0 / each.mean(), rel=1e-9)


def test_draws_are_points_of_the_scan_as_often_as_they_weigh(small: Scan) -> None:
    """By chi-squared over the points, grouped by weight so that each group is expected often."""
    values, likelihood = weighted()
    assert small.draws is not None
    assert small.draws.shape == (4000, 2)
    order = np.argsort(values[:, 0])
    at = order[np.searchsorted(values[order, 0], small.draws[:, 0] - 1e-12)]
    np.testing.assert_allclose(values[at], small.draws, rtol=1e-11, atol=1e-13)
    assert small.unique == len(np.unique(at))
    share = np.exp(likelihood) / np.exp(likelihood).sum()
    group = np.minimum((np.cumsum(share) * 100).astype(int), 99)  # in the order of the scan
    found, expected = np.bincount(group[at], minlength=100), np.bincount(group, share) * 4000
    assert stats.chisquare(found, expected).pvalue > 1e-3


def test_draws_follow_the_posterior() -> None:
    """By Kolmogorov's test along both unknowns, where points are too many to be drawn twice."""
    found = scan(STRAIGHT, seed=SEED, until=NEVER, most=2**18)
    assert found.draws is not None
    for place, column in enumerate(found.draws.T):
        scale = np.sqrt(STRAIGHT.covariance()[place, place])
        assert stats.kstest(column, stats.norm(STRAIGHT.mean()[place], scale).cdf).pvalue > 0.01
    shape = np.corrcoef(found.draws.T)[0, 1]
    cov = STRAIGHT.covariance()
    exact = cov[0, 1] / np.sqrt(cov[0, 0] * cov[1, 1])
    assert np.arctanh(shape) == pytest.approx(np.arctanh(exact), abs=3.3 / np.sqrt(4000))


def test_profile_is_the_closed_forms(small: Scan) -> None:
    """Never above the best of a bin, and close below it where the posterior is."""
    for place in range(2):
        edges = small.edges[place]
        fine = STRAIGHT.profile(place, np.linspace(edges[:-1], edges[1:], 101))
        seen = np.isfinite(small.profile[place])
        assert np.all(small.profile[place][seen] <= fine.max(axis=0)[seen] + 1e-9)
        near = fine.max(axis=0) > fine.max() - 2.0
        assert np.max(fine.max(axis=0)[near] - small.profile[place][near]) < 0.5


def test_one_unknown_is_the_integral(decay: Scan) -> None:
    """Evidence, moments, marginal, quantiles: QUADPACK, with the failures left out."""
    evidence = DECAY.integral(0.1, 10.0)
    assert decay.log_evidence == pytest.approx(np.log(evidence), abs=1e-5)
    mean = DECAY.integral(0.1, 10.0, 1.0) / evidence
    assert decay.mean[0] == pytest.approx(mean, rel=1e-5)
    variance = DECAY.integral(0.1, 10.0, 2.0) / evidence - mean**2
    assert decay.covariance[0, 0] == pytest.approx(variance, rel=1e-4)
    edges = decay.edges[0]
    exact = [DECAY.integral(*pair) for pair in itertools.pairwise(edges)]
    # A scramble is a net: of its points in a bin one at each end is there or not.
    point = 2.0 / 2**14 * np.exp(decay.best_log_likelihood[0]) / evidence
    np.testing.assert_allclose(decay.marginal[0], np.array(exact) / evidence, atol=point)
    np.testing.assert_allclose(decay.density[0] * np.diff(edges), decay.marginal[0])
    for level, value in zip((0.025, 0.16, 0.5, 0.84, 0.975), decay.quantiles[0], strict=True):
        assert DECAY.integral(0.1, value) / evidence == pytest.approx(level, abs=1e-4)
    fine = np.linspace(edges[:-1], edges[1:], 101)
    fine = np.minimum(fine, DECAY.fastest)
    best = DECAY.log_density(fine).max(axis=0)
    seen = edges[:-1] < DECAY.fastest
    np.testing.assert_allclose(decay.profile[0][seen], best[seen], atol=1e-2)


def test_points_without_a_likelihood_are_counted_and_weigh_nothing(decay: Scan) -> None:
    """NaN and minus infinity alike."""
    k = 0.1 * 100.0 ** points(DECAY, 2**14)
    assert decay.failed == np.sum((k < DECAY.slowest) | (k > DECAY.fastest)) > 0
    assert decay.draws is not None
    assert DECAY.slowest <= decay.draws.min()
    assert decay.draws.max() <= DECAY.fastest


def test_two_scans_are_equal_to_the_bit(small: Scan) -> None:
    """Everything that is told, and another seed tells something else."""
    again = scan(STRAIGHT, seed=SEED, until=NEVER, most=SMALL)
    for field in fields(Scan):
        one, other = getattr(small, field.name), getattr(again, field.name)
        np.testing.assert_array_equal(one, other, err_msg=field.name)
    assert scan(STRAIGHT, seed=6, until=NEVER, most=SMALL).mean[0] != small.mean[0]


def test_sums_do_not_depend_on_the_size_of_chunks() -> None:
    """The same points in one chunk and in 43, the last of them not full."""
    sums = []
    for shape in (Shape(2, 16, 1024), Shape(2, 3, 128)):
        scanner = Scanner(STRAIGHT, SEED, shape)
        if not sums:
            bins = pilot(scanner, 16, SMALL)
        totals = Totals(scanner, 16, 10)
        advance(scanner, totals, bins, 0, 1024, None)
        sums.append(totals)
    one, other = sums
    assert one.top == other.top
    assert one.points == other.points == SMALL
    for name in ("weight", "square", "moments", "marginal", "pair"):
        whole = np.abs(getattr(one, name)).max()
        found, expected = getattr(one, name) / whole, getattr(other, name) / whole
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12, err_msg=name)
    np.testing.assert_allclose(one.profile, other.profile, rtol=1e-14)
    np.testing.assert_array_equal(one.profile_ids, other.profile_ids)


def test_doubling_ends_where_the_effective_number_is_reached(small: Scan) -> None:
    """Or where `most` is: the first that is enough, and not one more."""
    enough = scan(STRAIGHT, seed=SEED, until=400.0, most=10**7)
    assert enough.points == 2**18
    assert enough.ess >= 400.0
    assert scan(STRAIGHT, seed=SEED, until=NEVER, most=2 * SMALL - 1).points == small.points


def test_a_scan_of_few_effective_points_draws_nothing() -> None:
    """A few points repeated over and over are no posterior."""
    found = scan(STRAIGHT, seed=SEED, most=2**9, scrambles=3)
    assert found.ess < 100.0
    assert found.draws is None
    assert found.unique == 0


def test_best_points_lie_apart(small: Scan) -> None:
    """No two of them closer than a sixteenth of the box along every unknown; best first."""
    scaled = small.best / (small.edges[:, -1] - small.edges[:, 0])
    distance = np.abs(scaled[:, None] - scaled[None]).max(axis=2)
    assert len(small.best) > 10
    assert distance[~np.eye(len(scaled), dtype=bool)].min() >= 1.0 / 16.0
    assert np.all(np.diff(small.best_log_likelihood) <= 0.0)


def test_what_cannot_be_scanned_is_said() -> None:
    """One sentence for each."""

    class Hierarchy(Straight):
        hierarchical = True

    class Excluded(Straight):
        def log_likelihood(self, values: Any) -> Any:
            return super().log_likelihood(values) * np.nan

    with pytest.raises(DeclarationError, match=r"^fit straight: .*hierarchy.* --method nuts$"):
        scan(Hierarchy(), seed=1)
    with pytest.raises(DeclarationError, match=r"^fit straight: .*finite somewhere.*; widen them"):
        scan(Excluded(), seed=1, most=SMALL)
    with pytest.raises(DeclarationError, match=r"got most = 15; raise --most$"):
        scan(STRAIGHT, seed=1, most=15)
