"""Screening after Morris: how strongly each parameter acts, and how unevenly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from leakscape.picture import scales, statistics, theme, typography
from leakscape.picture.indices import ranked, read_ranked
from leakscape.picture.panel import Layer, Painted, Span
from leakscape.sweep import analysed
from leakscape.sweep.analysed import SIGMA

MOST = 24
"""Parameters drawn at most; the strongest ones."""
_MARKERS = ("o", "s", "^", "D", "v", "P")
"""One shape for each round of colours."""


def paint(axes: Axes, layers: Sequence[Layer], span: Span | None) -> Painted:
    """Draw sigma against mu*, a dot for each parameter, with 95 % intervals.

    Args:
        axes: the panel.
        layers: the one dataset.
        span: of no matter: panels share the axes.

    Returns:
        What was painted.
    """
    layer = layers[0]
    sweep, decision = layer.sweep, layer.decision
    one = analysed.told(sweep, decision.output)
    assert one is not None
    scales.open_sides(axes)
    order = ranked(layer, MOST)
    across, x_wide = read_ranked(layer, decision.output, order)
    upright, y_wide = read_ranked(layer, one.other(SIGMA), order)
    handles = []
    for number, name in enumerate(order.names):
        style: dict[str, Any] = {
            "color": theme.named(number),
            "marker": _MARKERS[number // len(theme.NAMED) % len(_MARKERS)],
            "markersize": theme.width(8.0),
            "linestyle": "none",
        }
        axes.errorbar(
            across[number],
            upright[number],
            xerr=x_wide[number],
            yerr=y_wide[number],
            elinewidth=theme.width(1.2),
            **style,
        )
        handles.append(scales.line_handle(typography.prose(name), **style))
    high = float(np.max(across[np.isfinite(across)], initial=0.0))
    line: dict[str, Any] = {"color": theme.GREY, "linewidth": theme.width(1.2)}
    line |= {"linestyle": (0, (4, 3))}
    axes.plot([0.0, high], [0.0, high], zorder=0.5, **line)
    handles.append(scales.line_handle(r"$\sigma = \mu^*$", **line))
    axes.set_xlabel(scales.axis_label(sweep, decision.output))
    words = statistics.of_parameters(analysed.Index(outcome="", text=one.text, statistic=SIGMA))
    text = typography.label("", words, sweep.unit_of(decision.output))
    axes.set_ylabel(typography.folded(text, scales.UPRIGHT_LETTERS))
    axes.set_xlim(left=min(0.0, axes.get_xlim()[0]))
    axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))
    notes = [*order.notes, "bars: 95 % intervals"] if np.any(x_wide > 0.0) else order.notes
    return Painted(handles=handles, notes=notes, points=across.size)
