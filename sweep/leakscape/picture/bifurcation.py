"""Bifurcation diagrams: all solutions along an axis, stable and unstable, and their folds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from leakscape.errors import DeclarationError
from leakscape.picture import levels, lines, palette, scales, statistics, theme, typography
from leakscape.picture.branches import follow
from leakscape.picture.panel import Layer, Painted, Span, summed
from leakscape.picture.request import MOST_SETS, Decision
from leakscape.picture.slices import Slice, coordinate, read, spread, thin
from leakscape.sweep import Sweep
from leakscape.sweep.roles import slots_of, stability_of, stable_flag

_DASHES = (0, (3, 2))


def paint(axes: Axes, layers: Sequence[Layer], span: Span | None) -> Painted:
    """Draw the solutions of one sweep, or of several over one another, as branches.

    Stable ones are solid, unstable ones dashed; a point marks a fold, where two of them meet.

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
    seen: set[str] = set()
    points = 0
    along: list[NDArray[np.float64]] = []
    alone = len(layers) == 1 and not lead.decision.hue
    for number, layer in enumerate(layers):
        (x_factor, x_offset), (factor, offset) = lines.conversions(lead, layer)
        found, stable, x, words, shades, said = _read(layer.sweep, layer.decision)
        notes += said
        if len(layers) > 1:
            words, shades = [layer.name.replace("$", r"\$")], [theme.named(number)]
        along.append(x * x_factor + x_offset)
        values = found.values * factor + offset
        for place, rows in enumerate(values):
            first = Slice(values=rows[:1], codes=found.codes[place][:1], along=found.along)
            known = ~np.isin(first.codes[0], list(first.missing()))
            shade = None if alone else shades[place]
            seen |= _draw(axes, along[-1], rows, stable[place], known, shade)
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
    handles += [_handle(kind, ink) for kind in ("stable", "unstable", "fold") if kind in seen]
    handles += levels.across(axes, sweep, output)
    axes.margins(x=0.01)
    return Painted(handles=handles, notes=notes, lost=summed(lost), points=points)


def _read(
    sweep: Sweep, decision: Decision
) -> tuple[Slice, NDArray[np.bool_], NDArray[np.float64], list[str], list[Any], list[str]]:
    """Read solutions and which are stable by hue, slot and x; the hue's words, colours, a note."""
    output = decision.output
    x_dim = sweep.dimension_of(decision.x, output, "x")
    order: dict[str, Any] = {}
    if decision.hue:
        hue_dim = sweep.dimension_of(decision.hue, output, "hue")
        size = sweep.dataset.sizes[hue_dim]
        order[hue_dim] = spread(size, MOST_SETS)
    slots = slots_of(sweep, output)
    order |= {slots: slice(None), x_dim: thin(sweep.dataset.sizes[x_dim], lines.MOST)}
    found = read(sweep, decision, order)
    tells = stability_of(sweep, output)
    told = Decision(kind=decision.kind, output=tells, places=decision.places)
    stable = read(sweep, told, order).values == stable_flag(sweep, tells)
    x, _ = coordinate(sweep, decision.x, x_dim, found.along[x_dim])
    if not decision.hue:
        single = Slice(values=found.values[None], codes=found.codes[None], along=found.along)
        return single, stable[None], x, [], [], []
    hues, labels = coordinate(sweep, decision.hue, hue_dim, found.along[hue_dim])
    notes = []
    if len(hues) < size:
        sign = typography.symbol(decision.hue)
        notes = [f"{len(hues)} of {typography.count(size)} values of {sign}"]
    words = palette.words(sweep, decision.hue, hues, labels)
    return found, stable, x, words, palette.colours(sweep, decision.hue, hues, labels), notes


def _draw(
    axes: Axes,
    x: NDArray[np.float64],
    rows: NDArray[np.float64],
    stable: NDArray[np.bool_],
    known: NDArray[np.bool_],
    shade: Any,
) -> set[str]:
    """Draw one set of solutions; return what was seen, as the legend calls it."""
    branches, folds = follow(x, rows, stable, known)
    seen = set()
    for branch in branches:
        kind = "stable" if branch.stable else "unstable"
        seen.add(kind)
        marker = "." if len(branch.x) == 1 else None
        axes.plot(branch.x, branch.y, marker=marker, **_style(kind, shade))
    for fold in folds:
        seen.add("fold")
        axes.plot([fold[0]], [fold[1]], zorder=4, **_style("fold", shade))
    return seen


def _style(kind: str, shade: Any) -> dict[str, Any]:
    """Return the style of a kind of line or mark; without a shade, of the only set there is."""
    if kind == "fold":
        ink = theme.ink() if shade is None else shade
        size = theme.width(7)
        return {"linestyle": "none", "marker": "o", "markersize": size, "color": ink}
    stable = kind == "stable"
    return {
        "color": theme.named(0 if stable else 1) if shade is None else shade,
        "linewidth": theme.width(2.4),
        "linestyle": "solid" if stable else _DASHES,
    }


def _handle(kind: str, shade: Any) -> Artist:
    words = "fold: two solutions meet" if kind == "fold" else kind
    return Line2D([], [], label=words, **_style(kind, shade))
