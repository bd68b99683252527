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
from dataclasses import replace
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leakscape.declare.study import canonical_json
from leakscape.errors import StorageError, StoreError
from leakscape.store.codec import codec
from leakscape.store.documents import template_files
from leakscape.store.durable import put
from leakscape.store.layout import METADATA, Store
from leakscape.store.root import COPY, sealed

if TYPE_CHECKING:
    from leakscape.evaluation.plan import Plan

_PACKAGES = ("leakscape", "jax", "jaxlib", "numpy", "xarray", "zarr", "numcodecs", "dask")


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
    files = template_files(store, plan)
    documents = {key.partition("/")[0]: text for key, text in files.items() if METADATA in key}
    store = replace(store, documents={key: json.loads(text) for key, text in documents.items()})
    root = sealed(_root(store, plan, {"command": command} | dict(more or {})))
    aside = store.sidecar / f"tmp-{store.identity}"
    try:
        for key, content in (*files.items(), (METADATA, root)):
            (aside / key).parent.mkdir(parents=True, exist_ok=True)
            (aside / key).write_bytes(content)
        put(store.sidecar / COPY, root, store.sidecar / f"tmp-{store.identity}.json")
        with suppress(OSError):
            path.rmdir()  # an empty folder: Windows renames nothing over one
        aside.rename(path)  # the copy is flushed; the rest is with the first chunks
    except OSError as error:
        shutil.rmtree(aside, ignore_errors=True)
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            raise StoreError(f"{path}: something else appeared there; choose another") from error
        raise StorageError(
            f"{path}: the store cannot be made, got {error.strerror}; fix that or choose another"
        ) from error
    return store


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


def _root(store: Store, plan: Plan, more: Mapping[str, str]) -> dict[str, Any]:
    held = {array.name for array in store.variables if array.role == "sampled"}
    held |= {c.name for c in plan.coordinates if c.labels and tuple(c.dims) != (c.name,)}
    root = {key: value for key, value in plan.attributes.items() if value is not None}
    root |= more
    root |= {
        "fingerprint": store.fingerprint,
        "created": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "versions": canonical_json(versions()),
        "byteorder": sys.byteorder,
        "format": store.format,
        "complete": 0,
        "sweep": canonical_json(store.description()),
    }
    if held:
        root["coordinates"] = " ".join(sorted(held))  # xarray reads these as coordinates
    return {"attributes": root, "zarr_format": 3, "node_type": "group"}
