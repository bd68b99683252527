"""Curves: one output along one axis, a line for each value of a hue or for each sweep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from numpy.typing import NDArray

from leakscape.declare import units
from leakscape.errors import DeclarationError
from leakscape.picture import (
    deviation,
    levels,
    missing,
    palette,
    scales,
    statistics,
    strokes,
    theme,
    typography,
)
from leakscape.picture.indices import strongest
from leakscape.picture.panel import Bar, Layer, Painted, Span, summed
from leakscape.picture.request import FEW, MOST_SETS, Decision
from leakscape.picture.slices import Slice, coordinate, read, spread, thin
from leakscape.sweep import Sweep, analysed

MOST_LINES = 25
"""Lines drawn at most; past FEW of them a colour bar tells the value."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Curve:
    """A curve that was drawn.

    Args:
        layer: the sweep.
        place: the index along the hue that it has; 0 without a hue.
        x: along the axis [unit of the first sweep's axis].
        y: the output [unit of the first sweep's output].
        shade: its colour.
    """

    layer: Layer
    place: int
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    shade: Any


def paint(axes: Axes, layers: Sequence[Layer], span: Span | None) -> Painted:
    """Draw curves of one sweep, or of several over one another.

    Args:
        axes: the panel.
        layers: the sweeps.
        span: of no matter: panels share the axis.

    Returns:
        What was painted.

    Raises:
        DeclarationError: the sweeps' units do not measure the same.
    """
    return draw(axes, layers)[0]


def draw(axes: Axes, layers: Sequence[Layer]) -> tuple[Painted, list[Curve]]:
    """Draw curves, for those who add to them.

    Args:
        axes: the panel.
        layers: the sweeps.

    Returns:
        What was painted, and the curves.

    Raises:
        DeclarationError: the sweeps' units do not measure the same.
    """
    scales.open_sides(axes)
    lead = layers[0]
    several = len(layers) > 1
    handles: list[Artist] = []
    notes: list[str] = []
    lost: list[dict[int, int]] = []
    points = 0
    bar: Bar | None = None
    curves: list[Curve] = []
    along: list[NDArray[np.float64]] = []
    for place, layer in enumerate(layers):
        sweep, decision = layer.sweep, layer.decision
        style: dict[str, Any] = {
            "linestyle": palette.STYLES[place % len(palette.STYLES)] if several else "solid"
        }
        x_factor, y_factor = conversions(lead, layer)
        found, x, hues, order = _read(sweep, decision)
        along.append(x * x_factor[0] + x_factor[1])
        values = found.values * y_factor[0] + y_factor[1]
        shades, words, note = _hue(sweep, decision, hues)
        notes += note
        if len(hues[0]) > FEW and not hues[1] and not several and decision.hue:
            bar, words = palette.bar(sweep, decision.hue, hues[0]), []
        if several and not decision.hue:
            shades, words = [theme.named(place)], []
        stroke = strokes.stroke_of(sweep, decision.output)
        styles = [style] * len(values)
        if decision.hue and not several and len(values) <= FEW:
            styles = palette.apart(values, named=bool(hues[1]))
        swings = strokes.restless(values)
        for row, shade, own in zip(values, shades, styles, strict=True):
            strokes.draw(axes, along[-1], row, stroke, {"color": shade, **own}, thin=swings)
        if not several or place == 0 or decision.hue:
            handles += [
                scales.line_handle(text, color=shade, **own)
                for text, shade, own in zip(words, shades, styles, strict=False)
                if text not in {str(handle.get_label()) for handle in handles}
            ]
        if several:
            shade = theme.GREY if decision.hue else shades[0]
            handles.append(scales.line_handle(layer.name.replace("$", r"\$"), color=shade, **style))
        wide = None if several else deviation.beside(sweep, decision, order)
        if wide is not None and len(values) <= deviation.most_bands(sweep, decision.output):
            said = deviation.words(sweep, decision.output)
            wide = wide.reshape(values.shape)
            handles += deviation.band(axes, along[-1], values, wide, shades, said)
        elif wide is not None:
            notes += deviation.note(sweep, decision.output, wide)
        places = [0] if not decision.hue else found.along[next(iter(order))]
        curves += [
            Curve(layer=layer, place=int(number), x=along[-1], y=row, shade=shade)
            for number, row, shade in zip(places, values, shades, strict=True)
        ]
        lost.append(found.missing())
        points += found.values.size
        rug(axes, along[-1], found)
    first, output = lead.sweep, lead.decision.output
    scales.dress(axes.xaxis, first, lead.decision.x, np.concatenate(along), [])
    axes.set_ylabel(scales.upright(first, output))
    statistics.scale(axes.yaxis, first, output)
    if strokes.stroke_of(first, output) == strokes.STEPS:
        strokes.leave_room(axes)
    handles += levels.across(axes, first, output)
    axes.margins(x=0.01)
    painted = Painted(handles=handles, notes=notes, lost=summed(lost), points=points, bar=bar)
    return painted, curves


