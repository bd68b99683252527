"""Contour lines of a heat map: thin round ones, and the study's own levels dashed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patheffects import AbstractPathEffect, withStroke
from matplotlib.text import Text

from leakscape.picture import scales, statistics, theme, typography
from leakscape.picture.level import round_levels
from leakscape.picture.panel import Span
from leakscape.sweep import Sweep

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
    levels = [at for at in round_levels(np.array(ends), named) if low < at < high]
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
    wide: dict[str, Any] = {"color": "black", "linewidth": theme.width(2.4)}
    for level in named:
        said = f"{typography.symbol(output)} = {typography.quantity(level, unit)}"
        if low < level < high:
            style = {"linestyles": "dashed", "linewidths": wide["linewidth"], "colors": "black"}
            lines = axes.contour(x, y, values, levels=[level], **style)
            lines.set_path_effects(halo)
            for text in _label(axes, lines, lambda at: typography.quantity(at, unit)):
                text.set(fontsize=theme.text(theme.TEXT), color="black", weight="bold")
                text.set_path_effects(halo)
            marked.append(level)
        else:
            side = "above" if low >= level else "below"
            said += f" is not reached: every value shown is {side}"
        handles.append(scales.line_handle(said, linestyle="dashed", **wide))
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
