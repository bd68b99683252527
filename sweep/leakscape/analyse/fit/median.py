"""The best values of a hierarchy: medians of its posterior.

The likeliest point of a hierarchy is degenerate. Where members are counted from their mean in units
of their spread, a wider spread makes every one of them likelier, without end; where they are not,
a spread of 0 is infinitely likely. So the best is told from the draws, as their medians, with the
draws' covariance.

References:
    Gelman A et al (2013) Bayesian Data Analysis, 3rd ed, section 5.4 and 13.4. CRC Press.
"""

from __future__ import annotations

import numpy as np

from leakscape.analyse.fit.evaluated import errors, predicted
from leakscape.analyse.fit.information import Information
from leakscape.analyse.fit.least_squares import Best
from leakscape.analyse.fit.nuts import Draws
from leakscape.analyse.fit.problem import Problem

REMARK = (
    "The likeliest point of a hierarchy is degenerate: the best values are medians of the "
    "posterior, and errors are its standard deviations."
)


def best_of_draws(problem: Problem, draws: Draws) -> Best:
    """Return the medians of a posterior as the best fit.

    Args:
        problem: what was fitted.
        draws: from its posterior.

    Returns:
        The best: `error` and `covariance` are those of the draws, eigen-directions those of their
        correlation, and no start was searched from.
    """
    flat = draws.values.reshape(-1, len(problem.unknowns))
    values = np.median(flat, axis=0)
    covariance = np.atleast_2d(np.cov(flat, rowvar=False))
    error = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(error, error)
    at_values = predicted(problem, values[None])[0]
    residuals = np.where(problem.there, (problem.observed - at_values), 0.0)
    chi2 = float(((residuals / errors(problem, values[None])[0]) ** 2).sum())
    eigenvalue, eigenvector = np.linalg.eigh(np.linalg.pinv(correlation))
    count = len(values)
    return Best(
        names=tuple(unknown.flat_name for unknown in problem.unknowns),
        units=tuple(unknown.unit for unknown in problem.unknowns),
        values=values,
        z=problem.scores_of(values[None])[0],
        objective=chi2,
        chi2=chi2,
        chi2_with_priors=chi2,
        n_data=problem.n_data,
        degrees_of_freedom=problem.n_data - count,
        error=error,
        covariance=covariance,
        correlation=correlation,
        determined=np.ones(count, bool),
        at_bound=np.zeros(count, np.int8),
        eigenvalue=eigenvalue[::-1],
        eigenvector=eigenvector.T[::-1],
        information=Information(
            data=np.zeros((0, count)),
            prior=np.zeros((0, count)),
            slope=np.ones(count),
            width=np.ones(count),
        ),
        predicted=at_values,
        converged=np.zeros(0, bool),
        sound=np.zeros(0, bool),
        at_optimum=False,
        optima=np.zeros((0, count)),
        optima_objective=np.zeros(0),
        optima_starts=np.zeros(0, np.int64),
        remarks=(REMARK,),
    )
