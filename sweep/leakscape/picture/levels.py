"""The study's own levels, drawn as dashed lines across a panel and named in its legend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes

from leakscape.picture import scales, theme, typography
from leakscape.sweep import Sweep, analysed

_NEAR = 0.5
"""How far beyond what is drawn a level is still drawn [lengths of the axis]."""


def across(
    axes: Axes,
    sweep: Sweep,
    output: str,
    called: str = "",
    *,
    upright: bool = False,
    near: float = _NEAR,
    more: Callable[[float], str] = lambda level: "",
) -> list[Artist]:
    """Draw the study's levels of an output, where the data come near.

    Args:
        axes: the panel.
        sweep: the sweep.
        output: of which variable the levels are.
        called: what the legend calls it; by default as the variable is called.
        upright: whether the output lies along x.
        near: how far beyond the data a level is drawn [lengths of the axis].
        more: says more of a level in the legend.

    Returns:
        The legend's entries.
    """
    entries: list[Artist] = []
    if analysed.told(sweep, output) is not None:  # the levels are those of what was analysed
        return entries
    low, high = sorted(axes.get_xlim() if upright else axes.get_ylim())
    room, unit = near * (high - low), sweep.unit_of(output)
    style: dict[str, Any] = {
        "color": theme.ink(),
        "linewidth": theme.width(1.6),
        "linestyle": (0, (4, 3)),
    }
    line = axes.axvline if upright else axes.axhline
    for level in sorted(sweep.levels_of(output)):
        if low - room <= level <= high + room:
            line(level, zorder=1.5, **style)
            words = f"{typography.symbol(called or output)} = {typography.quantity(level, unit)}"
            entries.append(scales.line_handle(words + more(level), **style))
    return entries
