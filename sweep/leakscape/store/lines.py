"""Lines of the journal: JSON, each sealed with the sweep's identity, and held to what it must be.

A process counts chunks as tasks; a line names one by its index along every dimension, and says how
far it reached, so that it stays true whichever axis grows. In a store of format 1 it says the task.
A seal is a CRC32C at the end of the line. It shows a flipped bit, and that a line is this sweep's
even where the first line is lost.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import google_crc32c

from leakscape.plain import LARGEST_WHOLE
from leakscape.status import Status
from leakscape.store.layout import Store

_SEAL = b', "seal": '
_MOST_DIGITS = 10
_scan: Any = vars(json.JSONDecoder())["scan_once"]  # `loads` looks for blanks too
_NOTHING: Mapping[str, Any] = {}
_CODES = frozenset(map(str, range(256)))
_NOT_COMPUTED = str(int(Status.NOT_COMPUTED))
_SAYS_SEALED = re.compile(rb'"sealed": true|"seal": ')


def sealed(identity: str, line: Mapping[str, Any]) -> bytes:
    """Write a line, its line break included.

    Args:
        identity: of the sweep.
        line: what it says; not empty.
    """
    text = json.dumps(line, allow_nan=False).encode()[:-1]
    return text + f', "seal": {_crc(identity, text)}}}\n'.encode()


def unsealed(identity: str, text: bytes) -> dict[str, Any] | None:
    """Read a line that bears a seal.

    Args:
        identity: of the sweep.
        text: the line without its line break.

    Returns:
        What it says; None where it is not what was written, or of another sweep.
    """
    cut = text.rfind(_SEAL)
    held, crc = text[:cut], text[cut + len(_SEAL) : -1]
    if cut < 0 or not crc.isdigit() or len(crc) > _MOST_DIGITS or not text.endswith(b"}"):
        return None
    return parsed(held + b"}") if int(crc) == _crc(identity, held) else None


def says_sealed(text: bytes) -> bool:
    """Tell whether a line bears a seal, or what is left of one."""
    return _SAYS_SEALED.search(text) is not None


def parsed(text: bytes) -> dict[str, Any] | None:
    """Read a line's JSON; None where it is no table."""
    try:
        held = text.decode()
        line, end = _scan(held, 0)
    except (ValueError, RecursionError, StopIteration):
        return None
    return line if end == len(held) and isinstance(line, dict) else None


def _crc(identity: str, text: bytes) -> int:
    return int(google_crc32c.extend(_start(identity), text))


@lru_cache(maxsize=16)
def _start(identity: str) -> int:
    return int(google_crc32c.value(identity.encode()))


def named(store: Store, task: int) -> int | list[int]:
    """Return what lines, and marks of what is in flight, call the chunk of a task."""
    return task if store.format == 1 else list(store.grid.index(task))


def spelled(store: Store, line: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a line as it is written: its chunk by name, and how far that one reaches.

    Args:
        store: the store.
        line: what it says; `chunk` is a task.
    """
    if "chunk" not in line:
        return line
    task = line["chunk"]
    said = {"chunk": named(store, task)}
    if "crc" in line and store.format > 1:
        said["extent"] = list(store.grid.extent(task))
    return {**said, **{key: value for key, value in line.items() if key not in said}}


def task_of(store: Store, line: Mapping[str, Any]) -> int | None:
    """Return the task whose chunk a line, or a mark, is about; None where it is about none."""
    name, counts = line.get("chunk"), store.grid.counts
    if store.format == 1:
        return name if type(name) is int and 0 <= name < math.prod(counts) else None
    if type(name) is not list or len(name) != len(counts):
        return None
    task = 0
    for axis, place in enumerate(name):  # a plain loop: there may be a million lines
        count = counts[axis]
        if type(place) is not int or not 0 <= place < count:
            return None
        task = task * count + place
    return task


def is_commit(store: Store, line: Mapping[str, Any], names: frozenset[str]) -> bool:
    """Tell whether a line says that a chunk is done, all of it; else the chunk is read instead.

    Args:
        store: the store.
        line: the line, of one of its chunks.
        names: of the sweep's arrays.
    """
    if store.format > 1 and not _reaches(store, line):
        return False
    numbers = (("crc", names), ("size", names), ("left_out", names), ("status", _CODES))
    for key, known in numbers:
        table = line.get(key, _NOTHING)
        if not isinstance(table, dict) or not table.keys() <= known:
            return False
        for number in table.values():
            if type(number) is not int or not 0 <= number <= LARGEST_WHOLE:
                return False
    found = line.get("found", _NOTHING)
    if not isinstance(found, dict) or not found.keys() <= names:
        return False
    return all(_is_range(entry) for entry in found.values())


def _reaches(store: Store, line: Mapping[str, Any]) -> bool:
    """Tell whether a chunk was computed as far as it lies inside the grid of now."""
    codes, extent, grid = line.get("status"), line.get("extent"), store.grid
    if type(codes) is not dict or not codes or _NOT_COMPUTED in codes:
        return False
    if type(extent) is not list or len(extent) != len(grid.shape):
        return False
    for axis, place in enumerate(line["chunk"]):
        chunk = grid.chunks[axis]
        left = grid.shape[axis] - place * chunk
        if extent[axis] != (chunk if chunk < left else left):
            return False
    return True


def _is_range(entry: Any) -> bool:
    if not isinstance(entry, list) or len(entry) != 3:
        return False
    low, high, number = entry
    if type(number) is not int or not 0 <= number <= LARGEST_WHOLE:
        return False
    if number == 0:
        return low is None and high is None
    floats = isinstance(low, float) and isinstance(high, float)
    return floats and math.isfinite(low) and math.isfinite(high)
