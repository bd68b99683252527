"""Opening a store as a lazy xarray dataset."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from leakscape.errors import StoreError
from leakscape.shown import shown
from leakscape.sizes import LARGEST_FILE_BYTES
from leakscape.store.claimed import Claim, claims, format_of, inner_group
from leakscape.store.damage import looked_at, refuse
from leakscape.store.disk_errors import disk_errors
from leakscape.store.metadata import attributes, located, read, refuse_result, rescued
from leakscape.store.scan import odd_file
from leakscape.store.values import loaded, reading

if TYPE_CHECKING:
    import xarray as xr

MOST_DASK_CHUNKS = 100_000
"""Past this many chunks the graph of a dask array costs more than what one reads through it."""
MOST_DASK_CHUNKS_IN_ALL = 500_000
MOST_LABELS = 10_000_000
"""Labels that are read as a store is opened."""


def open(path: str | Path) -> xr.Dataset:
    """Open a sweep, finished or not, or any other Zarr group whose arrays name their dimensions.

    Args:
        path: the store.

    Returns:
        The dataset, which `dataset.leakscape` draws and exports. It is read lazily: through dask
        arrays with the stored chunks, or, where these would be more than 100 000, through xarray's
        own lazy arrays. Points not computed yet have `status` 0 and NaN.

    Raises:
        StoreError: no Zarr group there, or larger than can be opened.
        DamageError: a file is missing, or has another size or content than was written. What
            only a checksum tells is raised where the chunk is read.
        StorageError: a file cannot be read.
    """
    return _with_labels_read(labelled(path, times=True))


@disk_errors()
def _with_labels_read(dataset: xr.Dataset) -> xr.Dataset:
    """Read labels, so that they group and select as they do in memory."""
    read = {
        name: (found.dims, loaded(found.variable), found.attrs)
        for name, found in dataset.coords.items()
        if found.dtype.kind == "T" and found.size <= MOST_LABELS
    }
    plain = {
        name: (dims, np.array(labels.tolist(), np.str_), attributes)
        for name, (dims, labels, attributes) in read.items()
        if dims == (name,)  # a dimension's own, as in memory
    }
    return dataset.assign_coords(read | plain)


@disk_errors()
def labelled(path: str | Path, *, times: bool, dask: bool = True) -> xr.Dataset:
    """Open a store as `open` does.

    Args:
        path: the store.
        times: whether numbers with a unit such as "days since 2020-01-01" become dates.
        dask: whether through dask arrays; who reads piece by piece needs none, and starts sooner.

    Returns:
        The dataset.

    Raises:
        StoreError: as `open` does.
    """
    import xarray as xr  # half of the time that `status` would take to start
    import zarr
    from zarr.storage import LocalStore

    from leakscape.store.bounded import bounded
    from leakscape.store.guarded import Guarded

    place = located(path)
    store = None
    if rescued(place) is not None or "sweep" in (held := attributes(place) or {}):
        store = read(place)
        *_, damaged = looked_at(store)
        if damaged:
            refuse(store, damaged)
    elif "fit" in held:
        refuse_result(place, held)
    zarr_format = format_of(place)
    if (odd := odd_file(place, LARGEST_FILE_BYTES)) is not None:
        raise StoreError(f"{odd}: no regular file, or a huge one; restore it from a copy")
    told = claims(place, zarr_format)
    _refuse_unlabelled(place, told, zarr_format)
    own = Guarded(store) if store is not None else LocalStore(place, read_only=True)
    files = bounded(own, told)
    many = max(c.pieces for c in told) > MOST_DASK_CHUNKS
    many = many or sum(c.pieces for c in told) > MOST_DASK_CHUNKS_IN_ALL
    lazy: Any = {} if dask and not many else None
    for claim in told:  # one by one: of several, Zarr would drop an error unheard
        with reading(place / claim.name):
            zarr.open_array(files, path=claim.name, mode="r", zarr_format=zarr_format)
    with reading(place):
        dataset: xr.Dataset = xr.open_zarr(
            files,
            consolidated=False,
            chunks=lazy,
            decode_times=times,
            zarr_format=zarr_format,
        )
    _refuse_mislabelled(place, dataset)
    return dataset if store is None else _in_order(dataset, [v.name for v in store.variables])


def _in_order(dataset: xr.Dataset, names: list[str]) -> xr.Dataset:
    """Return a dataset with its variables in the order of the study, not of a listing."""
    import xarray as xr

    known = [name for name in names if name in dataset.variables]
    known += [str(name) for name in dataset.variables if name not in names]
    variables = {name: dataset.variables[name] for name in known}
    ordered = xr.Dataset(
        {name: found for name, found in variables.items() if name not in dataset.coords},
        coords={name: found for name, found in variables.items() if name in dataset.coords},
        attrs=dataset.attrs,
    )
    ordered.encoding = dataset.encoding
    return ordered


def _refuse_mislabelled(place: Path, dataset: xr.Dataset) -> None:
    """Refuse a coordinate that bears one dimension's name and lies along another."""
    for name, found in dataset.coords.items():
        if name in dataset.sizes and found.dims != (name,):
            raise StoreError(
                f"{place}: {shown(name)} is the coordinate of a dimension of that name, got "
                f"dimensions {shown(found.dims)}; give it another name"
            )


def _refuse_unlabelled(place: Path, told: tuple[Claim, ...], zarr_format: int) -> None:
    """Refuse arrays that xarray could not put together, and say what is wrong with them."""
    if not told:
        inner = inner_group(place, zarr_format)
        remedy = f"give {place / inner}" if inner is not None else "give one that holds some"
        raise StoreError(f"{place}: a Zarr group without arrays of its own; {remedy}")
    lengths: dict[str, tuple[int, str]] = {}
    for claim in told:
        if claim.dims is None or len(claim.dims) != len(claim.shape):
            raise StoreError(
                f"{place}: {claim.name} does not name its dimensions, got shape "
                f"{shown(claim.shape)}; write dimension_names, as xarray does"
            )
        if len(set(claim.dims)) != len(claim.dims):
            raise StoreError(
                f"{place}: {claim.name} has one dimension twice, got {shown(claim.dims)}; "
                "give each its own name"
            )
        for dim, size in zip(claim.dims, claim.shape, strict=True):
            length, other = lengths.setdefault(dim, (size, claim.name))
            if length != size:
                raise StoreError(
                    f"{place}: {shown(dim)} is {length} long in {other}, {size} in {claim.name}; "
                    "give them dimensions of their own"
                )
