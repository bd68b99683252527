"""Bifurcation diagrams: all solutions along an axis, stable and unstable, folds, Hopf points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from leakscape.errors import DeclarationError
from leakscape.picture import levels, lines, palette, scales, statistics, strokes, theme, typography
from leakscape.picture.branches import Followed, follow
from leakscape.picture.panel import Layer, Painted, Span, summed
from leakscape.picture.request import MOST_SETS, Decision
from leakscape.picture.slices import Slice, coordinate, read, spread, thin
from leakscape.sweep import Sweep
from leakscape.sweep.roles import growth_of, slots_of

_STABLE, _UNSTABLE, _SADDLE, _FOCUS = "stable", "unstable", "saddle", "focus"
_FOLD, _HOPF, _CHANGE = "fold", "Hopf", "change"
_LINES: dict[str, tuple[int, Any]] = {
    _STABLE: (0, "solid"),
    _UNSTABLE: (1, (0, (3, 2))),
    _SADDLE: (1, (0, (3, 2))),
    _FOCUS: (3, "dotted"),
}
"""Kind of solution -> place of its colour, and its dashes."""
_MARKERS = {_FOLD: ("o", True), _HOPF: ("D", False), _CHANGE: ("s", False)}
"""Kind of mark -> its shape, and whether it is filled."""
_WORDS = {
    _STABLE: "stable",
    _UNSTABLE: "unstable",
    _SADDLE: "unstable: saddle",
    _FOCUS: "unstable: focus or node",
    _FOLD: "fold: two solutions meet",
    _HOPF: "Hopf: stability changes",
    _CHANGE: "stability changes",
}
"""What the legend says, in its order."""


def paint(axes: Axes, layers: Sequence[Layer], span: Span | None) -> Painted:
    """Draw the solutions of one sweep, or of several over one another, as branches.

    Stable ones are solid, unstable ones dashed or dotted. A disc marks a fold, where two of them
    meet, a diamond a Hopf point, from which on an oscillation grows or no longer does. Both lie
    between two points of the axis; the notes say how far apart these are.

    Args:
        axes: the panel.
        layers: the sweeps.
        span: of no matter: panels share the axis.

    Returns:
        What was painted.

    Raises:
        DeclarationError: the sweeps' units do not measure the same, or colours mean two things.
    """
    scales.open_sides(axes)
    lead = layers[0]
    if len(layers) > 1 and lead.decision.hue:
        raise DeclarationError(
            f"hue: the solutions of several sweeps are told apart by colour; select "
            f"{lead.decision.hue}, or plot them apart"
        )
    handles: list[Artist] = []
    notes: list[str] = []
    lost: list[dict[int, int]] = []
    seen: dict[str, float] = {}
    points = 0
    along: list[NDArray[np.float64]] = []
    alone = len(layers) == 1 and not lead.decision.hue
    for number, layer in enumerate(layers):
        (x_factor, x_offset), (factor, offset) = lines.conversions(lead, layer)
        found, growing, x, words, shades, said = _read(layer.sweep, layer.decision)
        counted = growth_of(layer.sweep, layer.decision.output).counted
        notes += said
        if len(layers) > 1:
            words, shades = [layer.name.replace("$", r"\$")], [theme.named(number)]
        along.append(x * x_factor + x_offset)
        values = found.values * factor + offset
        for place, rows in enumerate(values):
            first = Slice(values=rows[:1], codes=found.codes[place][:1], along=found.along)
            known = ~np.isin(first.codes[0], list(first.missing()))
            shade = None if alone else shades[place]
            followed = follow(along[-1], rows, growing[place], known, counted=counted)
            for kind, apart in _draw(axes, followed, shade, counted=counted).items():
                seen[kind] = max(apart, seen.get(kind, 0.0))
            lost.append(first.missing())
            points += known.size
            lines.rug(axes, along[-1], first)
        if not alone:
            handles += [
                scales.line_handle(text, color=shade, linewidth=theme.width(2.4))
                for text, shade in zip(words, shades, strict=True)
            ]
    sweep, output = lead.sweep, lead.decision.output
    scales.dress(axes.xaxis, sweep, lead.decision.x, np.concatenate(along), [])
    axes.set_ylabel(scales.upright(sweep, output))
    statistics.scale(axes.yaxis, sweep, output)
    ink = None if alone else theme.ink()
    handles += [_handle(kind, ink) for kind in _WORDS if kind in seen]
    handles += levels.across(axes, sweep, output)
    axes.margins(x=0.01)
    if apart := max((seen[kind] for kind in _MARKERS if kind in seen), default=0.0):
        step = typography.quantity(apart, sweep.unit_of(lead.decision.x), 3)
        notes.append(f"marks lie between swept values at most {step} apart")
    return Painted(handles=handles, notes=notes, lost=summed(lost), points=points)


def _read(
    sweep: Sweep, decision: Decision
) -> tuple[Slice, NDArray[np.int64], NDArray[np.float64], list[str], list[Any], list[str]]:
    """Read solutions and what grows by hue, slot and x; the hue's words, colours, a note."""
    output = decision.output
    x_dim = sweep.dimension_of(decision.x, output, "x")
    order: dict[str, Any] = {}
    if decision.hue:
        hue_dim = sweep.dimension_of(decision.hue, output, "hue")
        size = sweep.dataset.sizes[hue_dim]
        order[hue_dim] = spread(size, MOST_SETS)
    slots = slots_of(sweep, output)
    order |= {slots: slice(None), x_dim: thin(sweep.dataset.sizes[x_dim], strokes.MOST)}
    found = read(sweep, decision, order)
    growth = growth_of(sweep, output)
    told = [replace(decision, output=name) for name in growth.names]
    growing = growth.modes([read(sweep, one, order).values for one in told])
    x, _ = coordinate(sweep, decision.x, x_dim, found.along[x_dim])
    if not decision.hue:
        single = Slice(values=found.values[None], codes=found.codes[None], along=found.along)
        return single, growing[None], x, [], [], []
    hues, labels = coordinate(sweep, decision.hue, hue_dim, found.along[hue_dim])
    notes = []
    if len(hues) < size:
        sign = typography.symbol(decision.hue)
        notes = [f"{len(hues)} of {typography.count(size)} values of {sign}"]
    words = palette.words(sweep, decision.hue, hues, labels)
    return found, growing, x, words, palette.colours(sweep, decision.hue, hues, labels), notes


