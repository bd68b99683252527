"""Named conditions: one output for each label of a linked axis, with its value printed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from leakscape.errors import DeclarationError
from leakscape.picture import deviation, levels, palette, scales, statistics, theme, typography
from leakscape.picture.indices import ranked
from leakscape.picture.panel import Layer, Painted, Span, room, summed
from leakscape.picture.slices import coordinate, read, spread
from leakscape.sweep import analysed
from leakscape.sweep.analysed import PARAMETER
from leakscape.sweep.roles import meanings_of

MOST = 40
"""Conditions drawn at most; more labels could not be read."""
MOST_HUES = 6
_LETTER, _ROW = 0.6, 34
"""Width of a letter [its height], and letters of a line of a label."""
_VALUE_ROOM = 0.06
"""Room for the value of the rightmost dot [widths of the axes]."""


def paint(axes: Axes, layers: Sequence[Layer], span: Span | None) -> Painted:
    """Draw a dot for each condition, labels to the left, values printed.

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
    axes.grid(False, axis="y")
    rows: list[str] = []
    series: list[tuple[str, str, dict[str, float]]] = []
    spreads: list[dict[str, float]] = []
    notes: list[str] = []
    lost: list[dict[int, int]] = []
    points = 0
    for layer in layers:
        name, sweep, decision = layer.name, layer.sweep, layer.decision
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
        texts, shades = [name], [theme.named(len(series))]
        if decision.hue:
            hues = coordinate(sweep, decision.hue, hue, found.along[hue])
            texts = palette.words(sweep, decision.hue, *hues)
            shades = palette.colours(sweep, decision.hue, *hues)
            if len(layers) > 1:
                texts = [f"{name}, {text}" for text in texts]
        for text, shade, row in zip(texts, shades, values, strict=True):
            series.append((text, shade, dict(zip(labels, row.tolist(), strict=True))))
        if (wide := deviation.beside(sweep, decision, order)) is not None:
            for row in wide.reshape(values.shape):
                spreads.append(dict(zip(labels, row.tolist(), strict=True)))
        lost.append(found.missing())
        points += values.size
    if len({layer.sweep.unit_of(layer.decision.output) for layer in layers}) > 1:
        raise DeclarationError("output: the sweeps have it in different units; plot them apart")
    first, lead = layers[0].sweep, layers[0].decision
    words = statistics.words(first, lead.output)
    if lead.x == PARAMETER and analysed.told(first, lead.output) is not None:
        names = ranked(layers[0], MOST).names
        rows = [*names, *(row for row in rows if row not in names)]
    if len(spreads) < len(series):
        spreads = []
    _dots(axes, rows, series, spreads, words)
    axes.set_xlabel(scales.axis_label(first, lead.output))
    statistics.scale(axes.xaxis, first, lead.output)
    handles: list[Artist] = []
    if len(series) > 1:
        handles += [
            scales.line_handle(
                text, color=shade, marker="o", linestyle="none", markersize=theme.width(9)
            )
            for text, shade, _ in series
        ]
    if spreads:
        style = {"color": theme.GREY, "linewidth": theme.width(3.0), "alpha": 0.4}
        handles.append(scales.line_handle(deviation.words(first, lead.output), **style))
    handles += levels.across(axes, first, lead.output, upright=True)
    low, high = axes.get_xlim()
    if analysed.told(first, lead.output) is not None:
        low = min(low, 0.0)  # an index is a share, or a size
    axes.set_xlim(low, high + _VALUE_ROOM * (high - low))
    _turn_words(axes, rows, [*meanings_of(first, lead.output).values()])
    return Painted(handles=handles, notes=notes, lost=summed(lost), points=points)


def _turn_words(axes: Axes, rows: Sequence[str], words: Sequence[str]) -> None:
    """Turn the words along the axis upright where they would run into one another."""
    if not words:
        return
    letter = _LETTER * theme.text(theme.TEXT) / 72.0
    low, high = axes.get_xlim()
    left = room(axes)[0] - letter * (_longest(rows, _ROW) + max(map(len, words)))
    if letter * _longest(words, statistics.WORD) > left / (high - low):
        axes.tick_params(axis="x", rotation=90)


def _longest(texts: Sequence[str], letters: int) -> int:
    """Return the letters of the longest line of texts that are folded."""
    lines = [line for text in texts for line in typography.folded(text, letters).split("\n")]
    return max(map(len, lines))


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
                fontsize=theme.text(theme.TEXT if size > 8 else 8.5),
                color=theme.ink() if shown else theme.GREY,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0},
                zorder=4,
            )
            if end > value:
                ends, at = [2.0 * value - end, end], [place + offset] * 2
                axes.plot(ends, at, color=shade, linewidth=theme.width(3.0), alpha=0.4)
        axes.plot(
            [value for _, value in known],
            [place + offset for place, _ in known],
            linestyle="none",
            marker="o",
            markersize=theme.width(size),
            color=shade,
        )
    for place in range(len(rows)):
        axes.axhline(place, color="#e6e6e6", linewidth=theme.width(0.8), zorder=0)
    axes.set_yticks(
        range(len(rows)), [typography.folded(typography.prose(row), _ROW) for row in rows]
    )
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.margins(x=0.12)
