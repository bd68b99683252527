"""Current-voltage relations: axes through the origin, zeros, and reversal potentials."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from leakscape.picture import lines, theme, typography
from leakscape.picture.lines import Curve
from leakscape.picture.panel import Layer, Painted, Span
from leakscape.picture.reversal import reversal_potentials
from leakscape.sweep.roles import is_current_over_potential

Numbers = NDArray[np.float64]

_SHARE = 0.4
"""Of the panel's height at least, for the part of the curves with their zeros and turns."""
_FLAT = 1e-6
"""A step below this part of a curve's height is none: float32 ends there."""
_LETTER = 0.6
"""Width of a letter [its size]."""
_ROOM = 0.05
"""Left free above and below the curves [their height]."""


def paint(axes: Axes, layers: Sequence[Layer], span: Span | None) -> Painted:
    """Draw currents along a potential as electrophysiologists do: outward is up.

    Args:
        axes: the panel.
        layers: the sweeps.
        span: the currents that panels share, None for a lone one.

    Returns:
        What was painted.

    Raises:
        DeclarationError: the sweeps' units do not measure the same.
    """
    painted, curves = lines.draw(axes, layers)
    lead = layers[0]
    handles = [*painted.handles, *_mark_zeros(axes, curves)]
    named = _mark_reversals(axes, curves)
    notes = list(painted.notes)
    whole, window = _spans(curves)
    window = window if span is None else span
    if whole is not None and window is not None:
        room = _ROOM * (window[1] - window[0])
        window = window[0] - room, window[1] + room
        axes.set_ylim(*window)
        if not lead.limited:
            unit = lead.sweep.unit_of(lead.decision.output)
            notes += [
                _cut(side, at, None if span is not None else end, unit)
                for side, at, end in _beyond(whole, window)
            ]
    through_the_origin(axes, lead, named)
    sign = typography.symbol(lead.decision.output)
    meaning = lead.sweep.says("long_name", "", of=lead.decision.output)
    if meaning and meaning != lead.decision.output:
        notes.insert(0, f"{sign}: {typography.prose(meaning)}")
    return replace(painted, handles=handles, notes=notes)


def span_of(layer: Layer) -> Span | None:
    """Return which currents a panel shows."""
    from matplotlib.figure import Figure

    _, curves = lines.draw(Figure().add_subplot(), [layer])
    return _spans(curves)[1]


def _spans(curves: Iterable[Curve]) -> tuple[Span | None, Span | None]:
    """Return the smallest and largest current, with 0, and between which the panel shows them.

    A rectifier carries so much in one direction that nothing is seen of its zeros and turns. Then
    the panel ends where these take the share of its height that they need.
    """
    low = high = inner_low = inner_high = 0.0
    drawn = False
    for curve in curves:
        here = np.isfinite(curve.y)
        if not here.any():
            continue
        drawn = True
        low, high = min(low, float(curve.y[here].min())), max(high, float(curve.y[here].max()))
        part = _between_turns(curve.y[here])
        if part.size:
            inner_low = min(inner_low, float(part.min()))
            inner_high = max(inner_high, float(part.max()))
    if not drawn or low == high:
        return None, None
    inner = inner_high - inner_low
    if inner == 0.0 or inner >= _SHARE * (high - low):
        return (low, high), (low, high)
    more = inner / _SHARE - inner
    below, above = inner_low - low, high - inner_high
    # what one side does not need the other one has
    under = min(below, max(0.5 * more, more - above))
    over = min(above, more - under)
    return (low, high), (inner_low - under, inner_high + over)


def _between_turns(y: Numbers) -> Numbers:
    """Return the part of a curve from the first to the last of its zeros and turns, if it turns."""
    step = np.diff(y)
    moving = np.flatnonzero(np.abs(step) > _FLAT * np.ptp(y))
    turns = moving[1:][np.diff(np.sign(step[moving])) != 0.0]
    if turns.size == 0:
        return y[:0]
    zeros = np.flatnonzero(np.diff(np.sign(y)) != 0.0)
    ends = np.concatenate([turns, zeros, zeros + 1])
    return y[ends.min() : ends.max() + 1]


def _beyond(whole: Span, window: Span) -> Iterator[tuple[str, float, float]]:
    """Give what the panel cuts: which currents, where, and how far they go."""
    if whole[0] < window[0]:
        yield "inward", window[0], whole[0]
    if whole[1] > window[1]:
        yield "outward", window[1], whole[1]


def _cut(side: str, at: float, end: float | None, unit: str) -> str:
    """Say where a current is cut off, and how far a lone panel's goes on."""
    at = float(f"{at:.2g}")
    if end is None:
        return f"{side} current cut off at {typography.quantity(at, unit)}"
    reached = typography.quantity(end, unit, 2)
    return f"{side} current cut off at {typography.number(at)}, reaches {reached}"


