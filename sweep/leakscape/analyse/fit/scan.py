"""The scan of a fit's prior: every point is weighted by its likelihood, and none is stored.

Points of the prior are those of scrambled Sobol sequences, by index. What is summed over them gives
the posterior's moments, marginals and quantiles, the evidence, and for each unknown the largest
likelihood at each of its values; a few thousand draws are held. The points of every scramble are
doubled until the effective number of points is large enough.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leakscape import interrupt
from leakscape.analyse.fit.scan_chunk import Part, Scanner, Sums, name_of
from leakscape.analyse.fit.scan_pilot import pilot
from leakscape.analyse.fit.scan_sums import BINS, COARSE, INDEX_BITS, Bins, Shape, moment_rows
from leakscape.analyse.fit.scan_totals import Totals
from leakscape.analyse.sensitivity.intervals import mean, ratio
from leakscape.analyse.sensitivity.tally import Progress
from leakscape.errors import DeclarationError
from leakscape.evaluation.in_order import in_order

LEVELS = (0.025, 0.16, 0.5, 0.84, 0.975)
FIRST_POINTS = 2**14
"""Of each scramble, before the first doubling."""
DRAWS = 4000
LEAST_ESS = 100.0
"""Below it nothing is drawn: a few points would be repeated over and over."""
BEST = 64
"""How many of the best points are kept at most."""
APART = 1.0 / 16.0
"""How far apart two of them lie in some unknown, of the box of the bins."""
FINE = 32
"""Steps inside a bin at which the distribution function is interpolated."""
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Scan:
    """What a scan of the prior says; D unknowns, natural scale: the logarithm where logarithmic.

    Args:
        points: how many points of the prior were weighted.
        failed: how many of them have no likelihood, as where the model has no value.
        ess: effective number of points, (sum w)^2 / sum w^2.
        log_evidence: natural logarithm of the mean likelihood over the prior.
        log_evidence_error: half-width of its 95 % interval, from the scrambles; NaN for one.
        mean: (D,), of the values [the unknowns' units].
        covariance: (D, D), of the values.
        natural_mean: (D,), in the natural scale.
        natural_mean_error: (D,), half-widths of 95 % intervals, from the scrambles.
        natural_covariance: (D, D), in the natural scale.
        quantiles: (D, 5), values at the levels 0.025, 0.16, 0.5, 0.84, 0.975.
        edges: (D, 129), values; the bins are equal in the natural scale.
        marginal: (D, 128), share of the posterior in each bin; they sum to 1. What lies outside of
            all bins is counted in those at the ends.
        pair: (D, D, 32, 32), the shares of pairs, every four bins together; along the diagonal that
            of an unknown itself.
        profile: (D, 128), largest log-likelihood found in a bin; -inf where none was.
        best: (k, D), the best points, best first, no two of them close to each other.
        best_log_likelihood: (k,).
        draws: (4000, D), independent draws from the weighted points; None below an ess of 100.
        unique: how many different points are among the draws; 0 without draws.
    """

    points: int
    failed: int
    ess: float
    log_evidence: float
    log_evidence_error: float
    mean: Floats
    covariance: Floats
    natural_mean: Floats
    natural_mean_error: Floats
    natural_covariance: Floats
    quantiles: Floats
    edges: Floats
    marginal: Floats
    pair: Floats
    profile: Floats
    best: Floats
    best_log_likelihood: Floats
    draws: Floats | None
    unique: int

    @property
    def density(self) -> Floats:
        """The marginal densities, (D, 128) [1/unit]."""
        found: Floats = self.marginal / np.diff(self.edges, axis=1)
        return found


def scan(
    problem: Any,
    *,
    seed: int,
    until: float = 400.0,
    most: int = 100_000_000,
    bar: Progress | None = None,
    scrambles: int = 16,
) -> Scan:
    """Weight the points of a prior by their likelihood.

    Args:
        problem: the fit's problem; see `leakscape.analyse.fit`.
        seed: of the scrambles and the draws.
        until: double the points until the effective number of them is as large.
        most: points that are not exceeded, those of a pilot apart.
        bar: is told how far it is.
        scrambles: how many independent ones there are.

    Returns:
        The scan; its `ess` says whether it may be relied on.

    Raises:
        DeclarationError: the problem is a hierarchy, `most` is too small, or no point of the prior
            has a likelihood.
        KernelError: the model failed.
        KeyboardInterrupt: Ctrl-C was pressed.
    """
    _check(problem, most, scrambles)
    room = min(FIRST_POINTS, most // scrambles)
    points = 1 << (room.bit_length() - 1)
    parts = min(scrambles, max(1, (1 << INDEX_BITS) // points))
    scanner = Scanner(problem, seed, Shape(len(problem.unknowns), parts, points))
    bins = pilot(scanner, scrambles, most)
    totals = Totals(scanner, scrambles, DRAWS)
    done = 0
    while True:
        advance(scanner, totals, bins, done, max(points, 2 * done), bar)
        done = max(points, 2 * done)
        if bar is not None:
            bar.says(f"effective number of points {totals.ess:.4g} of {totals.points}")
        if totals.ess >= until or 2 * done * scrambles > most:
            return finish(totals, bins)


def advance(
    scanner: Scanner, totals: Totals, bins: Bins, first: int, last: int, bar: Progress | None
) -> None:
    """Add the points first to last - 1 of every scramble."""
    size = scanner.shape.points
    todo: list[Part] = [
        (scramble, run)
        for run in range(first // size, last // size)
        for scramble in range(totals.scrambles)
    ]
    step = scanner.shape.parts
    chunks = [todo[start : start + step] for start in range(0, len(todo), step)]
    if bar is not None:
        bar.started(len(chunks), 0, scanner.shape.size)

    def work(number: int, _: Callable[[], bool]) -> Sums:
        return scanner.sums(chunks[number], bins)

    with closing(in_order(len(chunks), work)) as found:
        for number, sums in enumerate(found):
            interrupt.checkpoint()
            totals.add(chunks[number], sums)
            if bar is not None:
                bar.advanced(number + 1)


def finish(totals: Totals, bins: Bins) -> Scan:
    """Make of the sums what is told."""
    scanner, logs = totals.scanner, np.array(totals.scanner.logarithmic)
    weight = float(totals.weight.sum())
    if weight <= 0.0:
        raise DeclarationError(
            f"fit {name_of(scanner.problem)}: the likelihood must be finite somewhere, got none at "
            f"{totals.points} points of the priors; widen them, or correct [fixed]"
        )
    evidence = mean(totals.weight * totals.scrambles / totals.points)
    relative = np.asarray(evidence.error) / evidence.value
    natural, values = moment_rows(totals.scanner.logarithmic)
    moments = totals.moments.sum(axis=0) / weight
    deviation = ratio(totals.moments[:, 0, 1 : 1 + len(logs)], totals.weight[:, None])
    size = np.where(logs, np.exp(bins.centre), 1.0)
    offset = np.where(logs, size, bins.centre)
    grid = np.linspace(bins.low, bins.high, BINS + 1, axis=1)
    marginal = totals.marginal / totals.marginal.sum(axis=1, keepdims=True)
    ids, best_likelihood = _best(totals, bins)
    drawn = totals.ess >= LEAST_ESS
    placed = scanner.values_at(np.concatenate([ids, totals.draws if drawn else ids[:0]]))
    return Scan(
        points=totals.points,
        failed=totals.failed,
        ess=totals.ess,
        log_evidence=totals.top + float(np.log(evidence.value)),
        log_evidence_error=float(relative),
        mean=offset + size * moments[0, values],
        covariance=np.outer(size, size) * _covariance(moments, values),
        natural_mean=bins.centre + moments[0, natural],
        natural_mean_error=np.asarray(deviation.error),
        natural_covariance=_covariance(moments, natural),
        quantiles=_outward(_quantiles(grid, marginal), logs),
        edges=_outward(grid, logs),
        marginal=marginal,
        pair=_pairs(totals, marginal),
        profile=totals.profile,
        best=placed[: len(ids)],
        best_log_likelihood=best_likelihood,
        draws=placed[len(ids) :] if drawn else None,
        unique=len(np.unique(totals.draws)) if drawn else 0,
    )


def _check(problem: Any, most: int, scrambles: int) -> None:
    name = name_of(problem)
    if problem.hierarchical:
        raise DeclarationError(
            f"fit {name}: the scan needs priors whose numbers are known, got a hierarchy, whose "
            "unknowns are too many to scan; use --method nuts"
        )
    if most < scrambles:
        raise DeclarationError(
            f"fit {name}: the scan needs a point for each of its {scrambles} scrambles, got most = "
            f"{most}; raise --most"
        )


def _covariance(moments: Floats, rows: list[int]) -> Floats:
    first = moments[0, rows]
    found: Floats = moments[np.ix_(rows, rows)] - np.outer(first, first)
    return found


def _outward(natural: Floats, logs: NDArray[np.bool_]) -> Floats:
    found = np.array(natural)
    found[logs] = np.exp(found[logs])
    return found


def _quantiles(grid: Floats, marginal: Floats) -> Floats:
    """Interpolate the distribution functions by monotone cubics (Fritsch and Carlson 1980)."""
    from scipy.interpolate import PchipInterpolator

    found = np.zeros((len(grid), len(LEVELS)))
    for place, (edges, shares) in enumerate(zip(grid, marginal, strict=True)):
        reached = np.concatenate([[0.0], np.cumsum(shares)])
        fine = np.linspace(edges[0], edges[-1], FINE * BINS + 1)
        found[place] = np.interp(LEVELS, PchipInterpolator(edges, reached)(fine), fine)
    return found


def _pairs(totals: Totals, marginal: Floats) -> Floats:
    d = len(marginal)
    found = np.zeros((d, d, COARSE, COARSE))
    whole = totals.pair / np.maximum(totals.pair.sum(axis=1, keepdims=True), np.finfo(float).tiny)
    pairs = iter(whole.reshape(-1, COARSE, COARSE))
    for one in range(d):
        found[one, one] = np.diag(marginal[one].reshape(COARSE, -1).sum(axis=1))
        for other in range(one + 1, d):
            found[one, other] = next(pairs)
            found[other, one] = found[one, other].T
    return found


def _best(totals: Totals, bins: Bins) -> tuple[NDArray[np.int64], Floats]:
    """Pick the best points of all bins, each away from those before: so every basin is among them.

    A basin that shows in no profile is behind a better one along each unknown.
    """
    ids, first = np.unique(totals.profile_ids[np.isfinite(totals.profile)], return_index=True)
    likelihood = totals.profile[np.isfinite(totals.profile)][first]
    order = np.lexsort((ids, -likelihood))
    natural = totals.scanner.values_at(ids)
    logs = np.array(totals.scanner.logarithmic)
    natural[:, logs] = np.log(natural[:, logs])
    scaled = natural / (bins.high - bins.low)
    kept: list[int] = []
    for place in order:
        if all(np.abs(scaled[place] - scaled[one]).max() >= APART for one in kept):
            kept.append(int(place))
        if len(kept) == BEST:
            break
    return ids[kept], likelihood[kept]
