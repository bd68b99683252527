"""Histograms that a reduction counted: over their bins, or as the columns of a map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from numpy.typing import NDArray

from leakscape.errors import DeclarationError
from leakscape.picture import (
    choices,
    heat,
    levels,
    marks,
    palette,
    quantiles,
    scales,
    statistics,
    theme,
    typography,
)
from leakscape.picture.groups import how_many
from leakscape.picture.panel import Layer, Painted, Span, summed
from leakscape.picture.request import CELL, Decision
from leakscape.picture.slices import Numbers, coordinate, read, some_cells, spread, thin
from leakscape.store.values import loaded
from leakscape.sweep import Sweep
from leakscape.sweep.reduced import FAILED, TOO_FEW

_SHARE = "share of valid points per bin"
_MOST_NUMBERS = 4_000_000
"""Counts that are read to be summed over cells."""
_SAME = 1e-9
"""Difference within which edges are the same [width of all bins]."""


def paint(axes: Axes, layers: Sequence[Layer], span: Span | None) -> Painted:
    """Draw what part of the valid points each bin holds.

    Args:
        axes: the panel.
        layers: the sweeps.
        span: of no matter: panels share the axis.

    Returns:
        What was painted.

    Raises:
        DeclarationError: the sweeps have the output in different units.
    """
    scales.open_sides(axes)
    first, lead = layers[0].sweep, layers[0].decision
    bins = statistics.told(first, lead).own
    own = {
        layer.sweep.unit_of(statistics.told(layer.sweep, layer.decision).own) for layer in layers
    }
    if len(own) > 1:
        raise DeclarationError("output: the sweeps have it in different units; plot them apart")
    handles: list[Artist] = []
    outside: list[tuple[Numbers, Numbers]] = []
    lost: list[dict[int, int]] = []
    points = 0
    all_edges = [
        _edges(layer.sweep, statistics.told(layer.sweep, layer.decision).own) for layer in layers
    ]
    near = _SAME * float(np.ptp(all_edges[0]))
    same = all(
        len(edges) == len(all_edges[0]) and np.allclose(edges, all_edges[0], rtol=0.0, atol=near)
        for edges in all_edges
    )
    for place, layer in enumerate(layers):
        name, sweep, decision = layer.name, layer.sweep, layer.decision
        texts, shades, order = [name], [theme.named(place)], {}
        if decision.hue:
            dim = sweep.dimension_of(decision.hue, decision.output, "hue")
            order[dim] = spread(sweep.dataset.sizes[dim], choices.MOST_HUES)
            hues = coordinate(sweep, decision.hue, dim, order[dim])
            texts = palette.words(sweep, decision.hue, *hues)
            shades = palette.colours(sweep, decision.hue, *hues)
            if len(layers) > 1:
                texts = [f"{name}, {text}" for text in texts]
        shares, valid, codes = _shares(sweep, decision, order)
        lost.append(codes)
        points += len(valid)
        outside.append(_outside(sweep, decision, order, valid))
        edges = all_edges[place]
        if not same:
            shares = shares / np.diff(edges)
        alone = len(texts) == 1 and len(layers) == 1
        for text, shade, row in zip(texts, shades, shares, strict=True):
            if not np.all(np.isfinite(row)):
                continue
            axes.stairs(row, edges, fill=True, color=shade, alpha=0.85 if alone else 0.12)
            axes.stairs(row, edges, color=shade, linewidth=theme.width(1.6))
            if not alone:
                handles.append(Patch(color=shade, label=text))
        if alone and _cells(sweep, decision) is None:
            handles += marks.beside(axes, sweep, decision)
    axes.set_xlim(min(edges[0] for edges in all_edges), max(edges[-1] for edges in all_edges))
    axes.set_xlabel(scales.axis_label(first, bins))
    # of bins that are not equally wide, heights compare only by what a unit's width holds
    wide = "bin" if same else typography.unit(first.unit_of(bins)) or "unit"
    axes.set_ylabel(f"Share of valid points per {wide} (%)")
    scales.powers(axes.xaxis)
    called = statistics.told(first, lead).output
    handles += levels.across(axes, first, bins, called, upright=True, near=0.0)
    notes = [*quantiles.thinned(first, lead, lead.hue), *_told(first, lead, outside)]
    if (cells := _cells(first, lead)) is not None:
        notes += how_many(first, cells.stop)
    return Painted(handles=handles, notes=notes, lost=summed(lost), points=points)


def density(axes: Axes, layers: Sequence[Layer], span: Span | None) -> Painted:
    """Draw histograms along an axis: each column of the map is the histogram there.

    Args:
        axes: the panel.
        layers: one sweep.
        span: of no matter.

    Returns:
        What was painted.
    """
    sweep, decision = layers[0].sweep, layers[0].decision
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
    painted = heat.over_two_axes(axes, sweep.over(part), plain, None, columns=True)
    handles = [*marks.along(axes, sweep, decision, dim, taken), *painted.handles]
    handles += levels.across(axes, sweep, one.own, one.output, near=0.0)
    outside = _outside(sweep, decision, order, valid)
    notes = [*painted.notes, *_told(sweep, decision, [outside])]
    return replace(painted, handles=handles, notes=notes)


def _shares(
    sweep: Sweep, decision: Decision, order: dict[str, Any]
) -> tuple[Numbers, Numbers, dict[int, int]]:
    """Read shares [%] with a row for each value of a hue, how many points they are of, and what
    has none.
    """
    one = statistics.told(sweep, decision)
    valid, _ = _summed(sweep, decision, one.n_valid, order)
    valid = valid.reshape(-1)
    counted, lost = _summed(sweep, decision, decision.output, {**order, one.own: slice(None)})
    rows = counted.reshape(len(valid), -1)
    some = np.where(valid > 0, valid, np.nan)
    if none := int(np.sum(~np.isfinite(some) & np.isfinite(valid))):
        lost[TOO_FEW] = none
    return 100.0 * rows / some[:, None], some, lost


def _cells(sweep: Sweep, decision: Decision) -> slice | None:
    """Return the cells over which counts are summed, None where none are kept or one is held."""
    held = {place.dimension for place in decision.places}
    if CELL not in sweep.dataset[decision.output].dims or CELL in held:
        return None
    bins = sweep.dataset.sizes[statistics.told(sweep, decision).own]
    return some_cells(sweep, max(1, _MOST_NUMBERS // (choices.MOST_HUES * bins)))


def _summed(
    sweep: Sweep, decision: Decision, name: str, order: dict[str, Any]
) -> tuple[Numbers, dict[int, int]]:
    """Read counts, summed over the cells of a population that was kept, and what has none."""
    cells, wanted = _cells(sweep, decision), replace(decision, output=name)
    if cells is None:
        found = read(sweep, wanted, order)
        return found.values, found.missing()
    found = read(sweep, wanted, {CELL: cells, **order})
    return np.nansum(found.values, axis=0), found.missing()


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
        found.append(_summed(sweep, decision, name, order)[0].reshape(-1))
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
