"""Shares of a population: of cells in each class of an output, or above each of the levels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from numpy.typing import NDArray

from leakscape.picture import classes, scales, statistics, theme, typography
from leakscape.picture.groups import grouped, span_read
from leakscape.picture.panel import Layer, Painted, Span, room
from leakscape.picture.slices import Numbers, coordinate, spread
from leakscape.sweep import Sweep
from leakscape.sweep.roles import meanings_of

MOST_NUMBERS = 4_000_000
"""Numbers read: cells times values along the axis."""
_MOST_PLACES, _MOST_ROWS = 240, 40
_OPAQUE = 0.85
_SEEN = 1.0
"""A share below that can hardly be seen [%]."""
_LETTER = 65.0
"""Width of a letter [% of its height]."""
_MARKED = 25
"""Lines of so few points show them."""


@dataclass(frozen=True, kw_only=True)
class _Share:
    """A share of the cells at each place [%], NaN where no cell has a value."""

    text: str
    shade: Any
    parts: Numbers


def paint(axes: Axes, layers: Sequence[Layer], span: Span | None) -> Painted:
    """Draw what share of the cells each class of an output holds, or lies above each level.

    Args:
        axes: the panel.
        layers: one sweep.
        span: smallest and largest value of all panels, for their colours.

    Returns:
        What was painted.
    """
    sweep, decision = layers[0].sweep, layers[0].decision
    output, names, x = decision.output, [""], np.zeros(0)
    along: dict[str, Any] = {}
    if decision.x:
        dim = sweep.dimension_of(decision.x, output, "x")
        text = sweep.is_text(decision.x)
        along[dim] = spread(sweep.dataset.sizes[dim], _MOST_ROWS if text else _MOST_PLACES)
    part = grouped(sweep, decision, along, numbers=MOST_NUMBERS)
    found = part.found
    if decision.x:
        x, names = coordinate(sweep, decision.x, dim, found.along[dim])
    values = found.values.reshape(-1, found.values.shape[-1])
    stacked = classes.has_classes(sweep, output)
    shares = _classes(sweep, output, values, span) if stacked else _above(sweep, output, values)
    lost = found.missing()
    label = "Share of cells with a value (%)" if lost else "Share of cells (%)"
    if names:
        _rows(axes, names, shares, stacked=stacked)
        axes.set_xlabel(label)
    else:
        _curves(axes, x, shares, stacked=stacked)
        scales.dress(axes.xaxis, sweep, decision.x, x, [])
        axes.set_ylabel(label)
    return Painted(
        handles=[
            _handle(share, stacked=stacked, dots=bool(names), x=x, said=span is None)
            for share in shares
        ],
        notes=part.notes,
        lost=lost,
        points=found.values.size,
        words_of=output if meanings_of(sweep, output) else "",
    )


def span_of(layer: Layer) -> Span | None:
    """Return the smallest and the largest value of an output with classes."""
    sweep, decision = layer.sweep, layer.decision
    if not classes.has_classes(sweep, decision.output):
        return None
    along = {}
    if decision.x:
        dim = sweep.dimension_of(decision.x, decision.output, "x")
        along[dim] = spread(sweep.dataset.sizes[dim], _MOST_PLACES)
    return span_read(layer, numbers=MOST_NUMBERS, along=along)


def _classes(sweep: Sweep, output: str, values: Numbers, span: Span | None) -> list[_Share]:
    found = classes.values_of(sweep, output, values, span)
    return [
        _Share(text=one.text, shade=one.shade, parts=_percent(one.holds(values), values))
        for one in found
    ]


def _above(sweep: Sweep, output: str, values: Numbers) -> list[_Share]:
    levels, unit = sorted(sweep.levels_of(output)), sweep.unit_of(output)
    sign = typography.symbol(output)
    return [
        _Share(
            text=f"{sign} above {typography.quantity(level, unit)}",
            shade=theme.named(place),
            parts=_percent(values > level, values),
        )
        for place, level in enumerate(levels)
    ]


def _percent(which: NDArray[np.bool_], values: Numbers) -> Numbers:
    valid = np.isfinite(values).sum(axis=-1).astype(np.float64)
    parts: Numbers = 100.0 * which.sum(axis=-1) / np.where(valid > 0.0, valid, np.nan)
    return parts


def _curves(axes: Axes, x: Numbers, shares: Sequence[_Share], *, stacked: bool) -> None:
    """Draw shares along an axis: classes over one another, each as high as its share."""
    scales.open_sides(axes)
    marker: dict[str, Any] = {"marker": "o"} if len(x) <= _MARKED else {}
    below = np.zeros(len(x))
    for share in shares:
        if stacked:
            top = below + share.parts
            style: dict[str, Any] = {"color": share.shade, "alpha": _OPAQUE, "linewidth": 0.0}
            axes.fill_between(x, below, top, **style)
            below = top
        else:
            axes.plot(x, share.parts, color=share.shade, **marker)
    axes.set_ylim(0.0, 100.0 if stacked else 101.0)
    axes.margins(x=0.0 if stacked else 0.01)


def _rows(axes: Axes, names: Sequence[str], shares: Sequence[_Share], *, stacked: bool) -> None:
    """Draw shares of each label: classes beside one another, levels as dots, with numbers."""
    scales.open_sides(axes)
    axes.grid(False, axis="y")
    places = np.arange(len(names))
    left = np.zeros(len(names))
    small = theme.text(theme.TEXT if len(names) <= 16 else 8.5)
    letter = _LETTER * small / 72.0 / room(axes)[0]
    for share in shares:
        if stacked:
            axes.barh(
                places, np.nan_to_num(share.parts), 0.7, left, color=share.shade, alpha=_OPAQUE
            )
        else:
            dots: dict[str, Any] = {"linestyle": "none", "marker": "o", "color": share.shade}
            axes.plot(share.parts, places, markersize=theme.width(9.0), clip_on=False, **dots)
        for place, part in enumerate(share.parts):
            said = statistics.percent(round(part, 1) / 100.0) if np.isfinite(part) else ""
            style: dict[str, Any] = {"va": "center", "fontsize": small}
            if not stacked:
                style |= {"textcoords": "offset points", "annotation_clip": False}
                axes.annotate(said, (part if said else 0.0, place), (0, theme.text(13)), **style)
            elif said and part >= letter * len(said):
                style |= {"color": "white", "weight": "bold", "ha": "center"}
                axes.text(left[place] + 0.5 * part, place, said, **style)
        left = left + np.nan_to_num(share.parts)
    texts = [typography.folded(typography.prose(name), 34) for name in names]
    axes.set_yticks(places if any(texts) else [], texts if any(texts) else [])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(any(texts))
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlim(0.0 if stacked else -1.0, 100.0 if stacked else 101.0)


def _handle(share: _Share, *, stacked: bool, dots: bool, x: Numbers, said: bool) -> Artist:
    """Return a legend entry, which says how large a class is that nobody sees."""
    if not stacked:
        marker: dict[str, Any] = {"marker": "o"} if dots or len(x) <= _MARKED else {}
        marker |= {"linestyle": "none", "markersize": theme.width(9.0)} if dots else {}
        return scales.line_handle(share.text, color=share.shade, **marker)
    largest = float(np.nanmax(share.parts, initial=0.0))
    text = share.text
    if said and largest < _SEEN:
        part = statistics.part(largest / 100.0)
        text += f" ({part})" if part.startswith("below") else f" (at most {part})"
    return Patch(color=share.shade, alpha=_OPAQUE, label=text)
