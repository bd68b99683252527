"""Opening a store as a lazy xarray dataset."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from leakscape.errors import StoreError
from leakscape.store.layout import METADATA
from leakscape.store.reading import attributes, metadata, read

MOST_DASK_CHUNKS = 100_000
"""Past this many chunks the graph of a dask array costs more than what one reads through it."""
LARGEST_COORDINATE_BYTES = 2**30
"""xarray loads index coordinates at once: a store that claims more is refused unread."""
LARGEST_CHUNK_BYTES = 2**31
"""A chunk is decoded whole: a store that claims larger ones is refused unread."""


def open(path: str | Path) -> xr.Dataset:
    """Open a sweep, finished or not.

    Args:
        path: the store.

    Returns:
        The dataset, read lazily: through dask arrays with the stored chunks, or, where these
        would be more than 100 000, through xarray's own lazy arrays. Points not computed yet
        have `status` 0 and NaN.

    Raises:
        StoreError: no Zarr group there, part of it is missing, or larger than can be opened.
    """
    place = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links
    found = attributes(place)
    if found is None:
        raise StoreError(f"{place}: no sweep there; leakscape run makes one")
    if "sweep" in found:
        store = read(place)
        for name in (*(array.name for array in store.arrays), *store.coordinates):
            if metadata(place / name) is None:
                raise StoreError(
                    f"{place}: damaged, {name}/{METADATA} is missing; restore it from a copy"
                )
    chunks = _limit(place)
    lazy: Any = {} if chunks <= MOST_DASK_CHUNKS else None
    dataset: xr.Dataset = xr.open_zarr(place, consolidated=False, chunks=lazy)
    return dataset


def _limit(place: Path) -> int:
    """Return the number of chunks of the largest array; refuse what would not fit in memory."""
    most = eager = 0
    for name, document in _arrays(place):
        try:
            shape = [int(size) for size in document["shape"]]
            grid = [int(s) for s in document["chunk_grid"]["configuration"]["chunk_shape"]]
            width = _width(document["data_type"])
            names = document.get("dimension_names") or []
            if min(grid, default=1) < 1:
                raise ValueError(f"chunk shape {grid}")
            pieces = math.prod(-(-s // c) for s, c in zip(shape, grid, strict=True))
        except (KeyError, TypeError, ValueError) as error:
            raise StoreError(f"{place / name / METADATA}: damaged, got {error}") from error
        most = max(most, pieces)
        eager += math.prod(shape) * width if name in names else 0
        if math.prod(grid) * width > LARGEST_CHUNK_BYTES:
            raise StoreError(
                f"{place}: {name} has chunks of {math.prod(grid) * width:.3g} bytes, more than "
                f"{LARGEST_CHUNK_BYTES}; open it with zarr"
            )
    if eager > LARGEST_COORDINATE_BYTES:
        raise StoreError(
            f"{place}: coordinates of {eager:.3g} bytes, more than {LARGEST_COORDINATE_BYTES}; "
            "open it with zarr"
        )
    return most


def _arrays(place: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    with os.scandir(place) as entries:
        for entry in entries:
            document = metadata(Path(entry.path)) if entry.is_dir() else None
            if document is not None and document.get("node_type") == "array":
                yield entry.name, document


def _width(data_type: Any) -> int:
    try:
        return int(np.dtype(data_type).itemsize)
    except TypeError:
        return 16  # texts and extension types: at least a pointer and a length
