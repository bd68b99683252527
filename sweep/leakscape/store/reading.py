"""Reading a store's metadata, and refusing what is no sweep of ours."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from leakscape.errors import StoreError
from leakscape.store.layout import FORMAT, METADATA, MOST_CHUNKS, Array, Store

LARGEST_METADATA = 64_000_000
"""Bytes of a metadata file past which it is no sweep's."""
_NAME = re.compile(r"[A-Za-z_]\w{0,63}")


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


def metadata(directory: Path) -> dict[str, Any] | None:
    """Read the metadata of a Zarr group or array; None where there is none.

    Raises:
        StoreError: it is there and cannot be read as such.
    """
    file = directory / METADATA
    try:
        if file.stat().st_size > LARGEST_METADATA:
            raise StoreError(f"{file}: larger than {LARGEST_METADATA} bytes; no sweep's metadata")
        document = json.loads(file.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, RecursionError) as error:
        raise StoreError(f"{file}: damaged, not JSON; restore it from a copy") from error
    if not isinstance(document, dict):
        raise StoreError(f"{file}: damaged, no JSON object; restore it from a copy")
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
    try:
        held = json.loads(found["sweep"])
        if held["format"] != FORMAT:
            raise StoreError(
                f"{path}: written in format {held['format']}, this version reads {FORMAT}; "
                "use the version that wrote it"
            )
        arrays = tuple(
            Array(
                name=entry["name"],
                dims=tuple(entry["dims"]),
                shape=tuple(entry["shape"]),
                chunks=tuple(entry["chunks"]),
                dtype=entry["dtype"],
                role=entry["role"],
            )
            for entry in held["arrays"]
        )
        named = [array.name for array in arrays] + list(held["coordinates"])
        if not all(isinstance(name, str) and _NAME.fullmatch(name) for name in named):
            raise ValueError(f"names {named}")
        if any(math.prod(array.grid) > MOST_CHUNKS for array in arrays):
            raise ValueError(f"more than {MOST_CHUNKS} chunks")
        meaning = dict(held["meaning"])
        # Before 0.1.0 was released a study's name was part of its meaning.
        meaning["study"] = {k: v for k, v in dict(meaning["study"]).items() if k != "name"}
        return Store(
            path=path,
            identity=str(held["identity"]),
            fingerprint=str(found["fingerprint"]),
            compression=str(held["compression"]),
            dimensions=tuple(held["dimensions"]),
            shape=tuple(held["shape"]),
            chunks=tuple(held["chunks"]),
            arrays=arrays,
            coordinates=tuple(held["coordinates"]),
            meaning=meaning,
            kernel_code=held["kernel_code"],
        )
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        raise StoreError(f"{path / METADATA}: damaged, got {error!r}; restore a copy") from error
