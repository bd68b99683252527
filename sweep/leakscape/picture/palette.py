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
_SHOWN = (0.0, 0.88)
"""Viridis ends in a yellow that does not show on white, and in a violet that does not on black."""

_CORE, _NESTED = 1.5, 1.9
"""Width of the uppermost of curves that coincide, and how much wider each one below is [pt]."""
_DEEPEST = 4
"""Curves that are nested at most."""
_SEEN, _FAR = 0.004, 0.15
"""Smallest distance between two curves that is seen, and one that is far [the height of all]."""


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
        return [theme.colour_map()(_shown(float(place))) for place in rank]
    scale = _scale(sweep, name, values)
    return [theme.colour_map()(_shown(float(scale(value)))) for value in values]


def apart(rows: NDArray[np.float64], *, named: bool = True) -> list[dict[str, Any]]:
    """Return styles by which curves are told apart, also where they coincide.

    Dashes let a curve underneath be seen. Curves that are one over most of the axis are nested
    instead: each is wider than those drawn over it, and shows at both sides of them.

    Args:
        rows: the curves, shape (curves, points).
        named: whether they have names; curves of numbers are in order, so that all are solid.
    """
    styles: list[dict[str, Any]] = [
        {"linestyle": STYLES[place % len(STYLES)] if named else "solid"}
        for place in range(len(rows))
    ]
    same = _coincide(rows)
    for place in np.flatnonzero(same.any(axis=1)):
        over = min(_DEEPEST, int(np.sum(same[place, place + 1 :])))
        styles[place] = {"linestyle": "solid", "linewidth": theme.width(_CORE + _NESTED * over)}
    return styles


def _coincide(rows: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which curves are one to the eye over most of what both have, and nowhere far apart."""
    same = np.zeros((len(rows), len(rows)), bool)
    finite = rows[np.isfinite(rows)]
    if finite.size == 0:
        return same
    height = float(np.ptp(finite))
    for place, row in enumerate(rows):
        gaps = np.abs(rows - row)
        both = np.isfinite(gaps).sum(axis=1)
        seen_as_one = (gaps <= _SEEN * height).sum(axis=1) > 0.5 * np.maximum(both, 1)
        same[place] = seen_as_one & ~np.any(gaps > _FAR * height, axis=1)
        same[place, place] = False
    return same


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
    shades = theme.colour_map()(np.linspace(_shown(0.0), _shown(1.0), 256))
    norm = _scale(sweep, name, values)

    def dress(axes: Axes) -> None:
        if isinstance(norm, LogNorm):
            scales.plain_decades(axes.yaxis, float(values.min()), float(values.max()))
        else:
            scales.powers(axes.yaxis)

    shown = ScalarMappable(norm, ListedColormap(shades))
    return Bar(mappable=shown, label=scales.upright(sweep, name), dress=dress)


def _shown(share: float) -> float:
    """Return the place of a colour in a map of which one end does not show on the ground."""
    low, high = (1.0 - _SHOWN[1], 1.0) if theme.is_dark() else _SHOWN
    return low + (high - low) * share


def _scale(sweep: Sweep, name: str, values: NDArray[np.float64]) -> Normalize:
    low, high = float(values.min()), float(values.max())
    if low == high:
        return Normalize(low - 0.5, high + 0.5)
    if sweep.is_logarithmic(name) and low > 0.0:
        return LogNorm(low, high)
    return Normalize(low, high)
