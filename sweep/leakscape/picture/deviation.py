"""The standard deviation around a mean, where a reduction has both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from leakscape.picture import theme, typography
from leakscape.picture.request import Decision
from leakscape.picture.slices import Numbers, read
from leakscape.sweep import Sweep, reduced

MOST_BANDS = 3
"""Bands that can be told apart where they overlap."""
_ALPHA = 0.18
WORDS = "mean ± one standard deviation"


def beside(sweep: Sweep, decision: Decision, order: Mapping[str, Any]) -> Numbers | None:
    """Read the standard deviation that belongs to a mean.

    Args:
        sweep: the sweep.
        decision: what is drawn.
        order: how the mean was read.

    Returns:
        It [the mean's unit], in the shape of the mean; None where no mean is drawn, or it is alone.
    """
    one = reduced.told(sweep, decision.output)
    if one is None or one.kind != "mean":
        return None
    name = f"{one.output}_sd"
    if reduced.told(sweep, name) is None:
        return None
    return read(sweep, replace(decision, output=name), order).values


def band(
    axes: Axes, x: Numbers, rows: Numbers, spreads: Numbers, shades: Sequence[Any]
) -> list[Artist]:
    """Draw bands of one standard deviation around few curves.

    Args:
        axes: the axes.
        x: values along the axis.
        rows: means, shape (curves, len(x)).
        spreads: standard deviations, same shape.
        shades: the colour of each curve.

    Returns:
        The legend's entry.
    """
    for row, wide, shade in zip(rows, spreads, shades, strict=True):
        style: dict[str, Any] = {"color": shade, "alpha": _ALPHA, "linewidth": 0.0}
        axes.fill_between(x, row - wide, row + wide, **style)
    shade = shades[0] if len(rows) == 1 else theme.GREY
    return [Patch(color=shade, alpha=_ALPHA, linewidth=0.0, label=WORDS)]


def note(sweep: Sweep, output: str, spreads: Numbers) -> list[str]:
    """Say how wide the bands would be that are too many to be drawn."""
    known = spreads[np.isfinite(spreads)]
    if not known.size:
        return []
    low, high = float(known.min()), float(known.max())
    one = reduced.told(sweep, output)
    assert one is not None
    unit = sweep.unit_of(f"{one.output}_sd")
    ends = typography.number(low, 3), typography.quantity(high, unit, 3)
    return [f"standard deviation {ends[0]} to {ends[1]}"]
