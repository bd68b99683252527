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
    """An unknown along the rows, in the unit of what it is added to or multiplied with.

    Args:
        unknowns: which unknown it is at each row.
        factor: from the unknown's unit.
    """

    unknowns: NDArray[np.int64]
    factor: float = 1.0

    def at(self, values: T) -> T:
        """Return it along the rows, for a vector of unknowns or several."""
        found: T = values[..., self.unknowns] * self.factor
        return found


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the value of a model's parameter comes from at each row.

    Args:
        values: along the rows, of a condition; empty for a free parameter.
        unknowns: along the rows, which unknown it is; empty for a condition.
        offset: what is subtracted; None for nothing.
        series: the resistance in series; None for none.
        current: along the rows, the recorded current [what drops, in the model's unit, at 1 of the
            resistance's].
    """

    values: Floats | None = None
    unknowns: NDArray[np.int64] | None = None
    offset: Shift | None = None
    series: Shift | None = None
    current: Floats | None = None

    def at(self, values: T) -> T:
        """Return the parameter along the rows [the model's unit], for a vector or several."""
        found: Any = self.values
        current: Any = self.current
        if found is None:
            found = values[..., self.unknowns]
        if self.offset is not None:
            found = found - self.offset.at(values)
        if self.series is not None:
            found = found - self.series.at(values) * current
        told: T = found
        return told
