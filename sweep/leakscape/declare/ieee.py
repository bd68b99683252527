"""Arithmetic as IEEE 754 has it, where plain Python raises or becomes complex."""

from __future__ import annotations

import math
from typing import Any


def quotient(top: Any, bottom: Any) -> Any:
    """Return a quotient, infinite where it divides by zero."""
    try:
        return top / bottom
    except ZeroDivisionError:
        return top * math.inf


def raised(base: Any, power: float) -> Any:
    """Return a power, infinite beyond all floats and NaN where it is complex."""
    try:
        found = base**power
    except (ZeroDivisionError, OverflowError):
        return math.inf
    return math.nan if isinstance(found, complex) else found
