"""Stable or not: branches of several solutions, and the points where a current crosses zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from leakscape.picture import scales, theme
from leakscape.picture.request import Decision
from leakscape.picture.slices import read
from leakscape.sweep import Sweep
from leakscape.sweep.roles import is_current_over_potential, stability_of, stable_flag

_DASHES = (0, (3, 2))


def has_branches(sweep: Sweep, decision: Decision) -> bool:
    """Tell whether each point has several solutions and the sweep knows which are stable."""
    own = set(sweep.dataset[decision.output].dims) - set(sweep.swept)
    return decision.hue in own and bool(stability_of(sweep, decision.output))


def draw_branches(
    axes: Axes,
    sweep: Sweep,
    decision: Decision,
    x: NDArray[np.float64],
    rows: NDArray[np.float64],
    order: dict[str, Any],
) -> list[Artist]:
    """Draw solutions as branches: stable ones as lines, unstable ones dashed.

    Args:
        axes: the axes.
        sweep: the sweep.
        decision: what is drawn; its hue is the dimension of the solutions.
        x: values along the axis.
        rows: solutions by slot, shape (slots, len(x)), NaN where there is none.
        order: how the rows were read.

    Returns:
        The legend's entries.
    """
    known = stability_of(sweep, decision.output)
    kinds = read(sweep, replace(decision, output=known), order).values
    good = stable_flag(sweep, known)
    count = np.isfinite(rows).sum(axis=0)
    # Where solutions appear or vanish, a slot goes on with another branch: no line there.
    breaks = np.flatnonzero(np.diff(count)) + 1
    seen = set()
    for piece in np.split(np.arange(len(x)), breaks):
        for slot in range(int(count[piece[0]])):
            stable = bool(kinds[slot, piece[0]] == good)
            seen.add(stable)
            style = _style(stable)
            marker = "." if len(piece) == 1 else None
            axes.plot(x[piece], rows[slot, piece], marker=marker, **style)
    words = {True: "stable", False: "unstable"}
    return [
        scales.line_handle(words[kind], **_style(kind)) for kind in (True, False) if kind in seen
    ]


def _style(stable: bool) -> dict[str, Any]:
    shade = theme.named(0 if stable else 1)
    return {
        "color": shade,
        "linewidth": theme.width(2.4),
        "linestyle": "solid" if stable else _DASHES,
    }


def mark_zeros(
    axes: Axes,
    sweep: Sweep,
    decision: Decision,
    x: NDArray[np.float64],
    rows: NDArray[np.float64],
    shades: Sequence[Any],
) -> list[Artist]:
    """Mark where a current-voltage curve crosses zero: rising is stable, falling is not.

    Args:
        axes: the axes.
        sweep: the sweep.
        decision: what is drawn.
        x: potentials.
        rows: a current for each curve, outward positive, shape (curves, len(x)).
        shades: the colour of each curve.

    Returns:
        The legend's entries; empty where the picture shows no current against potential.
    """
    if not is_current_over_potential(sweep, decision.output, decision.x):
        return []
    seen = set()
    for row, shade in zip(rows, shades, strict=False):
        with np.errstate(invalid="ignore"):
            change = np.diff((row > 0).astype(int))
        for place in np.flatnonzero(change):
            if not np.all(np.isfinite(row[place : place + 2])):
                continue
            share = row[place] / (row[place] - row[place + 1])
            at = x[place] + share * (x[place + 1] - x[place])
            rising = bool((change[place] > 0) == (x[place + 1] > x[place]))
            seen.add(rising)
            axes.plot([at], [0.0], zorder=4, **_marker(rising, shade))
    if not seen:
        return []
    axes.axhline(0.0, color=theme.GREY, linewidth=theme.width(1.0), zorder=1.2)
    words = {True: "stable equilibrium", False: "unstable equilibrium"}
    return [
        Line2D([], [], label=words[kind], **_marker(kind, theme.ink()))
        for kind in (True, False)
        if kind in seen
    ]


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
