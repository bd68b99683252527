"""Reading a store's metadata, and refusing what is no sweep of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from leakscape import content
from leakscape.errors import StoreError
from leakscape.plain import MOST_PARTS, crowded, fault
from leakscape.sizes import LARGEST_METADATA_BYTES
from leakscape.store.described import described
from leakscape.store.layout import METADATA, Array, Store, sidecar


def located(path: str | Path) -> Path:
    """Return the absolute path of a store; links are not followed.

    Args:
        path: as somebody wrote it.

    Raises:
        StoreError: no folder can have this path, or none beside it.
    """
    place = content.located(path, StoreError)
    if not place.name:
        raise StoreError(f"{place}: is the root of the file system; choose a folder below it")
    content.located(sidecar(place), StoreError)
    return place


def attributes(path: Path) -> dict[str, Any] | None:
    """Read the root attributes of a Zarr group.

    Args:
        path: the group.

    Returns:
        The attributes, or None where there is no group.

    Raises:
        StoreError: the metadata is there and cannot be read as such.
    """
    return _attributes(metadata(path))


def _attributes(document: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if document is None or document.get("node_type") != "group":
        return None
    found = document.get("attributes", {})
    return dict(found) if isinstance(found, Mapping) else {}


def metadata(directory: Path, name: str = METADATA) -> dict[str, Any] | None:
    """Read the metadata of a Zarr group or array; None where there is none.

    Args:
        directory: the group or array.
        name: of the file.

    Raises:
        StoreError: it is there and cannot be read as such.
    """
    file = directory / name
    try:
        text = content.read(file, LARGEST_METADATA_BYTES, StoreError)
        if crowded(text):
            raise StoreError(f"{file}: at most {MOST_PARTS} entries, got more; it is no sweep's")
        document = json.loads(text)
    except FileNotFoundError:
        return None
    except (ValueError, RecursionError) as error:
        raise StoreError(f"{file}: damaged, not JSON; restore it from a copy") from error
    if not isinstance(document, dict):
        raise StoreError(f"{file}: damaged, no JSON object; restore it from a copy")
    if wrong := fault(document, json=True):
        raise StoreError(f"{file}: damaged, {wrong}")
    return document


def read(path: Path) -> Store:
    """Read the layout of a sweep.

    Args:
        path: the store.

    Returns:
        The store.

    Raises:
        StoreError: nothing there, no sweep of ours, of another format, or damaged.
    """
    found = attributes(path)
    if found is None:
        raise StoreError(f"{path}: no sweep there; leakscape run makes one")
    if "sweep" not in found:
        raise StoreError(f"{path}: a Zarr group, but no sweep of Leakscape's; check the path")
    return described(path, found)


def metadata_faults(store: Store) -> Iterator[tuple[str, str]]:
    """Tell which arrays lack metadata, or have other metadata than the sweep's.

    Args:
        store: the store.

    Yields:
        Name of the array, and what its metadata is.
    """
    arrays = {array.name: array for array in store.arrays}
    for name in (*arrays, *store.coordinates):
        try:
            document = metadata(store.path / name)
        except StoreError:
            yield name, "not readable as JSON"
            continue
        if document is None:
            yield name, "missing"
        elif name in arrays and not _agrees(document, arrays[name]):
            yield name, "another shape or chunk shape than the sweep's"
        elif document.get("node_type") != "array":
            yield name, "not of an array"


def _agrees(document: Mapping[str, Any], array: Array) -> bool:
    try:
        grid = document["chunk_grid"]["configuration"]["chunk_shape"]
        return (
            tuple(document["shape"]) == array.shape
            and tuple(grid) == array.chunks
            and tuple(document.get("dimension_names") or ()) == array.dims
            and document["data_type"] == array.dtype
        )
    except (KeyError, TypeError):
        return False
