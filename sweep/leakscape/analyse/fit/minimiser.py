"""Minimises one problem from many starts at once: all rows of a batch in one compiled call.

Rows are taken `WIDTH` at a time, so that a problem is compiled once, whether it is fitted from
5 starts or from 500 and whatever its profiles hold fixed; compiling takes longer than solving.
"""

from __future__ import annotations

import importlib
import importlib.util
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from leakscape.analyse.fit.many import WIDTH, batched, ready, reals
from leakscape.analyse.fit.searches import levenberg_marquardt, quasi_newton
from leakscape.errors import DeclarationError

MANY = 4 * WIDTH
"""From so many starts on, code that computes fast is worth the longer compiling."""
MOST_STEPS = 256
TOLERANCE = 1e-10
"""A row has converged where a step moves scores and residuals by less than this."""
AT_BOUND = 5.0
"""A score of a flat prior beyond it may be at the edge of the prior: 3e-7 of it is left."""
EDGE = 8.0
"""The score that stands for the very edge: beyond it a quantile is the edge in float64."""

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Ends:
    """Where the rows of a batch ended.

    Args:
        z: normal scores of the unknowns, (n, D).
        objective: chi2 of the data and of informative priors, or twice the negative logarithm of
            likelihood times priors where the noise is free, (n,); inf where there is no value.
        converged: (n,), False where the model had no value at the start.
    """

    z: Floats
    objective: Floats
    converged: Flags


def minimise(
    problem: Any, z: Floats, free: Flags | None = None, held: Floats | None = None
) -> Ends:
    """Minimise the misfit of a problem from many starts.

    Where all errors are known the squared residuals are minimised by Levenberg and Marquardt's
    method; where an error is unknown itself, or the noise is Student's, the negative logarithm of
    likelihood times informative priors by BFGS. Both move in normal scores, where every
    unknown is between its bounds.

    Args:
        problem: a `Problem`.
        z: starts as normal scores, (n, D).
        free: which unknowns move, (n, D); all, if not given.
        held: values of those that do not [the unknowns' units], (n, D).

    Returns:
        The ends, in the order of the starts. A start without a value stays where it is.

    Raises:
        DeclarationError: optimistix is not installed.
    """
    needs_optimistix()
    z = np.asarray(z, float)
    soon = free is not None or len(z) < MANY
    free = np.ones(z.shape, bool) if free is None else free
    held = np.zeros(z.shape) if held is None else held
    scores = np.where(free, z, to_scores(problem, held) if not free.all() else z)
    real = reals(WIDTH, z.shape[1])
    flags = jax.ShapeDtypeStruct(real.shape, np.dtype(bool))
    solve = ready(problem, _solved, real, flags, real, soon=soon)
    ends, objective, converged = batched(solve, scores, free, held)
    sound = np.isfinite(objective)
    ends = np.where(free & sound[:, None], ends, scores)
    return Ends(ends, np.where(sound, objective, np.inf), converged & sound)


def needs_optimistix() -> None:
    """Refuse to go on where optimistix is missing."""
    if importlib.util.find_spec("optimistix") is None:
        raise DeclarationError("fits need optimistix; pip install 'leakscape[fit]'")


def flat(problem: Any) -> Flags:
    """Tell which unknowns have a flat prior, whose edges are bounds, (D,)."""
    return np.array([not unknown.informative for unknown in problem.unknowns], bool)


def to_scores(problem: Any, values: Floats) -> Floats:
    """Return the normal scores of values, (n, D); those of a flat prior end at `EDGE`."""
    return within_edges(problem, problem.scores_of(values))


def within_edges(problem: Any, z: Floats) -> Floats:
    """Return scores of which those of a flat prior lie within `EDGE`, (..., D)."""
    # The score of what lies outside its prior is NaN; such rows have no value anyhow.
    return np.where(flat(problem), np.clip(z, -EDGE, EDGE), z)


def to_values(problem: Any, z: Floats) -> Floats:
    """Return the values of normal scores [the unknowns' units], (n, D)."""
    return np.asarray(problem.values_of(z))


def _solved(problem: Any, start: Any, free: Any, held: Any) -> tuple[Any, Any, Any]:
    """Return ends, objectives and convergence of rows."""
    return jax.vmap(partial(_solve, problem))(start, free, held)


def _solve(problem: Any, start: Any, free: Any, held: Any) -> tuple[Any, Any, Any]:
    """Return end, objective and convergence of one row."""
    optimistix: Any = importlib.import_module("optimistix")

    def moved(y: Any, start: Any, free: Any, held: Any) -> Any:
        y = jnp.where(free, y, start)
        if not problem.hierarchical:
            return y
        # A member of a hierarchy is held at a value, and its score follows from the others.
        values = jnp.where(free, problem.from_normal(y), held)
        return jnp.where(free, y, problem.to_normal(values))

    given = problem.residuals if problem.linear_noise else partial(half_objective, problem)
    # Jitted, so that it is traced once, and its derivatives once.
    own = jax.jit(lambda y, *rest: given(moved(y, *rest)))
    slopes_of = jax.jit(jax.jacfwd(lambda y, *rest: (own(y, *rest),) * 2, has_aux=True))

    # The derivatives as a matrix, so that a search holds the model's own once, and compiles fast.
    @jax.custom_jvp
    def misfit(y: Any) -> Any:
        return own(y, start, free, held)

    @misfit.defjvp
    def _(primals: Any, tangents: Any) -> tuple[Any, Any]:
        slopes, value = slopes_of(*primals, start, free, held)
        return value, slopes @ tangents[0]

    search = levenberg_marquardt if problem.linear_noise else quasi_newton
    run = optimistix.least_squares if problem.linear_noise else optimistix.minimise
    solution = run(
        lambda y, _: misfit(y),
        search(TOLERANCE),
        start,
        options={} if problem.linear_noise else {"autodiff_mode": "fwd"},
        max_steps=MOST_STEPS,
        throw=False,
    )
    begun = jnp.all(jnp.isfinite(own(start, start, free, held)))
    objective = jnp.where(begun, 2.0 * solution.state.f_info.as_min(), jnp.inf)
    return solution.value, objective, solution.result == optimistix.RESULTS.successful


def half_objective(problem: Any, z: Any) -> Any:
    """Return the negative logarithm of likelihood and informative priors, constants left out."""
    informative = jnp.asarray(~flat(problem))
    prior = 0.5 * jnp.sum(jnp.where(informative, z, 0.0) ** 2)
    return prior - jnp.sum(problem.log_likelihood(problem.from_normal(z)))