def _mark_zeros(axes: Axes, curves: Sequence[Curve]) -> list[Artist]:
    """Mark where a net current crosses zero: rising is stable, falling is not."""
    seen = set()
    for curve in curves:
        decision = curve.layer.decision
        if not is_current_over_potential(curve.layer.sweep, decision.output, decision.x):
            continue
        for at, rising in _zeros(curve.x, curve.y):
            seen.add(rising)
            axes.plot([at], [0.0], zorder=4, **_marker(rising, curve.shade))
    words = {
        True: "stable equilibrium (the current rises)",
        False: "unstable equilibrium (it falls)",
    }
    return [
        Line2D([], [], label=words[kind], **_marker(kind, theme.ink()))
        for kind in (True, False)
        if kind in seen
    ]


def _zeros(x: Numbers, y: Numbers) -> Iterator[tuple[float, bool]]:
    """Give where a curve crosses zero, and whether it rises there."""
    with np.errstate(invalid="ignore"):
        change = np.diff((y > 0).astype(int))
    for place in np.flatnonzero(change):
        if not np.all(np.isfinite(y[place : place + 2])):
            continue
        share = y[place] / (y[place] - y[place + 1])
        at = x[place] + share * (x[place + 1] - x[place])
        yield float(at), bool((change[place] > 0) == (x[place + 1] > x[place]))


def _marker(rising: bool, shade: Any) -> dict[str, Any]:
    face = shade if rising else theme.ground()
    return {
        "linestyle": "none",
        "marker": "o",
        "markersize": theme.width(9),
        "markerfacecolor": face,
        "markeredgecolor": shade,
        "markeredgewidth": theme.width(2.0),
    }


def _mark_reversals(axes: Axes, curves: Sequence[Curve]) -> list[float]:
    """Mark where ions reverse, as far as the sweep knows; return where names stand at the top."""
    low, high = sorted(axes.get_xlim())
    marked: dict[tuple[str, float], Any] = {}
    alone = len(curves) == 1
    for curve in curves:
        for name, value in reversal_potentials(curve.layer, curve.place):
            if low <= value <= high:
                same = (name, round(value, 6))
                marked[same] = theme.ink() if same in marked or alone else curve.shade
    for (name, value), shade in marked.items():
        style = {"color": shade, "linewidth": theme.width(1.2), "linestyle": (0, (1, 2))}
        axes.axvline(value, zorder=1.1, gid=f"reversal {name}", **style)
        axes.annotate(
            typography.symbol(name),
            (value, 0.999),
            (0.0, 3.0),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            annotation_clip=True,
            color=shade,
            ha="center",
            va="bottom",
            fontsize=theme.text(10.0),
        )
    return [value for _, value in marked]


def through_the_origin(axes: Axes, lead: Layer, named: Sequence[float]) -> None:
    """Cross the axes at the origin; numbers stay at the panel's edges, where no curve is.

    Ticks follow the spines that cross; the labels are at the ends of these.

    Args:
        axes: the panel.
        lead: the first sweep.
        named: where names stand at the upper edge, which the label must not cover.
    """
    x, output, sweep = lead.decision.x, lead.decision.output, lead.sweep
    for side in ("top", "right"):
        axes.spines[side].set_visible(True)
        axes.spines[side].set(color=theme.ink(), linewidth=theme.width(1.2))
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    crossing: dict[str, Any] = {"direction": "inout", "length": theme.width(7)}
    axes.tick_params(axis="x", top=True, bottom=False, color=theme.ink(), **crossing)
    axes.tick_params(axis="y", right=True, left=False, color=theme.ink(), **crossing)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_label_text("")
    said = [_short(sweep.unit_of(name), name) for name in (x, output)]
    size = theme.text(12.5)
    across = axes.text(1.0, 0.0, f" {said[0]}", ha="left", va="center", fontsize=size)
    across.set(transform=axes.get_yaxis_transform(), gid="x label")
    up = axes.text(0.0, 1.0, said[1], ha="center", va="bottom", fontsize=size)
    up.set(transform=axes.get_xaxis_transform(), gid="y label")

    def cross(_: Axes) -> None:
        """Let the axes cross at the origin, or at the edge next to it."""
        (left, right), (lower, upper) = sorted(axes.get_xlim()), sorted(axes.get_ylim())
        at, level = min(max(0.0, left), right), min(max(0.0, lower), upper)
        axes.spines["top"].set_position(("data", level))
        axes.spines["right"].set_position(("data", at))
        across.set_y(level)
        up.set_x(at)
        wide = axes.bbox.width * 72.0 / axes.figure.dpi
        near = _LETTER * (len(typography.plain(said[1])) / 2 + 3) * size / wide
        covered = any(abs(value - at) < near * (right - left) for value in named)
        beside = f"\nat {said[0].split(' ')[0]} = {typography.number(at)}" if at else ""
        up.set_text(said[1] + beside + "\n" * covered)

    cross(axes)
    for limits in ("xlim_changed", "ylim_changed"):
        axes.callbacks.connect(limits, cross)


def _short(unit: str, name: str) -> str:
    sign, shown = typography.symbol(name), typography.unit(unit)
    sign = f"${sign}$" if len(sign) == 1 else sign
    return f"{sign} ({shown})" if shown else sign
