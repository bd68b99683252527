"""Heat map: one output over two axes, with labelled contour lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, ListedColormap, Normalize, TwoSlopeNorm
from matplotlib.figure import Figure
from matplotlib.patheffects import AbstractPathEffect, withStroke
from matplotlib.text import Text
from numpy.typing import NDArray

from leakscape.picture import frame, statistics, typography
from leakscape.picture.level import round_levels
from leakscape.picture.request import Decision
from leakscape.picture.slices import Slice, coordinate, read, thin
from leakscape.status import Status
from leakscape.sweep import Sweep

MOST = 1200
"""Values drawn along an axis; the axes are about as many pixels wide."""
_MOST_COUNTS = 12
"""Distinct whole numbers that still get a colour each."""
_BALANCED = 1.0 / 3.0
"""Zero is a natural centre when the smaller side is at least this part of the larger."""
_LABELLED = 0.2
"""Shortest contour that gets a label [widths of the axes]."""
_HALO: list[AbstractPathEffect] = [withStroke(linewidth=3.0, foreground="white", alpha=0.85)]


def draw(made: Figure, axes: Axes, sweep: Sweep, decision: Decision) -> list[str]:
    """Draw a heat map.

    Args:
        made: the figure.
        axes: its axes.
        sweep: the sweep, opened lazily.
        decision: what to draw.

    Returns:
        What the subtitle should add.
    """
    handles, notes = paint(made, axes, sweep, decision)
    frame.legend_below(made, handles)
    return notes


def paint(
    made: Figure, axes: Axes, sweep: Sweep, decision: Decision, *, columns: bool = False
) -> tuple[list[Artist], list[str]]:
    """Paint a heat map that has no legend yet.

    Args:
        made: the figure.
        axes: its axes.
        sweep: the sweep, opened lazily.
        decision: what to draw.
        columns: whether each column is a histogram: nothing is white, and there are no contours.

    Returns:
        The legend's entries, and what the subtitle should add.
    """
    output, names = decision.output, (decision.y, decision.x)
    dims = [sweep.dimension_of(name, output, "x") for name in names]
    found = read(sweep, decision, {dim: thin(sweep.dataset.sizes[dim], MOST) for dim in dims})
    (y, y_labels), (x, x_labels) = (
        coordinate(sweep, name, dim, found.along[dim])
        for name, dim in zip(names, dims, strict=True)
    )
    frame.dress(axes.xaxis, sweep, decision.x, x, x_labels)
    frame.dress(axes.yaxis, sweep, decision.y, y, y_labels)
    edges = edges_of(x, axes.get_xscale() == "log"), edges_of(y, axes.get_yscale() == "log")
    axes.set_xlim(edges[0].min(), edges[0].max())
    axes.set_ylim(edges[1].min(), edges[1].max())
    handles = _missing(axes, edges, found)
    values = np.ma.masked_invalid(found.values)
    if values.count():
        counts = _counts(sweep.dataset[output].dtype, values)
        norm, colours = (
            _steps(counts) if counts else _colours(found.values, sweep.levels_of(output))
        )
        if columns:
            norm, colours = Normalize(0.0, float(values.max()) or 1.0), "Blues"
        diverging = isinstance(norm, TwoSlopeNorm)
        mesh = axes.pcolormesh(*edges, values, norm=norm, cmap=colours, rasterized=True)
        bar = made.colorbar(mesh, ax=axes, pad=0.02, aspect=28)
        if counts:
            middles = [0.5 * (low + high) for low, high in pairwise(_borders(counts))]
            bar.set_ticks(middles, labels=[str(count) for count in counts])
            bar.ax.tick_params(length=0)
        bar.set_label(frame.upright(sweep, output), fontsize=frame.TEXT + 1, color=frame.INK)
        bar.ax.tick_params(labelsize=frame.TEXT, color=frame.GREY)
        if not counts:
            statistics.scale(bar.ax.yaxis, sweep, output)
        bar.outline.set_edgecolor(frame.GREY)
        if not (counts or columns or x_labels or y_labels):  # between names there is nothing
            handles = _contours(axes, bar.ax, sweep, output, x, y, values, diverging) + handles
    thinned = [
        f"{len(found.along[dim])} of {typography.count(sweep.dataset.sizes[dim])} values of "
        f"{typography.symbol(dim)} drawn"
        for dim in reversed(dims)
        if len(found.along[dim]) < sweep.dataset.sizes[dim]
    ]
    return handles, thinned


def edges_of(centres: NDArray[np.float64], logarithmic: bool) -> NDArray[np.float64]:
    """Return the borders between the cells of a heat map, one more than there are centres."""
    points = np.log(centres) if logarithmic else centres
    if len(points) == 1:
        half = 0.5 * (abs(points[0]) or 1.0)
        edges = np.array([points[0] - half, points[0] + half])
    else:
        between = 0.5 * (points[1:] + points[:-1])
        first, last = 2.0 * points[0] - between[0], 2.0 * points[-1] - between[-1]
        edges = np.concatenate([[first], between, [last]])
    return np.exp(edges) if logarithmic else edges


def _colours(values: NDArray[np.float64], named: Sequence[float]) -> tuple[Normalize, Any]:
    """Choose a sequential map, or one that diverges from zero where nothing else is the mark."""
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if not named and low < 0.0 < high and min(-low, high) >= _BALANCED * max(-low, high):
        return TwoSlopeNorm(0.0, -max(-low, high), max(-low, high)), "RdBu_r"
    if low == high:
        low, high = low - 0.5 * (abs(low) or 1.0), high + 0.5 * (abs(high) or 1.0)
    return Normalize(low, high), "viridis"


def _counts(dtype: np.dtype[Any], values: Any) -> list[int]:
    """Return the distinct values of a whole-numbered output, empty where it is none or has many."""
    if dtype.kind not in "iu":
        return []
    found = [int(value) for value in np.unique(values.compressed())]
    return found if len(found) <= _MOST_COUNTS else []


def _steps(counts: list[int]) -> tuple[Normalize, Any]:
    """Give every count a colour of its own: between two counts there is nothing."""
    shades = colormaps["viridis"](np.linspace(0.08, 0.95, len(counts)))
    return BoundaryNorm(_borders(counts), len(counts)), ListedColormap(shades)


def _borders(counts: list[int]) -> list[float]:
    between = [0.5 * (low + high) for low, high in pairwise(counts)]
    return [counts[0] - 0.5, *between, counts[-1] + 0.5]


def _missing(
    axes: Axes, edges: tuple[NDArray[np.float64], NDArray[np.float64]], found: Slice
) -> list[Artist]:
    """Paint points without a value grey by reason; what is not computed stays hatched."""
    lost = found.missing()
    for code, colour in frame.missing_colours(list(lost)).items():
        here = np.ma.masked_where(
            (found.codes != code) | np.isfinite(found.values), np.ones(found.values.shape)
        )
        axes.pcolormesh(*edges, here, cmap=ListedColormap([colour]), rasterized=True)
    if Status.NOT_COMPUTED in lost:
        axes.patch.set(hatch="////", edgecolor="#9a9a9a", facecolor="white")
    return frame.missing_handles(lost, found.values.size)


def _contours(
    axes: Axes,
    bar: Axes,
    sweep: Sweep,
    output: str,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    values: Any,
    diverging: bool,
) -> list[Artist]:
    """Draw thin contour lines, and the study's own levels dashed, named in the legend."""
    if min(values.shape) < 2:
        return []
    unit = typography.unit(sweep.unit_of(output))
    share = statistics.is_share(sweep, output)
    named = sorted(sweep.levels_of(output))
    levels = round_levels(np.ma.filled(values, np.nan), named)
    shown = unit.replace("$", r"\$")
    if levels:
        ink = "#333333" if diverging else "white"
        style: dict[str, Any] = {"colors": ink, "linewidths": 0.9, "linestyles": "solid"}
        lines = axes.contour(x, y, values, levels=list(levels), **style)
        words = (
            statistics.percent if share else lambda at: f"{typography.number(at)} {shown}".strip()
        )
        for text in _label(axes, lines, words):
            text.set(fontsize=frame.SMALL, color=ink)
            text.set_path_effects(
                [withStroke(linewidth=2.2, foreground="white" if diverging else "#333333")]
            )
    handles: list[Artist] = []
    for level in named:
        style = {"linestyles": "dashed", "linewidths": 2.4, "colors": "black"}
        said = f"{typography.symbol(output)} = {typography.quantity(level, unit)}"
        if float(values.min()) < level < float(values.max()):
            lines = axes.contour(x, y, values, levels=[level], **style)
            lines.set_path_effects(_HALO)
            for text in _label(axes, lines, lambda at: typography.quantity(at, unit)):
                text.set(fontsize=frame.TEXT, color="black", weight="bold")
                text.set_path_effects(_HALO)
            bar.axhline(level, color="black", linewidth=2.4)
        else:
            side = "above" if float(values.min()) >= level else "below"
            said += f" is not reached: every value shown is {side}"
        handles.append(frame.line_handle(said, color="black", linestyle="dashed", linewidth=2.4))
    return handles


def _label(axes: Axes, lines: Any, words: Callable[[float], str]) -> list[Text]:
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