def _draw(axes: Axes, followed: Followed, shade: Any, *, counted: bool) -> dict[str, float]:
    """Draw one set of solutions; return what was seen, and of marks how far apart points are."""
    seen = {}
    for piece in followed.pieces:
        kind = _kind(piece.growing, counted=counted)
        seen[kind] = 0.0
        marker = "." if len(piece.x) == 1 else None
        axes.plot(piece.x, piece.y, marker=marker, **_style(kind, shade))
    change = _HOPF if counted else _CHANGE
    for kind, marks in ((_FOLD, followed.folds), (change, followed.changes)):
        for mark in marks:
            seen[kind] = max(mark.apart, seen.get(kind, 0.0))
            axes.plot([mark.x], [mark.y], zorder=4, **_style(kind, shade))
    return seen


def _kind(growing: int, *, counted: bool) -> str:
    """Call a solution by how many modes grow: an odd number makes a saddle."""
    if growing == 0:
        return _STABLE
    if not counted:
        return _UNSTABLE
    return _SADDLE if growing % 2 else _FOCUS


def _style(kind: str, shade: Any) -> dict[str, Any]:
    """Return the style of a kind of line or mark; without a shade, of the only set there is."""
    if kind in _MARKERS:
        ink = theme.ink() if shade is None else shade
        marker, filled = _MARKERS[kind]
        return {
            "linestyle": "none",
            "marker": marker,
            "markersize": theme.width(7),
            "markeredgewidth": theme.width(1.8),
            "markerfacecolor": ink if filled else theme.ground(),
            "color": ink,
        }
    place, dashes = _LINES[kind]
    return {
        "color": theme.named(place) if shade is None else shade,
        "linewidth": theme.width(2.4),
        "linestyle": dashes,
    }


def _handle(kind: str, shade: Any) -> Artist:
    return Line2D([], [], label=_WORDS[kind], **_style(kind, shade))
