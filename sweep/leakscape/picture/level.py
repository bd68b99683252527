"""Contour levels: round ones between those that the study names."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

_EDGE = 0.03


def round_levels(
    values: NDArray[np.float64], named: Iterable[float], most: int = 10
) -> tuple[float, ...]:
    """Return round levels strictly inside the values, away from the named ones.

    Args:
        values: what is drawn; NaN is skipped.
        named: levels that are drawn anyway.
        most: how many at most.
    """
    finite = values[np.isfinite(values)]
    if finite.size == 0 or finite.min() == finite.max():
        return ()
    low, high = float(finite.min()), float(finite.max())
    ticks = MaxNLocator(nbins=most, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    step = float(ticks[1] - ticks[0])
    edge = _EDGE * (high - low)  # a line in a corner has no room for its label
    inside = [float(t) for t in ticks if low + edge < t < high - edge]
    return tuple(t for t in inside if all(abs(t - level) > 0.2 * step for level in named))
