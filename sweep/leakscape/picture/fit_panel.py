"""A panel of a fit: what it shows, and what all of its kinds share - groups, labels, scales."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis, YAxis
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator
from numpy.typing import NDArray

from leakscape.declare import units
from leakscape.errors import DeclarationError
from leakscape.picture import scales, theme, typography
from leakscape.sweep.fitted import OBSERVED, ROW, Fitted, Numbers, Unknown

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "h")
MOST_GROUPS = len(MARKERS)
"""Groups that are told apart by colour and marker."""
OTHERS = "all others"
_CONCENTRATION = "mmol/L"
_DECADE = 3.0
"""Concentrations whose largest is so many times their smallest are drawn on a logarithmic axis."""
_ROW_TICKS, _FEW_TICKS = 6, 3
"""Ticks along the rows of a table, and along an axis of an unknown, at most."""
_ON_DARK = "#b4b4b4"
_OFFSET, _SCATTER = "offset_", "sd_"


@dataclass(frozen=True, kw_only=True)
class FitPanel:
    """What a panel of a fit shows.

    Args:
        fitted: the fit.
        kind: a name of the table of kinds.
        x: the column along the horizontal axis; empty for the row of the table.
        hue: the column of texts that tells groups apart; empty for none.
        output: the column of recordings.
        unknowns: which of them.
    """

    fitted: Fitted
    kind: str
    x: str = ""
    hue: str = ""
    output: str = ""
    unknowns: tuple[Unknown, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Group:
    """Rows that share a colour.

    Args:
        text: what the legend calls them; empty where there is one group only.
        shade: their colour.
        marker: their marker.
        rows: which of the rows they are.
        mixed: whether they are of several texts, so that no one curve is theirs.
    """

    text: str
    shade: Any
    marker: str
    rows: NDArray[np.bool_]
    mixed: bool = False

    @property
    def dots(self) -> dict[str, Any]:
        """How their recordings are drawn."""
        style: dict[str, Any] = {"color": self.shade, "marker": self.marker, "linestyle": "none"}
        return style | {"markersize": theme.width(6.0)}


def grey() -> Any:
    """Return a colour for what stands back, which shows on any ground."""
    return _ON_DARK if theme.is_dark() else theme.GREY


def groups(panel: FitPanel) -> list[Group]:
    """Return the rows by the texts of the hue."""
    fitted = panel.fitted
    count = fitted.observed.dataset.sizes[ROW]
    if not panel.hue:
        every = np.ones(count, bool)
        return [Group(text="", shade=theme.named(0), marker=MARKERS[0], rows=every)]
    texts = np.array(fitted.texts(OBSERVED, panel.hue))
    known = list(dict.fromkeys(texts))
    found = [
        Group(text=str(text), shade=theme.named(place), marker=MARKERS[place], rows=texts == text)
        for place, text in enumerate(known[:MOST_GROUPS])
    ]
    if len(known) > MOST_GROUPS:
        rows = ~np.isin(texts, known[:MOST_GROUPS])
        found.append(Group(text=OTHERS, shade=grey(), marker="x", rows=rows, mixed=True))
    return found


def handles(found: list[Group]) -> list[Artist]:
    """Return the legend's entries of groups."""
    if len(found) == 1 and not found[0].text:
        return [scales.line_handle("recorded", **found[0].dots)]
    return [
        scales.line_handle(typography.prose(group.text) or "no label", **group.dots)
        for group in found
    ]


def notes(panel: FitPanel, found: list[Group]) -> list[str]:
    """Say how many groups have no colour of their own."""
    if not found[-1].mixed:
        return []
    known = len(set(panel.fitted.texts(OBSERVED, panel.hue)))
    return [f"{MOST_GROUPS} of {known} values of {typography.symbol(panel.hue)} by colour"]


def along(panel: FitPanel) -> Numbers:
    """Return the horizontal place of each row."""
    if not panel.x:
        return np.arange(1.0, panel.fitted.observed.dataset.sizes[ROW] + 1.0)
    return panel.fitted.values(OBSERVED, panel.x)


def dress_x(axes: Axes, panel: FitPanel) -> None:
    """Give the horizontal axis its scale and its label."""
    values = along(panel)
    if not panel.x:
        axes.set_xlabel("row of the table")
        even = MaxNLocator(nbins=_ROW_TICKS, integer=True).tick_values(1.0, values[-1])
        whole = [float(at) for at in even if 1.0 <= at <= values[-1] and at == round(at)]
        axes.xaxis.set_major_locator(FixedLocator(whole))
        axes.set_xlim(0.5, values[-1] + 0.5)
        return
    axes.set_xlabel(column_label(panel.fitted, panel.x))
    if is_logarithmic(panel.fitted, panel.x):
        axes.set_xscale("log")
        scales.plain_decades(axes.xaxis, float(values.min()), float(values.max()))
    else:
        scales.powers(axes.xaxis)


def is_logarithmic(fitted: Fitted, column: str) -> bool:
    """Tell whether a column is drawn on a logarithmic axis: a concentration that varies a lot."""
    values = fitted.values(OBSERVED, column)
    if not np.all(values > 0.0) or float(values.max() / values.min()) < _DECADE:
        return False
    try:
        return units.same_dimension(fitted.observed.unit_of(column), _CONCENTRATION)
    except DeclarationError:  # a unit that some other program wrote
        return False


def column_label(fitted: Fitted, column: str) -> str:
    """Return the label of a column of the table: meaning, symbol, unit."""
    sweep = fitted.observed
    meaning = sweep.says("long_name", column, of=column)
    meaning = column if meaning.startswith(column) else meaning
    return typography.label(column, meaning, sweep.unit_of(column))


def unknown_sign(unknown: Unknown) -> str:
    """Return an unknown as symbol, with the text that it is for."""
    name = unknown.name
    sign = typography.symbol(name)
    for start, words in ((_OFFSET, "offset of "), (_SCATTER, "scatter of ")):
        if name.startswith(start):
            sign = words + typography.symbol(name.removeprefix(start))
    return f"{sign}, {typography.tidy(unknown.label)}" if unknown.label else sign


def unknown_label(unknown: Unknown) -> str:
    """Return the label of an unknown's axis, with its unit."""
    shown = typography.unit(unknown.unit)
    return f"{unknown_sign(unknown)} ({shown})" if shown else unknown_sign(unknown)


def dress_unknown(axis: Axis, unknown: Unknown, low: float, high: float) -> None:
    """Give an axis the scale of an unknown, its label and few ticks.

    Args:
        axis: horizontal or vertical.
        unknown: which.
        low: where the axis begins.
        high: where it ends.
    """
    upright = isinstance(axis, YAxis)
    axis.set_label_text(unknown_label(unknown))
    if unknown.logarithmic and low > 0.0:
        (axis.axes.set_yscale if upright else axis.axes.set_xscale)("log")
        axis.set_major_locator(FixedLocator(scales.round_places(low, high)))
        axis.set_major_formatter(FuncFormatter(lambda at, _: typography.number(at, 3)))
        axis.set_minor_locator(NullLocator())
    else:
        scales.powers(axis)
        axis.set_major_locator(MaxNLocator(_FEW_TICKS))
    if high > low:
        (axis.axes.set_ylim if upright else axis.axes.set_xlim)(low, high)
