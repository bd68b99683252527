"""Pairs of unknowns against one another: where 68 and 95 % of the posterior lie."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.patches import Patch

from leakscape.errors import DeclarationError
from leakscape.picture import corner, density, fit_panel, scales, theme, typography
from leakscape.picture.fit_panel import FitPanel
from leakscape.picture.influence import Sampled
from leakscape.picture.panel import Painted, room
from leakscape.sweep.fitted import POSTERIOR, Numbers, Unknown

MOST = corner.MOST
"""Unknowns at most."""
_SHARES = (0.95, 0.68)
_OPACITY = (0.22, 0.5)
"""Of what holds 95 and 68 %."""
_SEEN, _ROOM = (0.002, 0.998), 0.06
"""Quantiles that an axis reaches to, and how much farther it goes [their distance]."""
_ABOVE = 1.12
"""How high a square is, beside the highest density."""
_FEWEST = 10
"""Draws that have a density."""
_LETTERS = 11.0
"""Letters along an inch of a square's axis in the usual theme."""


def paint(axes: Axes, panel: FitPanel) -> Painted:
    """Draw a square for each pair of unknowns, with their densities on the diagonal.

    Args:
        axes: the panel, which is divided into squares.
        panel: the fit and two unknowns at least.

    Returns:
        What was painted.
    """
    asked = panel.unknowns
    chosen = asked[: max(2, min(MOST, corner.fitting(axes)))]
    draws = _draws(panel, chosen)
    axes.set_axis_off()
    shade = theme.named(0)
    best = [panel.fitted.best(unknown) for unknown in chosen]
    letters = max(8, int(_LETTERS * room(axes)[0] / theme.text(1.0) / len(chosen)))
    known = [
        Sampled(
            name=unknown.flat_name,
            label=typography.folded(fit_panel.unknown_label(unknown), letters),
            values=_seen(draws[place], unknown, best[place]),
            logarithmic=unknown.logarithmic,
            correlation=0.0,
        )
        for place, unknown in enumerate(chosen)
    ]
    last = len(chosen) - 1
    for row, vertical in enumerate(chosen):
        for column, across in enumerate(chosen[: row + 1]):
            square = corner.square_of(axes, row, column, len(chosen))
            square.set_gid(f"{across.flat_name} {vertical.flat_name}")
            corner.dress(square.xaxis, known[column], named=row == last)
            square.set_xlim(*known[column].values)
            if row == column:
                _marginal(square, draws[row], across, best[row], shade)
                continue
            corner.dress(square.yaxis, known[row], named=column == 0)
            if column == 0:
                square.set_ylabel(_upright(vertical))
            square.set_ylim(*known[row].values)
            _shares(square, draws[column], draws[row], (across, vertical), shade)
            at, level = best[column], best[row]
            if at is not None and level is not None:
                square.plot([at], [level], **_cross())
    handles: list[Any] = [
        Patch(label=f"{100 * share:.0f} % of the posterior", facecolor=to_rgba(shade, opacity))
        for share, opacity in zip(_SHARES[::-1], _OPACITY[::-1], strict=True)
    ]
    if any(value is not None for value in best):
        handles.append(scales.line_handle("best value", **_cross()))
    notes = []
    if left := [fit_panel.unknown_sign(unknown) for unknown in asked[len(chosen) :]]:
        notes.append("left out: " + "; ".join(left))
    return Painted(handles=handles, notes=notes, points=draws.shape[1])


def _draws(panel: FitPanel, chosen: tuple[Unknown, ...]) -> Numbers:
    """Return draws (unknown, draw) on their natural scales, those where all are numbers."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.stack(
            [
                density.natural(panel.fitted.draws(POSTERIOR, unknown), unknown.logarithmic)
                for unknown in chosen
            ]
        )
    found = found[:, np.isfinite(found).all(axis=0)]
    if found.shape[1] < _FEWEST or np.any(np.ptp(found, axis=1) == 0.0):
        raise DeclarationError(
            f"kind: corner needs {_FEWEST} draws that differ, got {found.shape[1]} of "
            f"{', '.join(unknown.flat_name for unknown in chosen)}; fit again with more draws"
        )
    return found


def _seen(draws: Numbers, unknown: Unknown, best: float | None) -> Numbers:
    """Return the ends of an unknown's axis."""
    low, high = (float(end) for end in np.quantile(draws, _SEEN))
    if best is not None and (best > 0.0 or not unknown.logarithmic):
        at = float(density.natural(np.array(best), unknown.logarithmic))
        low, high = min(low, at), max(high, at)
    room = _ROOM * (high - low)
    ends = max(low - room, float(draws.min())), min(high + room, float(draws.max()))
    return density.back(np.array(ends), unknown.logarithmic)


def _marginal(
    square: Axes, draws: Numbers, unknown: Unknown, best: float | None, shade: Any
) -> None:
    at, high = density.curve(draws)
    at = density.back(np.r_[at[0], at, at[-1]], unknown.logarithmic)
    high = np.r_[0.0, high, 0.0]
    square.fill_between(at, high, color=shade, alpha=_OPACITY[0], linewidth=0.0)
    square.plot(at, high, color=shade, linewidth=theme.width(1.4), gid="marginal")
    if best is not None:
        line: dict[str, Any] = {"color": theme.ink(), "linewidth": theme.width(1.1)}
        square.axvline(best, linestyle=(0, (4, 2)), gid="best", **line)
    square.set_ylim(0.0, _ABOVE * float(high.max()))
    square.set_yticks([])
    square.spines["left"].set_visible(False)


def _upright(unknown: Unknown) -> str:
    """Return an unknown's label in lines that the height of a square holds."""
    return fit_panel.unknown_label(unknown).replace(", ", ",\n").replace(" (", "\n(")


def _shares(
    square: Axes, x: Numbers, y: Numbers, pair: tuple[Unknown, Unknown], shade: Any
) -> None:
    found = density.surface(x, y)
    levels = [found.level(share) for share in _SHARES]
    ends = [*levels, float(found.height.max())]
    if not ends[0] < ends[1] < ends[2]:  # all draws in a few bins
        return
    at = density.back(found.x, pair[0].logarithmic), density.back(found.y, pair[1].logarithmic)
    colours = [to_rgba(shade, opacity) for opacity in _OPACITY]
    square.contourf(*at, found.height, levels=ends, colors=colours)
    thin = theme.width(1.0)
    lines = square.contour(*at, found.height, levels=levels, colors=[shade], linewidths=thin)
    lines.set_gid("shares")


def _cross() -> dict[str, Any]:
    style: dict[str, Any] = {"marker": "+", "markersize": theme.width(9.0), "linestyle": "none"}
    return style | {"color": theme.ink(), "markeredgewidth": theme.width(1.6), "zorder": 4}
