"""Pairs of sampled parameters against one another, with every cell coloured by an output."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis, YAxis
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator
from matplotlib.transforms import ScaledTranslation

from leakscape.picture import classes, missing, scales, theme, typography
from leakscape.picture.groups import grouped, span_read
from leakscape.picture.influence import Sampled, sampled
from leakscape.picture.panel import Layer, Painted, Span, room
from leakscape.picture.request import CELL

MOST_CELLS = 3_000
MOST = 6
"""Parameters at most."""
_ROOM = (1.1, 0.8)
"""Width and height that a square needs in the usual theme [inch]."""
_GAP = 0.08
"""Between pairs [their widths]."""
_BINS, _ROOM_ABOVE = 24, 1.25
"""Bins of a histogram, and how high its square is [its highest bin]."""
_LABELLED = 32.0
"""How far to the left of a square the label of its upright axis stands [pt]."""


def paint(axes: Axes, layers: Sequence[Layer], span: Span | None) -> Painted:
    """Draw a square for each pair of the parameters that matter most, histograms on the diagonal.

    Args:
        axes: the panel, which is divided into squares.
        layers: one sweep.
        span: smallest and largest value that panels share by colour.

    Returns:
        What was painted.
    """
    sweep, decision = layers[0].sweep, layers[0].decision
    part = grouped(sweep, decision, {}, numbers=MOST_CELLS)
    found, output = part.found, part.found.values
    most = max(2, min(MOST, fitting(axes)))
    chosen, all_of_them = sampled(sweep, output, found.along[CELL], most)
    axes.set_axis_off()
    known = np.isfinite(output)
    tint = classes.tint(sweep, decision.output, output[known], span)
    shades = np.zeros((len(output), 4))
    shades[known] = tint.shades
    lost = found.missing()
    greys = missing.colours(list(lost))
    for row, vertical in enumerate(chosen):
        for column, across in enumerate(chosen[: row + 1]):
            square = square_of(axes, row, column, len(chosen))
            if row == column:
                _histogram(square, across)
            else:
                style: dict[str, Any] = {"s": theme.width(2.6) ** 2, "linewidths": 0.0}
                style["rasterized"] = True
                for code, grey in greys.items():
                    gone = ~known & (found.codes == code)
                    square.scatter(across.values[gone], vertical.values[gone], color=grey, **style)
                here = across.values[known], vertical.values[known]
                square.scatter(*here, color=shades[known], alpha=0.8, **style)
                dress(square.yaxis, vertical, named=column == 0)
            dress(square.xaxis, across, named=row == len(chosen) - 1)
    notes = list(part.notes)
    if len(chosen) < all_of_them:
        notes.append(f"{len(chosen)} of {all_of_them} parameters, those that matter most")
    sign = typography.symbol(decision.output)
    notes.append(rf"$\rho$: rank correlation with {sign}")
    return Painted(
        handles=tint.handles, notes=notes, lost=lost, points=found.values.size, bar=tint.bar
    )


def span_of(layer: Layer) -> Span | None:
    """Return the smallest and the largest value of the cells drawn, None where there is none."""
    return span_read(layer, numbers=MOST_CELLS)


def fitting(axes: Axes) -> int:
    """Return how many squares have room beside and over one another."""
    return int(np.min(np.divide(room(axes), _ROOM) / theme.text(1.0)))


def square_of(axes: Axes, row: int, column: int, number: int) -> Axes:
    """Return the square of a pair."""
    side = 1.0 / (number + (number - 1) * _GAP)
    step = side * (1.0 + _GAP)
    square = axes.inset_axes((column * step, 1.0 - row * step - side, side, side))
    square.tick_params(labelsize=theme.text(8.0), length=2.0)
    scales.open_sides(square)
    square.grid(False)
    return square


def _histogram(square: Axes, of: Sampled) -> None:
    """Draw how a parameter is distributed, with its correlation above."""
    ends = float(of.values.min()), float(of.values.max())
    if ends[0] == ends[1]:
        ends = ends[0] - 0.5, ends[1] + 0.5
    edges = np.geomspace(*ends, _BINS + 1) if of.logarithmic else np.linspace(*ends, _BINS + 1)
    edges[0], edges[-1] = ends
    counts, _ = np.histogram(of.values, edges)
    square.stairs(counts, edges, fill=True, color=theme.GREY, alpha=0.6)
    square.set_ylim(0.0, _ROOM_ABOVE * float(counts.max()))
    square.set_yticks([])
    square.spines["left"].set_visible(False)
    said = rf"$\rho$ = {typography.number(round(of.correlation, 2), 2)}"
    place: dict[str, Any] = {"transform": square.transAxes, "ha": "left", "va": "top"}
    square.text(0.02, 1.0, said, fontsize=theme.text(8.5), **place)


def dress(axis: Axis, of: Sampled, *, named: bool) -> None:
    """Give an axis its scale, few ticks, and at the figure's edge its label."""
    upright = isinstance(axis, YAxis)
    if of.logarithmic:
        ends = float(of.values.min()), float(of.values.max())
        (axis.axes.set_yscale if upright else axis.axes.set_xscale)("log")
        axis.set_major_locator(FixedLocator(scales.round_places(*ends)))
        axis.set_major_formatter(FuncFormatter(lambda at, _: typography.number(at, 3)))
        axis.set_minor_locator(NullLocator())
    else:
        axis.set_major_locator(MaxNLocator(nbins=3, prune="both"))
    if not named:
        axis.set_tick_params(labelleft=False, labelbottom=False)
        return
    label = of.label.replace(" (", "\n(") if upright else of.label
    axis.set_label_text(label, fontsize=theme.text(8.5 if upright else 9.5))
    if upright:
        figure = axis.get_figure(root=True)
        assert figure is not None
        away = ScaledTranslation(-theme.text(_LABELLED) / 72.0, 0.0, figure.dpi_scale_trans)
        axis.set_label_coords(0.0, 0.5, axis.axes.transAxes + away)
