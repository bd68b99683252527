"""Quantiles of a reduction: bands along an axis, or rows of ranges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from leakscape.picture import bands, choices, levels, palette, scales, statistics, theme, typography
from leakscape.picture.lines import rug
from leakscape.picture.panel import Layer, Painted, Span
from leakscape.picture.request import Decision
from leakscape.picture.slices import coordinate, read, spread, thin
from leakscape.picture.strokes import MOST
from leakscape.sweep import Sweep

_MOST_ROWS = 40


def along(axes: Axes, layers: Sequence[Layer], span: Span | None) -> Painted:
    """Draw pairs of quantiles along an axis as bands, the others as lines.

    Args:
        axes: the panel.
        layers: one sweep.
        span: of no matter: panels share the axis.

    Returns:
        What was painted.
    """
    sweep, decision = layers[0].sweep, layers[0].decision
    scales.open_sides(axes)
    output, one = decision.output, statistics.told(sweep, decision)
    dim = sweep.dimension_of(decision.x, output, "x")
    order: dict[str, Any] = {dim: thin(sweep.dataset.sizes[dim], MOST)}
    texts, shades, hue = _hues(sweep, decision)
    found = read(sweep, decision, hue | {one.own: slice(None)} | order)
    x, _ = coordinate(sweep, decision.x, dim, found.along[dim])
    shares, _ = coordinate(sweep, one.own, one.own, found.along[one.own])
    values = found.values.reshape(len(texts), len(shares), len(x))
    handles = bands.draw(axes, x, shares, values, shades)
    handles += bands.hue_handles(texts, shades)
    scales.dress(axes.xaxis, sweep, decision.x, x, [])
    axes.set_ylabel(scales.upright(sweep, output))
    scales.powers(axes.yaxis)
    handles += levels.across(axes, sweep, output, one.output)
    rug(axes, x, found)
    axes.margins(x=0.01)
    notes = thinned(sweep, decision, decision.hue)
    return Painted(handles=handles, notes=notes, lost=found.missing(), points=found.values.size)


def rows(axes: Axes, layers: Sequence[Layer], span: Span | None) -> Painted:
    """Draw a row for each label, or just one: ranges between quantiles, the median as a dot.

    Args:
        axes: the panel.
        layers: one sweep.
        span: of no matter: panels share the axis.

    Returns:
        What was painted.
    """
    sweep, decision = layers[0].sweep, layers[0].decision
    scales.open_sides(axes)
    axes.grid(False, axis="y")
    output, one = decision.output, statistics.told(sweep, decision)
    order: dict[str, Any] = {}
    names = [""]
    if decision.x:
        dim = sweep.dimension_of(decision.x, output, "x")
        order[dim] = spread(sweep.dataset.sizes[dim], _MOST_ROWS)
        _, names = coordinate(sweep, decision.x, dim, order[dim])
    texts, shades, hue = _hues(sweep, decision)
    found = read(sweep, decision, hue | order | {one.own: slice(None)})
    shares, _ = coordinate(sweep, one.own, one.own, found.along[one.own])
    values = found.values.reshape(len(texts), len(names), len(shares))
    pairs, points = bands.nested(shares)
    step = 0.7 / len(texts)
    lone = shades[0] if len(shades) == 1 else theme.GREY
    handles: list[Artist] = []
    for number, (shade, block) in enumerate(zip(shades, values, strict=True)):
        at = np.arange(len(names)) + (number - 0.5 * (len(texts) - 1)) * step
        for place, (low, high) in enumerate(pairs):
            style = _bar(shade, place, len(pairs))
            axes.plot([block[:, low], block[:, high]], [at, at], **style)
            if number == 0:
                words = bands.between(shares[low], shares[high])
                handles.append(scales.line_handle(words, **_bar(lone, place, len(pairs))))
        for point in points:
            style = _dot(shade, shares[point])
            axes.plot(block[:, point], at, linestyle="none", **style)
            if number == 0:
                words = statistics.share_below(shares[point])
                style = _dot(lone, shares[point])
                handles.append(scales.line_handle(words, linestyle="none", **style))
    handles += bands.hue_handles(texts, shades, 5.0)
    axes.set_yticks(
        range(len(names)), [typography.folded(typography.prose(name), 34) for name in names]
    )
    axes.spines["left"].set_visible(names != [""])
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.margins(x=0.08)
    axes.set_xlabel(scales.axis_label(sweep, output))
    scales.powers(axes.xaxis)
    notes = thinned(sweep, decision, decision.hue)
    if decision.x and len(names) < sweep.dataset.sizes[dim]:
        notes.append(f"{len(names)} of {typography.count(sweep.dataset.sizes[dim])} conditions")
    return Painted(handles=handles, notes=notes, lost=found.missing(), points=found.values.size)


def thinned(sweep: Sweep, decision: Decision, hue: str) -> list[str]:
    """Say that not every value of a hue is drawn."""
    if not hue:
        return []
    size = sweep.dataset.sizes[sweep.dimension_of(hue, decision.output, "hue")]
    if size <= choices.MOST_HUES:
        return []
    sign = typography.symbol(hue)
    return [f"{choices.MOST_HUES} of {typography.count(size)} values of {sign}"]


def _hues(sweep: Sweep, decision: Decision) -> tuple[list[str], list[Any], dict[str, Any]]:
    """Return the texts and shades of the hues, and which of them are read."""
    if not decision.hue:
        return [""], [bands.LINE], {}
    dim = sweep.dimension_of(decision.hue, decision.output, "hue")
    taken = spread(sweep.dataset.sizes[dim], choices.MOST_HUES)
    hues = coordinate(sweep, decision.hue, dim, taken)
    shades = palette.colours(sweep, decision.hue, *hues)
    return palette.words(sweep, decision.hue, *hues), shades, {dim: taken}


def _bar(shade: Any, place: int, pairs: int) -> dict[str, Any]:
    style = bands.band(shade, place, pairs)
    style["alpha"] = min(1.0, 0.35 + 0.5 * (place + 1) / pairs) if shade != bands.LINE else 1.0
    return style | {
        "linewidth": theme.width(5.0 + 7.0 * (place + 1) / pairs),
        "solid_capstyle": "butt",
    }


def _dot(shade: Any, share: float) -> dict[str, Any]:
    face = bands.LINE if shade == bands.LINE else "white"
    style: dict[str, Any] = {"color": shade, "markerfacecolor": face, "zorder": 4}
    shape = (
        {"marker": "o", "markersize": theme.width(9)}
        if share == 0.5
        else {"marker": "|", "markersize": theme.width(14)}
    )
    return style | shape | {"markeredgewidth": theme.width(1.8)}
