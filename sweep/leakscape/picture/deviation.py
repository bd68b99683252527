"""The standard deviation around a mean, or the interval around an index, where both are there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from leakscape.picture import statistics, theme, typography
from leakscape.picture.request import Decision
from leakscape.picture.slices import Numbers, read
from leakscape.sweep import Sweep, analysed, reduced

_MOST_BANDS, _MOST_INTERVALS = 3, 8
"""Bands that can be told apart where they overlap; intervals are narrow."""
_ALPHA = 0.18
_WORDS, _INTERVAL = "mean ± one standard deviation", "95 % interval"


def words(sweep: Sweep, output: str) -> str:
    """Say what lies around the values of an output."""
    return _WORDS if analysed.told(sweep, output) is None else _INTERVAL


def most_bands(sweep: Sweep, output: str) -> int:
    """Return how many bands around curves of an output are drawn at most."""
    return _MOST_BANDS if analysed.told(sweep, output) is None else _MOST_INTERVALS


def beside(sweep: Sweep, decision: Decision, order: Mapping[str, Any]) -> Numbers | None:
    """Read the standard deviation that belongs to a mean, or the half-width to an index.

    Args:
        sweep: the sweep.
        decision: what is drawn.
        order: how the mean or the index was read.

    Returns:
        It [the mean's unit], in the shape of the mean; None where no mean is drawn, or it is alone.
    """
    if (index := analysed.told(sweep, decision.output)) is not None:
        if index.error not in sweep.dataset.data_vars:
            return None
        return read(sweep, replace(decision, output=index.error), order).values
    one = reduced.told(sweep, decision.output)
    if one is None or one.kind != "mean":
        return None
    name = f"{one.output}_sd"
    if reduced.told(sweep, name) is None:
        return None
    return read(sweep, replace(decision, output=name), order).values


def band(
    axes: Axes, x: Numbers, rows: Numbers, spreads: Numbers, shades: Sequence[Any], said: str
) -> list[Artist]:
    """Draw bands around few curves.

    Args:
        axes: the axes.
        x: values along the axis.
        rows: means or indices, shape (curves, len(x)).
        spreads: standard deviations or half-widths, same shape.
        shades: the colour of each curve.
        said: what the legend says of them.

    Returns:
        The legend's entry.
    """
    for row, wide, shade in zip(rows, spreads, shades, strict=True):
        style: dict[str, Any] = {"color": shade, "alpha": _ALPHA, "linewidth": 0.0}
        axes.fill_between(x, row - wide, row + wide, **style)
    shade = shades[0] if len(rows) == 1 else theme.GREY
    return [Patch(color=shade, alpha=_ALPHA, linewidth=0.0, label=said)]


def note(sweep: Sweep, output: str, spreads: Numbers) -> list[str]:
    """Say how wide the bands would be that are too many to be drawn."""
    known = spreads[np.isfinite(spreads)]
    if not known.size:
        return []
    low, high = float(known.min()), float(known.max())
    one = reduced.told(sweep, output)
    if one is None:
        share = statistics.is_share(sweep, output)
        most = statistics.percent(high) if share else typography.number(high, 3)
        return [f"95 % intervals of at most ± {most}"]
    unit = sweep.unit_of(f"{one.output}_sd")
    ends = typography.number(low, 3), typography.quantity(high, unit, 3)
    return [f"standard deviation {ends[0]} to {ends[1]}"]
