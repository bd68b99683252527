"""Populations: an output of cells against a parameter, as dots, and along an axis, as bands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from leakscape.picture import bands, choices, levels, palette, scales, statistics, theme, typography
from leakscape.picture.groups import columns, dot_handles, grouped
from leakscape.picture.lines import rug
from leakscape.picture.panel import Layer, Painted, Span
from leakscape.picture.request import CELL
from leakscape.picture.slices import Numbers, coordinate, spread

MOST_DOTS = 6_000
_DOTS = ((500, 5.5), (3_000, 4.0), (np.inf, 2.8))
"""Up to how many dots are how wide [pt]."""
MOST_BANDED = 4_000_000
"""Numbers read for bands: cells times values along the axis."""
MOST_BAND_POINTS = 120
_SHARES = np.array([0.025, 0.25, 0.5, 0.75, 0.975])
"""Of the cells below each quantile that is drawn along an axis."""


def scatter(axes: Axes, layers: Sequence[Layer], span: Span | None) -> Painted:
    """Draw an output against a sampled parameter, a dot a cell, coloured by a second one.

    Args:
        axes: the panel.
        layers: one sweep.
        span: of no matter: panels share the axes.

    Returns:
        What was painted.
    """
    sweep, decision = layers[0].sweep, layers[0].decision
    scales.open_sides(axes)
    part = grouped(sweep, decision, {}, numbers=MOST_DOTS)
    found = part.found
    x, _ = coordinate(sweep, decision.x, CELL, found.along[CELL])
    size = theme.width(next(wide for most, wide in _DOTS if found.values.size <= most))
    style: dict[str, Any] = {"s": size**2, "linewidths": 0.0, "rasterized": True}
    handles: list[Artist] = []
    bar = None
    if decision.hue in columns(sweep) and not sweep.is_text(decision.hue):
        hue, _ = coordinate(sweep, decision.hue, CELL, found.along[CELL])
        shades = palette.colours(sweep, decision.hue, hue, [])
        axes.scatter(x, found.values, color=shades, alpha=0.8, **style)
        bar = palette.bar(sweep, decision.hue, hue)
    else:
        for group in part.groups:
            opaque = 0.7 if group.text else 0.5
            axes.scatter(x[group.members], group.values, color=group.shade, alpha=opaque, **style)
        handles += dot_handles(part.groups)
    rows = found.values.reshape(-1, len(x)), found.codes.reshape(-1, len(x))
    rug(axes, x, replace(found, values=rows[0], codes=rows[1]))
    scales.dress(axes.xaxis, sweep, decision.x, x, [])
    axes.set_ylabel(scales.upright(sweep, decision.output))
    statistics.scale(axes.yaxis, sweep, decision.output)
    handles += levels.across(axes, sweep, decision.output)
    return Painted(
        handles=handles,
        notes=part.notes,
        lost=found.missing(),
        points=found.values.size,
        bar=bar,
    )


def along(axes: Axes, layers: Sequence[Layer], span: Span | None) -> Painted:
    """Draw the median of the cells along an axis, with the bands that hold half and 95 %.

    Args:
        axes: the panel.
        layers: one sweep.
        span: of no matter: panels share the axis.

    Returns:
        What was painted.
    """
    sweep, decision = layers[0].sweep, layers[0].decision
    scales.open_sides(axes)
    dim = sweep.dimension_of(decision.x, decision.output, "x")
    places = spread(sweep.dataset.sizes[dim], MOST_BAND_POINTS)
    part = grouped(
        sweep,
        decision,
        {dim: places},
        numbers=MOST_BANDED,
        most=choices.MOST_HUES,
        shade=bands.LINE,
    )
    x, _ = coordinate(sweep, decision.x, dim, part.found.along[dim])
    values = np.stack([_quantiles(group.values) for group in part.groups])
    shades = [group.shade for group in part.groups]
    handles = bands.draw(axes, x, _SHARES, values, shades, _holding)
    handles += bands.hue_handles([group.text for group in part.groups], shades)
    scales.dress(axes.xaxis, sweep, decision.x, x, [])
    axes.set_ylabel(scales.upright(sweep, decision.output))
    statistics.scale(axes.yaxis, sweep, decision.output)
    axes.margins(x=0.01)
    handles += levels.across(axes, sweep, decision.output)
    found = part.found
    return Painted(
        handles=handles, notes=part.notes, lost=found.missing(), points=found.values.size
    )


def _holding(low: float, high: float) -> str:
    return f"{typography.number(100.0 * (high - low))}% of cells"


def _quantiles(values: Numbers) -> Numbers:
    """Return quantiles at each place over the cells that have a value, NaN where none has."""
    kept = np.any(np.isfinite(values), axis=1)
    found = np.full((len(_SHARES), len(values)), np.nan)
    found[:, kept] = np.nanquantile(values[kept], _SHARES, axis=1)
    return found
