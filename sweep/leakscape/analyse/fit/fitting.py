"""A fit from beginning to end: the prior scanned, the best refined, the posterior drawn."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from leakscape import interrupt
from leakscape.amounts import number
from leakscape.analyse.fit.curves import curves
from leakscape.analyse.fit.evaluated import (
    errors,
    from_prior,
    predicted,
    refuse_inert,
    simulated,
    starts,
)
from leakscape.analyse.fit.identify import ridges
from leakscape.analyse.fit.independent import independent
from leakscape.analyse.fit.least_squares import Best, best_fit
from leakscape.analyse.fit.median import best_of_draws
from leakscape.analyse.fit.nuts import Draws, nuts
from leakscape.analyse.fit.on_disk import refuse_other, refuse_place, save
from leakscape.analyse.fit.posing import pose
from leakscape.analyse.fit.problem import Problem
from leakscape.analyse.fit.profiles import Profiles, profiles
from leakscape.analyse.fit.scan import LEAST_ESS, Scan, scan
from leakscape.analyse.fit.tree import Parts, Rows, tree_of
from leakscape.analyse.sensitivity.tally import Progress
from leakscape.declare import names
from leakscape.declare.fit import Fit
from leakscape.declare.fits import fit_of
from leakscape.errors import DeclarationError
from leakscape.evaluation.announce import followed
from leakscape.evaluation.forked import refuse_after_fork
from leakscape.shown import shown
from leakscape.store.metadata import located

METHODS = ("auto", "scan", "lm", "nuts")
FIRST_LOOK, LEAST_LOOK = 2**24, 2**14
"""Rows of points of a prior, and points, after which it shows whether scanning it will do."""
MOST_EVALUATED = 5e8
"""Rows of points beyond which chains are quicker than a scan."""
PRIOR_DRAWS = 4000


def fit(
    fit_or_path: Fit | str | Path,
    table: Any = None,
    method: str = "auto",
    *,
    until: float = 400.0,
    most: int = 100_000_000,
    seed: int = 0,
    store: str | Path | None = None,
    progress: bool = True,
    bar: Progress | None = None,
) -> xr.DataTree:
    """Fit a model to a table of recordings.

    The prior is scanned by index, the best points are refined by least squares from all of them at
    once, and the posterior is drawn from the scan, or by chains where the scan meets it too rarely.

    Args:
        fit_or_path: the fit, its name, or the path of its file.
        table: a DataFrame, a Dataset along one dimension, or a path, in place of its table.
        method: scan; lm, the best fit alone, with its profiles; nuts, for chains; auto scans, and
            draws chains where `most` points would not do, and for hierarchies.
        until: the effective number of points at which scanning ends.
        most: points of the prior that it takes at most.
        seed: of all that is random.
        store: where the result is kept; an earlier one of the same fit and table is replaced.
        progress: whether a terminal or a notebook shows a bar, where it lasts more than a second.
        bar: is told how far it is, in place of that.

    Returns:
        A tree in ArviZ's layout: `posterior`, `prior`, `posterior_predictive`, `observed_data`,
        `log_likelihood`, `sample_stats`; `best` with values, covariance and profiles; `scan` with
        marginals and evidence; `curves`. What was not asked for is not there.

    Raises:
        SweepError: the fit is not sound, its table cannot be read, or the model has no value.
        KeyboardInterrupt: Ctrl-C, also while it compiles.
    """
    declared = fit_of(fit_or_path)
    if method not in METHODS:
        raise DeclarationError(f"fit: {names.nearest(str(method), METHODS)} as method")
    for key, given in (("until", until), ("most", most)):
        if isinstance(given, bool) or not isinstance(given, int | float) or not given > 0:
            raise DeclarationError(f"fit: {key} must be above 0, got {shown(given)}")
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**32:
        raise DeclarationError(f"fit: seed must be a whole number from 0, got {shown(seed)}")
    place = None if store is None else located(store)
    if place is not None:
        refuse_place(place)
    refuse_after_fork()
    with interrupt.noticed(), followed(progress) as own:
        problem = pose(declared, table)
        if place is not None:
            refuse_other(place, declared.canonical(), problem.recordings.digest)
        tree = _Work(problem, method, until, int(most), seed, bar or own).done()
        if place is not None:
            save(place, tree)
    return tree


@dataclass
class _Work:
    """What is asked of a problem, and what was found so far."""

    problem: Problem
    method: str
    until: float
    most: int
    seed: int
    bar: Progress
    remarks: list[str] = field(default_factory=list)

    def done(self) -> xr.DataTree:
        problem = self.problem
        refuse_inert(problem, self.seed)
        self.remarks += problem.recordings.remarks
        if problem.hierarchical and self.method != "scan":
            return self._hierarchy()
        found = self._scan()
        begin = starts(problem, self.seed) if found is None else found.best
        best, profiled = _refined(problem, begin)
        self.remarks += [*best.remarks, *ridges(problem, best, profiled), *_alone(problem, best)]
        draws = self._draws(found, best)
        if draws is not None:
            self.remarks += draws.remarks
        interrupt.checkpoint()
        return self._tree(found, best, profiled, draws)

    def _hierarchy(self) -> xr.DataTree:
        problem = self.problem
        if self.method == "lm":
            raise DeclarationError(
                f"fit {problem.name}: the likeliest point of a hierarchy is degenerate, so that "
                "least squares finds none; use --method nuts"
            )
        draws = nuts(problem, starts(problem, self.seed), seed=self.seed, bar=self.bar)
        best = best_of_draws(problem, draws)
        self.remarks += [*best.remarks, *_alone(problem, best), *draws.remarks]
        interrupt.checkpoint()
        return self._tree(None, best, None, draws)

    def _scan(self) -> Scan | None:
        problem = self.problem
        if self.method in ("lm", "nuts"):
            return None
        look = self.most
        if self.method == "auto":
            look = min(self.most, max(LEAST_LOOK, FIRST_LOOK // problem.rows))
        found = self._scanned(look)
        if found.ess < self.until and look < self.most:
            wanted = found.points * self.until / found.ess
            if wanted <= self.most and wanted * problem.rows <= MOST_EVALUATED:
                found = self._scanned(self.most)
        if found.ess < LEAST_ESS and self.method == "scan":
            self.remarks.append(
                f"the effective number of points is {found.ess:.3g}, and {LEAST_ESS:.0f} is needed "
                "to draw from a scan; raise --most, narrow the priors, or use --method nuts"
            )
        return found

    def _scanned(self, most: int) -> Scan:
        return scan(self.problem, seed=self.seed, until=self.until, most=most, bar=self.bar)

    def _draws(self, found: Scan | None, best: Best) -> Draws | None:
        if self.method == "lm":
            return None
        if found is not None and found.draws is not None:
            enough = found.ess >= self.until or self.method == "scan"
            if enough:
                return independent(self.problem, found)
        if self.method == "scan":
            return None
        begin = best.optima if len(best.optima) else best.values[None]
        return nuts(self.problem, begin, seed=self.seed, bar=self.bar)

    def _tree(
        self, found: Scan | None, best: Best, profiled: Profiles | None, draws: Draws | None
    ) -> xr.DataTree:
        problem = self.problem
        recordings, told = problem.recordings, problem.fit
        at_best = best.values[None]
        mean = noisy = None
        if draws is not None:
            flat = draws.values.reshape(-1, len(problem.unknowns))
            shape = (*draws.values.shape[:2], problem.rows, len(problem.outputs))
            plain = predicted(problem, flat)
            mean = plain.reshape(shape)
            noisy = simulated(problem, flat, plain, self.seed).reshape(shape)
        attributes = {
            "name": told.name,
            "question": told.question,
            "kernel": told.kernel_name,
            "fit": told.canonical(),
            "table": recordings.table,
            "table_digest": recordings.digest,
            "method": self.method if draws is None else draws.method,
            "seed": self.seed,
            "remarks": self.remarks,
        }
        tree = tree_of(
            problem,
            Rows(
                units=problem.units,
                conditions=recordings.conditions,
                labels=recordings.labels,
                there=problem.there,
            ),
            attributes,
            Parts(
                draws=draws,
                prior=from_prior(problem, PRIOR_DRAWS, self.seed + 1),
                predicted=mean,
                simulated=noisy,
                scan=found,
                best=best,
                best_errors=errors(problem, at_best)[0],
                profiles=profiled,
            ),
        )
        tree["curves"] = xr.DataTree(curves(problem, tree))
        return tree


def _alone(problem: Problem, best: Best) -> list[str]:
    """Say what chi2 is by the scatter of single recordings, where values are means of several."""
    behind = np.stack([problem.recordings.behind[name] for name in problem.outputs], axis=1)
    if not problem.linear_noise or (behind == 1.0).all():
        return []
    residuals = (problem.observed - best.predicted) / problem.error
    chi2 = float((np.where(problem.there, residuals**2, 0.0) / behind).sum())
    return [
        f"with n = 1, so by the scatter of single recordings in place of the error of their mean, "
        f"chi2 would be {number(chi2)}"
    ]


def _refined(problem: Problem, begin: NDArray[np.float64]) -> tuple[Best, Profiles]:
    """Return the best fit and its profiles; where a profile finds a better one, from there."""
    best = best_fit(problem, begin)
    found = profiles(problem, best)
    if found.better is not None:
        best = best_fit(problem, np.concatenate([found.better[None], begin]))
        found = profiles(problem, best)
    return best, found
