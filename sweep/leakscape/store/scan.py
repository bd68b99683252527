"""What is on disk: which chunks are there, how large they are, and what does not belong there.

One directory listing for each array; zarr's own count of chunks is quadratic in their number.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leakscape.evaluation.grid import Variable
from leakscape.store.layout import Store

_NUMBER = "(?:0|[1-9][0-9]{0,17})"


@dataclass(frozen=True, kw_only=True)
class Scan:
    """What a look at the directories showed.

    Args:
        there: task -> whether everything it writes is there, its `status` chunk included.
        sizes: array -> bytes of each of its chunks, in the shape of its grid; -1 where none is.
        nbytes: bytes of all chunks.
        litter: files that an interrupted write left behind.
    """

    there: NDArray[np.bool_]
    sizes: Mapping[str, NDArray[np.int64]]
    nbytes: int
    litter: tuple[Path, ...]


def scan(store: Store) -> Scan:
    """Look at what is there.

    Args:
        store: the store.

    Returns:
        What was seen; an empty file counts as absent.
    """
    there: NDArray[np.bool_] = np.ones(store.grid.counts, dtype=np.bool_)
    litter, sizes = list(_partial(store.path)), {}
    for array in reversed(store.variables):  # status first: then all that it vouches for is there
        sizes[array.name], left = _present(store, array)
        litter += left
        present = sizes[array.name] > 0
        length = sum(dim in store.grid.dimensions for dim in array.dims)
        there[store.grid.along(array)] &= present.reshape(present.shape[:length])
    for name in store.coordinates:
        litter += _partial(store.path / name)
    nbytes = sum(int(size[size > 0].sum()) for size in sizes.values())
    return Scan(there=there.reshape(-1), sizes=sizes, nbytes=nbytes, litter=tuple(litter))


def sweep_away(store: Store, found: Scan) -> None:
    """Remove litter; only the holder of the lock may."""
    for file in found.litter:
        file.unlink(missing_ok=True)
    for left in store.sidecar.glob("tmp-*"):
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


def _partial(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return [Path(entry.path) for entry in entries if entry.name.endswith(".partial")]
    except (FileNotFoundError, NotADirectoryError):
        return []


def _present(store: Store, array: Variable) -> tuple[NDArray[np.int64], list[Path]]:
    names, found, litter = [], [], []
    try:
        with os.scandir(store.path / array.name) as entries:
            for entry in entries:
                if entry.name.endswith(".partial"):
                    litter.append(Path(entry.path))
                elif entry.name.startswith("c"):
                    names.append(entry.name)
                    found.append(_size(entry))
    except (FileNotFoundError, NotADirectoryError):
        pass
    sizes = np.full(array.counts, -1, dtype=np.int64)
    kept, places = _places(names, array.counts)
    if len(kept):
        values = np.array(found, dtype=np.int64)[kept]
        sizes[tuple(places)] = values if array.counts else values[0]
    return sizes, litter


def _places(names: list[str], grid: tuple[int, ...]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return which names stand for chunks, and their places, one row for each dimension."""
    text = "\n".join(names)
    if grid and names and re.fullmatch(rf"(?:c(?:\.{_NUMBER}){{{len(grid)}}}\n?)+", text):
        numbers = np.array(re.findall(r"[0-9]+", text), dtype=np.int64)  # many names at once
        places = numbers.reshape(len(names), len(grid)).T
        if bool((places.max(axis=1) < grid).all()):
            return np.arange(len(names)), places
    parsed = [parse(name, grid) for name in names]
    kept = [number for number, place in enumerate(parsed) if place is not None]
    held = [place for place in parsed if place is not None]
    places = np.array(held, dtype=np.int64).reshape(len(held), len(grid)).T
    return np.array(kept, dtype=np.int64), places


def _size(entry: os.DirEntry[str]) -> int:
    """Return the bytes of a regular file, 0 of anything else, -1 where it is gone meanwhile."""
    try:
        return entry.stat().st_size if entry.is_file() else 0
    except FileNotFoundError:
        return -1
    except OSError:  # a link to itself
        return 0


def odd_file(place: Path, largest: int) -> Path | None:
    """Look for a file in a folder that no reader of Zarr should open: it might never end.

    Args:
        place: the folder.
        largest: how many bytes a file may have.

    Returns:
        The first that is neither folder nor regular file, or too large; None without one.
    """
    folders = [os.fspath(place)]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif not _is_sensible(entry, largest):
                    return Path(entry.path)
    return None


def _is_sensible(entry: os.DirEntry[str], largest: int) -> bool:
    try:
        return entry.is_file() and entry.stat().st_size <= largest
    except FileNotFoundError:  # a run renames its files
        return True
    except OSError:
        return False


def parse(name: str, grid: tuple[int, ...]) -> tuple[int, ...] | None:
    """Return the chunk index that a file name stands for, None where it stands for none."""
    first, *parts = name.split(".")
    if first != "c" or len(parts) != len(grid) or not name.isascii():
        return None
    place = []
    for part, size in zip(parts, grid, strict=True):
        if not part.isdecimal() or (part[0] == "0" and part != "0") or int(part) >= size:
            return None
        place.append(int(part))
    return tuple(place)
