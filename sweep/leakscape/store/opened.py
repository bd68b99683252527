"""Opening a store as a lazy xarray dataset."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leakscape.errors import StoreError
from leakscape.shown import count, shown
from leakscape.store.damage import looked_at, refuse
from leakscape.store.layout import METADATA
from leakscape.store.reading import attributes, located, metadata, read, rescued
from leakscape.store.scan import odd_file
from leakscape.store.values import LARGEST_CHUNK_BYTES, reading

if TYPE_CHECKING:
    import xarray as xr

MOST_DASK_CHUNKS = 100_000
"""Past this many chunks the graph of a dask array costs more than what one reads through it."""
LARGEST_COORDINATE_BYTES = 2**30
"""xarray loads index coordinates at once: a store that claims more is refused unread."""


def open(path: str | Path) -> xr.Dataset:
    """Open a sweep, finished or not.

    Args:
        path: the store.

    Returns:
        The dataset, read lazily: through dask arrays with the stored chunks, or, where these
        would be more than 100 000, through xarray's own lazy arrays. Points not computed yet
        have `status` 0 and NaN.

    Raises:
        StoreError: no Zarr group there, or larger than can be opened.
        DamageError: a file is missing, or has another size or content than was written. What
            only a checksum tells is raised where the chunk is read.
    """
    import xarray as xr  # half of the time that `status` would take to start
    import zarr

    from leakscape.store.guarded import Guarded

    place = located(path)
    store = None
    if rescued(place) is not None or "sweep" in _attributes(place):
        store = read(place)
        *_, damaged = looked_at(store)
        if damaged:
            refuse(store, damaged)
    if (odd := odd_file(place, LARGEST_CHUNK_BYTES)) is not None:
        raise StoreError(f"{odd}: no regular file, or a huge one; restore it from a copy")
    chunks = _limit(place)
    lazy: Any = {} if chunks <= MOST_DASK_CHUNKS else None
    for name, _ in _arrays(place):  # one by one: of several, Zarr would drop an error unheard
        with reading(place / name):
            zarr.open_array(place / name, mode="r", zarr_format=3)
    files: Any = Guarded(store) if store is not None else place
    with reading(place):
        dataset: xr.Dataset = xr.open_zarr(files, consolidated=False, chunks=lazy)
    return dataset


def _attributes(place: Path) -> dict[str, Any]:
    found = attributes(place)
    if found is None:
        raise StoreError(f"{place}: no sweep there; leakscape run makes one")
    return found


def _limit(place: Path) -> int:
    """Return the number of chunks of the largest array; refuse what would not fit in memory."""
    most = eager = 0
    for name, document in _arrays(place):
        try:
            shape = _lengths(document["shape"], 0)
            grid = _lengths(document["chunk_grid"]["configuration"]["chunk_shape"], 1)
            width = _width(document["data_type"])
            names = list(document.get("dimension_names") or [])
            pieces = math.prod(-(-s // c) for s, c in zip(shape, grid, strict=True))
        except (KeyError, TypeError, ValueError) as error:
            raise StoreError(f"{place / name / METADATA}: damaged, got {error}") from error
        most = max(most, pieces)
        eager += math.prod(shape) * width if name in names else 0
        if math.prod(grid) * width > LARGEST_CHUNK_BYTES:
            raise StoreError(
                f"{place}: {name} has chunks of {count(math.prod(grid) * width)} bytes, more than "
                f"{LARGEST_CHUNK_BYTES}; open it with zarr"
            )
    if eager > LARGEST_COORDINATE_BYTES:
        raise StoreError(
            f"{place}: coordinates of {count(eager)} bytes, more than {LARGEST_COORDINATE_BYTES}; "
            "open it with zarr"
        )
    return most


def _arrays(place: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    with os.scandir(place) as entries:
        for entry in entries:
            document = metadata(Path(entry.path)) if entry.is_dir() else None
            if document is not None and document.get("node_type") == "array":
                yield entry.name, document


def _lengths(sizes: Any, least: int) -> list[int]:
    if not all(isinstance(size, int) and size >= least for size in sizes):
        raise ValueError(f"lengths {shown(sizes)}")
    return list(sizes)


def _width(data_type: Any) -> int:
    """Return the bytes of an element; of texts and extension types at least a pointer's."""
    if isinstance(data_type, str) and (bits := re.fullmatch(r"[a-z]+([0-9]{1,3})", data_type)):
        return max(1, int(bits[1]) // 8)
    if data_type == "bool":
        return 1
    told = data_type.get("configuration", {}) if isinstance(data_type, dict) else {}
    return max([16, *(size for size in told.values() if isinstance(size, int))])
