"""Histograms that a reduction counted: over their bins, or as the columns of a map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from leakscape.analyse import selection
from leakscape.analyse.reduced import FAILED, TOO_FEW
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
from leakscape.picture.level import named_levels
from leakscape.picture.request import Decision
from leakscape.picture.slices import Numbers, coordinate, read, spread, thin
from leakscape.store.values import loaded

_SHARE = "share of valid points per bin"


def draw(
    made: Figure,
    axes: Axes,
    sweeps: Sequence[tuple[str, xr.Dataset]],
    decisions: Sequence[Decision],
) -> list[str]:
    """Draw what part of the valid points each bin holds.

    Args:
        made: the figure.
        axes: its axes.
        sweeps: name and dataset of each sweep.
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
    own = {selection.unit_of(data, statistics.told(data, one).own) for (_, data), one in pairs}
    if len(own) > 1:
        raise DeclarationError("output: the sweeps have it in different units; plot them apart")
    handles: list[Artist] = []
    outside: list[tuple[Numbers, Numbers]] = []
    lost: dict[int, int] = {}
    points = 0
    for (name, dataset), decision in zip(sweeps, decisions, strict=True):
        texts, shades, order = [name], [palette.NAMED[points % len(palette.NAMED)]], {}
        if decision.hue:
            dim = selection.dimension_of(dataset, decision.hue, decision.output, "hue")
            order[dim] = spread(dataset.sizes[dim], choices.MOST_HUES)
            hues = coordinate(dataset, decision.hue, dim, order[dim])
            texts = palette.words(dataset, decision.hue, *hues)
            shades = palette.colours(dataset, decision.hue, *hues)
        shares, valid, codes = _shares(dataset, decision, order)
        for code, number in codes.items():
            lost[code] = lost.get(code, 0) + number
        points += len(valid)
        outside.append(_outside(dataset, decision, order, valid))
        edges = _edges(dataset, statistics.told(dataset, decision).own)
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
            handles += marks.beside(axes, dataset, decision)
    axes.set_xlabel(frame.axis_label(first, bins), fontsize=frame.TEXT + 1, color=frame.INK)
    label = f"{_SHARE[:1].upper()}{_SHARE[1:]} [%]"
    axes.set_ylabel(label, fontsize=frame.TEXT + 1, color=frame.INK)
    frame.powers(axes.xaxis)
    axes.set_ylim(bottom=0.0)
    handles += _levels(axes.axvline, first, bins, statistics.told(first, lead).output)
    frame.legend_below(made, handles + frame.missing_handles(lost, points))
    return [*_thinned(sweeps, decisions), *_told(first, lead, outside)]


def density(made: Figure, axes: Axes, dataset: xr.Dataset, decision: Decision) -> list[str]:
    """Draw histograms along an axis: each column of the map is the histogram there.

    Args:
        made: the figure.
        axes: its axes.
        dataset: the sweep, opened lazily.
        decision: what to draw.

    Returns:
        What the subtitle should add.
    """
    output, one = decision.output, statistics.told(dataset, decision)
    dim = selection.dimension_of(dataset, decision.x, output, "x")
    taken = thin(dataset.sizes[dim], heat.MOST)
    order: dict[str, Any] = {dim: taken}
    shares, valid, _ = _shares(dataset, decision, order)
    held = {place.dimension: place.index for place in decision.places}
    part = dataset[[output, FAILED, one.n_valid, "status"]].isel({**held, dim: taken})
    attributes = {"units": "%", "long_name": _SHARE, "symbol": ""}
    empty = np.where(shares > 0.0, shares, np.where(np.isfinite(shares), 0.0, np.nan))
    part = part.assign({output: ((dim, one.own), empty, attributes)})
    plain = replace(decision, places=())
    handles, notes = heat.paint(made, axes, part, plain, columns=True)
    handles = marks.along(axes, dataset, decision, dim, taken) + handles
    handles += _levels(axes.axhline, dataset, one.own, one.output)
    frame.legend_below(made, handles)
    outside = _outside(dataset, decision, order, valid)
    return [*notes, *_told(dataset, decision, [outside])]


def _shares(
    dataset: xr.Dataset, decision: Decision, order: dict[str, Any]
) -> tuple[Numbers, Numbers, dict[int, int]]:
    """Read shares [%] with a row for each value of a hue, how many points they are of, and what
    has none.
    """
    one = statistics.told(dataset, decision)
    valid = read(dataset, replace(decision, output=one.n_valid), order).values.reshape(-1)
    counted = read(dataset, decision, {**order, one.own: slice(None)})
    rows = counted.values.reshape(len(valid), -1)
    some = np.where(valid > 0, valid, np.nan)
    lost = counted.missing()
    if none := int(np.sum(~np.isfinite(some) & np.isfinite(valid))):
        lost[TOO_FEW] = none
    return 100.0 * rows / some[:, None], some, lost


def _outside(
    dataset: xr.Dataset, decision: Decision, order: dict[str, Any], valid: Numbers
) -> tuple[Numbers, Numbers]:
    """Return which parts of the valid points lie below the bins and above them."""
    one = statistics.told(dataset, decision)
    found = []
    for side in ("below", "above"):
        name = f"{one.output}_{side}_range"
        if name not in dataset.data_vars or dataset[name].dims != dataset[FAILED].dims:
            return np.zeros(0), np.zeros(0)
        found.append(read(dataset, replace(decision, output=name), order).values.reshape(-1))
    return found[0] / valid, found[1] / valid


def _told(
    dataset: xr.Dataset, decision: Decision, outside: Sequence[tuple[Numbers, Numbers]]
) -> list[str]:
    """Say how many valid points no bin holds."""
    one = statistics.told(dataset, decision)
    edges, unit = _edges(dataset, one.own), selection.unit_of(dataset, one.own)
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


def _edges(dataset: xr.Dataset, bins: str) -> NDArray[np.float64]:
    """Return the edges of the bins, from the coordinates that name them."""
    low, high = f"{bins}_low", f"{bins}_high"
    if {low, high} <= set(dataset.coords):
        ends = loaded(dataset[low]), loaded(dataset[high])
        return np.append(ends[0], ends[1][-1:]).astype(np.float64)
    return heat.edges_of(np.asarray(loaded(dataset[bins]), dtype=np.float64), False)


def _levels(line: Any, dataset: xr.Dataset, bins: str, output: str) -> list[Artist]:
    """Draw the study's own levels of the output that was counted."""
    handles: list[Artist] = []
    edges, unit = _edges(dataset, bins), selection.unit_of(dataset, bins)
    style: dict[str, Any] = {"color": "black", "linewidth": 1.8, "linestyle": (0, (4, 3))}
    for level in named_levels(dataset, bins):
        if edges[0] < level < edges[-1]:
            line(level, **style)
            words = f"{typography.symbol(output)} = {typography.quantity(level, unit)}"
            handles.append(frame.line_handle(words, **style))
    return handles


def _thinned(sweeps: Sequence[tuple[str, xr.Dataset]], decisions: Sequence[Decision]) -> list[str]:
    if not (hue := decisions[0].hue):
        return []
    dataset = sweeps[0][1]
    return quantiles.thinned(dataset, decisions[0], hue)
