"""Two linear equations by formula: a solver for the steps of an implicit method.

A library's decomposition is called anew for every cell of a batch; the formula is one of the sweep.
"""

from __future__ import annotations

from typing import Any

import lineax

from leakscape_kernels.on_demand import jnp


class Pair(lineax.AbstractLinearSolver[Any]):  # type: ignore[misc]
    """Solves two equations by Cramer's rule, scaled so that no determinant underflows."""

    def init(self, operator: Any, options: dict[str, Any]) -> Any:
        """Return the inverse of the operator's matrix."""
        matrix = operator.as_matrix()
        size = jnp.max(jnp.abs(matrix))
        (a, b), (c, d) = matrix / size
        adjugate = jnp.stack([jnp.stack([d, -b]), jnp.stack([-c, a])])
        return adjugate / ((a * d - b * c) * size)

    def compute(self, state: Any, vector: Any, options: dict[str, Any]) -> Any:
        """Return the solution, that it is one, and no statistics."""
        solution = state[:, 0] * vector[0] + state[:, 1] * vector[1]
        return solution, lineax.RESULTS.successful, {}

    def transpose(self, state: Any, options: dict[str, Any]) -> Any:
        """Return the state of the transposed equations."""
        return state.T, options

    def conj(self, state: Any, options: dict[str, Any]) -> Any:
        """Return the state itself: the numbers are real."""
        return state, options

    def assume_full_rank(self) -> bool:
        """Return that a singular matrix is not expected."""
        return True
