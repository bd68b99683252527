"""What a study asks of its picture: the table `[picture]`, checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leakscape.declare import names, units
from leakscape.errors import DeclarationError
from leakscape.plain import fault
from leakscape.shown import shown

PICTURE_KEYS = (
    *("output", "kind", "x", "y", "hue", "col", "select", "contour"),
    *("xlim", "ylim", "log"),
)
_LOGARITHMIC = ("x", "y", "xy", "none")


def _table(value: object, where: str) -> None:
    if not isinstance(value, Mapping):
        raise DeclarationError(f"{where}: expected a table, got {shown(value)}; write [{where}]")


def check_picture(picture: Any) -> None:
    """Refuse a picture that asks for what no picture has.

    Raises:
        DeclarationError: an unknown key, or something of another type than its key wants.
    """
    _table(picture, "picture")
    if wrong := fault(picture):
        raise DeclarationError(f"picture.{wrong}")
    for key, value in picture.items():
        if key not in PICTURE_KEYS:
            remedy = names.nearest(key, PICTURE_KEYS)
            raise DeclarationError(f"picture: unknown key, got {shown(key)}; {remedy}")
        several = key == "output" and isinstance(value, list | tuple) and value
        if several and all(isinstance(name, str) for name in value):
            continue
        if key in ("output", "kind", "x", "y", "hue", "col") and not isinstance(value, str):
            raise DeclarationError(f"picture.{key}: expected a name, got {shown(value)}")
        if key in ("xlim", "ylim") and not (isinstance(value, str) and value.count(":") == 1):
            raise DeclarationError(
                f'picture.{key}: expected two ends, got {shown(value)}; write "-80:-40"'
            )
        if key == "log" and value not in _LOGARITHMIC:
            raise DeclarationError(
                f"picture.log: expected x, y, xy or none, got {shown(value)}; write one of them"
            )
    select = picture.get("select", {})
    _table(select, "picture.select")
    for name, value in select.items():
        if not isinstance(value, str | int | float):
            raise DeclarationError(f"picture.select.{name}: expected a value, got {shown(value)}")
    for level in contour_levels(picture):
        if not isinstance(level, str):
            raise DeclarationError(f'picture.contour: expected "-55 mV", got {shown(level)}')
        units.split_quantity(level)


def contour_levels(picture: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the contour levels that a picture asks for: one text or a list of them."""
    levels = picture.get("contour", ())
    return tuple(levels) if isinstance(levels, list | tuple) else (levels,)
