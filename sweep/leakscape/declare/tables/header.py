"""The header of a column: `K_in [mmol/L]`, `K_in (mM)`, `K_in, mM` or `K_in / mM`."""

from __future__ import annotations

import re

from leakscape.declare import units
from leakscape.errors import DeclarationError
from leakscape.shown import shown

_SQUARE = re.compile(r"(?P<name>[^\[\]]*)\[(?P<unit>[^\[\]]*)\]")
_ROUND = re.compile(r"(?P<name>[^()\[\]]*)\((?P<unit>.*)\)")
_AFTER = re.compile(r"(?P<name>[A-Za-z]\w*)(?:, ?| / )(?P<unit>.+)")


def read_header(text: str, where: str) -> tuple[str, str]:
    """Read the header of a column.

    Args:
        text: as it stands in the table.
        where: how messages call the table.

    Returns:
        The name, and the unit or the empty text. In square brackets stands a unit; what stands
        in round ones, after a comma or after a slash is one if it reads like one.

    Raises:
        DeclarationError: brackets that do not close, or hold no unit.
    """
    text = " ".join(text.split())
    if text.count("[") != text.count("]") or text.count("(") != text.count(")"):
        raise DeclarationError(f"{where}: header {shown(text)} is not of the form K_in [mmol/L]")
    if "[" in text:
        found = _SQUARE.fullmatch(text)
        if found is None:
            raise DeclarationError(
                f"{where}: header {shown(text)} is not of the form K_in [mmol/L]"
            )
        try:
            units.check_unit(found["unit"])
        except DeclarationError as error:
            raise DeclarationError(f"{where}, header {shown(text)}: {error}") from error
        return found["name"].strip(), found["unit"].strip() or "1"
    for form in (_ROUND, _AFTER):
        found = form.fullmatch(text)
        if found is not None and is_unit(found["unit"]):
            return found["name"].strip(), found["unit"].strip()
    return text, ""


def is_unit(text: str) -> bool:
    """Tell whether a text is a unit."""
    if not text.strip():
        return False
    try:
        units.check_unit(text.strip())
    except DeclarationError:
        return False
    return True


def units_row(header: list[tuple[str, str]], row: list[str]) -> list[str] | None:
    """Read a second header row that gives the units.

    Args:
        header: name and unit of every column.
        row: the row below.

    Returns:
        The unit of every column, empty where it has none; None where the row is of a cell.
    """
    if any(unit for _, unit in header):
        return None
    found = []
    for (title, _), cell in zip(header, row, strict=False):
        unit = cell.strip()
        if unit[:1] + unit[-1:] in ("[]", "()"):
            unit = unit[1:-1].strip()
        unit = "" if unit in ("-", "\u2013") else unit
        known = unit == "1" or (not unit[:1].isdigit() and is_unit(unit))
        if unit and (not known or title.lower() == "id"):
            return None
        found.append(unit)
    return found if any(unit not in ("", "1") for unit in found) else None
