"""What a problem's model gives at many vectors at once: predictions, starts, who has an effect."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray
from scipy import special
from scipy.stats import qmc

from leakscape.analyse.fit.problem import Problem
from leakscape.errors import DeclarationError
from leakscape.evaluation.compiling import compiled
from leakscape.interrupt import checkpoint

Floats = NDArray[np.float64]
AT_ONCE = 512
"""Vectors of one call: memory is bounded by it and the table."""
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
    return _mapped(problem, values, lambda one: problem.predict(one)[0])


def errors(problem: Problem, values: Floats) -> Floats:
    """Return the standard errors (n, rows, outputs) [the outputs' units] at vectors (n, D)."""
    return _mapped(problem, values, problem.errors)


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
    sampler = qmc.Sobol(len(problem.unknowns), rng=np.random.default_rng(seed))
    u = sampler.random(1 << (number - 1).bit_length())[:number]
    tiny = np.finfo(np.float64).eps
    z = special.ndtri(np.clip(u, tiny, 1.0 - tiny))
    return _mapped(problem, z, problem.from_normal)


def starts(problem: Problem, seed: int) -> Floats:
    """Return the likeliest (k, D) of some points of the priors.

    Args:
        problem: the problem.
        seed: of the points.

    Raises:
        DeclarationError: the model has no value at any of them.
    """
    points = from_prior(problem, TRIED, seed)
    total = _mapped(problem, points, lambda one: problem.log_likelihood(one).sum())
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
    at_bases = _all(problem, bases)[:, None]
    found = _all(problem, changed.reshape(-1, len(unknowns)))
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


def _all(problem: Problem, values: Floats) -> Floats:
    """Return log densities, which say of predictions and of noise that they changed."""
    return _mapped(problem, values, problem.log_likelihood)


def _mapped(problem: Problem, points: Floats, function: Any) -> Floats:
    """Apply a function of a vector to many, some at a time."""
    size = min(AT_ONCE, len(points))
    shape = jax.ShapeDtypeStruct((size, points.shape[1]), np.float64)
    ready = compiled(jax.vmap(function), shape, double=True, soon=True)
    found = []
    for start in range(0, len(points), size):
        checkpoint()
        part = points[start : start + size]
        whole = np.concatenate([part, np.repeat(part[-1:], size - len(part), axis=0)])
        with jax.enable_x64(True):
            found.append(np.asarray(ready(jnp.asarray(whole)))[: len(part)])
    return np.concatenate(found).astype(np.float64)
