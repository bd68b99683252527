"""Reading one entry of a kernel's declaration: of a parameter, an output or a status code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from leakscape.declare import names, units
from leakscape.errors import DeclarationError

_SUCH = {"unit": "mV", "name": "too_hot"}
"""What stands for an entry that is a text alone."""


def read_fields(value: Any, kind: type, lone: str = "unit") -> dict[str, Any]:
    """Read one entry.

    Args:
        value: a text alone, a table, or an object with the same attributes.
        kind: the noun that it describes; its fields are the keys.
        lone: what a text alone is, which every entry has.

    Returns:
        The fields that are told.

    Raises:
        DeclarationError: an unknown key, or what has to be text is none.
    """
    wanted = {field.name: field for field in fields(kind)}
    if isinstance(value, str):
        return {lone: value}
    if not isinstance(value, Mapping):
        value = {key: getattr(value, key) for key in wanted if hasattr(value, key)}
    for key in value:
        if key not in wanted:
            raise DeclarationError(f"unknown field, got {key!r}; {names.nearest(key, wanted)}")
    if lone not in value:
        raise DeclarationError(f'no {lone}; write one, such as "{_SUCH[lone]}"')
    for key in value:
        text = wanted[key].type in ("str", "str | None")
        if text and not (isinstance(value[key], str) or value[key] == wanted[key].default):
            raise DeclarationError(f"{key}: expected text, got {value[key]!r}; write it in quotes")
    return dict(value)


def read_units(given: Any) -> tuple[str, ...]:
    """Return the whole-cell units of a declaration, one or several."""
    listed = (given,) if isinstance(given, str) else given
    if not isinstance(listed, list | tuple) or not all(isinstance(unit, str) for unit in listed):
        raise DeclarationError(f'whole_cell: expected units, got {str(given)[:60]}; write ("nS",)')
    for unit in listed:
        units.check_unit(unit)
    return tuple(listed)


def scalar(value: Any) -> Any:
    """Take a NumPy number for the number that it is."""
    return value.item() if getattr(value, "shape", None) == () else value
