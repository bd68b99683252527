"""Cells of a table as numbers: what is read, and what is told about what is not."""

from __future__ import annotations

import math
import re

from leakscape.shown import shown

MISSING = frozenset(
    {"", "-", "\u2013", "na", "n/a", "#n/a", "nan", "null", "none", "n.d.", "nd", "missing"}
)
"""What people write, in any case, where there is no number."""
_PLAIN = r"(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)(?:[eE][+-]?[0-9]+)?"
_NUMBER = re.compile(rf"[+-]?{_PLAIN}")
_WITH_DEVIATION = re.compile(rf"([+-]?{_PLAIN})\s*(?:±|\+/-|\+-)\s*({_PLAIN})")
_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]*)?")
_MINUS = str.maketrans({"\u2212": "-", "\u2013": "-"})
"""Spreadsheets and word processors write a minus sign or a dash where Python reads a hyphen."""


def number(cell: str) -> float | None:
    """Read a number with a decimal point or a decimal comma; None where there is none.

    `1_000`, `nan` and `inf` are none, although Python reads them.
    """
    text = cell.translate(_MINUS)
    if _NUMBER.fullmatch(text) is None:
        return None
    value = float(text.replace(",", "."))
    return value if math.isfinite(value) else None


def number_in(cell: str, unit: str) -> float | None:
    """Read a number of a column with this unit, also such as `50 %`; None where there is none."""
    if not cell.endswith("%"):
        return number(cell)
    value = number(cell[:-1].rstrip())
    if value is None or unit not in ("%", "", "1"):
        return None
    return value if unit == "%" else value / 100.0


def with_deviation(cell: str) -> tuple[float, float] | None:
    """Read `-118±10` or `-118 +/- 10`; None where a cell is nothing such.

    `-118 (10)` is not read: for some, the brackets hold the uncertainty of the last digits.
    """
    found = _WITH_DEVIATION.fullmatch(cell.translate(_MINUS))
    if found is None:
        return None
    value, deviation = number(found[1]), number(found[2])
    return None if value is None or deviation is None else (value, deviation)


def may_be_thousands(cell: str) -> bool:
    """Tell whether the comma of a number may stand between thousands: 1,000 may be 1 or 1000."""
    return _THOUSANDS.fullmatch(cell.translate(_MINUS)) is not None


def fault(cell: str, file: str) -> str:
    """Say why a cell is no number, and what to write.

    Args:
        cell: its text.
        file: the table's name.
    """
    if not cell:
        return "is empty; write a number"
    if with_deviation(cell) is not None:
        if file in ("DataFrame", "Dataset"):
            write = 'population={"table": {"file": table, "sd": True}}'
        else:
            write = f'population.table = {{ file = "{file}", sd = true }}'
        return f"is a value and its deviation, got {shown(cell)}; write {write}"
    if may_be_thousands(cell):
        return f"has commas between thousands, got {shown(cell)}; write {cell.replace(',', '')}"
    if number(cell.replace("_", "")) is not None:
        return f"not a finite number, got {shown(cell)}; write {cell.replace('_', '')}"
    if re.fullmatch(rf"{_PLAIN}\s*\([0-9.,]+\)", cell.translate(_MINUS).lstrip("+-")):
        return (
            f"not a finite number, got {shown(cell)}; write the value and its deviation as -118±10"
        )
    return f"not a finite number, got {shown(cell)}; fix it"
