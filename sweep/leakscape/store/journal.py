"""The journal: a line of JSON for the sweep, for every run, committed chunk and failure.

The store is the truth and the journal its history: which CRC each chunk was committed with (so
that swapped files are found), what was found in it, who ran when. The driver alone writes it. The
last entry of a line is the CRC32C of the bytes before it; lines of before that have none.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from leakscape import content
from leakscape.errors import StorageError, StoreError
from leakscape.shown import sentence
from leakscape.store.durable import put
from leakscape.store.layout import Store
from leakscape.store.lines import (
    is_commit,
    parsed,
    says_sealed,
    sealed,
    spelled,
    task_of,
    unsealed,
)

NAME = "journal.jsonl"
LONGEST_LINE = 1_000_000
"""Bytes of a line; one that is longer is no chunk's."""
_BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, kw_only=True)
class History:
    """What a journal says.

    Args:
        known: whether there is a journal, and it is this sweep's.
        coordinates: coordinate -> file -> its CRC32C.
        documents: array or coordinate -> SHA-256 of its `zarr.json`.
        root: SHA-256 of the root attributes that never change; empty where it is not known.
        boot: which start of the machine the last run was in; empty where that is not known.
        ended: whether the last run said that it ended.
        device: what computed last; empty where that is not known.
        chunks: task -> the line of its last commit.
        failures: task -> why its last attempt failed, where no commit followed.
        damaged: numbers of lines that are not what was written; what they said is lost.
    """

    known: bool = False
    coordinates: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    documents: Mapping[str, str] = field(default_factory=dict)
    root: str = ""
    boot: str = ""
    ended: bool = False
    device: str = ""
    chunks: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    failures: Mapping[int, str] = field(default_factory=dict)
    damaged: tuple[int, ...] = ()


def boot() -> str:
    """Return what names the present start of the machine; empty where nothing does."""
    try:
        return _BOOT.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""


def history(store: Store) -> History:
    """Read the journal of a store.

    Args:
        store: the store.

    Returns:
        Its history; empty where the journal is missing or another sweep's. A torn line is
        skipped: its chunk is adopted from the store.
    """
    collecting = gc.isenabled()
    gc.disable()  # a million small tables without a cycle: looking for one doubles the time
    try:
        return _history(store)
    finally:
        if collecting:
            gc.enable()


def _history(store: Store) -> History:
    says: dict[str, Any] = {}
    chunks: dict[int, Mapping[str, Any]] = {}
    failures: dict[int, str] = {}
    damaged: list[int] = []
    ended, known, device = False, False, ""
    names = frozenset(array.name for array in store.variables)
    for number, line in _read(store):
        if line is None:
            damaged.append(number)
            continue
        known = True
        if (task := task_of(store, line)) is None:
            run = line.get("run", line if "sweep" in line else None)
            ended = "ended" in line or (ended and run is None)
            device = _texts(line.get("ended")).get("device", device)
            says = run if isinstance(run, dict) else says
        elif "failed" in line:
            failures[task] = sentence(str(line["failed"]))
        elif "dropped" in line:
            chunks.pop(task, None)
        elif is_commit(store, line, names):
            chunks[task] = line
            failures.pop(task, None)
    if not known:
        return History()
    return History(
        known=True,
        coordinates=_checksums(says),
        documents=_texts(says.get("documents")),
        root=str(says.get("root", "")),
        boot=str(says.get("boot", "")),
        ended=ended,
        device=device,
        chunks=chunks,
        failures=failures,
        damaged=tuple(damaged),
    )


def _read(store: Store) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """Yield each line of a journal with its number, None where it is not what was written.

    A journal of before there were seals has none; what a kill tore at its end is left out.
    """
    try:
        with content.opened(store.sidecar / NAME, StoreError) as file:
            seals = False
            for number, text in enumerate(_lines(file)):
                held = text.removesuffix(b"\n")
                seals = seals or says_sealed(text)
                if not text.endswith(b"\n"):
                    if unsealed(store.identity, text[:-1]) is not None:
                        yield number, None  # whole, and its line break became something else
                elif seals:
                    yield number, unsealed(store.identity, held)
                elif number == 0 and (parsed(held) or {}).get("sweep") != store.identity:
                    return
                elif (line := parsed(held)) is not None:
                    yield number, line
    except FileNotFoundError:
        return
    except OSError as error:
        raise StorageError(f"{store.sidecar / NAME}: cannot be read, got {error}") from error


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield lines up to where the file ended when it was opened, none of them endless."""
    left = os.fstat(file.fileno()).st_size
    while left > 0 and (text := file.readline(LONGEST_LINE)):
        left -= len(text)
        yield text


def _checksums(header: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """Return the checksums of coordinates' files that a header holds, as far as they are such."""
    held = header.get("coordinates")
    return {
        name: {file: crc for file, crc in files.items() if isinstance(crc, int)}
        for name, files in (held.items() if isinstance(held, dict) else ())
        if isinstance(files, dict)
    }


def _texts(held: Any) -> dict[str, str]:
    pairs = held.items() if isinstance(held, dict) else ()
    return {name: text for name, text in pairs if isinstance(text, str)}


class Journal:
    """A journal open for writing; use it as a context.

    Args:
        store: the store, whose lock the caller holds.
        header: what the first line of a run says besides the sweep.
    """

    def __init__(self, store: Store, header: Mapping[str, Any]) -> None:
        self.path = store.sidecar / NAME
        self._store = store
        said = {**header, "boot": boot(), "sealed": True}
        mine = {"sweep": store.identity, "fingerprint": store.fingerprint, **said}
        try:
            told = history(store)
            if not told.known and self.path.exists():  # another sweep's, or torn in the first line
                self.path.replace(self.path.with_suffix(f".{os.getpid()}.old"))
            elif told.damaged:
                _without(self.path, frozenset(told.damaged))
            if told.known:
                _cut_torn_end(self.path)
            self._file = self.path.open("ab", buffering=0)
        except OSError as error:
            raise self._failure(error) from error
        try:
            self.write([{"run": said} if told.known else mine])
        except BaseException:
            self._file.close()
            raise

    def write(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """Append lines in one go, so that a kill tears the last one at most.

        Args:
            lines: what they say; `chunk` is a task.

        Raises:
            StorageError: they cannot be written.
        """
        store = self._store
        text = b"".join(sealed(store.identity, spelled(store, line)) for line in lines)
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
            f"{self.path.name}: the journal cannot be written, got {error.strerror}"
        )


def _without(path: Path, damaged: frozenset[int]) -> None:
    """Leave out the lines that are not what was written: nobody can tell what they said."""
    with path.open("rb") as file:
        kept = [text for number, text in enumerate(_lines(file)) if number not in damaged]
    put(path, b"".join(kept), path.with_suffix(f".{os.getpid()}.new"))


def _cut_torn_end(path: Path) -> None:
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
