"""Populations: how an output spreads over cells, alone, against a parameter, along an axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from numpy.typing import NDArray

from leakscape.picture import levels, palette, scales, theme, typography
from leakscape.picture.panel import Layer, Painted, Span, summed
from leakscape.picture.request import CELL
from leakscape.picture.slices import coordinate, read, some_cells, spread
from leakscape.sweep import Sweep

MOST_CELLS = 2_000_000
"""Cells that enter a histogram; more would not change its shape."""
MOST_DOTS = 6_000
MOST_BANDED = 4_000_000
"""Numbers read for bands: cells times values along the axis."""
MOST_BAND_POINTS = 120
BINS = 120
_BANDS = ((2.5, 97.5, "#c6dbef", "95 % of cells"), (25.0, 75.0, "#6baed6", "50 % of cells"))


def histogram(axes: Axes, layers: Sequence[Layer], span: Span | None) -> Painted:
    """Draw how often each value of an output occurs among the cells.

    Args:
        axes: the panel.
        layers: the sweeps.
        span: smallest and largest value of panels that share their bins.

    Returns:
        What was painted.
    """
    scales.open_sides(axes)
    first, lead = layers[0].sweep, layers[0].decision
    series: list[tuple[str, Any, NDArray[np.float64]]] = []
    lost: list[dict[int, int]] = []
    points = cells = 0
    for layer in layers:
        name, sweep, decision = layer.name, layer.sweep, layer.decision
        order: dict[str, Any] = {}
        shades: list[Any] = [theme.named(len(series))]
        texts = [name]
        if decision.hue and sweep.dimension_of(decision.hue, decision.output, "") != CELL:
            dim = sweep.dimension_of(decision.hue, decision.output, "hue")
            order[dim] = spread(sweep.dataset.sizes[dim], len(theme.NAMED))
            hues = coordinate(sweep, decision.hue, dim, order[dim])
            texts = palette.words(sweep, decision.hue, *hues)
            shades = palette.colours(sweep, decision.hue, *hues)
        order[CELL] = some_cells(sweep, MOST_CELLS // len(texts))
        found = read(sweep, decision, order)
        values = found.values if found.values.ndim == 2 else found.values[None]
        for text, shade, row in zip(texts, shades, values, strict=True):
            series.append((text, shade, row[np.isfinite(row)]))
        lost.append(found.missing())
        points, cells = points + values.size, max(cells, values.shape[1])
    counted = np.concatenate([values for _, _, values in series])
    handles: list[Artist] = []
    if counted.size:
        number = min(BINS, max(10, int(cells**0.5)))
        edges = np.histogram_bin_edges(counted, bins=number, range=span)
        for text, shade, values in series:
            share = np.histogram(values, edges)[0] / max(1, values.size) * 100.0
            alone = len(series) == 1
            axes.stairs(share, edges, fill=True, color=shade, alpha=0.85 if alone else 0.14)
            axes.stairs(share, edges, color=shade, linewidth=theme.width(1.6))
            if not alone:
                handles.append(Patch(color=shade, label=text))
    axes.set_xlabel(scales.axis_label(first, lead.output))
    axes.set_ylabel("Share of cells per bin (%)")
    scales.powers(axes.xaxis)
    axes.set_ylim(bottom=0.0)
    handles += _marks(axes, first, lead.output, series)
    notes = _how_many(first, cells)
    return Painted(handles=handles, notes=notes, lost=summed(lost), points=points)


def span_of(layer: Layer) -> Span | None:
    """Return the smallest and the largest value of an output, None where there is none."""
    dim = (
        layer.sweep.dimension_of(layer.decision.hue, layer.decision.output, "hue")
        if (layer.decision.hue)
        else CELL
    )
    order = {} if dim == CELL else {dim: slice(None)}
    order[CELL] = some_cells(layer.sweep, MOST_CELLS // 8)
    known = read(layer.sweep, layer.decision, order).values
    known = known[np.isfinite(known)]
    return (float(known.min()), float(known.max())) if known.size else None


def _how_many(sweep: Sweep, shown: int) -> list[str]:
    """Say which cells are drawn, where these are not all."""
    size = sweep.dataset.sizes[CELL]
    words = f"{typography.count(shown)} of {typography.count(size)} cells"
    whole = "table" in sweep.population
    return [] if shown >= size else [words if whole else f"the first {words}"]


def _marks(
    axes: Axes, sweep: Sweep, output: str, series: list[tuple[str, Any, Any]]
) -> list[Artist]:
    """Mark the median of a single histogram, and the study's levels with the share above."""
    unit = sweep.unit_of(output)
    handles: list[Artist] = []
    if len(series) == 1 and series[0][2].size:
        values = series[0][2]
        median = float(np.median(values))
        axes.axvline(median, color=theme.ink(), linewidth=theme.width(1.6))
        low, high = (float(v) for v in np.percentile(values, [2.5, 97.5]))
        words = (
            f"median {typography.quantity(median, unit, 3)}; 95% of cells between "
            f"{typography.number(low, 3)} and {typography.quantity(high, unit, 3)}"
        )
        handles.append(scales.line_handle(words, color=theme.ink(), linewidth=theme.width(1.6)))

    def above(level: float) -> str:
        if len(series) != 1 or not series[0][2].size:
            return ""
        share = 100.0 * float(np.mean(series[0][2] > level))
        return f" ({typography.number(share, 3)}% of cells above)"

    return handles + levels.across(axes, sweep, output, upright=True, near=0.0, more=above)


