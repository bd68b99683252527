"""Recordings with their errors, and what a fit says of them: its best curve and its bands."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from numpy.typing import NDArray

from leakscape.picture import current_voltage, fit_panel, scales, theme, typography
from leakscape.picture.fit_panel import FitPanel, Group
from leakscape.picture.panel import Layer, Painted
from leakscape.picture.request import CURRENT_VOLTAGE, Decision
from leakscape.sweep.fitted import BEST, CURVES, OBSERVED, POINT, Numbers
from leakscape.sweep.roles import is_current, is_potential

LEVELS = (95, 68)
_OPACITY = {95: 0.15, 68: 0.22}
"""Of the bands; the inner one lies over the outer one."""
_FEW = 3
"""Points of which a curve is not smooth, so that its places are marked."""


def paint(axes: Axes, panel: FitPanel) -> Painted:
    """Draw recordings with 1 standard error, the best curve, and bands of the model's mean.

    Args:
        axes: the panel.
        panel: the fit, an output, its condition and its groups.

    Returns:
        What was painted.
    """
    fitted, output = panel.fitted, panel.output
    scales.open_sides(axes)
    found = fit_panel.groups(panel)
    x, y = fit_panel.along(panel), fitted.values(OBSERVED, output)
    error = _errors(panel)
    fit_panel.dress_x(axes, panel)
    bands, drawn = False, False
    for group in (one for one in found if not one.mixed):
        banded, lined = _model(axes, panel, group, x)
        bands, drawn = bands or banded, drawn or lined
    for group in found:
        here = group.rows & np.isfinite(y)
        bars: dict[str, Any] = {"capsize": theme.width(2.5), "elinewidth": theme.width(1.4)}
        axes.errorbar(x[here], y[here], yerr=error[here], zorder=3, **bars, **group.dots)
    axes.set_ylabel(fit_panel.column_label(fitted, output))
    scales.powers(axes.yaxis)
    if is_clamp(panel):
        decision = Decision(kind=CURRENT_VOLTAGE, output=output, x=panel.x)
        current_voltage.through_the_origin(
            axes, Layer(name="", sweep=fitted.observed, decision=decision), ()
        )
    handles = [*fit_panel.handles(found), *_handles(found, bands=bands, drawn=drawn)]
    notes = fit_panel.notes(panel, found)
    if np.any(np.isfinite(error[np.isfinite(y)]) & (error[np.isfinite(y)] > 0.0)):
        notes.append("error bars: 1 standard error")
    else:
        notes.append(f"the errors of {typography.symbol(output)} are unknown: no bars")
    return Painted(handles=handles, notes=notes + _held(panel, bands or drawn), points=y.size)


def is_clamp(panel: FitPanel) -> bool:
    """Tell whether a current is drawn against a potential."""
    sweep = panel.fitted.observed
    return bool(panel.x) and is_current(sweep, panel.output) and is_potential(sweep, panel.x)


def _errors(panel: FitPanel) -> Numbers:
    name = f"{panel.output}_error"
    if not panel.fitted.holds(OBSERVED, name):
        return np.zeros(panel.fitted.observed.dataset[panel.output].shape)
    found = panel.fitted.values(OBSERVED, name)
    return np.where(np.isfinite(found), found, 0.0)


def has_curves(panel: FitPanel) -> bool:
    """Tell whether the tree holds curves along the condition drawn, a group each."""
    needed = [panel.output, panel.x, *([panel.hue] if panel.hue else [])]
    if not (panel.x and panel.fitted.holds(CURVES, *needed)):
        return False
    return bool(np.ptp(panel.fitted.values(CURVES, panel.x)) > 0.0)


def _model(axes: Axes, panel: FitPanel, group: Group, x: Numbers) -> tuple[bool, bool]:
    """Draw bands and the best curve of a group; tell whether there were any."""
    fitted, output = panel.fitted, panel.output
    style: dict[str, Any] = {"color": group.shade, "linewidth": theme.width(2.0), "zorder": 2.5}
    if not has_curves(panel):
        return False, _through_rows(axes, panel, group, x, style)
    place, banded, drawn = fitted.values(CURVES, panel.x), False, False
    for here in _members(panel, group):
        order = np.flatnonzero(here)[np.argsort(place[here], kind="stable")]
        banded = _bands(axes, panel, group, place, order) or banded
        best = fitted.values(CURVES, output)[order]
        axes.plot(place[order], best, gid=f"best {group.text}".strip(), **style)
        drawn = drawn or bool(np.isfinite(best).any())
    return banded, drawn


def _bands(
    axes: Axes, panel: FitPanel, group: Group, place: Numbers, order: NDArray[np.int64]
) -> bool:
    """Draw the bands of one curve; tell whether there were any."""
    fitted, output, banded = panel.fitted, panel.output, False
    for level in LEVELS:
        ends = [f"{output}_{side}_{level}" for side in ("lower", "upper")]
        if fitted.holds(CURVES, *ends):
            low, high = (fitted.values(CURVES, end)[order] for end in ends)
            shade = {"color": group.shade, "alpha": _OPACITY[level], "linewidth": 0.0}
            axes.fill_between(place[order], low, high, **shade)
            banded = banded or bool(np.isfinite(low).any())
    return banded


def _through_rows(
    axes: Axes, panel: FitPanel, group: Group, x: Numbers, style: dict[str, Any]
) -> bool:
    """Draw what the best fit predicts at the rows, as a line through them."""
    if not panel.fitted.holds(BEST, panel.output):
        return False
    predicted = panel.fitted.values(BEST, panel.output)
    rows = np.flatnonzero(group.rows & np.isfinite(predicted))
    order = rows[np.argsort(x[rows], kind="stable")]
    if not panel.x:  # rows have no order along which a model could be smooth
        style = style | {"linestyle": "none", "marker": "_", "markersize": theme.width(16.0)}
    elif len(np.unique(x[order])) < _FEW:
        style = style | {"marker": "_", "markersize": theme.width(10.0)}
    axes.plot(x[order], predicted[order], gid=f"best {group.text}".strip(), **style)
    return bool(order.size)


def _members(panel: FitPanel, group: Group) -> list[NDArray[np.bool_]]:
    """Return which points each curve of a group has; several where other columns differ too."""
    fitted = panel.fitted
    sweep = fitted.groups[CURVES]
    columns = [str(name) for name in sweep.dataset.coords if sweep.is_text(str(name))]
    count = sweep.dataset.sizes[POINT]
    texts = list(zip(*(fitted.texts(CURVES, name) for name in columns), strict=True))
    texts = texts or [()] * count
    own = columns.index(panel.hue) if panel.hue else None
    known = [text for text in dict.fromkeys(texts) if own is None or text[own] == group.text]
    return [np.array([text == one for text in texts], bool) for one in known]


def _handles(found: list[Group], *, bands: bool, drawn: bool) -> list[Artist]:
    shade = found[0].shade if len(found) == 1 else fit_panel.grey()
    told: list[Artist] = []
    if drawn:
        told.append(
            scales.line_handle("best fit", color=shade, linewidth=theme.width(2.0)),
        )
    if bands:
        inner = 1.0 - (1.0 - _OPACITY[95]) * (1.0 - _OPACITY[68])
        for level, alpha in ((68, inner), (95, _OPACITY[95])):
            told.append(Patch(color=shade, alpha=alpha, linewidth=0.0, label=f"{level} % of mean"))
    return told


def _held(panel: FitPanel, drawn: bool) -> list[str]:
    """Say where curves are held along other conditions."""
    fitted = panel.fitted
    others = [name for name in fitted.conditions if name != panel.x]
    if not (drawn and others and has_curves(panel)):
        return []
    places = []
    for name in others:
        held = fitted.values(CURVES, name) if fitted.holds(CURVES, name) else None
        value = np.median(fitted.values(OBSERVED, name)) if held is None else held[0]
        unit = fitted.observed.unit_of(name)
        places.append(f"{typography.symbol(name)} = {typography.quantity(float(value), unit)}")
    return ["curves at " + ", ".join(places)]
