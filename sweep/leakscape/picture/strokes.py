"""How one curve is drawn: whole, in steps between labels, or broken where it jumps from nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from leakscape.picture import theme
from leakscape.picture.slices import Numbers
from leakscape.sweep import Sweep
from leakscape.sweep.roles import is_rate, meanings_of

WHOLE, STEPS, BROKEN = "whole", "steps", "broken"
MOST = 3000
"""Points drawn along a curve, or pairs of extremes where there are more."""
MOST_READ = 4_000_000
"""Numbers read for all curves of a panel."""
MARKED = 25
"""Curves of so few points show them."""
_SWINGS = 5
"""Times that a restless curve rises through its middle, at least."""


def stroke_of(sweep: Sweep, output: str) -> str:
    """Return how curves of an output are drawn.

    Args:
        sweep: the sweep.
        output: the output.
    """
    if meanings_of(sweep, output):
        return STEPS
    return BROKEN if is_rate(sweep, output) else WHOLE


def restless(rows: Numbers) -> bool:
    """Tell whether one of several curves swings to and fro, as a train of spikes does.

    Args:
        rows: the curves, shape (curves, points).
    """
    for row in rows:
        known = row[np.isfinite(row)]
        if known.size:
            above = known > 0.5 * (known.min() + known.max())
            if np.sum(above[1:] & ~above[:-1]) >= _SWINGS:
                return True
    return False


def draw(
    axes: Axes, x: Numbers, y: Numbers, stroke: str, style: dict[str, Any], *, thin: bool
) -> None:
    """Draw a curve.

    Args:
        axes: the panel.
        x: along the axis.
        y: the output, NaN where there is none.
        stroke: how, as `stroke_of` said.
        style: of the line, as matplotlib takes it.
        thin: whether it, or another one of the panel, is restless.
    """
    marked: dict[str, Any] = {"marker": "o"} if len(x) <= MARKED else {}
    if stroke == STEPS:
        axes.plot(x, y, drawstyle="steps-mid", **marked, **style)
        return
    if stroke == BROKEN:
        x, y, ends = _broken(x, y)
        if not marked and len(ends):
            size = theme.width(4.5)
            marked = {"marker": "o", "markersize": size, "markevery": ends.tolist()}
        axes.plot(x, y, **marked, **style)
        return
    if thin:
        style = style | {"linewidth": theme.width(1.0), "linestyle": "solid"}
        marked = {}
    axes.plot(*outline(x, y), **marked, **style)


def leave_room(axes: Axes) -> None:
    """Leave half a number above and below labels, also where there is only one."""
    low, high = axes.dataLim.intervaly
    if np.isfinite([low, high]).all():
        axes.update_datalim([(0.0, low - 0.5), (0.0, high + 0.5)], updatex=False)
        axes.autoscale_view(scalex=False)


def outline(x: Numbers, y: Numbers, most: int = MOST) -> tuple[Numbers, Numbers]:
    """Return a curve with fewer points that looks the same: no extreme of it is lost.

    Of every stretch of neighbours the lowest and the highest point are kept, so that a spike stays
    as high and a trough as deep as it is.

    Args:
        x: along the axis.
        y: the values, NaN where there is none.
        most: stretches; a curve of so few points stays as it is.
    """
    if len(y) <= most:
        return x, y
    wide = -(-len(y) // most)
    rows = -(-len(y) // wide)
    filled = np.full(rows * wide, np.nan)
    filled[: len(y)] = y
    parts = filled.reshape(rows, wide)
    first = wide * np.arange(rows)
    lowest = first + np.where(np.isnan(parts), np.inf, parts).argmin(axis=1)
    highest = first + np.where(np.isnan(parts), -np.inf, parts).argmax(axis=1)
    kept = np.unique(np.concatenate([[0, len(y) - 1], lowest, highest]))
    return x[kept], y[kept]


def _broken(x: Numbers, y: Numbers) -> tuple[Numbers, Numbers, NDArray[np.int64]]:
    """Part a curve between 0 and more: return it with gaps, and the places where it breaks off."""
    none = y == 0.0
    known = np.isfinite(y[1:]) & np.isfinite(y[:-1])
    jumps = np.flatnonzero(known & (none[1:] != none[:-1])) + 1
    gaps = jumps + np.arange(len(jumps))
    return (
        np.insert(x, jumps, np.nan),
        np.insert(y, jumps, np.nan),
        np.unique(np.concatenate([gaps - 1, gaps + 1])),
    )
