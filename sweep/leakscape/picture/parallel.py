"""Parallel coordinates: a line for each cell through all of its parameters to the output."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from leakscape.picture import classes, missing, theme, typography
from leakscape.picture.groups import grouped, span_read
from leakscape.picture.influence import Sampled, sampled, scaled
from leakscape.picture.panel import Layer, Painted, Span, room
from leakscape.picture.request import CELL
from leakscape.picture.slices import Numbers

MOST_CELLS = 500
MOST = 9
"""Parameters at most."""
_NAMED = -0.1
"""Where the names of the scales begin [their heights]."""
_ROOM = 0.8
"""From one scale to the next at least, in the usual theme [inch]."""


def paint(axes: Axes, layers: Sequence[Layer], span: Span | None) -> Painted:
    """Draw a line for each cell, with every parameter on a scale from its least to its largest.

    Args:
        axes: the panel.
        layers: one sweep.
        span: smallest and largest value that panels share by colour.

    Returns:
        What was painted.
    """
    sweep, decision = layers[0].sweep, layers[0].decision
    part = grouped(sweep, decision, {}, numbers=MOST_CELLS)
    found, output = part.found, part.found.values
    most = max(1, min(MOST, int(room(axes)[0] / (_ROOM * theme.text(1.0))) - 1))
    chosen, all_of_them = sampled(sweep, output, found.along[CELL], most)
    known = np.isfinite(output)
    whole = output if span is None else np.append(output, span)
    scales = [*chosen, scaled(sweep, decision.output, whole)]
    heights = np.stack([_heights(one)[: len(output)] for one in scales])
    tint = classes.tint(sweep, decision.output, output[known], span)
    lost = found.missing()
    for code, grey in missing.colours(list(lost)).items():
        gone = ~known & (found.codes == code)
        _lines(axes, heights[:-1, gone], colors=grey, alpha=0.8)
    _lines(axes, heights[:, known], colors=tint.shades, alpha=0.55)
    _scales(axes, scales)
    notes = list(part.notes)
    if len(chosen) < all_of_them:
        notes.append(f"{len(chosen)} of {all_of_them} parameters, those that matter most")
    return Painted(
        handles=tint.handles, notes=notes, lost=lost, points=found.values.size, bar=tint.bar
    )


def span_of(layer: Layer) -> Span | None:
    """Return the smallest and the largest value of the cells drawn, None where there is none."""
    return span_read(layer, numbers=MOST_CELLS)


def _ends(of: Sampled) -> Span | None:
    known = of.values[np.isfinite(of.values)]
    return (float(known.min()), float(known.max())) if known.size else None


def _heights(of: Sampled) -> Numbers:
    """Return values between 0 and 1, one half where all are the same."""
    ends = _ends(of)
    if ends is None or ends[0] == ends[1]:
        return np.where(np.isfinite(of.values), 0.5, np.nan)
    values, (low, high) = of.values, ends
    if of.logarithmic:
        values, low, high = np.log(values), math.log(low), math.log(high)
    return (values - low) / (high - low)


def _lines(axes: Axes, heights: Numbers, **style: Any) -> None:
    """Draw the lines of cells through heights of shape (scales, cells)."""
    places = np.broadcast_to(np.arange(len(heights))[:, None], heights.shape)
    paths = np.stack([places, heights], axis=-1).swapaxes(0, 1)
    axes.add_collection(LineCollection(list(paths), linewidths=theme.width(0.9), **style))


def _scales(axes: Axes, scales: Sequence[Sampled]) -> None:
    """Draw the scales, each with its ends and its name."""
    for side in ("left", "top", "right", "bottom"):
        axes.spines[side].set_visible(False)
    axes.grid(False)
    axes.set_xticks([])  # panels share them, and may have their scales in another order
    axes.set_yticks([])
    small: dict[str, Any] = {"ha": "center", "fontsize": theme.text(9.0), "color": theme.ink()}
    for place, one in enumerate(scales):
        text = one.label.replace(" (", "\n(") + ("\nlog scale" if one.logarithmic else "")
        axes.text(place, _NAMED, text, va="top", gid=one.name, linespacing=1.3, **small)
        axes.plot([place] * 2, [0.0, 1.0], color=theme.GREY, linewidth=theme.width(1.2), zorder=3)
        ends = _ends(one)
        if ends is None:
            continue
        axes.text(place, 1.02, typography.number(ends[1], 3), va="bottom", **small)
        if ends[0] < ends[1]:
            axes.text(place, -0.02, typography.number(ends[0], 3), va="top", **small)
    axes.set_xlim(-0.4, len(scales) - 0.6)
    axes.set_ylim(_NAMED, 1.08)
