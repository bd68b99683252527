"""Contour lines of a heat map: thin round ones, and the study's own levels dashed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patheffects import AbstractPathEffect, withStroke
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from leakscape.picture import scales, statistics, theme, typography
from leakscape.picture.panel import Span
from leakscape.sweep import Sweep

MOST = 10
"""Round levels at most."""
_ROOMY = 3.5
"""Inches of a panel below which there is room for half as many."""
_EDGE = 0.03
"""Part of the values at either end where a line would run into a corner."""
_LABELLED = 0.2
"""Shortest contour that gets a label [widths of the axes]."""


def draw(
    axes: Axes, sweep: Sweep, output: str, surface: tuple[Any, Any, Any], ends: Span, dark: bool
) -> tuple[list[Artist], list[float]]:
    """Draw contours over a heat map.

    Args:
        axes: the panel.
        sweep: the sweep.
        output: what is drawn.
        surface: x, y and the masked values, shape (len(y), len(x)).
        ends: smallest and largest value, from which round levels are chosen.
        dark: whether thin lines are dark, on light colours.

    Returns:
        The legend's entries, and the levels to be marked on the colour bar.
    """
    x, y, values = surface
    if min(values.shape) < 2:
        return [], []
    unit = typography.unit(sweep.unit_of(output))
    named = sorted(sweep.levels_of(output))
    low, high = float(values.min()), float(values.max())
    wide = axes.get_window_extent().width / axes.figure.dpi
    most = MOST if wide > _ROOMY * theme.text(1.0) else MOST // 2
    levels = [at for at in round_levels(np.array(ends), named, most) if low < at < high]
    if levels:
        ink, ground = ("#333333", "white") if dark else ("white", "#333333")
        style: dict[str, Any] = {"colors": ink, "linewidths": 0.9, "linestyles": "solid"}
        lines = axes.contour(x, y, values, levels=levels, **style)
        for text in _label(axes, lines, _words(sweep, output, unit)):
            text.set(fontsize=theme.text(9.5), color=ink)
            text.set_path_effects([withStroke(linewidth=theme.width(2.2), foreground=ground)])
    handles: list[Artist] = []
    marked: list[float] = []
    halo: list[AbstractPathEffect] = [
        withStroke(linewidth=theme.width(3.0), foreground="white", alpha=0.85)
    ]
    bold: dict[str, Any] = {"color": "black", "linewidth": theme.width(2.4)}
    for level in named:
        said = f"{typography.symbol(output)} = {typography.quantity(level, unit)}"
        if low < level < high:
            style = {"linestyles": "dashed", "linewidths": bold["linewidth"], "colors": "black"}
            lines = axes.contour(x, y, values, levels=[level], **style)
            lines.set_path_effects(halo)
            for text in _label(axes, lines, lambda at: typography.quantity(at, unit)):
                text.set(fontsize=theme.text(theme.TEXT), color="black", weight="bold")
                text.set_path_effects(halo)
            marked.append(level)
        else:
            side = "above" if low >= level else "below"
            said += f" is not reached: every value shown is {side}"
        handles.append(scales.line_handle(said, linestyle="dashed", **bold))
    return handles, marked


def _words(sweep: Sweep, output: str, unit: str) -> Callable[[float], str]:
    if statistics.is_share(sweep, output):
        return statistics.percent
    shown = unit.replace("$", r"\$")
    return lambda at: f"{typography.number(at)} {shown}".strip()


def _label(axes: Axes, lines: Any, words: Callable[[float], str]) -> Sequence[Text]:
    """Label each contour once, about the middle of its longest piece: never at the edge."""
    places = []
    for number, pieces in enumerate(lines.allsegs):
        longest, points = 0.0, None
        for piece in pieces:
            screen = axes.transAxes.inverted().transform(axes.transData.transform(piece))
            steps = np.hypot(*np.diff(screen, axis=0).T)
            if steps.sum() > longest:
                longest, points, run = float(steps.sum()), piece, np.cumsum(steps)
        if points is not None and longest > _LABELLED:
            # Neighbouring contours often run side by side: their labels alternate.
            share = 0.42 if number % 2 else 0.56
            places.append(tuple(points[int(np.searchsorted(run, share * longest))]))
    if not places:
        return []
    found = axes.clabel(lines, fmt=words, manual=places, use_clabeltext=True, inline_spacing=6)
    return list(found or ())


def round_levels(
    values: NDArray[np.float64], named: Iterable[float], most: int
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
