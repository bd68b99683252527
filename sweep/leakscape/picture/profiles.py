"""Profiles: by how much the misfit grows as one unknown is held, and all others follow."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from leakscape.picture import fit_panel, scales, theme
from leakscape.picture.fit_panel import FitPanel
from leakscape.picture.panel import Painted
from leakscape.sweep.fitted import BEST, SCAN, Fitted, Numbers, Unknown

LEVELS = ((1.0, "68 %"), (3.84, "95 %"))
"""Rise of chi2 at the ends of an interval, and its level: quantiles of chi2 with 1 degree."""
NOT_DETERMINED = "not determined"
_TOP, _BOTTOM = 6.4, -0.35
"""Ends of the vertical axis."""
_ABOVE = 0.06
"""Between a level and its name."""


def has(fitted: Fitted) -> bool:
    """Tell whether there are profiles, of the best fit or of the scan."""
    return bool(fitted.unknowns) and (_is_fine(fitted) or _is_coarse(fitted))


def _is_fine(fitted: Fitted) -> bool:
    return fitted.holds(BEST, "profile_value", "profile_chi2")


def _is_coarse(fitted: Fitted) -> bool:
    return fitted.holds(SCAN, "profile", "edge")


def rise(fitted: Fitted, unknown: Unknown) -> tuple[Numbers, Numbers]:
    """Return values of an unknown, rising, and by how much chi2 exceeds its least one there."""
    if _is_fine(fitted):
        place = fitted.place(unknown)
        chi2 = fitted.values(BEST, "profile_chi2")
        values = fitted.values(BEST, "profile_value")[place]
        order = np.argsort(values, kind="stable")
        least = float(np.min(chi2, where=np.isfinite(chi2), initial=np.inf))
        return values[order], (chi2[place] - least)[order]
    place = fitted.place(unknown, SCAN)
    logarithms, edges = fitted.values(SCAN, "profile"), fitted.values(SCAN, "edge")[place]
    best = float(np.max(logarithms, where=np.isfinite(logarithms), initial=-np.inf))
    low, high = edges[:-1], edges[1:]
    middle = np.sqrt(low * high) if unknown.logarithmic else 0.5 * (low + high)
    return middle, 2.0 * (best - logarithms[place])


def paint(axes: Axes, panel: FitPanel) -> Painted:
    """Draw the profile of an unknown, with the levels of its intervals and the best value.

    Args:
        axes: the panel.
        panel: the fit and one unknown.

    Returns:
        What was painted.
    """
    fitted, unknown = panel.fitted, panel.unknowns[0]
    scales.open_sides(axes)
    axes.grid(False)
    x, y = rise(fitted, unknown)
    known = np.isfinite(x) & np.isfinite(y)
    for level, text in LEVELS:
        style: dict[str, Any] = {"color": theme.faint(), "linewidth": theme.width(1.0)}
        axes.axhline(level, linestyle=(0, (4, 2)), zorder=1, **style)
        if known.any():  # above the lowest point, where the profile is not
            at = float(x[known][np.argmin(y[known])])
            words: dict[str, Any] = {"ha": "center", "va": "bottom", "color": theme.faint()}
            axes.text(at, level + _ABOVE, text, fontsize=theme.text(8.5), **words)
    axes.plot(x[known], y[known], color=theme.named(0), linewidth=theme.width(2.0), gid="profile")
    best = fitted.best(unknown)
    if best is not None:
        dot: dict[str, Any] = {"marker": "o", "markersize": theme.width(7.0), "linestyle": "none"}
        axes.plot([best], [0.0], color=theme.ink(), zorder=4, gid="best", **dot)
    if known.any():
        fit_panel.dress_unknown(axes.xaxis, unknown, float(x[known].min()), float(x[known].max()))
    axes.set_ylim(_BOTTOM, _TOP)
    axes.set_yticks([0, 2, 4, 6])
    axes.set_ylabel(r"$\Delta\chi^2$")
    if said := verdict(x[known], y[known]):
        axes.set_title(said, loc="left", fontsize=theme.text(9.0), pad=theme.text(3.0))
    marked = {"color": theme.ink(), "marker": "o", "linestyle": "none"}
    handles = [scales.line_handle("best value", markersize=theme.width(6.0), **marked)]
    notes = [] if _is_fine(fitted) else ["profiles: the best point in each bin of the scan"]
    return Painted(
        handles=handles if best is not None else (), notes=notes, points=int(known.sum())
    )


def verdict(x: Numbers, y: Numbers) -> str:
    """Say on which side a profile stays below its levels, so that there is no bound.

    Args:
        x: values of the unknown, rising.
        y: rise of chi2 there.
    """
    if not x.size:
        return "no profile"
    lowest = int(np.argmin(y))
    open_ = {
        level: tuple(bool(np.all(part < level)) for part in (y[: lowest + 1], y[lowest:]))
        for level, _ in LEVELS
    }
    if all(open_[LEVELS[0][0]]):
        return NOT_DETERMINED
    for level, text in LEVELS:
        below, above = open_[level]
        if below and above:
            return f"no bounds at {text}"
        if below or above:
            return f"no {'lower' if below else 'upper'} bound" + (
                "" if level == LEVELS[0][0] else f" at {text}"
            )
    return ""
