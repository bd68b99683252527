"""The axes of a panel: labels, scales, and ticks that can be read."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis, YAxis
from matplotlib.lines import Line2D
from matplotlib.ticker import (
    FixedLocator,
    FuncFormatter,
    LogLocator,
    MaxNLocator,
    NullFormatter,
    ScalarFormatter,
)
from numpy.typing import NDArray

from leakscape.errors import DeclarationError
from leakscape.picture import typography
from leakscape.sweep import Sweep

LETTERS, UPRIGHT_LETTERS = 90, 42
"""Letters that fit along a horizontal and a vertical axis of the usual figure."""
_PLAIN_DECADES = (1e-4, 1e5)
_MOST_TICKS, _AWAY = 3, 0.06
"""Ticks of a short logarithmic axis, and how far from its ends they stay [its lengths]."""


def open_sides(axes: Axes) -> None:
    """Leave the upper and the right side of a diagram open, and draw a faint grid."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.grid(True)
    axes.set_axisbelow(True)


def axis_label(sweep: Sweep, name: str, letters: int = LETTERS) -> str:
    """Return the label of a variable's axis, in lines of about so many letters."""
    if name not in sweep.dataset.variables:
        return f"index along {name}"
    sign, meaning = (sweep.says(key, name, of=name) for key in ("symbol", "long_name"))
    text = typography.label(sign, meaning, sweep.unit_of(name))
    return typography.folded(text, letters)


def upright(sweep: Sweep, name: str) -> str:
    """Return a label for a vertical axis, short enough for its height."""
    return axis_label(sweep, name, UPRIGHT_LETTERS)


def dress(
    axis: Axis,
    sweep: Sweep,
    name: str,
    values: NDArray[np.float64],
    labels: list[str],
    logarithmic: bool | None = None,
) -> None:
    """Give an axis its label, its scale, and ticks that can be read.

    Args:
        axis: x or y axis.
        sweep: the sweep.
        name: the coordinate along it.
        values: the coordinate.
        labels: its labels, where it is made of texts.
        logarithmic: whether its scale is; by default what the study says.
    """
    text = upright(sweep, name) if isinstance(axis, YAxis) else axis_label(sweep, name)
    axis.set_label_text(text)
    if labels:
        axis.set_major_locator(FixedLocator([*range(len(labels))]))
        shown = [typography.folded(typography.prose(label), 18) for label in labels]
        axis.set_major_formatter(FuncFormatter(lambda at, _: _label_at(shown, at)))
        return
    # The axis shows the whole coordinate, also where no value is.
    upwards, ends = isinstance(axis, YAxis), (float(np.min(values)), float(np.max(values)))
    whole = [(0.0, end) if upwards else (end, 0.0) for end in ends]
    axis.axes.update_datalim(whole, updatex=not upwards, updatey=upwards)
    if logarithmic is None:
        logarithmic = sweep.is_logarithmic(name)
    if logarithmic and np.all(values > 0.0):
        (axis.axes.set_yscale if isinstance(axis, YAxis) else axis.axes.set_xscale)("log")
        plain_decades(axis, float(np.min(values)), float(np.max(values)))
    else:
        powers(axis)


def powers(axis: Axis) -> None:
    """Write very small and very large numbers with one power of ten at the axis' end."""
    formatter = ScalarFormatter(useMathText=True)
    formatter.set_powerlimits((-3, 5))
    axis.set_major_formatter(formatter)
    axis.get_offset_text().set_fontsize("medium")


def _label_at(labels: list[str], at: float) -> str:
    place = round(at)
    return labels[place] if abs(at - place) < 1e-6 and 0 <= place < len(labels) else ""


