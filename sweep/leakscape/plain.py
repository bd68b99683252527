"""Plain data: what may come out of a TOML or JSON file that somebody else wrote.

Texts, truth values, whole numbers of 64 bits, finite numbers, lists and tables, not too deep.
Whatever passes here can be walked, copied, compared, hashed and converted without surprises.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from leakscape.shown import shown

DEEPEST = 40
"""Levels of tables and lists: a study has at most eight."""
LARGEST_WHOLE = 2**63 - 1
"""What TOML promises for whole numbers; JSON promises nothing."""
_LARGEST_IN_JSON = 2**64 - 1


def fault(data: Any, *, json: bool = False) -> str | None:
    """Find what is not plain in some data, without recursion.

    Args:
        data: tables and lists as a parser returns them.
        json: whether null, NaN and infinity may occur, which are none of TOML's or a study's.

    Returns:
        Such as `axes.x.size: expected a whole number of 64 bits, got ...`; None if all is well.
    """
    left: list[tuple[str, int, Any]] = [("", 0, data)]
    while left:
        where, depth, value = left.pop()
        if isinstance(value, Mapping | list | tuple):
            if depth > DEEPEST:
                return f"{where[:60]}: nested deeper than {DEEPEST}; make it flat"
            entries = value.items() if isinstance(value, Mapping) else enumerate(value)
            table = isinstance(value, Mapping)
            for key, entry in entries:
                if table and not isinstance(key, str):
                    return f"{where or 'table'}: a key must be text, got {shown(key)}"
                inner = f"{where}.{key}" if where and table else f"{where}[{key}]"
                left.append((str(key) if table and not where else inner, depth + 1, entry))
        elif wrong := _wrong(value, json):
            return f"{where}: {wrong}" if where else wrong
    return None


def _wrong(value: object, json: bool) -> str | None:
    if isinstance(value, bool | str):
        return None
    if isinstance(value, int):
        if abs(value) <= (_LARGEST_IN_JSON if json else LARGEST_WHOLE):
            return None
        return f"number: beyond 64 bits, got {shown(value)}; write it with an exponent, as 1e30"
    if isinstance(value, float):
        if json or math.isfinite(value):
            return None
        return f"number: not finite, got {value!r}; write a finite number"
    if value is None and json:
        return None
    return f"expected text, a number, a list or a table, got {type(value).__name__}; change it"
