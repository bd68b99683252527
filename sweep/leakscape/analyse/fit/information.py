"""What data tell of the unknowns near the best fit: sensitivities, covariance, directions.

Everything is in the unknowns' natural scale n, the logarithm where a prior is logarithmic, with
exact derivatives. J = d residual / d n; the Fisher information is J'J, the covariance its inverse.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from leakscape.analyse.fit.many import ready, reals

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

EIGENVALUE_TOLERANCE = 1e-12
"""A direction is not determined where the information along it is less than this share of the
largest, each unknown measured in units of its own effect."""
NO_EFFECT = 1e-8
"""An unknown that moves the residuals by less than this many standard errors, over the width of
its prior, has no effect."""
SHARE = 1e-3
"""An unknown whose share in an undetermined direction is less than this is not part of it."""


@dataclass(frozen=True, eq=False)
class Information:
    """How residuals respond to the unknowns at one point.

    Args:
        data: d residual / d n of the data, (M, D); where the noise is free, rows whose products
            sum to the second derivatives of the negative log-likelihood.
        prior: the same of the informative priors' scores, (P, D).
        slope: d value / d n, (D,) [the unknowns' units].
        width: the width of each prior: d n / d z at its median, (D,).
    """

    data: Floats
    prior: Floats
    slope: Floats
    width: Floats

    @property
    def rows(self) -> Floats:
        """Data and informative priors together, (M + P, D)."""
        return np.concatenate([self.data, self.prior])


def information_at(
    problem: Any, z: Floats
) -> tuple[Information, Floats, Floats, NDArray[np.uint8]]:
    """Return the information at a point, its residuals, and what is predicted there.

    Args:
        problem: a `Problem`.
        z: normal scores, (D,); those of a flat prior within the prior's edges.

    Returns:
        The information; residuals of the data, (M,), empty where the noise is free; predictions
        (rows, K) [units of the table]; status (rows,).
    """
    compute = ready(problem, _derivatives, reals(len(z)))
    with jax.enable_x64(True):
        found = [np.asarray(part) for part in compute(np.asarray(z, float))]
    values, mapping, middle, middle_mapping, rows, residuals, predicted, status = found
    logarithmic = np.array([unknown.logarithmic for unknown in problem.unknowns])
    informative = np.array([unknown.informative for unknown in problem.unknowns])
    slope = np.where(logarithmic, values, 1.0)
    scores = np.linalg.inv(mapping) * slope  # dz/dn
    own = np.where(logarithmic, middle, 1.0)
    width = np.abs(np.diag(middle_mapping) / own)
    if problem.linear_noise:
        measured = len(residuals) - int(informative.sum())
        data, prior = rows[:measured] @ scores, rows[measured:] @ scores
        residuals = residuals[:measured]
    else:
        data = _root(rows)
        prior = scores[informative]
    return Information(data, prior, slope, width), residuals, predicted, status


def _derivatives(problem: Any, z: Any) -> tuple[Any, ...]:
    def twice(function: Any) -> Any:
        return lambda z: (function(z),) * 2

    middle = jnp.zeros_like(z)
    mappings, both = jax.vmap(jax.jacfwd(twice(problem.from_normal), has_aux=True))(
        jnp.stack([z, middle])
    )
    values = both[0]
    predicted, status = problem.predict(values)
    if problem.linear_noise:
        rows, residuals = jax.jacfwd(twice(problem.residuals), has_aux=True)(z)
    else:
        logarithmic = jnp.array([unknown.logarithmic for unknown in problem.unknowns])

        def misfit(n: Any) -> Any:
            own = jnp.where(logarithmic, jnp.exp(jnp.where(logarithmic, n, 0.0)), n)
            return -jnp.sum(problem.log_likelihood(own))

        natural = jnp.where(logarithmic, jnp.log(jnp.where(logarithmic, values, 1.0)), values)
        rows, residuals = jax.jacfwd(jax.jacfwd(misfit))(natural), jnp.zeros(0)
    return (
        values,
        mappings[0],
        both[1],
        mappings[1],
        rows,
        residuals,
        predicted,
        status,
    )


def _root(curvature: Floats) -> Floats:
    """Return rows whose products sum to a matrix, (D, D), each unknown in its own measure."""
    own = np.sqrt(np.clip(np.diag(curvature), 0.0, None))
    safe = np.where(own > 0.0, own, 1.0)
    values, vectors = np.linalg.eigh(curvature / safe / safe[:, None])
    return np.asarray(np.sqrt(np.clip(values, 0.0, None))[:, None] * vectors.T * safe)


@dataclass(frozen=True, eq=False)
class Directions:
    """The directions in the unknowns' natural scale along which nothing is determined.

    Args:
        null: unit vectors in units of each unknown's own effect, (q, D).
        effect: the size of each unknown's effect, d residual / d n, (D,); 1 where there is none.
        inert: which unknowns have no effect, (D,).
        pseudo_inverse: of the information, without those directions, (D, D).
    """

    null: Floats
    effect: Floats
    inert: Flags
    pseudo_inverse: Floats

    @property
    def determined(self) -> Flags:
        """Which unknowns have no share in an undetermined direction, (D,)."""
        return np.asarray((self.null**2).sum(axis=0) < SHARE**2)


def directions(rows: Floats, width: Floats) -> Directions:
    """Tell what is determined by residuals that respond so.

    Args:
        rows: d residual / d n, (M, D).
        width: of the priors, (D,).
    """
    unknowns = rows.shape[1]
    effect = np.sqrt((rows**2).sum(axis=0))
    inert = effect * width < NO_EFFECT
    effect = np.where(inert, 1.0, effect)
    scaled = np.where(inert, 0.0, rows / effect)
    # Singular values, not the eigenvalues of the product, which would lose half of the digits.
    _, values, vectors = np.linalg.svd(scaled, full_matrices=True)
    values = np.concatenate([values, np.zeros(unknowns - len(values))])
    known = values**2 > EIGENVALUE_TOLERANCE * max(values[0] ** 2, 1e-300)
    with np.errstate(divide="ignore"):
        weights = np.where(known, 1.0 / values**2, 0.0)
    inverse = (vectors.T * weights) @ vectors / effect / effect[:, None]
    return Directions(vectors[~known], effect, inert, inverse)


def covariance(found: Information, held: Flags) -> tuple[Floats, Flags, int]:
    """Return the covariance of the unknowns' values.

    Args:
        found: the information at the best fit.
        held: unknowns at an edge of their prior, which are taken as fixed there, (D,).

    Returns:
        The covariance, (D, D) [products of the unknowns' units]; which unknowns are determined,
        (D,): of the others the variance is infinite and the covariances are 0; and the number of
        determined directions.
    """
    unknowns = len(held)
    moving = np.flatnonzero(~held)
    matrix = np.diag(np.full(unknowns, np.inf))
    determined = np.zeros(unknowns, bool)
    if not moving.size:
        return matrix, determined, 0
    told = directions(found.rows[:, moving], found.width[moving])
    determined[moving] = told.determined
    inside = moving[told.determined]
    slope = found.slope[inside]
    inverse = told.pseudo_inverse[np.ix_(told.determined, told.determined)]
    matrix[np.ix_(inside, inside)] = inverse * slope * slope[:, None]
    return matrix, determined, len(moving) - len(told.null)


def eigen_directions(found: Information) -> tuple[Floats, Floats]:
    """Return eigenvalues (D,), largest first, and eigenvectors (direction, unknown).

    Unknowns are measured in widths of their priors: along a direction of eigenvalue E the data
    (and informative priors) narrow the prior by about a factor sqrt(E); below 1 they tell nothing.
    """
    _, values, vectors = np.linalg.svd(found.rows * found.width, full_matrices=True)
    return np.concatenate([values, np.zeros(len(vectors) - len(values))]) ** 2, vectors
