"""Indices of sensitivity: a row for each parameter, the one that decides most on top."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from numpy.typing import NDArray

from leakscape.picture import deviation, scales, statistics, theme, typography
from leakscape.picture.panel import Layer, Painted, Span, room
from leakscape.picture.request import Decision
from leakscape.picture.slices import Numbers, coordinate, read
from leakscape.sweep import Sweep, analysed
from leakscape.sweep.analysed import PARAMETER

MOST = 40
"""Parameters drawn at most; more labels could not be read."""
_FILLED, _LEAST = 0.6, 6.5
"""What rows take of a panel's height, and the smallest size in which values are printed [pt]."""
_ALONE, _TOGETHER = "S1", "ST"
_CALLED = {_ALONE: "$S_1$ (alone)", _TOGETHER: "$S_T$ (with interactions)"}
_VALUE_ROOM = 0.09
"""Room for the values of the longest bar [widths of the axes]."""
_THICK = 0.74
"""What all bars of a row take of it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Ranked:
    """The parameters of an analysis in the order of an index, and what is left out.

    Args:
        taken: the places of the parameters, the largest index first.
        names: of those.
        notes: what the subtitle should add.
    """

    taken: NDArray[np.int64]
    names: list[str]
    notes: list[str]


def paint(axes: Axes, layers: Sequence[Layer], span: Span | None) -> Painted:
    """Draw bars with their 95 % intervals; S1 beneath ST, where both are known.

    Args:
        axes: the panel.
        layers: the one dataset.
        span: of no matter: panels share the axis.

    Returns:
        What was painted.
    """
    sweep, decision = layers[0].sweep, layers[0].decision
    one = analysed.told(sweep, decision.output)
    assert one is not None
    outputs = [decision.output]
    if one.statistic == _TOGETHER and one.other(_ALONE) in sweep.dataset.data_vars:
        outputs.append(one.other(_ALONE))
    order = ranked(layers[0], MOST)
    scales.open_sides(axes)
    axes.grid(False, axis="y")
    thick = _THICK / len(outputs)
    handles: list[Artist] = []
    points, bounded = 0, False
    for number, output in enumerate(outputs):
        values, wide = read_ranked(layers[0], output, order)
        bounded = bounded or bool(np.any(wide > 0.0))
        at = np.arange(float(len(values))) + (number - 0.5 * (len(outputs) - 1)) * thick
        shade = theme.named(0) if number == 0 else theme.named(5)
        share = statistics.is_share(sweep, output)
        _bars(axes, at, values, wide, thick=thick, shade=shade, share=share)
        if len(outputs) > 1:
            handles.append(Patch(color=shade, linewidth=0.0, label=_CALLED[("ST", "S1")[number]]))
        points += values.size
    if bounded:
        said = deviation.words(sweep, decision.output)
        handles.append(scales.line_handle(said, color=theme.ink(), linewidth=theme.width(1.4)))
    rows = [typography.folded(typography.prose(name), 34) for name in order.names]
    axes.set_yticks(range(len(rows)), rows)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    text = scales.axis_label(sweep, decision.output)
    if len(outputs) > 1:
        text = typography.label("", f"share of the variance of {one.text}", "1")
    axes.set_xlabel(text)
    statistics.scale(axes.xaxis, sweep, decision.output)
    low, high = axes.get_xlim()
    axes.set_xlim(low, high + _VALUE_ROOM * (high - low))
    return Painted(handles=handles, notes=order.notes, points=points)


def ranked(layer: Layer, most: int) -> Ranked:
    """Put parameters in order, the same one in all panels of a figure.

    Args:
        layer: the dataset.
        most: how many parameters are taken.
    """
    sweep, decision = layer.sweep, layer.decision
    kept = tuple(place for place in decision.places if place.dimension != decision.col)
    size = sweep.dataset.sizes[PARAMETER]
    along: dict[str, Any] = {PARAMETER: slice(0, size)}
    if decision.col:
        along[decision.col] = slice(0, sweep.dataset.sizes[decision.col])
    if decision.hue and decision.hue != PARAMETER:
        hue = sweep.dimension_of(decision.hue, decision.output, "hue")
        along[hue] = slice(0, sweep.dataset.sizes[hue])
    values = read(sweep, replace(decision, places=kept), along).values.reshape(size, -1)
    known = np.isfinite(values)
    mean = np.where(known, values, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    order = np.argsort(-np.where(known.any(axis=1), mean, -np.inf), kind="stable")[:most]
    _, names = coordinate(sweep, PARAMETER, PARAMETER, np.arange(size))
    names = names or [f"{PARAMETER} {place}" for place in range(size)]
    notes = (
        []
        if size <= most
        else [f"{most} of {typography.count(size)} parameters, those with the largest indices"]
    )
    return Ranked(taken=order, names=[names[place] for place in order], notes=notes)


def strongest(sweep: Sweep, decision: Decision, most: int) -> NDArray[np.int64]:
    """Return the places, rising, of the parameters of which an index is somewhere the largest.

    Args:
        sweep: the dataset.
        decision: what is drawn, along one axis.
        most: how many parameters are taken.
    """
    dim = sweep.dimension_of(decision.x, decision.output, "x")
    along = {name: slice(0, sweep.dataset.sizes[name]) for name in (PARAMETER, dim)}
    values = np.abs(read(sweep, decision, along).values)
    largest = np.max(np.where(np.isfinite(values), values, 0.0), axis=1)
    return np.sort(np.argsort(-largest, kind="stable")[:most])


def read_ranked(layer: Layer, output: str, order: Ranked) -> tuple[Numbers, Numbers]:
    """Read a statistic in the order of the parameters, with its half-widths, 0 where unknown.

    Args:
        layer: the dataset.
        output: the variable.
        order: the parameters.
    """
    decision: Decision = replace(layer.decision, output=output)
    along = {PARAMETER: slice(0, layer.sweep.dataset.sizes[PARAMETER])}
    values = read(layer.sweep, decision, along).values
    wide = deviation.beside(layer.sweep, decision, along)
    wide = np.zeros_like(values) if wide is None else np.where(np.isfinite(wide), wide, 0.0)
    return values[order.taken], wide[order.taken]


def _bars(
    axes: Axes,
    at: Numbers,
    values: Numbers,
    wide: Numbers,
    *,
    thick: float,
    shade: Any,
    share: bool,
) -> None:
    known = np.isfinite(values)
    shown, around = np.where(known, values, 0.0), np.where(known, wide, 0.0)
    axes.axvline(0.0, color=theme.GREY, linewidth=theme.width(0.8))
    axes.barh(at, shown, height=0.94 * thick, color=shade, linewidth=0.0)
    style: dict[str, Any] = {"ecolor": theme.ink(), "elinewidth": theme.width(1.4)}
    axes.errorbar(shown, at, xerr=around, linestyle="none", capsize=theme.width(2.5), **style)
    high = _FILLED * 72.0 * room(axes)[1] * thick / max(1, len(at))
    size = min(theme.text(theme.TEXT - 1.5), high)
    if size < theme.text(_LEAST):
        return
    words = statistics.to_a_tenth if share else _number
    for place, value, beside, there in zip(at, shown, around, known, strict=True):
        axes.annotate(
            words(float(value)) if there else "no value",
            (max(0.0, float(value) + float(beside)), float(place)),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontsize=size,
            color=theme.ink() if there else theme.GREY,
        )


def _number(value: float) -> str:
    return typography.number(value, 3)
