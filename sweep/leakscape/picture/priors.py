"""What the data taught: the density of an unknown before and after them."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from leakscape.errors import DeclarationError
from leakscape.picture import density, fit_panel, scales, theme, typography
from leakscape.picture.fit_panel import FitPanel
from leakscape.picture.panel import Painted
from leakscape.sweep.fitted import POSTERIOR, PRIOR, Numbers, Unknown

_OPACITY = {PRIOR: 0.22, POSTERIOR: 0.35}
_SEEN = (0.002, 0.998)
"""Quantiles of the prior between which the axis shows it."""
_INNER = (0.16, 0.84)
"""Quantiles that a width lies between."""
_TOP = 1.06
"""How high the panel is, beside the highest density."""
_FEWEST = 10
"""Draws that have a density."""
_LEAST = 0.02
"""A change of the width by less is none."""


def paint(axes: Axes, panel: FitPanel) -> Painted:
    """Draw the prior and the posterior of an unknown, each up to its highest.

    Args:
        axes: the panel.
        panel: the fit and one unknown.

    Returns:
        What was painted.
    """
    fitted, unknown = panel.fitted, panel.unknowns[0]
    scales.open_sides(axes)
    axes.grid(False)
    shades = {PRIOR: fit_panel.grey(), POSTERIOR: theme.named(0)}
    draws = {group: _natural(fitted.draws(group, unknown), unknown) for group in shades}
    for group, found in draws.items():
        if np.ptp(found) == 0.0:
            continue
        at, high = density.curve(found)
        at = density.back(np.r_[at[0], at, at[-1]], unknown.logarithmic)
        high = np.r_[0.0, high / high.max(), 0.0]
        axes.fill_between(at, high, color=shades[group], alpha=_OPACITY[group], linewidth=0.0)
        style: dict[str, Any] = {"color": shades[group], "linewidth": theme.width(1.8)}
        axes.plot(at, high, gid=group, **style)
    best = fitted.best(unknown)
    if best is not None:
        line: dict[str, Any] = {"linewidth": theme.width(1.3), "linestyle": (0, (4, 2))}
        axes.plot([best, best], [0.0, 1.0], color=theme.ink(), gid="best", **line)
    seen = np.quantile(draws[PRIOR], _SEEN)
    ends = [min(seen[0], draws[POSTERIOR].min()), max(seen[1], draws[POSTERIOR].max())]
    low, high_end = density.back(np.array(ends), unknown.logarithmic)
    fit_panel.dress_unknown(axes.xaxis, unknown, float(low), float(high_end))
    axes.set_ylim(0.0, _TOP)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_ylabel("density")
    said = narrowed(draws[PRIOR], draws[POSTERIOR])
    axes.set_title(said, loc="left", fontsize=theme.text(9.0), pad=theme.text(3.0))
    handles: list[Any] = [
        Patch(label=group, facecolor=(shades[group], _OPACITY[group]), edgecolor=shades[group])
        for group in shades
    ]
    if best is not None:
        handles.append(scales.line_handle("best value", color=theme.ink(), **line))
    notes = [
        "densities each to their highest; narrower: the posterior's 68 % interval than the prior's"
    ]
    return Painted(handles=handles, notes=notes, points=draws[POSTERIOR].size)


def narrowed(prior: Numbers, posterior: Numbers) -> str:
    """Say by which share of the prior's width the posterior is narrower.

    Args:
        prior: draws on their natural scale.
        posterior: likewise.
    """
    before, after = (float(np.subtract(*np.quantile(d, _INNER[::-1]))) for d in (prior, posterior))
    share = 1.0 - after / before if before > 0.0 else 0.0
    if abs(share) < _LEAST:
        return "as wide as the prior"
    percent = typography.number(100.0 * abs(share), 2)
    return f"{percent} % {'narrower' if share > 0.0 else 'wider'}"


def _natural(draws: Numbers, unknown: Unknown) -> Numbers:
    found = draws[np.isfinite(draws) & ((draws > 0.0) | (not unknown.logarithmic))]
    if found.size < _FEWEST:
        raise DeclarationError(
            f"output: {unknown.flat_name} has {found.size} draws that can be shown, and a density "
            f"takes {_FEWEST}; draw another one"
        )
    return density.natural(found, unknown.logarithmic)
