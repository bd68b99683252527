"""Named conditions: one output for each label of a linked axis, with its value printed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leakscape.errors import DeclarationError
from leakscape.picture import deviation, frame, palette, statistics, typography
from leakscape.picture.request import Decision
from leakscape.picture.slices import coordinate, read, spread
from leakscape.sweep import Sweep

MOST = 40
"""Conditions drawn at most; more labels could not be read."""
MOST_HUES = 6
_VALUE_ROOM = 0.06
"""Room for the value of the rightmost dot [widths of the axes]."""


def draw(
    made: Figure,
    axes: Axes,
    sweeps: Sequence[tuple[str, Sweep]],
    decisions: Sequence[Decision],
) -> list[str]:
    """Draw a dot for each condition, labels to the left, values printed.

    Args:
        made: the figure.
        axes: its axes.
        sweeps: the name of each, and the sweep.
        decisions: what to draw of each.

    Returns:
        What the subtitle should add.
    """
    frame.open_sides(axes)
    axes.grid(False, axis="y")
    rows: list[str] = []
    series: list[tuple[str, str, dict[str, float]]] = []
    spreads: list[dict[str, float]] = []
    notes: list[str] = []
    lost: dict[int, int] = {}
    points = 0
    for (name, sweep), decision in zip(sweeps, decisions, strict=True):
        dim = sweep.dimension_of(decision.x, decision.output, "x")
        order = {}
        if decision.hue:
            hue = sweep.dimension_of(decision.hue, decision.output, "hue")
            order[hue] = spread(sweep.dataset.sizes[hue], MOST_HUES)
            if sweep.dataset.sizes[hue] > MOST_HUES:
                sign = typography.symbol(decision.hue)
                notes.append(f"{MOST_HUES} of {sweep.dataset.sizes[hue]} values of {sign}")
        order[dim] = spread(sweep.dataset.sizes[dim], MOST)
        if sweep.dataset.sizes[dim] > MOST:
            notes.append(f"{MOST} of {typography.count(sweep.dataset.sizes[dim])} conditions")
        found = read(sweep, decision, order)
        values = found.values if decision.hue else found.values[None]
        _, labels = coordinate(sweep, decision.x, dim, found.along[dim])
        rows += [label for label in labels if label not in rows]
        texts, shades = [name], [palette.NAMED[len(series) % len(palette.NAMED)]]
        if decision.hue:
            hues = coordinate(sweep, decision.hue, hue, found.along[hue])
            texts = palette.words(sweep, decision.hue, *hues)
            shades = palette.colours(sweep, decision.hue, *hues)
            if len(sweeps) > 1:
                texts = [f"{name}, {text}" for text in texts]
        for text, shade, row in zip(texts, shades, values, strict=True):
            series.append((text, shade, dict(zip(labels, row.tolist(), strict=True))))
        if (wide := deviation.beside(sweep, decision, order)) is not None:
            for row in wide.reshape(values.shape):
                spreads.append(dict(zip(labels, row.tolist(), strict=True)))
        for code, number in found.missing().items():
            lost[code] = lost.get(code, 0) + number
        points += values.size
    pairs = zip(sweeps, decisions, strict=True)
    if len({data.unit_of(choice.output) for (_, data), choice in pairs}) > 1:
        raise DeclarationError("output: the sweeps have it in different units; plot them apart")
    first, lead = sweeps[0][1], decisions[0]
    words = statistics.percent if statistics.is_share(first, lead.output) else typography.number
    if len(spreads) < len(series):
        spreads = []
    _dots(axes, rows, series, spreads, words)
    axes.set_xlabel(frame.axis_label(first, lead.output), fontsize=frame.TEXT + 1, color=frame.INK)
    statistics.scale(axes.xaxis, first, lead.output)
    handles: list[Artist] = []
    if len(series) > 1:
        handles += [
            frame.line_handle(text, color=shade, marker="o", linestyle="none", markersize=9)
            for text, shade, _ in series
        ]
    if spreads:
        style = {"color": frame.GREY, "linewidth": 3.0, "alpha": 0.4}
        handles.append(frame.line_handle(deviation.WORDS, **style))
    handles += _named(axes, first, lead.output)
    low, high = axes.get_xlim()
    axes.set_xlim(low, high + _VALUE_ROOM * (high - low))
    handles += frame.missing_handles(lost, points)
    frame.legend_below(made, handles)
    return notes


def _dots(
    axes: Axes,
    rows: list[str],
    series: list[tuple[str, str, dict[str, float]]],
    spreads: list[dict[str, float]],
    words: Callable[[float], str],
) -> None:
    """Draw the series, with a bar of one standard deviation around each dot that has one."""
    step = 0.7 / len(series)
    size = 10.5 if len(rows) * len(series) <= 16 else 6.5
    for number, (_, shade, values) in enumerate(series):
        offset = (number - 0.5 * (len(series) - 1)) * step
        known = [(place, values.get(label, np.nan)) for place, label in enumerate(rows)]
        wide = [spreads[number].get(label, 0.0) if spreads else 0.0 for label in rows]
        for (place, value), beside in zip(known, wide, strict=True):
            shown = np.isfinite(value)
            end = value + (beside if np.isfinite(beside) else 0.0)
            axes.annotate(
                words(value) if shown else "no value",
                (end if shown else 0.02, place + offset),
                xycoords="data" if shown else ("axes fraction", "data"),
                xytext=(9, 0) if shown else (0, 0),
                textcoords="offset points",
                va="center",
                fontsize=frame.TEXT if size > 8 else frame.SMALL - 1,
                color=frame.INK if shown else frame.GREY,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0},
                zorder=4,
            )
            if end > value:
                ends, at = [2.0 * value - end, end], [place + offset] * 2
                axes.plot(ends, at, color=shade, linewidth=3.0, alpha=0.4)
        axes.plot(
            [value for _, value in known],
            [place + offset for place, _ in known],
            linestyle="none",
            marker="o",
            markersize=size,
            color=shade,
        )
    for place in range(len(rows)):
        axes.axhline(place, color="#e6e6e6", linewidth=0.8, zorder=0)
    axes.set_yticks(
        range(len(rows)), [typography.folded(typography.prose(row), 34) for row in rows]
    )
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.margins(x=0.12)


def _named(axes: Axes, sweep: Sweep, output: str) -> list[Artist]:
    handles: list[Artist] = []
    low, high = axes.get_xlim()
    for level in sorted(sweep.levels_of(output)):
        if low - 0.5 * (high - low) <= level <= high + 0.5 * (high - low):
            axes.axvline(level, color="black", linewidth=1.6, linestyle=(0, (4, 3)), zorder=1.5)
            unit = sweep.unit_of(output)
            words = f"{typography.symbol(output)} = {typography.quantity(level, unit)}"
            style = {"color": "black", "linewidth": 1.6}
            handles.append(frame.line_handle(words, linestyle=(0, (4, 3)), **style))
    return handles
