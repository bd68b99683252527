"""Draws from the posterior that are independent: a scan's, resampled by their weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from leakscape.analyse.fit.many import log_likelihood, mapped
from leakscape.analyse.fit.nuts import CHAINS, Draws
from leakscape.analyse.fit.problem import Problem
from leakscape.analyse.fit.scan import Scan


def independent(problem: Problem, scan: Scan) -> Draws:
    """Return a scan's draws as chains, with the likelihood of every datum.

    Args:
        problem: what was fitted.
        scan: with draws.

    Returns:
        Draws in `CHAINS` chains, or one where their number cannot be divided. Points drawn twice
        tell nothing new: of S draws from a scan with effective size E the variance of a mean is
        that of the posterior times 1/E + 1/S, and the effective sizes say so.

    Raises:
        ValueError: the scan has no draws.
    """
    if scan.draws is None:
        raise ValueError("this scan was not resampled")
    flat = np.asarray(scan.draws, np.float64)
    total, unknowns = flat.shape
    likelihood, lp = _likelihoods(problem, flat)
    chains = CHAINS if total % CHAINS == 0 else 1
    effective = np.full(unknowns, 1.0 / (1.0 / scan.ess + 1.0 / total))
    return Draws(
        method="scan",
        values=flat.reshape(chains, -1, unknowns),
        log_likelihood=likelihood.reshape(chains, -1, *likelihood.shape[1:]),
        stats={"lp": lp.reshape(chains, -1)},
        ess_bulk=effective,
        ess_tail=effective,
        remarks=_remarks(total, scan),
    )


def _remarks(total: int, scan: Scan) -> tuple[str, ...]:
    if scan.unique >= total // 10:
        return ()
    return (
        f"the {total} draws are of {scan.unique} different points; let the scan go on (--until "
        f"{total}) where the tails matter",
    )


def _likelihoods(
    problem: Problem, values: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the log density of every datum, and that of the scores up to a constant."""
    told, z = mapped(problem, log_likelihood, values), problem.scores_of(values)
    return told, told.reshape(len(told), -1).sum(axis=1) - 0.5 * (z**2).sum(axis=1)
