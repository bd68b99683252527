"""Histograms that a reduction counted: over their bins, or as the columns of a map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from leakscape.errors import DeclarationError
from leakscape.picture import (
    choices,
    frame,
    heat,
    marks,
    palette,
    quantiles,
    statistics,
    typography,
)
from leakscape.picture.request import Decision
from leakscape.picture.slices import Numbers, coordinate, read, spread, thin
from leakscape.store.values import loaded
from leakscape.sweep import Sweep
from leakscape.sweep.reduced import FAILED, TOO_FEW

_SHARE = "share of valid points per bin"


def draw(
    made: Figure,
    axes: Axes,
    sweeps: Sequence[tuple[str, Sweep]],
    decisions: Sequence[Decision],
) -> list[str]:
    """Draw what part of the valid points each bin holds.

    Args:
        made: the figure.
        axes: its axes.
        sweeps: the name of each, and the sweep.
        decisions: what to draw of each.

    Returns:
        What the subtitle should add.

    Raises:
        DeclarationError: the sweeps have the output in different units.
    """
    frame.open_sides(axes)
    first, lead = sweeps[0][1], decisions[0]
    bins = statistics.told(first, lead).own
    pairs = zip(sweeps, decisions, strict=True)
    own = {data.unit_of(statistics.told(data, one).own) for (_, data), one in pairs}
    if len(own) > 1:
        raise DeclarationError("output: the sweeps have it in different units; plot them apart")
    handles: list[Artist] = []
    outside: list[tuple[Numbers, Numbers]] = []
    lost: dict[int, int] = {}
    points = 0
    for (name, sweep), decision in zip(sweeps, decisions, strict=True):
        texts, shades, order = [name], [palette.NAMED[points % len(palette.NAMED)]], {}
        if decision.hue:
            dim = sweep.dimension_of(decision.hue, decision.output, "hue")
            order[dim] = spread(sweep.dataset.sizes[dim], choices.MOST_HUES)
            hues = coordinate(sweep, decision.hue, dim, order[dim])
            texts = palette.words(sweep, decision.hue, *hues)
            shades = palette.colours(sweep, decision.hue, *hues)
        shares, valid, codes = _shares(sweep, decision, order)
        for code, number in codes.items():
            lost[code] = lost.get(code, 0) + number
        points += len(valid)
        outside.append(_outside(sweep, decision, order, valid))
        edges = _edges(sweep, statistics.told(sweep, decision).own)
        alone = len(texts) == 1 and len(sweeps) == 1
        for text, shade, row in zip(texts, shades, shares, strict=True):
            if not np.all(np.isfinite(row)):
                continue
            axes.stairs(row, edges, fill=True, color=shade, alpha=0.85 if alone else 0.12)
            axes.stairs(row, edges, color=shade, linewidth=1.6)
            if not alone:
                handles.append(Patch(color=shade, label=text))
        axes.set_xlim(float(edges[0]), float(edges[-1]))
        if alone:
            handles += marks.beside(axes, sweep, decision)
    axes.set_xlabel(frame.axis_label(first, bins), fontsize=frame.TEXT + 1, color=frame.INK)
    label = f"{_SHARE[:1].upper()}{_SHARE[1:]} [%]"
    axes.set_ylabel(label, fontsize=frame.TEXT + 1, color=frame.INK)
    frame.powers(axes.xaxis)
    axes.set_ylim(bottom=0.0)
    handles += _levels(axes.axvline, first, bins, statistics.told(first, lead).output)
    frame.legend_below(made, handles + frame.missing_handles(lost, points))
    return [*_thinned(sweeps, decisions), *_told(first, lead, outside)]


def density(made: Figure, axes: Axes, sweep: Sweep, decision: Decision) -> list[str]:
    """Draw histograms along an axis: each column of the map is the histogram there.

    Args:
        made: the figure.
        axes: its axes.
        sweep: the sweep, opened lazily.
        decision: what to draw.

    Returns:
        What the subtitle should add.
    """
    output, one = decision.output, statistics.told(sweep, decision)
    dim = sweep.dimension_of(decision.x, output, "x")
    taken = thin(sweep.dataset.sizes[dim], heat.MOST)
    order: dict[str, Any] = {dim: taken}
    shares, valid, _ = _shares(sweep, decision, order)
    held = {place.dimension: place.index for place in decision.places}
    part = sweep.dataset[[output, FAILED, one.n_valid, "status"]].isel({**held, dim: taken})
    attributes = {"units": "%", "long_name": _SHARE, "symbol": ""}
    empty = np.where(shares > 0.0, shares, np.where(np.isfinite(shares), 0.0, np.nan))
    part = part.assign({output: ((dim, one.own), empty, attributes)})
    plain = replace(decision, places=())
    handles, notes = heat.paint(made, axes, sweep.over(part), plain, columns=True)
    handles = marks.along(axes, sweep, decision, dim, taken) + handles
    handles += _levels(axes.axhline, sweep, one.own, one.output)
    frame.legend_below(made, handles)
    outside = _outside(sweep, decision, order, valid)
    return [*notes, *_told(sweep, decision, [outside])]


def _shares(
    sweep: Sweep, decision: Decision, order: dict[str, Any]
) -> tuple[Numbers, Numbers, dict[int, int]]:
    """Read shares [%] with a row for each value of a hue, how many points they are of, and what
    has none.
    """
    one = statistics.told(sweep, decision)
    valid = read(sweep, replace(decision, output=one.n_valid), order).values.reshape(-1)
    counted = read(sweep, decision, {**order, one.own: slice(None)})
    rows = counted.values.reshape(len(valid), -1)
    some = np.where(valid > 0, valid, np.nan)
    lost = counted.missing()
    if none := int(np.sum(~np.isfinite(some) & np.isfinite(valid))):
        lost[TOO_FEW] = none
    return 100.0 * rows / some[:, None], some, lost


def _outside(
    sweep: Sweep, decision: Decision, order: dict[str, Any], valid: Numbers
) -> tuple[Numbers, Numbers]:
    """Return which parts of the valid points lie below the bins and above them."""
    one = statistics.told(sweep, decision)
    found = []
    for side in ("below", "above"):
        name = f"{one.output}_{side}_range"
        if (
            name not in sweep.dataset.data_vars
            or sweep.dataset[name].dims != sweep.dataset[FAILED].dims
        ):
            return np.zeros(0), np.zeros(0)
        found.append(read(sweep, replace(decision, output=name), order).values.reshape(-1))
    return found[0] / valid, found[1] / valid


def _told(
    sweep: Sweep, decision: Decision, outside: Sequence[tuple[Numbers, Numbers]]
) -> list[str]:
    """Say how many valid points no bin holds."""
    one = statistics.told(sweep, decision)
    edges, unit = _edges(sweep, one.own), sweep.unit_of(one.own)
    said = []
    for words, end, parts in (
        ("below", edges[0], [below for below, _ in outside]),
        ("above", edges[-1], [above for _, above in outside]),
    ):
        known = np.concatenate([part[np.isfinite(part)] for part in parts])
        if known.size and known.max() > 0.0:
            upto = "up to " if known.size > 1 else ""
            share = f"{upto}{statistics.part(float(known.max()))}"
            said.append(f"{share} {words} {typography.quantity(float(end), unit)}")
    return [f"outside the bins: {', '.join(said)}"] if said else []


def _edges(sweep: Sweep, bins: str) -> NDArray[np.float64]:
    """Return the edges of the bins, from the coordinates that name them."""
    low, high = f"{bins}_low", f"{bins}_high"
    if {low, high} <= set(sweep.dataset.coords):
        ends = loaded(sweep.dataset[low]), loaded(sweep.dataset[high])
        return np.append(ends[0], ends[1][-1:]).astype(np.float64)
    return heat.edges_of(np.asarray(loaded(sweep.dataset[bins]), dtype=np.float64), False)


def _levels(line: Any, sweep: Sweep, bins: str, output: str) -> list[Artist]:
    """Draw the study's own levels of the output that was counted."""
    handles: list[Artist] = []
    edges, unit = _edges(sweep, bins), sweep.unit_of(bins)
    style: dict[str, Any] = {"color": "black", "linewidth": 1.8, "linestyle": (0, (4, 3))}
    for level in sorted(sweep.levels_of(bins)):
        if edges[0] < level < edges[-1]:
            line(level, **style)
            words = f"{typography.symbol(output)} = {typography.quantity(level, unit)}"
            handles.append(frame.line_handle(words, **style))
    return handles


def _thinned(sweeps: Sequence[tuple[str, Sweep]], decisions: Sequence[Decision]) -> list[str]:
    if not (hue := decisions[0].hue):
        return []
    return quantiles.thinned(sweeps[0][1], decisions[0], hue)
