"""Curves: one output along one axis, a line for each value of a hue or for each sweep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from leakscape.declare import units
from leakscape.errors import DeclarationError
from leakscape.picture import deviation, frame, palette, stability, statistics, typography
from leakscape.picture.request import FEW, Decision
from leakscape.picture.slices import Slice, coordinate, read, spread, thin
from leakscape.sweep import Sweep

MOST = 3000
"""Points drawn along a line."""
MOST_LINES = 25
"""Lines drawn at most; past FEW of them a colour bar tells the value."""
_MARKED = 25
"""Curves of so few points show them."""


def draw(
    made: Figure,
    axes: Axes,
    sweeps: Sequence[tuple[str, Sweep]],
    decisions: Sequence[Decision],
) -> list[str]:
    """Draw curves of one sweep, or of several over one another.

    Args:
        made: the figure.
        axes: its axes.
        sweeps: the name of each, and the sweep.
        decisions: what to draw of each.

    Returns:
        What the subtitle should add.

    Raises:
        DeclarationError: the sweeps' units do not measure the same.
    """
    frame.open_sides(axes)
    first, lead = sweeps[0][1], decisions[0]
    several = len(sweeps) > 1
    handles: list[Artist] = []
    notes: list[str] = []
    lost: dict[int, int] = {}
    points = 0
    along: list[NDArray[np.float64]] = []
    for place, ((name, sweep), decision) in enumerate(zip(sweeps, decisions, strict=True)):
        style: dict[str, Any] = {
            "linestyle": palette.STYLES[place % len(palette.STYLES)] if several else "solid"
        }
        x_factor, y_factor = _conversions(first, lead, sweep, decision, name)
        found, x, hues, order = _read(sweep, decision)
        along.append(x * x_factor[0] + x_factor[1])
        values = found.values * y_factor[0] + y_factor[1]
        if not several and stability.has_branches(sweep, decision):
            handles += stability.draw_branches(axes, sweep, decision, along[-1], values, order)
            points, lost = found.values.shape[1], found.missing()
            continue
        shades, words, note = _hue(made, axes, sweep, decision, hues, several)
        notes += note
        if several and not decision.hue:
            shades, words = [palette.NAMED[place % len(palette.NAMED)]], []
        marker = "o" if len(x) <= _MARKED else None
        styles = [style] * len(values)
        if hues[1] and not several:  # named curves may coincide: dashes let both be seen
            styles = [
                {"linestyle": palette.STYLES[n % len(palette.STYLES)]} for n in range(len(values))
            ]
        for row, shade, own in zip(values, shades, styles, strict=True):
            axes.plot(
                along[-1], row, color=shade, linewidth=2.2, marker=marker, markersize=4.5, **own
            )
        if not several or place == 0 or decision.hue:
            handles += [
                frame.line_handle(text, color=shade, linewidth=2.4, **own)
                for text, shade, own in zip(words, shades, styles, strict=False)
                if text not in {str(handle.get_label()) for handle in handles}
            ]
        if several:
            shade = frame.GREY if decision.hue else shades[0]
            handles.append(
                frame.line_handle(name.replace("$", r"\$"), color=shade, linewidth=2.4, **style)
            )
        wide = None if several else deviation.beside(sweep, decision, order)
        if wide is not None and len(values) <= deviation.MOST_BANDS:
            handles += deviation.band(axes, along[-1], values, wide.reshape(values.shape), shades)
        elif wide is not None:
            notes += deviation.note(sweep, decision.output, wide)
        handles += stability.mark_zeros(axes, sweep, decision, along[-1], values, shades)
        for code, number in found.missing().items():
            lost[code] = lost.get(code, 0) + number
        points += found.values.size
        rug(axes, along[-1], found)
    frame.dress(axes.xaxis, first, lead.x, np.concatenate(along), [])
    _value_axis(axes, first, lead.output)
    handles += across(axes, first, lead.output, lead.output)
    handles += frame.missing_handles(lost, points)
    frame.legend_below(made, handles)
    axes.margins(x=0.01)
    return notes


def _read(
    sweep: Sweep, decision: Decision
) -> tuple[Slice, NDArray[np.float64], tuple[NDArray[np.float64], list[str]], dict[str, Any]]:
    x_dim = sweep.dimension_of(decision.x, decision.output, "x")
    order: dict[str, Any] = {}
    if decision.hue:
        hue_dim = sweep.dimension_of(decision.hue, decision.output, "hue")
        size = sweep.dataset.sizes[hue_dim]
        unordered = sweep.is_text(decision.hue)
        order[hue_dim] = spread(size, len(palette.NAMED) if unordered else MOST_LINES)
    order[x_dim] = thin(sweep.dataset.sizes[x_dim], MOST)
    found = read(sweep, decision, order)
    x, _ = coordinate(sweep, decision.x, x_dim, found.along[x_dim])
    if not decision.hue:
        flat = Slice(values=found.values[None], codes=found.codes[None], along=found.along)
        return flat, x, (np.zeros(1), []), order
    return found, x, coordinate(sweep, decision.hue, hue_dim, found.along[hue_dim]), order


def _hue(
    made: Figure,
    axes: Axes,
    sweep: Sweep,
    decision: Decision,
    hues: tuple[NDArray[np.float64], list[str]],
    several: bool,
) -> tuple[list[Any], list[str], list[str]]:
    """Return the colour and legend text of every line, and what the subtitle should say."""
    if not decision.hue:
        return [palette.NAMED[0]], [], []
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
    if len(values) > FEW and not labels and not several:
        palette.bar(made, axes, sweep, decision.hue, values)
        words = []
    return shades, words, notes


def _conversions(
    first: Sweep, lead: Decision, sweep: Sweep, decision: Decision, name: str
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return factor and offset that bring x and output of a sweep to the first one's units."""
    found = []
    for mine, theirs in ((decision.x, lead.x), (decision.output, lead.output)):
        unit, target = sweep.unit_of(mine), first.unit_of(theirs)
        try:
            found.append(units.linear_conversion(unit, target))
        except DeclarationError as error:
            raise DeclarationError(
                f"{name}: {mine} is in {unit}, {theirs} of the first sweep in {target}; "
                "plot them apart"
            ) from error
    return found[0], found[1]


