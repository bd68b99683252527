"""The best fit: least squares from many starts at once, its covariance, and what is not determined.

A flat prior adds nothing to the misfit, so that the best is the likeliest; an informative prior
counts as a measurement. Errors follow from the tabulated ones and are not scaled by chi2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leakscape.amounts import number, quantity
from leakscape.analyse.fit.edges import SAME_MISFIT, at_bound_of, from_inside
from leakscape.analyse.fit.information import (
    Information,
    covariance,
    eigen_directions,
    information_at,
)
from leakscape.analyse.fit.many import chi2 as chi2_of
from leakscape.analyse.fit.many import mapped
from leakscape.analyse.fit.minimiser import (
    AT_BOUND,
    Ends,
    flat,
    minimise,
    to_scores,
    to_values,
    within_edges,
)
from leakscape.errors import DeclarationError
from leakscape.status import FIRST_FAILURE

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

START_WITHIN = 3.0
"""Starts nearer to the edge of a flat prior are moved to this score (0.13 % of the prior)."""
SAME_PLACE = 0.01
"""Ends that differ by less than this score in every unknown are one optimum."""
MOST_OPTIMA = 16


@dataclass(frozen=True, eq=False)
class Best:
    """The best fit, and how sure it is to second order.

    Args:
        names: flat names of the unknowns, D of them.
        units: theirs.
        values: the best, (D,) [units].
        z: the best as normal scores, (D,).
        objective: what was minimised: chi2 with one term for each informative prior, or twice the
            negative logarithm of likelihood and informative priors where the noise is free.
        chi2: of the data alone.
        chi2_with_priors: the same with the squared score of each informative prior.
        n_data: number of data.
        degrees_of_freedom: data and informative priors less determined directions.
        error: standard errors, (D,) [units]; infinite where nothing determines the unknown, or
            where it lies at the edge of its prior.
        covariance: (D, D) [products of units]; infinite on the diagonal and 0 off it for such.
        correlation: (D, D); 0 off the diagonal for such.
        determined: which unknowns have a standard error, (D,).
        at_bound: -1 or 1 where the best lies at the lower or upper edge of a flat prior, (D,).
        eigenvalue: of the Fisher information in widths of the priors, largest first, (D,).
        eigenvector: (direction, unknown).
        information: how the residuals respond to the unknowns.
        predicted: (rows, K) [units of the table].
        converged: which starts converged, (k,).
        sound: which starts had a value, (k,).
        at_optimum: whether the best itself is where a start converged.
        optima: values of distinct optima, best first, (m, D) [units].
        optima_objective: theirs, (m,).
        optima_starts: starts that ended there, (m,).
        remarks: what else there is to say, in sentences.
    """

    names: tuple[str, ...]
    units: tuple[str, ...]
    values: Floats
    z: Floats
    objective: float
    chi2: float
    chi2_with_priors: float
    n_data: int
    degrees_of_freedom: int
    error: Floats
    covariance: Floats
    correlation: Floats
    determined: Flags
    at_bound: NDArray[np.int8]
    eigenvalue: Floats
    eigenvector: Floats
    information: Information
    predicted: Floats
    converged: Flags
    sound: Flags
    at_optimum: bool
    optima: Floats
    optima_objective: Floats
    optima_starts: NDArray[np.int64]
    remarks: tuple[str, ...]


def best_fit(problem: Any, starts: Any) -> Best:
    """Fit a problem from many starts at once.

    Args:
        problem: a `Problem`.
        starts: values of the unknowns, (k, D) [the unknowns' units]; those outside a prior are
            moved inside.

    Returns:
        The best of what the starts reached.

    Raises:
        DeclarationError: optimistix is missing, no start has a value, or the model fails at the
            best point.
    """
    low, high = np.array([(unknown.low, unknown.high) for unknown in problem.unknowns]).T
    starts = np.clip(np.atleast_2d(np.asarray(starts, float)), low, high)
    loose = flat(problem)
    z = to_scores(problem, starts)
    z = np.where(loose, np.clip(z, -START_WITHIN, START_WITHIN), z)
    ends = from_inside(problem, minimise(problem, z))
    sound = np.isfinite(ends.objective)
    if not sound.any():
        raise DeclarationError(
            f"fit: the model has no value at any of {len(starts)} starts; narrow the priors to "
            "where it has one"
        )
    place = int(np.argmin(ends.objective))
    z = within_edges(problem, ends.z[place])
    values = to_values(problem, z[None])[0]
    at_bound = at_bound_of(problem, z, float(ends.objective[place]))
    found, residuals, predicted, status = information_at(problem, z)
    _refuse_failure(problem, values, status, found)
    matrix, determined, rank = covariance(found, at_bound != 0)
    error = np.sqrt(np.diag(matrix))
    objective = float(ends.objective[place])
    optima, misfits, counts = _optima(problem, ends, bool(determined.all()))
    eigenvalue, eigenvector = eigen_directions(found)
    if problem.linear_noise:
        chi2 = float(residuals @ residuals)
    else:
        chi2 = float(mapped(problem, chi2_of, values[None])[0])
    return Best(
        names=tuple(unknown.flat_name for unknown in problem.unknowns),
        units=tuple(unknown.unit for unknown in problem.unknowns),
        values=values,
        z=z,
        objective=objective,
        chi2=chi2,
        chi2_with_priors=chi2 + float((z[~loose] ** 2).sum()),
        n_data=int(problem.n_data),
        degrees_of_freedom=int(problem.n_data) + len(found.prior) - rank,
        error=error,
        covariance=matrix,
        correlation=_correlation(matrix, determined),
        determined=determined,
        at_bound=at_bound,
        eigenvalue=eigenvalue,
        eigenvector=eigenvector,
        information=found,
        predicted=predicted,
        converged=ends.converged,
        sound=sound,
        at_optimum=bool(ends.converged[place]),
        optima=optima,
        optima_objective=misfits,
        optima_starts=counts,
        remarks=_remarks(problem, ends, values, at_bound, misfits),
    )


def _refuse_failure(
    problem: Any, values: Floats, status: NDArray[np.uint8], found: Information
) -> None:
    failed = np.flatnonzero(status >= FIRST_FAILURE)
    told = ", ".join(
        f"{unknown.flat_name} = {quantity(value, unknown.unit)}"
        for unknown, value in zip(problem.unknowns, values, strict=True)
    )
    if failed.size:
        raise DeclarationError(
            f"fit: the model fails at the best point ({told}), with status {status[failed[0]]} in "
            f"{failed.size} of {len(status)} rows; narrow the priors to where it has a value"
        )
    if not np.isfinite(found.rows).all():
        raise DeclarationError(
            f"fit: the model has no slope at the best point ({told}); narrow the priors to where "
            "it is smooth"
        )


def _correlation(matrix: Floats, determined: Flags) -> Floats:
    correlation = np.eye(len(matrix))
    inside = np.ix_(determined, determined)
    error = np.sqrt(np.diag(matrix)[determined])
    correlation[inside] = matrix[inside] / error / error[:, None]
    return correlation


def _optima(problem: Any, ends: Ends, determined: bool) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Return distinct optima; what lies along a ridge is one."""
    chosen = np.flatnonzero(ends.converged)
    order = chosen[np.argsort(ends.objective[chosen], kind="stable")]
    z = np.where(flat(problem), np.clip(ends.z, -AT_BOUND, AT_BOUND), ends.z)
    heads: list[int] = []
    counts: list[int] = []
    for row in order:
        for place, head in enumerate(heads):
            apart = ends.objective[row] - ends.objective[head]
            near = np.abs(z[row] - z[head]).max() < SAME_PLACE
            if apart <= SAME_MISFIT * max(1.0, ends.objective[head]) and (near or not determined):
                counts[place] += 1
                break
        else:
            heads.append(int(row))
            counts.append(1)
    heads, counts = heads[:MOST_OPTIMA], counts[:MOST_OPTIMA]
    if not heads:
        return np.zeros((0, z.shape[1])), np.zeros(0), np.zeros(0, np.int64)
    values = to_values(problem, within_edges(problem, ends.z[heads]))
    return values, ends.objective[heads], np.array(counts, np.int64)


def _remarks(
    problem: Any, ends: Ends, values: Floats, at_bound: NDArray[np.int8], misfits: Floats
) -> tuple[str, ...]:
    found = []
    count, failed = len(ends.z), int((~np.isfinite(ends.objective)).sum())
    if failed:
        found.append(f"The model has no value at {failed} of {count} starts.")
    if not ends.converged.any():
        found.append(
            f"None of {count} starts converged: the best that was reached is told, and may not be "
            "an optimum."
        )
    elif not ends.converged[int(np.argmin(ends.objective))]:
        found.append("The best fit is where a search was stopped before it converged.")
    if len(misfits) > 1:
        listed = ", ".join(number(misfit) for misfit in misfits)
        found.append(f"There are {len(misfits)} distinct optima, of misfit {listed}.")
    for place in np.flatnonzero(at_bound):
        unknown, side = problem.unknowns[place], "upper" if at_bound[place] > 0 else "lower"
        found.append(
            f"The best {unknown.flat_name} lies at the {side} edge of its prior, "
            f"{quantity(values[place], unknown.unit)}: it has no standard error, and those of the "
            "others are for it held there."
        )
    return tuple(found)
