"""How a picture is to look, apart from what it shows: words, size, limits, scales, theme."""

from __future__ import annotations

import re
from dataclasses import dataclass

from leakscape.declare import names, units
from leakscape.errors import DeclarationError
from leakscape.shown import shown

_SIZE = re.compile("\\s*([0-9.]+)\\s*[x\N{MULTIPLICATION SIGN}]\\s*([0-9.]+)\\s*([a-z]+)\\s*", re.I)
_INCHES = {"in": 1.0, "inch": 1.0, "inches": 1.0, "cm": 1.0 / 2.54, "mm": 1.0 / 25.4}
_SMALLEST, _LARGEST = 1.5, 60.0
"""Inches: smaller, no label has room; larger, no printer."""
_LOGARITHMIC = {"x": "x", "y": "y", "xy": "xy", "none": ""}

Limits = tuple[str, str]
"""The ends of an axis as texts, such as "-80" or "-80 mV"; empty where the data say it."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """How a picture is to look; what is left out is as usual.

    Args:
        title: instead of the study's question.
        subtitle: instead of what the slice and its size say.
        size: width and height [inch].
        xlim: the ends of the horizontal axis.
        ylim: the ends of the vertical axis.
        log: which axes are logarithmic: "x", "y", "xy" or "" for none; None leaves it to the data.
        cmap: a colour map of matplotlib's for values that have an order.
        style: a style sheet: a file, or a name of matplotlib's.
        context: "paper" or "talk".
    """

    title: str | None = None
    subtitle: str | None = None
    size: tuple[float, float] | None = None
    xlim: Limits | None = None
    ylim: Limits | None = None
    log: str | None = None
    cmap: str = ""
    style: str = ""
    context: str = ""

    @classmethod
    def of(
        cls,
        *,
        title: str | None = None,
        subtitle: str | None = None,
        size: str | tuple[float, float] | None = None,
        xlim: object = None,
        ylim: object = None,
        log: str | None = None,
        cmap: str | None = None,
        style: object = None,
        context: str | None = None,
    ) -> Look:
        """Read a look as people write it.

        Args:
            title: the title.
            subtitle: the line under it.
            size: such as "9x6cm", or width and height [inch].
            xlim: such as "-80:-40" or "-80 mV:-40 mV"; or two numbers, None for an open end.
            ylim: likewise.
            log: "x", "y", "xy" or "none".
            cmap: a colour map.
            style: a style sheet.
            context: "paper" or "talk".

        Raises:
            DeclarationError: something is written in another way.
        """
        if context not in (None, "", "paper", "talk"):
            raise DeclarationError(f"context: expected talk or paper, got {shown(context)}")
        if log is not None and log not in _LOGARITHMIC:
            remedy = names.nearest(log, [*_LOGARITHMIC])
            raise DeclarationError(f"log: expected x, y, xy or none, got {shown(log)}; {remedy}")
        return cls(
            title=title,
            subtitle=subtitle,
            size=_size(size),
            xlim=_limits(xlim, "xlim"),
            ylim=_limits(ylim, "ylim"),
            log=None if log is None else _LOGARITHMIC[log],
            cmap=cmap or "",
            style=str(style or ""),
            context=context or "",
        )


def _size(given: str | tuple[float, float] | None) -> tuple[float, float] | None:
    if given is None:
        return None
    if isinstance(given, str):
        found = _SIZE.fullmatch(given)
        factor = _INCHES.get(found[3].lower()) if found else None
        if found is None or factor is None:
            raise DeclarationError(
                f'size: expected width x height in cm, mm or in, got {shown(given)}; write "9x6cm"'
            )
        try:
            inches = float(found[1]) * factor, float(found[2]) * factor
        except ValueError as error:
            raise DeclarationError(f'size: no number, got {shown(given)}; write "9x6cm"') from error
    else:
        try:
            wide, high = given
            inches = float(wide), float(high)
        except (TypeError, ValueError) as error:
            raise DeclarationError(
                f'size: expected two numbers of inches or a text, got {shown(given)}; write "9x6cm"'
            ) from error
    if not all(_SMALLEST <= side <= _LARGEST for side in inches):
        raise DeclarationError(
            f"size: expected {_SMALLEST:g} to {_LARGEST:g} inches a side, got "
            f"{inches[0]:.3g} x {inches[1]:.3g}; give another"
        )
    return inches


def _limits(given: object, where: str) -> Limits | None:
    if given is None:
        return None
    ends: list[object] = []
    if isinstance(given, str):
        ends = [end.strip() for end in given.split(":")]
    elif isinstance(given, tuple | list):
        ends = ["" if end is None else end for end in given]
    if len(ends) != 2 or not any(str(end) for end in ends):
        raise DeclarationError(
            f'{where}: expected two ends, got {shown(given)}; write "-80:-40", or "-80:" for one'
        )
    for end in ends:
        if isinstance(end, bool) or not isinstance(end, str | int | float):
            raise DeclarationError(f"{where}: expected numbers, got {shown(end)}")
    return str(ends[0]), str(ends[1])


def ends_in(limits: Limits, unit: str, where: str) -> tuple[float | None, float | None]:
    """Return the ends of an axis in its unit, None where the data say it.

    Args:
        limits: as texts.
        unit: of the axis.
        where: how messages call them.

    Raises:
        DeclarationError: no number, a unit of another quantity, or two ends that are the same.
    """
    found: list[float | None] = []
    for text in limits:
        try:
            found.append(_end(text, unit) if text else None)
        except DeclarationError as error:
            raise DeclarationError(f"{where}: {error}") from error
    low, high = found
    if low is not None and low == high:
        raise DeclarationError(f"{where}: both ends are {low:g}; give two")
    return low, high


def _end(text: str, unit: str) -> float:
    """Read the end of an axis: a number in the axis' unit, or one with its own."""
    try:
        number = float(text)
    except ValueError:
        return units.to_unit(text, unit)
    return units.finite(number)
