"""Checks of chunk files: the checksum at the end of each, and the one that the journal has.

The checksum stands in the file, so nothing is decoded. It cannot tell that two files changed
places; the journal's can.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

from leakscape.errors import StoreError
from leakscape.store.codec import checksum
from leakscape.store.journal import History
from leakscape.store.layout import Store
from leakscape.store.scan import parse
from leakscape.store.values import chunk_content


def file_name(key: str) -> str:
    """Return the file in an array's folder that a key stands for."""
    return key.rpartition("/")[2]


Place = tuple[str, str]
"""An array or coordinate, and the name of a file of it."""


_BATCH = 64


def checked(store: Store, told: History) -> Iterator[tuple[Place, int, bool, str]]:
    """Check every file of every array and coordinate.

    Args:
        store: the store.
        told: its journal.

    Yields:
        The file, its bytes, whether the journal knows it, and what is wrong, empty if nothing is.
    """
    known = dict(_journalled(store, told))
    threads = os.cpu_count() or 1
    with ThreadPoolExecutor(threads) as pool:
        files = _files(store)
        while batch := list(islice(files, _BATCH * threads)):
            parts = [batch[start : start + _BATCH] for start in range(0, len(batch), _BATCH)]
            for part in pool.map(lambda part: _faults(part, known), parts):
                yield from part


def _faults(
    part: Sequence[tuple[Place, str]], known: Mapping[Place, int]
) -> list[tuple[Place, int, bool, str]]:
    found = []
    for place, file in part:
        crc = known.get(place)
        size, what = fault(file, crc)
        found.append((place, size, crc is not None, what))
    return found


def fault(file: str | Path, known: int | None = None) -> tuple[int, str]:
    """Say what is wrong with a chunk's file.

    Args:
        file: the file.
        known: the checksum that the journal has of it.

    Returns:
        Its bytes, and what is wrong, empty if nothing is.
    """
    try:
        content = chunk_content(file)
    except FileNotFoundError:
        return 0, "missing"
    except OSError as error:
        return 0, f"cannot be read, got {error.strerror}"
    except StoreError as error:
        return 0, str(error).removeprefix(f"{file}: ")
    computed, stored = checksum(content)
    if content.size == 0:
        return 0, "empty file"
    if computed != stored:
        return content.size, f"its {content.size} bytes do not have the checksum at their end"
    if known is not None and stored != known:
        return content.size, "another chunk: its checksum is not the journal's"
    return content.size, ""


def coordinate_faults(store: Store, told: History) -> Iterator[tuple[str, str]]:
    """Say what is wrong with the files of coordinates: without its chunk one reads as zeros."""
    for name in store.coordinates:
        known = told.coordinates.get(name, {}).get(store.whole(name))
        _, what = fault(store.path / name / store.whole(name), known)
        if what:
            yield name, what


def coordinate_checksums(store: Store, skip: Set[str]) -> dict[str, dict[str, int]]:
    """Return the CRC32C that every file of every coordinate ends with, for the journal."""
    found: dict[str, dict[str, int]] = {}
    for name in (name for name in store.coordinates if name not in skip):
        for file in sorted((store.path / name).glob("c*")):
            _, stored = checksum(chunk_content(file))
            found.setdefault(name, {})[file.name] = stored
    return found


def _journalled(store: Store, told: History) -> Iterator[tuple[Place, int]]:
    arrays = {array.name: array for array in store.variables}
    for task, line in told.chunks.items():
        for name, crc in line.get("crc", {}).items():
            yield (name, file_name(store.key(arrays[name], task))), crc
    for name, files in told.coordinates.items():
        for file, crc in files.items():
            yield (name, file), crc


def _files(store: Store) -> Iterator[tuple[Place, str]]:
    grids: Mapping[str, tuple[int, ...]] = {array.name: array.counts for array in store.variables}
    for name in store.names:
        folder = store.path / name
        if not folder.is_dir():
            continue
        with os.scandir(folder) as entries:
            for entry in entries:
                chunk = entry.name.startswith("c") and not entry.name.endswith(".partial")
                if chunk and (name not in grids or parse(entry.name, grids[name]) is not None):
                    yield (name, entry.name), entry.path
