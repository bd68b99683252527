"""What a problem's model gives at many vectors at once: predictions, starts, who has an effect."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from leakscape.analyse.fit.many import batched, log_likelihood, mapped, ready, reals
from leakscape.analyse.fit.problem import Problem
from leakscape.errors import DeclarationError

Floats = NDArray[np.float64]
AT_ONCE = 4096
"""Points of the model in one call."""
TRIED, STARTS = 4096, 64
"""Points of the prior that are tried, and the best of them that a search starts from."""
BASES = 4
"""Points of the prior at which every unknown is changed alone."""


def predicted(problem: Problem, values: Floats) -> Floats:
    """Return what the model predicts at vectors.

    Args:
        problem: the problem.
        values: (n, D).

    Returns:
        (n, rows, outputs) [the outputs' units], NaN where the model has no value.
    """
    values = np.asarray(values, np.float64)
    # By the model alone, so that the table's rows and those of a curve share what is compiled.
    shape = (len(values), problem.rows)
    given = [np.broadcast_to(v, shape).reshape(-1) for v in problem.parameters(values)]
    found = _modelled(problem, np.stack(given, axis=1)).reshape(*shape, -1)
    return problem.shifted(found, values)


def errors(problem: Problem, values: Floats) -> Floats:
    """Return the standard errors (n, rows, outputs) [the outputs' units] at vectors (n, D)."""
    scales = [np.ones(len(values)) if n is None else values[:, n] for n in problem.scatter]
    told: Floats = problem.error * np.stack(scales, axis=1)[:, None, :]
    return told


def simulated(problem: Problem, values: Floats, mean: Floats, seed: int) -> Floats:
    """Return predictions with noise: what would be recorded again.

    Args:
        problem: the problem.
        values: (n, D).
        mean: their predictions without noise (n, rows, outputs).
        seed: of the noise.
    """
    random = np.random.default_rng(seed)
    if problem.df is None and problem.df_unknown is None:
        noise = random.standard_normal(mean.shape)
    else:
        df = np.asarray(problem.df if problem.df_unknown is None else values[:, problem.df_unknown])
        noise = random.standard_t(df.reshape(-1, 1, 1), mean.shape)
    told: Floats = mean + noise * errors(problem, values)
    return told


def from_prior(problem: Problem, number: int, seed: int) -> Floats:
    """Draw vectors (number, D) from the priors, evenly spread."""
    from scipy.stats import qmc  # takes a second to import

    sampler = qmc.Sobol(len(problem.unknowns), rng=np.random.default_rng(seed))
    u = sampler.random(1 << (number - 1).bit_length())[:number]
    tiny = np.finfo(np.float64).eps
    z = special.ndtri(np.clip(u, tiny, 1.0 - tiny))
    return problem.values_of(z)


def starts(problem: Problem, seed: int) -> Floats:
    """Return the likeliest (k, D) of some points of the priors.

    Args:
        problem: the problem.
        seed: of the points.

    Raises:
        DeclarationError: the model has no value at any of them.
    """
    points = from_prior(problem, TRIED, seed)
    total = mapped(problem, log_likelihood, points).sum(axis=(1, 2))
    usable = np.flatnonzero(np.isfinite(total))
    if not len(usable):
        raise DeclarationError(
            f"fit {problem.name}: the model has a value at none of {TRIED} points of the priors; "
            "widen them, or correct [fixed]"
        )
    best = usable[np.argsort(-total[usable], kind="stable")][:STARTS]
    return points[best]


def refuse_inert(problem: Problem, seed: int) -> None:
    """Refuse unknowns that change nothing that was recorded.

    Args:
        problem: the problem.
        seed: of the points at which that is looked at.

    Raises:
        DeclarationError: names the first.
    """
    points = from_prior(problem, 2 * BASES, seed)
    bases, others = points[:BASES], points[BASES:]
    unknowns = problem.unknowns
    changed = np.repeat(bases[:, None, :], len(unknowns), axis=1)
    every = np.arange(len(unknowns))
    changed[:, every, every] = others
    # Log densities, which say of predictions and of noise that they changed.
    at_bases = mapped(problem, log_likelihood, bases)[:, None]
    found = mapped(problem, log_likelihood, changed.reshape(-1, len(unknowns)))
    found = found.reshape(BASES, len(unknowns), *found.shape[1:])
    known = np.isfinite(found) & np.isfinite(at_bases) & problem.there
    same = ~known | (found == at_bases)
    for place, unknown in enumerate(unknowns):
        if unknown.name in problem.fit.hyperparameters or not known[:, place].any():
            continue
        if same[:, place].all():
            raise DeclarationError(
                f"free.{unknown.flat_name}: changes nothing that was recorded "
                f"({', '.join(problem.outputs)}); fix it, or record what it changes"
            )


def _modelled(problem: Problem, parameters: Floats) -> Floats:
    """Return the model's outputs (n, outputs) for rows of its parameters (n, P)."""
    given = reals(AT_ONCE, parameters.shape[1])
    compute = ready(problem, _at_rows, given, same=problem.model_follows_from)
    return batched(compute, parameters, width=AT_ONCE)[0]


def _at_rows(problem: Problem, parameters: Any) -> Any:
    return problem.modelled(*parameters.T)[0]
