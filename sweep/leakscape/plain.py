"""Plain data: what may come out of a TOML or JSON file that somebody else wrote.

Texts, truth values, whole numbers of 64 bits, finite numbers, lists and tables, not too deep.
Whatever passes here can be walked, copied, compared, hashed and converted without surprises.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from leakscape.shown import shown

DEEPEST = 40
"""Levels of tables and lists: a study has at most eight."""
LARGEST_WHOLE = 2**63 - 1
"""What TOML promises for whole numbers; JSON promises nothing."""
MOST_PARTS = 2_000_000
"""Entries of tables and lists in a JSON text."""
_LARGEST_IN_JSON = 2**64 - 1


def fault(data: Any, *, json: bool = False) -> str | None:
    """Find what is not plain in some data, without recursion.

    Args:
        data: tables and lists as a parser returns them.
        json: whether null, NaN and infinity may occur, which are none of TOML's or a study's.

    Returns:
        Such as `axes.x.size: expected a whole number of 64 bits, got ...`; None if all is well.
    """
    if not isinstance(data, Mapping | list | tuple):
        return _wrong(data, json)
    keys: list[Any] = []
    open_ = [_entries(data)]
    while open_:  # one table or list a level: a list of millions is walked, not copied
        for key, value in open_[-1]:
            where = [*keys, key]
            if isinstance(key, _NoText):
                return f"{_place(keys) or 'table'}: a key must be text, got {shown(key.value)}"
            if isinstance(value, Mapping | list | tuple):
                if len(where) > DEEPEST:
                    return f"{_place(where)[:60]}: nested deeper than {DEEPEST}; make it flat"
                keys.append(key)
                open_.append(_entries(value))
                break
            if wrong := _wrong(value, json):
                return f"{_place(where)}: {wrong}"
        else:
            open_.pop()
            keys = keys[:-1]
    return None


def crowded(text: str | bytes) -> bool:
    """Tell whether a JSON text has more parts than one should build: each takes 100 bytes or so."""
    marks: Any = ",[{" if isinstance(text, str) else (b",", b"[", b"{")
    return sum(map(text.count, marks)) > MOST_PARTS


@dataclass(frozen=True)
class _NoText:
    """A key that is none."""

    value: Any


def _entries(value: Any) -> Iterator[tuple[Any, Any]]:
    if not isinstance(value, Mapping):
        return enumerate(value)
    return ((k if isinstance(k, str) else _NoText(k), entry) for k, entry in value.items())


def _place(keys: list[Any]) -> str:
    told = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)
    return told.removeprefix(".")


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
