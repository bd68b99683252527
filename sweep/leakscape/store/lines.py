"""Lines of the journal: JSON, each sealed with the sweep's identity, and held to what it must be.

A seal is a CRC32C at the end of the line. It shows a flipped bit, and that a line is this sweep's
even where the first line is lost.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

import google_crc32c

from leakscape.plain import LARGEST_WHOLE
from leakscape.store.layout import Store

_SEAL = re.compile(rb', "seal": ([0-9]{1,10})\}$')
_CODES = frozenset(map(str, range(256)))
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
    found = _SEAL.search(text)
    if found is None:
        return None
    held = text[: found.start()]
    return parsed(held + b"}") if int(found[1]) == _crc(identity, held) else None


def says_sealed(text: bytes) -> bool:
    """Tell whether a line bears a seal, or what is left of one."""
    return _SAYS_SEALED.search(text) is not None


def parsed(text: bytes) -> dict[str, Any] | None:
    """Read a line's JSON; None where it is no table."""
    try:
        line = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return line if isinstance(line, dict) else None


def _crc(identity: str, text: bytes) -> int:
    return int(google_crc32c.value(identity.encode() + text))


def task_of(line: Mapping[str, Any], store: Store) -> int | None:
    """Return the chunk that a line is about; None where it is about none."""
    task = line.get("chunk")
    if not isinstance(task, int) or isinstance(task, bool):
        return None
    return task if 0 <= task < store.tasks else None


def is_commit(line: Mapping[str, Any], names: frozenset[str]) -> bool:
    """Tell whether a line says of a chunk what a commit says; else the chunk is read instead.

    Args:
        line: the line.
        names: of the sweep's arrays.
    """
    tables = [line.get(key, {}) for key in ("crc", "size", "found", "status")]
    if not all(isinstance(table, dict) for table in tables):
        return False
    crcs, sizes, found, codes = tables
    return (
        names.issuperset(crcs)
        and names.issuperset(sizes)
        and names.issuperset(found)
        and all(map(_is_count, crcs.values()))
        and all(map(_is_count, sizes.values()))
        and all(map(_is_range, found.values()))
        and _CODES.issuperset(codes)
        and all(map(_is_count, codes.values()))
    )


def _is_range(entry: Any) -> bool:
    if not isinstance(entry, list) or len(entry) != 3 or not _is_count(entry[2]):
        return False
    if entry[2] == 0:
        return entry[:2] == [None, None]
    return all(isinstance(end, float) and math.isfinite(end) for end in entry[:2])


def _is_count(number: Any) -> bool:
    return isinstance(number, int) and 0 <= number <= LARGEST_WHOLE
