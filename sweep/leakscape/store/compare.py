"""Comparing a study with the one in a store, field by field."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from leakscape.declare.axis import Axis
from leakscape.declare.units import linear_conversion
from leakscape.errors import DeclarationError

_ABSENT = object()
MOST_SHOWN = 8
_MOST_CHARACTERS = 60
_BEFORE = 20
"""Characters of a long value that are shown before the one at which it differs."""


def differences(stored: Any, wanted: Any) -> list[str]:
    """Name every field in which two tables differ.

    Args:
        stored: what the store holds.
        wanted: what the study says.

    Returns:
        Texts such as `axes.P_K.size: 100 in the store, 200 in the study`.
    """
    return list(_walk("", _plain(stored), _plain(wanted)))


def sentence(found: Sequence[str]) -> str:
    """Join the first differences into one text."""
    rest = len(found) - MOST_SHOWN
    return "; ".join([*found[:MOST_SHOWN], *([f"and {rest} more"] if rest > 0 else [])])


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value))


def _walk(path: str, stored: Any, wanted: Any) -> Iterator[str]:
    if stored == wanted:
        return
    left, right = _table(stored), _table(wanted)
    if left is not None and right is not None and (text := _other_labels(left, right)):
        yield f"{path}: {text}"
        return
    if left is None or right is None:
        held, given = _shown(stored, wanted)
        yield f"{path or 'study'}: {held} in the store, {given} in the study"
        return
    for key in [*left, *(key for key in right if key not in left)]:
        yield from _walk(
            f"{path}.{key}".lstrip("."), left.get(key, _ABSENT), right.get(key, _ABSENT)
        )
    shared = [key for key in left if key in right]
    order = [key for key in right if key in left]
    if isinstance(stored, list) and shared != order:
        yield f"{path}: in order {', '.join(shared)} in the store, {', '.join(order)} in the study"


def _other_labels(stored: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """Say so where two axes have the same values in two units: what differs is their labels."""
    units = stored.get("unit"), wanted.get("unit")
    try:
        axes = Axis.of(stored), Axis.of(wanted)
        factor, offset = linear_conversion(axes[1].unit, axes[0].unit)
        held, given = axes[0].points(), axes[1].points() * factor + offset
    except DeclarationError:
        return ""
    scale = max(abs(offset), *map(abs, axes[0].span))
    if units[0] == units[1] or held.shape != given.shape or abs(held - given).max() > 1e-12 * scale:
        return ""
    return (
        f"the same values, but labelled in {units[0]} in the store, in {units[1]} in the study; "
        f"write them in {units[0]}"
    )


def _table(value: Any) -> Mapping[str, Any] | None:
    """Read a table, or a list of (name, entry...) rows, as a mapping; None for anything else."""
    if isinstance(value, Mapping):
        return value
    rows = isinstance(value, list) and all(
        isinstance(row, list) and len(row) > 1 and isinstance(row[0], str) for row in value
    )
    return {row[0]: row[1] if len(row) == 2 else row[1:] for row in value} if rows else None


def _shown(stored: Any, wanted: Any) -> tuple[str, str]:
    """Write two values that differ, long ones around the place where they do."""
    held, given = (
        "absent" if value is _ABSENT else json.dumps(value, ensure_ascii=False)
        for value in (stored, wanted)
    )
    alike = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(held, given, strict=False))
    first = max(0, len([*alike]) - _BEFORE)
    return _cut(held, first), _cut(given, first)


def _cut(text: str, first: int) -> str:
    """Cut a long text short, but for what comes after so many characters."""
    if len(text) <= _MOST_CHARACTERS:
        return text
    last = first + _MOST_CHARACTERS
    return f"{'...' * (first > 0)}{text[first:last]}{'...' * (last < len(text))}"
