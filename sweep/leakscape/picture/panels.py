"""The panels of a figure: a row for each output, a column for each value of an axis."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from leakscape.errors import DeclarationError
from leakscape.picture import frame, missing, scales, theme, typography
from leakscape.picture.kinds import KINDS
from leakscape.picture.look import Limits, Look, ends_in
from leakscape.picture.panel import Bar, Layer, Painted, Span, summed
from leakscape.picture.request import MOST_PANELS
from leakscape.picture.slices import spread
from leakscape.sweep.place import place_at

_WRAPPED = 3
"""Panels of one output that lie side by side at most."""

_FEW_TICKS, _NARROW = 4, 5.0
"""Ticks of numbers that fit along a panel narrower than so many inches."""
_ROOMY = 26
"""Letters along an axis from which on it has room for more than symbol and unit."""
_SYMBOL = re.compile(r"(\$[^$]+\$)[^$]*?( \([^()]*\))?$", re.DOTALL)

Row = list[Layer]


def draw(rows: Sequence[Row], look: Look) -> tuple[Figure, list[str]]:
    """Draw rows of panels.

    Args:
        rows: of each output the layers; an axis that its decision gives columns is taken apart.
        look: size, limits and scales.

    Returns:
        The figure without title, and what the subtitle should add.
    """
    units = {row[0].sweep.unit_of(row[0].decision.output) for row in rows}
    if look.ylim is not None and len(units) > 1:
        raise DeclarationError("ylim: every output has a scale of its own; draw them apart")
    apart = [_apart(row) for row in rows]
    notes = [note for _, said in apart for note in said]
    grid = [panels for panels, _ in apart]
    wide = max(map(len, grid))
    columns = wide if len(grid) > 1 else min(wide, _columns(wide))
    lines = len(grid) if len(grid) > 1 else math.ceil(wide / columns)
    made, axes = frame.figure(lines, columns, look.size)
    free = iter(axes)
    handles: list[Artist] = []
    bars: list[tuple[list[Axes], Bar]] = []
    lost, points = [], 0
    worded: list[tuple[Axes, str]] = []
    for panels in grid:
        mine = [next(free) for _ in panels]
        painted = _row(panels, mine, look)
        known = {str(handle.get_label()) for handle in handles}
        for panel, one in zip(mine, painted, strict=True):
            if one.words_of and len(grid) > 1:
                _name(one)
                worded.append((panel, one.words_of))
            fresh = [handle for handle in one.handles if str(handle.get_label()) not in known]
            handles += fresh
            known |= {str(handle.get_label()) for handle in fresh}
            notes += one.notes
            lost.append(dict(one.lost))
            points += one.points
        bars += [(mine, one.bar) for one in painted if one.bar is not None][:1]
    for unused in free:
        unused.remove()
    if len(grid) > 1 and len({one.get_xlabel() for one in made.axes}) == 1:
        for first in axes[columns::columns]:
            first.sharex(axes[0])
        _label_outside(axes, columns)
        for below in axes[columns:]:
            below.set_title("", loc="left")
    elif wide > 1:
        for number in range(len(grid)):
            _label_outside(axes[number * columns :][:wide], columns)
    for panel, output in worded:  # colours of two outputs may be the same
        if wide == 1:
            panel.set_title(typography.symbol(output), loc="left")
    if made.get_figwidth() / columns < _NARROW * theme.text(1.0):
        for panel in axes:
            scales.thin_ticks(panel.xaxis, _FEW_TICKS)
    _fold_labels(made, lines, columns)
    for beside, bar in bars:
        frame.bar_beside(made, beside, bar)
    sweeps = [layer.sweep for row in rows for layer in row]
    frame.legend_below(made, handles + missing.handles(summed(lost), points, sweeps))
    return made, notes


def _name(painted: Painted) -> None:
    """Say in the legend of which output the words are, where others have words too."""
    for handle in painted.handles:
        handle.set_label(f"{typography.symbol(painted.words_of)}: {handle.get_label()}")


def _fold_labels(made: Figure, lines: int, columns: int) -> None:
    """Break the labels of axes and titles into lines that fit their panels."""
    across = max(10, frame.letters(made, scales.LETTERS) // columns)
    high = made.get_figheight() / theme.HEIGHT * theme.WIDTH / made.get_figwidth()
    upright = max(10, int(frame.letters(made, scales.UPRIGHT_LETTERS) * high) // lines)
    for one in made.axes:
        one.set_xlabel(_folded(one.get_xlabel(), across))
        text = one.get_ylabel()
        one.set_ylabel(_folded(text if upright >= _ROOMY else _symbol_of(text), upright))
        one.set_title(_folded(one.get_title(loc="left"), across), loc="left")


def _folded(text: str, letters: int) -> str:
    return typography.folded(text.replace("\n", " "), letters)


def _symbol_of(label: str) -> str:
    """Return symbol and unit of a label, where it has a symbol: V_rest (mV)."""
    found = _SYMBOL.search(label)
    return f"{found[1]}{found[2]}" if found else label


def _columns(panels: int) -> int:
    return 2 if panels == 4 else _WRAPPED


def _apart(row: Row) -> tuple[list[tuple[str, Row]], list[str]]:
    """Take an axis apart: a title and layers for each of its values, and what is left out."""
    lead = row[0]
    col = lead.decision.col
    if not col:
        return [("", row)], []
    size = lead.sweep.dataset.sizes[col]
    taken = spread(size, MOST_PANELS)
    panels = []
    for index in taken:
        at = place_at(lead.sweep, col, int(index))
        layers = [
            replace(
                layer,
                decision=replace(
                    layer.decision,
                    places=(*layer.decision.places, place_at(layer.sweep, col, int(index))),
                ),
            )
            for layer in row
        ]
        panels.append((typography.place(at), layers))
    if len(taken) == size:
        return panels, []
    sign = typography.symbol(col)
    return panels, [f"{len(taken)} of {typography.count(size)} values of {sign}"]


def _row(panels: Sequence[tuple[str, Row]], axes: Sequence[Axes], look: Look) -> list[Painted]:
    """Paint the panels of one output, which share their scales."""
    kind = KINDS[panels[0][1][0].decision.kind]
    span = None
    if len(panels) > 1:
        for other in axes[1:]:
            other.sharex(axes[0])
            other.sharey(axes[0])
        if kind.span is not None:
            span = _union([kind.span(layer) for _, row in panels for layer in row])
    painted = []
    for (title, row), one in zip(panels, axes, strict=True):
        painted.append(kind.paint(one, row, span))
        if title:
            one.set_title(title, loc="left")
        _set_scales(one, row[0], look)
    return painted


def _label_outside(axes: Sequence[Axes], columns: int) -> None:
    """Leave the labels of shared scales to the panels at the left and at the lower end."""
    for place, one in enumerate(axes):
        if place % columns:
            one.set_ylabel("")
            one.tick_params(labelleft=False)
        if place + columns < len(axes):
            one.set_xlabel("")
            one.tick_params(labelbottom=False)


def _union(spans: Sequence[Span | None]) -> Span | None:
    known = [span for span in spans if span is not None]
    if not known:
        return None
    return min(low for low, _ in known), max(high for _, high in known)


def _set_scales(axes: Axes, layer: Layer, look: Look) -> None:
    """Apply scales and limits that were asked for."""
    decision, sweep = layer.decision, layer.sweep
    if not KINDS[decision.kind].scaled:
        asked = {"xlim": look.xlim, "ylim": look.ylim, "log": look.log}
        for name in (name for name, given in asked.items() if given is not None):
            raise DeclarationError(f"{name}: {decision.kind} have many axes; drop {name}")
    names = {"x": decision.x or decision.output, "y": decision.y or decision.output}
    if look.log is not None:
        for side in "xy":
            scales.rescale(getattr(axes, f"{side}axis"), side in look.log, side)
    limits: dict[str, Limits | None] = {"x": look.xlim, "y": look.ylim}
    for side, given in limits.items():
        if given is not None:
            low, high = ends_in(given, sweep.unit_of(names[side]), f"{side}lim")
            scales.limit(getattr(axes, f"{side}axis"), low, high, f"{side}lim")
