"""The journal: a line of JSON for the sweep, for every run, committed chunk and failure.

The store is the truth and the journal its history: which CRC each chunk was committed with (so
that swapped files are found), what was found in it, who ran when. The driver alone writes it. The
last entry of a line is the CRC32C of the bytes before it; lines of before that have none.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import google_crc32c

from leakscape import content
from leakscape.errors import StorageError, StoreError
from leakscape.plain import LARGEST_WHOLE
from leakscape.shown import sentence
from leakscape.store.layout import Store

NAME = "journal.jsonl"
LONGEST_LINE = 1_000_000
"""Bytes of a line; one that is longer is no chunk's."""
_SEALED = re.compile(rb'(.*), "line_crc": "([0-9a-f]{8})"}\n', re.DOTALL)
_CODES = frozenset(map(str, range(256)))


@dataclass(frozen=True)
class History:
    """What a journal says.

    Args:
        header: the first line, empty where the journal is lost.
        chunks: task -> the line of its last commit.
        failures: task -> why its last attempt failed, where no commit followed.
    """

    header: Mapping[str, Any] = field(default_factory=dict)
    chunks: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    failures: Mapping[int, str] = field(default_factory=dict)


def history(store: Store) -> History:
    """Read the journal of a store.

    Args:
        store: the store.

    Returns:
        Its history; empty where the journal is missing or another sweep's. A torn line is
        skipped: its chunk is adopted from the store.
    """
    header: dict[str, Any] = {}
    chunks: dict[int, Mapping[str, Any]] = {}
    failures: dict[int, str] = {}
    try:
        with content.opened(store.sidecar / NAME, StoreError) as file:
            for number, text in enumerate(_lines(file)):
                line = _parse(text)
                if number == 0:
                    if line.get("sweep") != store.identity:
                        return History()
                    header = line | {"coordinates": _checksums(line)}
                elif (task := _task(line, store)) is None:
                    continue
                elif "failed" in line:
                    failures[task] = sentence(str(line["failed"]))
                elif _sound(line, store):
                    chunks[task] = line
                    failures.pop(task, None)
    except FileNotFoundError:
        return History()
    except OSError as error:
        raise StorageError(f"{store.sidecar / NAME}: cannot be read, got {error}") from error
    return History(header, chunks, failures)


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield lines up to where the file ended when it was opened, none of them endless."""
    left = os.fstat(file.fileno()).st_size
    while left > 0 and (text := file.readline(LONGEST_LINE)):
        left -= len(text)
        yield text


def _parse(text: bytes) -> dict[str, Any]:
    """Read a line; nothing of it counts where it is torn or a bit of it changed."""
    sealed = _SEALED.fullmatch(text)
    if sealed is not None and sealed[2] != _crc(sealed[1]):
        return {}
    try:
        line = json.loads(text) if text.endswith(b"\n") else {}
    except (ValueError, RecursionError):
        return {}
    return line if isinstance(line, dict) else {}


def _written(line: Mapping[str, Any]) -> bytes:
    told = json.dumps(line, allow_nan=False).encode().removesuffix(b"}")
    return b'%s, "line_crc": "%s"}\n' % (told, _crc(told))


def _crc(told: bytes) -> bytes:
    return b"%08x" % google_crc32c.value(told)


def _task(line: Mapping[str, Any], store: Store) -> int | None:
    task = line.get("chunk")
    return task if isinstance(task, int) and 0 <= task < store.tasks else None


def _sound(line: Mapping[str, Any], store: Store) -> bool:
    """Tell whether a line says of a chunk what a commit says; else the chunk is read instead."""
    crcs, found, codes = (line.get(key, {}) for key in ("crc", "found", "status"))
    if not (isinstance(crcs, dict) and isinstance(found, dict) and isinstance(codes, dict)):
        return False
    names = {array.name for array in store.arrays}
    return (
        names.issuperset(crcs)
        and names.issuperset(found)
        and all(isinstance(crc, int) for crc in crcs.values())
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


def _checksums(header: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """Return the checksums of coordinates' files that a header holds, as far as they are such."""
    held = header.get("coordinates")
    return {
        name: {file: crc for file, crc in files.items() if isinstance(crc, int)}
        for name, files in (held.items() if isinstance(held, dict) else ())
        if isinstance(files, dict)
    }


class Journal:
    """A journal open for writing; use it as a context.

    Args:
        store: the store, whose lock the caller holds.
        header: what the first line says besides the sweep.
    """

    def __init__(self, store: Store, header: Mapping[str, Any]) -> None:
        self._path = store.sidecar / NAME
        mine = {"sweep": store.identity, "fingerprint": store.fingerprint, **header}
        try:
            fresh = not _is_of(self._path, store)
            if fresh and self._path.exists():  # another sweep's, or torn in the first line
                self._path.replace(self._path.with_suffix(f".{os.getpid()}.old"))
            elif not fresh:
                _mend(self._path)
            self._file = self._path.open("ab", buffering=0)
        except OSError as error:
            raise self._failure(error) from error
        self.write([mine if fresh else {"run": dict(header)}])

    def write(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """Append lines in one go, so that a kill tears the last one at most."""
        text = b"".join(map(_written, lines))
        try:
            while text:  # a full disk takes a part first and raises at the rest
                text = text[self._file.write(text) :]
        except OSError as error:
            raise self._failure(error) from error

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *exception: object) -> None:
        self._file.close()

    def _failure(self, error: OSError) -> StorageError:
        return StorageError(
            f"{self._path.name}: the journal cannot be written, got {error.strerror}"
        )


def _is_of(path: Path, store: Store) -> bool:
    """Tell whether a journal is there, and this sweep's."""
    try:
        with content.opened(path, StoreError) as file:
            return _parse(file.readline(LONGEST_LINE)).get("sweep") == store.identity
    except FileNotFoundError:
        return False


def _mend(path: Path) -> None:
    """Cut off a torn last line."""
    with path.open("rb+") as file:
        end = file.seek(0, os.SEEK_END)
        position = end
        while position:
            step = min(65536, position)
            position -= step
            file.seek(position)
            newline = file.read(step).rfind(b"\n")
            if newline >= 0:
                position += newline + 1
                break
        if position != end:
            file.truncate(position)
