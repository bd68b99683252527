"""Mean and quantiles of a reduction, marked on a histogram of the same output."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from leakscape.picture import bands, scales, statistics, theme, typography
from leakscape.picture.request import Decision
from leakscape.picture.slices import Slice, coordinate, read
from leakscape.sweep import Sweep, reduced
from leakscape.sweep.reduced import Told

_DASHES: tuple[Any, ...] = ((0, (1.2, 1.4)), (0, (5, 2)), (0, (6, 1.6, 1.2, 1.6)))


def beside(axes: Axes, sweep: Sweep, decision: Decision) -> list[Artist]:
    """Mark mean and quantiles on a histogram, as far as they were asked for.

    Args:
        axes: the axes, with the output along x.
        sweep: the sweep.
        decision: for the histogram.

    Returns:
        The legend's entries.
    """
    one = statistics.told(sweep, decision)
    unit = sweep.unit_of(one.own)
    handles: list[Artist] = []
    for name, other in reduced.statistics(sweep, one.output):
        if other.kind not in ("mean", "quantile"):
            continue
        order = {other.own: slice(None)} if other.own else {}
        found = read(sweep, replace(decision, output=name), order)
        values = found.values.reshape(-1)
        if not np.all(np.isfinite(values)):
            continue
        for words, places, style in _lines(sweep, other, found):
            for place in places:
                axes.axvline(float(values[place]), **style)
            ends = [typography.number(float(values[place])) for place in places[:-1]]
            ends.append(typography.quantity(float(values[places[-1]]), unit))
            handles.append(scales.line_handle(f"{words}: {' to '.join(ends)}", **style))
    return handles


def along(axes: Axes, sweep: Sweep, decision: Decision, dim: str, taken: slice) -> list[Artist]:
    """Draw the quantiles, or else the mean, over the map of a histogram along an axis.

    Args:
        axes: the axes.
        sweep: the sweep.
        decision: for the map.
        dim: the dimension along x.
        taken: the indices along it.

    Returns:
        The legend's entries.
    """
    output = statistics.told(sweep, decision).output
    kinds = {other.kind: (name, other) for name, other in reduced.statistics(sweep, output)}
    known = kinds.get("quantile") or kinds.get("mean")
    if known is None or sweep.is_text(decision.x):  # between labels lies nothing
        return []
    name, other = known
    order: dict[str, Any] = {other.own: slice(None)} if other.own else {}
    found = read(sweep, replace(decision, output=name), {**order, dim: taken})
    x, _ = coordinate(sweep, decision.x, dim, found.along[dim])
    rows = found.values.reshape(-1, len(x))
    handles: list[Artist] = []
    for words, places, style in _lines(sweep, other, found):
        for place in places:
            axes.plot(x, rows[place], **style)
        handles.append(scales.line_handle(words, **style))
    return handles


def _lines(
    sweep: Sweep, one: Told, found: Slice
) -> Iterator[tuple[str, tuple[int, ...], dict[str, Any]]]:
    """Give the lines of a mean or of quantiles: what they are called, which they are, their style.

    The ends of a range share name and style.
    """
    if not one.own:
        yield (
            "mean",
            (0,),
            {"color": theme.ink(), "linewidth": theme.width(1.8), "linestyle": _DASHES[-1]},
        )
        return
    shares, _ = coordinate(sweep, one.own, one.own, found.along[one.own])
    pairs, left = bands.nested(shares)
    for number, ends in enumerate(pairs):
        style = {
            "color": theme.ink(),
            "linewidth": theme.width(1.2),
            "linestyle": _DASHES[number % 2],
        }
        yield bands.between(*shares[[*ends]]), ends, style
    for place in left:
        wide = 1.8 if shares[place] == 0.5 else 1.0
        style = {"color": theme.ink(), "linewidth": theme.width(wide), "linestyle": "solid"}
        yield statistics.share_below(float(shares[place])), (place,), style