def plain_decades(axis: Axis, low: float, high: float) -> None:
    """Write the decades of a logarithmic axis as 0.01, 0.1, 1 where that is short."""
    decades = np.log10(high / low)
    if decades < 2.2:
        steps: tuple[float, ...] = (1.0, 2.0, 5.0)
    else:
        steps = (1.0,)
    axis.set_major_locator(LogLocator(base=10.0, subs=steps, numticks=30 if decades < 12 else 9))
    axis.set_minor_formatter(NullFormatter())
    if low >= _PLAIN_DECADES[0] and high <= _PLAIN_DECADES[1]:
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    else:
        axis.set_major_formatter(FuncFormatter(lambda value, _: _decade(value)))


def _decade(value: float) -> str:
    """Write a power of ten beyond the thousands as such, beside others of its kind."""
    exponent = np.log10(value)
    if abs(exponent) < 3.5 or abs(exponent - round(exponent)) > 1e-9:
        return typography.number(value)
    return f"$10^{{{round(exponent)}}}$"


def round_places(low: float, high: float) -> list[float]:
    """Return at most three round numbers away from the ends of a logarithmic axis."""
    away = (high / low) ** _AWAY
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for digits in ((1.0, 2.0, 5.0), (1.0, 3.0), (1.0,)):
        found = [digit * 10.0**power for power in powers for digit in digits]
        found = [at for at in found if low * away < at < high / away]
        if 1 < len(found) <= _MOST_TICKS:
            return found
    if len(found) > _MOST_TICKS:
        return found[:: -(-len(found) // _MOST_TICKS)]
    even = MaxNLocator(nbins=_MOST_TICKS).tick_values(low, high)
    return [float(at) for at in even if low * away < at < high / away]


def line_handle(text: str, **style: Any) -> Line2D:
    """Return a legend entry that shows a line."""
    return Line2D([], [], label=text, **style)


def rescale(axis: Axis, logarithmic: bool, side: str) -> None:
    """Make an axis logarithmic or linear, as was asked for.

    Raises:
        DeclarationError: it shows numbers that have no logarithm, or names.
    """
    low, high = sorted(map(float, axis.get_view_interval()))
    if isinstance(axis.get_major_locator(), FixedLocator):
        if logarithmic:
            raise DeclarationError(f"log: {side} holds names, which have no logarithm; drop it")
        return
    change = axis.axes.set_yscale if isinstance(axis, YAxis) else axis.axes.set_xscale
    if not logarithmic:
        if axis.get_scale() == "log":
            change("linear")
            powers(axis)
        return
    ends = axis.get_data_interval()
    if min(map(float, ends)) <= 0.0:
        raise DeclarationError(
            f"log: {side} reaches from {low:g} to {high:g}, and only numbers above 0 have a "
            "logarithm; drop it"
        )
    change("log")
    plain_decades(axis, float(min(ends)), float(max(ends)))


def limit(axis: Axis, low: float | None, high: float | None, where: str) -> None:
    """Set the ends of an axis.

    Raises:
        DeclarationError: an end of a logarithmic axis at 0 or below.
    """
    if axis.get_scale() == "log" and any(end is not None and end <= 0.0 for end in (low, high)):
        raise DeclarationError(f"{where}: the axis is logarithmic; give ends above 0")
    ends = sorted(map(float, axis.get_data_interval()))
    asked = [ends[0] if low is None else low, ends[1] if high is None else high]
    if np.all(np.isfinite(ends)) and (max(asked) < ends[0] or min(asked) > ends[1]):
        raise DeclarationError(
            f"{where}: nothing lies from {min(asked):g} to {max(asked):g}, the data reach from "
            f"{ends[0]:g} to {ends[1]:g}; give ends that meet it"
        )
    if isinstance(axis, YAxis):
        axis.axes.set_ylim(low, high)
    else:
        axis.axes.set_xlim(low, high)


def thin_ticks(axis: Axis, most: int) -> None:
    """Leave an axis of numbers at most so many ticks."""
    locator = axis.get_major_locator()
    if isinstance(locator, LogLocator):
        locator.set_params(subs=(1.0,), numticks=most)
    elif not isinstance(locator, FixedLocator):
        axis.set_major_locator(MaxNLocator(most))
