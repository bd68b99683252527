"""Verifying a store: every checksum, every piece of metadata, and nothing missing.

The checksum stands in the file, so nothing is decoded. It cannot tell that two files changed
places; the journal's can.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from leakscape.errors import StoreError
from leakscape.store.codec import checksum
from leakscape.store.journal import History, history
from leakscape.store.layout import METADATA, STATUS, Store, chunk_key
from leakscape.store.reading import located, metadata_faults, read
from leakscape.store.scan import parse
from leakscape.store.values import chunk_content

_BATCH = 1024


@dataclass(frozen=True)
class Damage:
    """One thing that is wrong with a store.

    Args:
        variable: the array.
        chunk: the file in the array's directory.
        what: what is wrong.
    """

    variable: str
    chunk: str
    what: str


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What verifying a store showed.

    Args:
        path: the store.
        chunks: files checked.
        nbytes: their bytes.
        journalled: how many of them the journal knows; swapped files are found among these.
        damage: what is wrong.
    """

    path: Path
    chunks: int
    nbytes: int
    journalled: int
    damage: tuple[Damage, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.damage


def verify(path: str | Path) -> Verification:
    """Check every checksum of a store, also while a run writes it.

    Args:
        path: the store.

    Returns:
        What was checked, and every damage.

    Raises:
        StoreError: no sweep there, or its root metadata is damaged.
    """
    store = read(located(path))
    told = history(store)
    damage = [Damage(name, METADATA, what) for name, what in metadata_faults(store)]
    known = dict(_journalled(store, told))
    known |= {(n, k): crc for n, k, crc in _coordinate_keys(told)}
    seen: set[tuple[str, str]] = set()
    chunks = nbytes = journalled = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        files = _files(store)
        while batch := list(islice(files, _BATCH)):
            crcs = [known.get(place) for place, _ in batch]
            for (place, _), crc, (size, what) in zip(
                batch, crcs, pool.map(_check, [file for _, file in batch], crcs), strict=True
            ):
                seen.add(place)
                chunks, nbytes, journalled = chunks + 1, nbytes + size, journalled + bool(crc)
                if what:
                    damage.append(Damage(*place, what))
    damage += _missing(store, told, seen)
    return Verification(
        path=store.path,
        chunks=chunks,
        nbytes=nbytes,
        journalled=journalled,
        damage=tuple(damage),
    )


def coordinate_checksums(store: Store) -> dict[str, dict[str, int]]:
    """Return the CRC32C that every file of every coordinate ends with, for the journal."""
    found: dict[str, dict[str, int]] = {}
    for name in store.coordinates:
        for file in sorted((store.path / name).glob("c*")):
            _, stored = checksum(chunk_content(file))
            found.setdefault(name, {})[file.name] = stored
    return found


def _coordinate_keys(told: History) -> Iterator[tuple[str, str, int]]:
    for name, files in told.header.get("coordinates", {}).items():
        for file, crc in files.items():
            yield name, file, crc


def _journalled(store: Store, told: History) -> Iterator[tuple[tuple[str, str], int]]:
    arrays = {array.name: array for array in store.arrays}
    for task, line in told.chunks.items():
        for name, crc in line.get("crc", {}).items():
            if name in arrays:
                yield (name, _file_name(chunk_key("", store.place(arrays[name], task)))), crc


def _file_name(key: str) -> str:
    return key.rpartition("/")[2]


def _files(store: Store) -> Iterator[tuple[tuple[str, str], Path]]:
    grids: dict[str, Any] = {array.name: array.grid for array in store.arrays}
    for name in (*grids, *store.coordinates):
        folder = store.path / name
        if not folder.is_dir():
            continue
        with os.scandir(folder) as entries:
            for entry in entries:
                chunk = entry.name.startswith("c") and not entry.name.endswith(".partial")
                if chunk and (name not in grids or parse(entry.name, grids[name]) is not None):
                    yield (name, entry.name), Path(entry.path)


def _check(file: Path, known: int | None) -> tuple[int, str]:
    try:
        content = chunk_content(file)
    except OSError as error:
        return 0, f"cannot be read, got {error.strerror}"
    except StoreError as error:
        return 0, str(error).removeprefix(f"{file}: ")
    computed, stored = checksum(content)
    if content.size == 0:
        return 0, "empty file"
    if computed != stored:
        return (
            content.size,
            f"its {content.size} bytes do not have the checksum at their end",
        )
    if known is not None and stored != known:
        return (
            content.size,
            "another chunk: its checksum is not the journal's",
        )
    return content.size, ""


def _missing(store: Store, told: History, seen: Set[tuple[str, str]]) -> Iterator[Damage]:
    marked = {parse(chunk, store.grid) for name, chunk in seen if name == STATUS}
    committed = {store.task(place) for place in marked if place is not None}
    for task in sorted(committed.union(told.chunks)):  # not all tasks: there may be millions
        *arrays, status = store.written_by(task)
        if task not in committed:
            marker = _file_name(store.key(status, task))
            yield Damage(STATUS, marker, "missing, and the journal has it as committed")
            continue
        for array in arrays:
            name = _file_name(store.key(array, task))
            if (array.name, name) not in seen:
                yield Damage(array.name, name, "missing")
    for name, file, _ in _coordinate_keys(told):
        if (name, file) not in seen:
            yield Damage(name, file, "missing")
