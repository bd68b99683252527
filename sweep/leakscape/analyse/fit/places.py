"""Where a model's parameters come from along the rows of a table: conditions, unknowns, offsets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import jax
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
T = TypeVar("T", jax.Array, NDArray[np.float64])


@dataclass(frozen=True, kw_only=True)
class Shift:
    """What is added or multiplied along the rows: an unknown, or a number that is known.

    Args:
        unknowns: which unknown it is at each row; None where it is known.
        factor: from the unknown's unit to that of what it is added to; or the number.
    """

    unknowns: NDArray[np.int64] | None
    factor: float = 1.0

    def at(self, values: T) -> T:
        """Return it along the rows, for a vector of unknowns or several."""
        if self.unknowns is None:
            known: T = values[..., :1] * 0.0 + self.factor
            return known
        found: T = values[..., self.unknowns] * self.factor
        return found


@dataclass(frozen=True, kw_only=True)
class Drop:
    """The potential that a clamp's current drops over a resistance in series with the membrane.

    Args:
        parameter: place of the potential among the model's parameters.
        output: place of the current among what was recorded.
        resistance: [the potential's unit over the current's].
    """

    parameter: int
    output: int
    resistance: Shift


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the value of a model's parameter comes from at each row.

    Args:
        values: along the rows, of a condition; empty for a free parameter.
        unknowns: along the rows, which unknown it is; empty for a condition.
        offset: what is subtracted; None for nothing.
    """

    values: Floats | None = None
    unknowns: NDArray[np.int64] | None = None
    offset: Shift | None = None

    def at(self, values: T) -> T:
        """Return the parameter along the rows [the model's unit], for a vector or several."""
        found: Any = self.values
        if found is None:
            found = values[..., self.unknowns]
        if self.offset is not None:
            found = found - self.offset.at(values)
        told: T = found
        return told
