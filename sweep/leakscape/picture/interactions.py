"""Interactions: what two parameters explain only together, as a matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import FuncFormatter

from leakscape.picture import deviation, scales, statistics, theme, typography
from leakscape.picture.panel import Bar, Layer, Painted, Span
from leakscape.picture.slices import Numbers, coordinate, read
from leakscape.sweep.analysed import OTHER, PARAMETER

MOST = 30
"""Parameters drawn at most."""
_PRINTED, _LEVEL_LABELS = 10, 9
"""Parameters up to which the values stand in the matrix, and labels of columns are level."""
_LIGHT, _LUMINANCE = 0.45, (0.2126, 0.7152, 0.0722)
"""Colours lighter than this take dark text; what red, green and blue count for (Rec. 709)."""
_INK, _WHITE, _FAINT = "#1a1a1a", "#ffffff", "a0"
"""Dark and light text, and how much is seen of what may be nothing."""


def paint(axes: Axes, layers: Sequence[Layer], span: Span | None) -> Painted:
    """Draw the lower half of a symmetric matrix; what its interval leaves open is faint.

    Args:
        axes: the panel.
        layers: the one dataset.
        span: what the colours span, where panels share them.

    Returns:
        What was painted.
    """
    layer = layers[0]
    sweep, decision = layer.sweep, layer.decision
    size = min(sweep.dataset.sizes[PARAMETER], MOST)
    order: dict[str, Any] = {PARAMETER: slice(0, size), OTHER: slice(0, size)}
    values = read(sweep, decision, order).values
    wide = deviation.beside(sweep, decision, order)
    below = np.tril(np.ones((size, size), bool), -1)
    shown = np.where(below, values, np.nan)[1:, :-1]  # the diagonal has no pair
    high = (span_of(layer) if span is None else span)[1]
    shades = axes.imshow(shown, cmap=_shades(), aspect="auto", vmin=0.0, vmax=high)
    _, names = coordinate(sweep, PARAMETER, PARAMETER, np.arange(size))
    words = [typography.prose(name) for name in names]
    columns: dict[str, Any] = {"rotation": 40, "ha": "right", "rotation_mode": "anchor"}
    axes.set_xticks(range(size - 1), words[:-1], **(columns if size > _LEVEL_LABELS else {}))
    axes.set_yticks(range(size - 1), words[1:])
    axes.tick_params(length=0)
    axes.grid(False)
    for side in axes.spines.values():
        side.set_visible(False)
    open_ones = False
    if size <= _PRINTED:
        half = np.full_like(shown, -1.0) if wide is None else wide[1:, :-1]  # exact: none
        open_ones = _print(axes, shown, half, shades)
    notes = [] if size == sweep.dataset.sizes[PARAMETER] else [f"the {size} first parameters"]
    notes += ["faint: the 95 % interval holds 0"] if open_ones else []

    def dress(side: Axes) -> None:
        side.yaxis.set_major_formatter(FuncFormatter(lambda at, _: statistics.percent(at)))

    label = scales.upright(sweep, decision.output)
    bar = Bar(mappable=shades, label=label, dress=dress)
    return Painted(notes=notes, points=int(below.sum()), bar=bar)


def _shades() -> Any:
    """Return colours from nothing on, unless others were asked for."""
    usual: Any = mpl.rcParamsDefault
    if mpl.rcParams["image.cmap"] != usual["image.cmap"]:
        return theme.colour_map()
    return LinearSegmentedColormap.from_list("from nothing", [theme.ground(), theme.named(0)])


def span_of(layer: Layer) -> Span:
    """Return what the colours span: from nothing to the largest interaction."""
    order: dict[str, Any] = {
        dim: slice(0, min(layer.sweep.dataset.sizes[dim], MOST)) for dim in (PARAMETER, OTHER)
    }
    values = read(layer.sweep, layer.decision, order).values
    largest = float(np.max(values[np.isfinite(values)], initial=0.0))
    return 0.0, largest if largest > 0.0 else 1.0


def _print(axes: Axes, shown: Numbers, half: Numbers, shades: ScalarMappable) -> bool:
    """Write the values into the matrix, and tell whether any of them may be nothing."""
    found = False
    for (row, column), value in np.ndenumerate(shown):
        if not np.isfinite(value):
            continue
        may_be_nothing = abs(float(value)) <= float(half[row, column])
        found = found or may_be_nothing
        light = np.dot(shades.to_rgba(np.asarray(value))[:3], _LUMINANCE) > _LIGHT
        axes.text(
            column,
            row,
            statistics.to_a_tenth(float(value)),
            ha="center",
            va="center",
            fontsize=theme.text(9.5),
            color=(_INK if light else _WHITE) + (_FAINT if may_be_nothing else ""),
        )
    return found
