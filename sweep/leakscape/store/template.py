"""The template: a whole store without chunks, made aside and renamed into place.

A kill at any moment leaves either no store or a whole template, never half of one.
"""

from __future__ import annotations

import errno
import json
import platform
import shutil
import sys
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import zarr

from leakscape.declare.study import canonical_json
from leakscape.errors import StorageError, StoreError
from leakscape.store.codec import codec, compressors
from leakscape.store.layout import FORMAT, METADATA, Store

if TYPE_CHECKING:
    from leakscape.evaluation.coordinates import Coordinate
    from leakscape.evaluation.plan import Plan

_PACKAGES = ("leakscape", "jax", "jaxlib", "numpy", "xarray", "zarr", "numcodecs", "dask")
_SEPARATOR: Any = {"name": "default", "separator": "."}


def create(
    path: Path, plan: Plan, *, compression: str, command: str, more: Mapping[str, str] | None = None
) -> Store:
    """Make an empty store for a plan; the caller holds its lock.

    Args:
        path: where, absent or an empty folder.
        plan: what will be stored.
        compression: name of the codec.
        command: what was run, for the record.
        more: root attributes besides those of the plan.

    Returns:
        The store.

    Raises:
        StoreError: unknown codec, or something appeared at the path meanwhile.
        StorageError: it cannot be written.
    """
    codec(compression)
    store = Store.of(plan, path, identity=uuid.uuid4().hex, compression=compression)
    aside = store.sidecar / f"tmp-{store.identity}"
    try:
        _write(aside, store, plan, {"command": command} | dict(more or {}))
        with suppress(OSError):
            path.rmdir()  # an empty folder: Windows renames nothing over one
        aside.rename(path)
    except OSError as error:
        shutil.rmtree(aside, ignore_errors=True)
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            raise StoreError(f"{path}: something else appeared there; choose another") from error
        raise StorageError(
            f"{path}: the store cannot be made, got {error.strerror}; mend that or choose another"
        ) from error
    return store


def settle_attributes(store: Store, changes: Mapping[str, Any]) -> None:
    """Change root attributes in one step; the caller holds the lock.

    Args:
        store: the store.
        changes: the attributes to set.

    Raises:
        StorageError: they cannot be written.
    """
    # Not by zarr: its temporary file inside the group makes a reader's listing warn.
    file = store.path / METADATA
    document = json.loads(file.read_bytes())
    if all(document["attributes"].get(key) == value for key, value in changes.items()):
        return
    document["attributes"].update(changes)
    aside = store.sidecar / f"tmp-{uuid.uuid4().hex}.json"
    try:
        aside.write_text(json.dumps(document, indent=2))
        aside.replace(file)
    except OSError as error:
        with suppress(OSError):
            aside.unlink()
        raise StorageError(f"{file}: cannot be written, got {error.strerror}; mend that") from error


@lru_cache(maxsize=1)
def versions() -> Mapping[str, str]:
    """Return the versions of what decides bits and files."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "unknown"
    return found


def _write(folder: Path, store: Store, plan: Plan, more: Mapping[str, str]) -> None:
    held = {array.name for array in store.arrays if array.role == "sampled"}
    held |= {c.name for c in plan.coordinates if tuple(c.dims) != (c.name,)}
    root = {key: value for key, value in plan.attributes.items() if value is not None}
    root |= more
    root |= {
        "fingerprint": store.fingerprint,
        "created": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "versions": canonical_json(versions()),
        "byteorder": sys.byteorder,
        "format": FORMAT,
        "complete": 0,
        "sweep": canonical_json(store.description()),
    }
    if held:
        root["coordinates"] = " ".join(sorted(held))  # xarray reads these as coordinates
    group = zarr.open_group(folder, mode="w-", zarr_format=3, attributes=root)
    for array, variable in zip(store.arrays, plan.variables, strict=True):
        group.create_array(
            array.name,
            shape=array.shape,
            chunks=array.chunks,
            dtype=array.dtype,
            fill_value=array.fill,
            filters=None,
            compressors=compressors(store.compression, array.dtype),
            dimension_names=array.dims,
            attributes=dict(variable.attributes),
            chunk_key_encoding=_SEPARATOR,
        )
    for coordinate in plan.coordinates:
        _write_coordinate(group, coordinate, store.compression)


def _write_coordinate(group: zarr.Group, coordinate: Coordinate, compression: str) -> None:
    values = np.asarray(coordinate.values)
    text = values.dtype.kind not in "fiu"
    made = group.create_array(
        coordinate.name,
        shape=values.shape,
        chunks=tuple(max(1, size) for size in values.shape),
        dtype="string" if text else values.dtype,
        fill_value="" if text else None,
        filters="auto" if text else None,
        compressors=[{"name": "crc32c"}] if text else compressors(compression, str(values.dtype)),
        dimension_names=coordinate.dims,
        attributes=dict(coordinate.attributes),
        chunk_key_encoding=_SEPARATOR,
    )
    full = made.with_config({"write_empty_chunks": True})
    full[...] = values.astype(object) if text else values
