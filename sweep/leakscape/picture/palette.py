"""Colours of lines: by value along an axis, or by name when they have no order."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, LogNorm, Normalize
from numpy.typing import NDArray

from leakscape.picture import scales, statistics, theme, typography
from leakscape.picture.panel import Bar
from leakscape.picture.request import FEW
from leakscape.sweep import Sweep

STYLES: tuple[Any, ...] = ("solid", (0, (5, 2)), (0, (1.2, 1.4)), (0, (6, 1.6, 1.2, 1.6)))
_LIGHTEST = 0.88
"""Viridis ends in a yellow that does not show on white; lines stop before."""


def colours(sweep: Sweep, name: str, values: NDArray[np.float64], labels: list[str]) -> list[Any]:
    """Return one colour for each value of a hue.

    Args:
        sweep: the sweep.
        name: the coordinate.
        values: its numbers.
        labels: its labels, if it holds texts, which have no order.
    """
    if labels or name not in sweep.dataset.coords:
        return [theme.named(place) for place in range(len(values))]
    if len(values) <= FEW:  # the legend names them: neighbours differ by rank, however close
        rank = np.argsort(np.argsort(values)) / max(1, len(values) - 1)
        return [theme.colour_map()(_LIGHTEST * float(place)) for place in rank]
    scale = _scale(sweep, name, values)
    return [theme.colour_map()(_LIGHTEST * float(scale(value))) for value in values]


def words(sweep: Sweep, name: str, values: NDArray[np.float64], labels: list[str]) -> list[str]:
    """Return the legend's text for each value of a hue."""
    if labels:
        return [typography.prose(label) for label in labels]
    unit, sign = sweep.unit_of(name), typography.symbol(name)
    if name not in sweep.dataset.coords:
        return [f"{sign} {typography.number(value)}" for value in values]
    called = [statistics.value(sweep, name, float(value)) for value in values]
    return [
        f"{sign} = {typography.quantity(float(value), unit)}" if said is None else said
        for value, said in zip(values, called, strict=True)
    ]


def bar(sweep: Sweep, name: str, values: NDArray[np.float64]) -> Bar:
    """Return the colour bar of a hue of many values."""
    shades = theme.colour_map()(np.linspace(0.0, _LIGHTEST, 256))
    norm = _scale(sweep, name, values)

    def dress(axes: Axes) -> None:
        if isinstance(norm, LogNorm):
            scales.plain_decades(axes.yaxis, float(values.min()), float(values.max()))
        else:
            scales.powers(axes.yaxis)

    shown = ScalarMappable(norm, ListedColormap(shades))
    return Bar(mappable=shown, label=scales.upright(sweep, name), dress=dress)


def _scale(sweep: Sweep, name: str, values: NDArray[np.float64]) -> Normalize:
    low, high = float(values.min()), float(values.max())
    if low == high:
        return Normalize(low - 0.5, high + 0.5)
    if sweep.is_logarithmic(name) and low > 0.0:
        return LogNorm(low, high)
    return Normalize(low, high)
