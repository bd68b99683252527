"""The journal: a line of JSON for the sweep, for every run, committed chunk and failure.

The store is the truth and the journal its history: which CRC each chunk was committed with (so
that swapped files are found), what was found in it, who ran when. The driver alone writes it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leakscape.errors import StorageError
from leakscape.store.layout import Store

NAME = "journal.jsonl"


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
        with (store.sidecar / NAME).open("rb") as file:
            for number, text in enumerate(file):
                line = _parse(text)
                if number == 0:
                    if line.get("sweep") != store.identity:
                        return History()
                    header = line
                elif "failed" in line:
                    failures[int(line["chunk"])] = str(line["failed"])
                elif "chunk" in line:
                    chunks[int(line["chunk"])] = line
                    failures.pop(int(line["chunk"]), None)
    except (FileNotFoundError, NotADirectoryError):
        return History()
    except OSError as error:
        raise StorageError(f"{store.sidecar / NAME}: cannot be read, got {error}") from error
    return History(header, chunks, failures)


def _parse(text: bytes) -> dict[str, Any]:
    try:
        line = json.loads(text) if text.endswith(b"\n") else {}
    except ValueError:
        return {}
    return line if isinstance(line, dict) else {}


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
        text = "".join(json.dumps(line, allow_nan=False) + "\n" for line in lines).encode()
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
        with path.open("rb") as file:
            return _parse(file.readline()).get("sweep") == store.identity
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
