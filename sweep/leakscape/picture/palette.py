"""Colours of lines: by value along an axis, or by name when they have no order."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from leakscape.picture import frame, statistics, typography
from leakscape.picture.request import FEW
from leakscape.sweep import Sweep

NAMED = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8c6d00", "#56b4e9", "#1a1a1a", "#e69f00")
"""Okabe & Ito's colours, told apart with any colour vision; yellow darkened to show on white."""
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
        return [NAMED[place % len(NAMED)] for place in range(len(values))]
    if len(values) <= FEW:  # the legend names them: neighbours differ by rank, however close
        rank = np.argsort(np.argsort(values)) / max(1, len(values) - 1)
        return [mpl.colormaps["viridis"](_LIGHTEST * float(place)) for place in rank]
    scale = _scale(sweep, name, values)
    return [mpl.colormaps["viridis"](_LIGHTEST * float(scale(value))) for value in values]


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


def bar(made: Figure, axes: Axes, sweep: Sweep, name: str, values: NDArray[np.float64]) -> None:
    """Draw a colour bar for a hue of many values."""
    from matplotlib.colors import ListedColormap

    shades = mpl.colormaps["viridis"](np.linspace(0.0, _LIGHTEST, 256))
    mappable = ScalarMappable(_scale(sweep, name, values), ListedColormap(shades))
    drawn = made.colorbar(mappable, ax=axes, pad=0.02, aspect=28)
    drawn.set_label(frame.upright(sweep, name), fontsize=frame.TEXT + 1, color=frame.INK)
    drawn.ax.tick_params(labelsize=frame.TEXT, color=frame.GREY)
    drawn.outline.set_edgecolor(frame.GREY)
    if isinstance(mappable.norm, LogNorm):
        frame.plain_decades(drawn.ax.yaxis, float(values.min()), float(values.max()))
    else:
        frame.powers(drawn.ax.yaxis)


def _scale(sweep: Sweep, name: str, values: NDArray[np.float64]) -> Normalize:
    low, high = float(values.min()), float(values.max())
    if low == high:
        return Normalize(low - 0.5, high + 0.5)
    if sweep.is_logarithmic(name) and low > 0.0:
        return LogNorm(low, high)
    return Normalize(low, high)