def _value_axis(axes: Axes, sweep: Sweep, output: str) -> None:
    axes.set_ylabel(frame.upright(sweep, output), fontsize=frame.TEXT + 1, color=frame.INK)
    statistics.scale(axes.yaxis, sweep, output)


def across(axes: Axes, sweep: Sweep, output: str, called: str) -> list[Artist]:
    """Draw the study's own levels as dashed lines across, where the curves come near.

    Args:
        axes: the axes.
        sweep: the sweep.
        output: what is drawn.
        called: what the legend calls it.

    Returns:
        The legend's entries.
    """
    handles: list[Artist] = []
    low, high = axes.get_ylim()
    unit = sweep.unit_of(output)
    for level in sorted(sweep.levels_of(output)):
        if low - 0.5 * (high - low) <= level <= high + 0.5 * (high - low):
            style: dict[str, Any] = {"color": "black", "linewidth": 1.6}
            axes.axhline(level, linestyle=(0, (4, 3)), zorder=1.5, **style)
            words = f"{typography.symbol(called)} = {typography.quantity(level, unit)}"
            handles.append(frame.line_handle(words, linestyle=(0, (4, 3)), **style))
    return handles


def rug(axes: Axes, x: NDArray[np.float64], found: Slice) -> None:
    """Mark along the bottom where curves have no value, in the grey of the reason."""
    lost = found.missing()
    colours = frame.missing_colours(list(lost)) | ({0: "#c8c8c8"} if 0 in lost else {})
    for code, colour in colours.items():
        here = np.any((found.codes == code) & ~np.isfinite(found.values), axis=0)
        axes.plot(
            x[here],
            np.zeros(int(here.sum())),
            linestyle="none",
            marker="|",
            markersize=9,
            color=colour,
            transform=axes.get_xaxis_transform(),
            clip_on=False,
        )
