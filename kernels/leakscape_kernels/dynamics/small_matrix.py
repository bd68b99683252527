"""Inverses of matrices with two or three rows by formula.

A library's decomposition is called anew for every cell of a batch; the formula is one of the sweep.
"""

from __future__ import annotations

from typing import Any

from leakscape_kernels.on_demand import jnp


def inverse(matrix: Any) -> Any:
    """Return the inverse by Cramer's rule, scaled so that no determinant underflows.

    Args:
        matrix: of 2 x 2 or 3 x 3 numbers [any unit].

    Returns:
        its inverse [one over that unit].
    """
    size = jnp.max(jnp.abs(matrix))
    if matrix.shape == (2, 2):
        (a, b), (c, d) = matrix / size
        adjugate = jnp.stack([jnp.stack([d, -b]), jnp.stack([-c, a])])
        return adjugate / ((a * d - b * c) * size)
    # Each column by itself: an equation of milliseconds stands beside those of hours.
    columns = jnp.max(jnp.abs(matrix), axis=0, keepdims=True)
    one, two, three = (matrix / columns).T
    rows = jnp.stack([jnp.cross(two, three), jnp.cross(three, one), jnp.cross(one, two)])
    return rows / (jnp.dot(one, rows[0]) * columns.T)