def _read(
    sweep: Sweep, decision: Decision
) -> tuple[Slice, NDArray[np.float64], tuple[NDArray[np.float64], list[str]], dict[str, Any]]:
    x_dim = sweep.dimension_of(decision.x, decision.output, "x")
    order: dict[str, Any] = {}
    if decision.hue:
        hue_dim = sweep.dimension_of(decision.hue, decision.output, "hue")
        size = sweep.dataset.sizes[hue_dim]
        unordered = sweep.is_text(decision.hue)
        order[hue_dim] = spread(size, len(theme.NAMED) if unordered else MOST_LINES)
        if hue_dim == analysed.PARAMETER and analysed.told(sweep, decision.output) is not None:
            order[hue_dim] = strongest(sweep, decision, len(theme.NAMED))
    whole = strokes.stroke_of(sweep, decision.output) == strokes.WHOLE
    rows = len(order[hue_dim]) if decision.hue else 1
    most = strokes.MOST_READ // rows if whole else strokes.MOST
    order[x_dim] = thin(sweep.dataset.sizes[x_dim], most)
    found = read(sweep, decision, order)
    if whole and rows > MOST_SETS and strokes.restless(found.values):  # they hide one another
        order[hue_dim] = found.along[hue_dim][spread(rows, MOST_SETS)]
        found = read(sweep, decision, order)
    x, _ = coordinate(sweep, decision.x, x_dim, found.along[x_dim])
    if not decision.hue:
        flat = Slice(values=found.values[None], codes=found.codes[None], along=found.along)
        return flat, x, (np.zeros(1), []), order
    return found, x, coordinate(sweep, decision.hue, hue_dim, found.along[hue_dim]), order


def _hue(
    sweep: Sweep, decision: Decision, hues: tuple[NDArray[np.float64], list[str]]
) -> tuple[list[Any], list[str], list[str]]:
    """Return the colour and legend text of every line, and what the subtitle should say."""
    if not decision.hue:
        return [theme.named(0)], [], []
    values, labels = hues
    shades = palette.colours(sweep, decision.hue, values, labels)
    words = palette.words(sweep, decision.hue, values, labels)
    dim = sweep.dimension_of(decision.hue, decision.output, "hue")
    notes = []
    if len(values) < sweep.dataset.sizes[dim]:
        sign = typography.symbol(decision.hue)
        notes.append(
            f"{len(values)} of {typography.count(sweep.dataset.sizes[dim])} values of {sign}"
        )
    return shades, words, notes


def conversions(lead: Layer, layer: Layer) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return factor and offset that bring x and output of a sweep to the first one's units.

    Args:
        lead: the first sweep.
        layer: the other one.

    Raises:
        DeclarationError: the units do not measure the same.
    """
    found = []
    mine, theirs = layer.decision, lead.decision
    for own, first in ((mine.x, theirs.x), (mine.output, theirs.output)):
        unit, target = layer.sweep.unit_of(own), lead.sweep.unit_of(first)
        try:
            found.append(units.linear_conversion(unit, target))
        except DeclarationError as error:
            raise DeclarationError(
                f"{layer.name}: {own} is in {unit}, {first} of the first sweep in {target}; "
                "plot them apart"
            ) from error
    return found[0], found[1]


def rug(axes: Axes, x: NDArray[np.float64], found: Slice) -> None:
    """Mark along the bottom where curves have no value, in the grey of the reason."""
    lost = found.missing()
    colours = missing.colours(list(lost)) | ({0: "#c8c8c8"} if 0 in lost else {})
    for code, colour in colours.items():
        here = np.any((found.codes == code) & ~np.isfinite(found.values), axis=0)
        axes.plot(
            x[here],
            np.zeros(int(here.sum())),
            linestyle="none",
            marker="|",
            markersize=theme.width(9),
            color=colour,
            transform=axes.get_xaxis_transform(),
            clip_on=False,
        )
