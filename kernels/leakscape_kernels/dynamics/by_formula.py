"""Two or three linear equations by formula: a solver for the steps of an implicit method."""

from __future__ import annotations

from typing import Any

import lineax

from leakscape_kernels.dynamics.small_matrix import inverse
from leakscape_kernels.on_demand import jnp


# Lineax has no types: its class is Any, which a strict check lets nobody inherit from.
class ByFormula(lineax.AbstractLinearSolver[Any]):  # type: ignore[misc]
    """Solves few equations by the inverse of their matrix."""

    def init(self, operator: Any, options: dict[str, Any]) -> Any:
        """Return the inverse of the operator's matrix."""
        return inverse(operator.as_matrix())

    def compute(self, state: Any, vector: Any, options: dict[str, Any]) -> Any:
        """Return the solution, that it is one, and no statistics."""
        columns = zip(state.T, vector, strict=True)
        solution = sum(column * part for column, part in columns)
        return jnp.asarray(solution), lineax.RESULTS.successful, {}

    def transpose(self, state: Any, options: dict[str, Any]) -> Any:
        """Return the state of the transposed equations."""
        return state.T, options

    def conj(self, state: Any, options: dict[str, Any]) -> Any:
        """Return the state itself: the numbers are real."""
        return state, options

    def assume_full_rank(self) -> bool:
        """Return that a singular matrix is not expected."""
        return True