def scatter(axes: Axes, layers: Sequence[Layer], span: Span | None) -> Painted:
    """Draw an output against a sampled parameter, one dot a cell, coloured by a second one."""
    sweep, decision = layers[0].sweep, layers[0].decision
    scales.open_sides(axes)
    taken = some_cells(sweep, MOST_DOTS)
    order: dict[str, Any] = {CELL: taken}
    by_axis = decision.hue and decision.hue not in _columns(sweep)
    if by_axis:
        dim = sweep.dimension_of(decision.hue, decision.output, "hue")
        order = {dim: spread(sweep.dataset.sizes[dim], len(theme.NAMED)), **order}
    found = read(sweep, decision, order)
    x, _ = coordinate(sweep, decision.x, CELL, found.along[CELL])
    handles: list[Artist] = []
    bar = None
    style: dict[str, Any] = {"s": 16.0 if len(x) <= 3000 else 8.0, "linewidths": 0.0}
    if by_axis:
        hues = coordinate(sweep, decision.hue, dim, found.along[dim])
        shades, texts = (
            palette.colours(sweep, decision.hue, *hues),
            palette.words(sweep, decision.hue, *hues),
        )
        for row, shade, text in zip(found.values, shades, texts, strict=True):
            axes.scatter(x, row, color=shade, alpha=0.6, **style)
            handles.append(
                scales.line_handle(
                    text, color=shade, marker="o", linestyle="none", markersize=theme.width(7)
                )
            )
    elif decision.hue and sweep.is_text(decision.hue):
        _, labels = coordinate(sweep, decision.hue, CELL, found.along[CELL])
        kinds = list(dict.fromkeys(labels))
        for place, kind in enumerate(kinds[: len(theme.NAMED)]):
            of = np.array([label == kind for label in labels])
            if place == len(theme.NAMED) - 1 and len(kinds) > len(theme.NAMED):
                of, kind = np.array([label in kinds[place:] for label in labels]), "all others"
            shade = theme.named(place)
            axes.scatter(x[of], found.values[of], color=shade, alpha=0.8, **style)
            text = typography.tidy(kind) or "no label"
            handles.append(
                scales.line_handle(
                    text, color=shade, marker="o", linestyle="none", markersize=theme.width(7)
                )
            )
    elif decision.hue:
        hue, _ = coordinate(sweep, decision.hue, CELL, found.along[CELL])
        shades = palette.colours(sweep, decision.hue, hue, [])
        axes.scatter(x, found.values, color=shades, alpha=0.8, **style)
        bar = palette.bar(sweep, decision.hue, hue)
    else:
        axes.scatter(x, found.values, color=theme.named(0), alpha=0.5, **style)
    scales.dress(axes.xaxis, sweep, decision.x, x, [])
    axes.set_ylabel(scales.upright(sweep, decision.output))
    scales.powers(axes.yaxis)
    handles += levels.across(axes, sweep, decision.output)
    return Painted(
        handles=handles,
        notes=_how_many(sweep, len(x)),
        lost=found.missing(),
        points=found.values.size,
        bar=bar,
    )


def _columns(sweep: Sweep) -> set[str]:
    return {str(name) for name, found in sweep.dataset.coords.items() if found.dims == (CELL,)}


def bands(axes: Axes, layers: Sequence[Layer], span: Span | None) -> Painted:
    """Draw the median of the cells along an axis, with the bands that hold half and 95 %."""
    sweep, decision = layers[0].sweep, layers[0].decision
    scales.open_sides(axes)
    dim = sweep.dimension_of(decision.x, decision.output, "x")
    places = spread(sweep.dataset.sizes[dim], MOST_BAND_POINTS)
    cells = some_cells(sweep, max(1, MOST_BANDED // len(places)))
    found = read(sweep, decision, {dim: places, CELL: cells})
    x, _ = coordinate(sweep, decision.x, dim, found.along[dim])
    handles: list[Artist] = []
    for low, high, colour, text in _BANDS:
        bottom, top = _percentile(found.values, low), _percentile(found.values, high)
        axes.fill_between(x, bottom, top, color=colour, linewidth=0.0)
        handles.append(Patch(color=colour, label=text.replace(" %", "%")))
    axes.plot(x, _percentile(found.values, 50.0), color="#08306b", linewidth=theme.width(2.4))
    handles.insert(0, scales.line_handle("median", color="#08306b", linewidth=theme.width(2.4)))
    scales.dress(axes.xaxis, sweep, decision.x, x, [])
    axes.set_ylabel(scales.upright(sweep, decision.output))
    scales.powers(axes.yaxis)
    axes.margins(x=0.01)
    handles += levels.across(axes, sweep, decision.output)
    notes = _how_many(sweep, found.values.shape[1])
    return Painted(handles=handles, notes=notes, lost=found.missing(), points=found.values.size)


def _percentile(values: NDArray[np.float64], percent: float) -> NDArray[np.float64]:
    """Return the percentile of each row over the cells that have a value, NaN where none has."""
    kept = np.any(np.isfinite(values), axis=1)
    found = np.full(len(values), np.nan)
    found[kept] = np.nanpercentile(values[kept], percent, axis=1)
    return found
