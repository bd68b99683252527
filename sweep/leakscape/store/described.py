"""The description of a sweep, as its root attributes hold it: read, and held to what it must be.

A store may come from anybody. What passes here is a layout that agrees with itself, of a size
that can be walked through; no later code has to doubt it.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from leakscape.declare.meaning import Meaning
from leakscape.errors import StoreError
from leakscape.evaluation.grid import FORMATS, Grid, Variable
from leakscape.plain import MOST_PARTS, crowded, fault
from leakscape.shown import shown
from leakscape.store.codec import CODECS
from leakscape.store.layout import METADATA, MOST_CHUNKS, STATUS, Store

MOST_DIMENSIONS = 32
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_DTYPES = ("float32", "float64", "int8", "int32", "int64", "uint8")
_OF_STUDY = ("format", "study", "identity", "extent")
"""Of `meaning`: what is no part of the division."""
_ROLES = ("output", "sampled", "partial", "status")


def described(path: Path, attributes: Mapping[str, Any]) -> Store:
    """Read the layout of a sweep from its root attributes.

    Args:
        path: the store.
        attributes: its root attributes, which hold a `sweep`.

    Returns:
        The store.

    Raises:
        StoreError: of another format, or damaged.
    """
    try:
        if crowded(_text(attributes["sweep"])):
            raise ValueError(f"more than {MOST_PARTS} entries")
        held = json.loads(attributes["sweep"])
        if wrong := fault(held, json=True):
            raise ValueError(wrong)
        if type(held["format"]) is not int or held["format"] not in FORMATS:
            raise StoreError(
                f"{path}: written in format {shown(held['format'])}, this version reads "
                f"{', '.join(map(str, FORMATS))}; use the version that wrote it"
            )
        store = Store(
            path=path,
            identity=_text(held["identity"]),
            fingerprint=_text(attributes["fingerprint"]),
            compression=_one_of(CODECS, held["compression"]),
            grid=Grid(
                dimensions=_names(held["dimensions"]),
                shape=_sizes(held["shape"]),
                chunks=_sizes(held["chunks"]),
            ),
            variables=tuple(_array(entry) for entry in _list(held["arrays"])),
            coordinates=_names(held["coordinates"]),
            meaning=_meaning(_table(held["meaning"])),
            division={k: v for k, v in held["meaning"].items() if k not in _OF_STUDY},
            kernel_code=_table(held["kernel_code"]),
            documents=_table(held.get("documents", {})),
            format=held["format"],
        )
        _agree(store)
    except RecursionError as error:
        raise StoreError(f"{path / METADATA}: damaged, nested too deep; restore a copy") from error
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError(f"{path / METADATA}: damaged, got {error!r}; restore a copy") from error
    return store


def _meaning(held: Mapping[str, Any]) -> Meaning:
    """Read what a study means; both parts lay in one table before 0.1.0 was released."""
    if "study" not in held:
        return Meaning.joined(held["identity"], held["extent"])
    # The name was part of it.
    return Meaning.of({k: v for k, v in _table(held["study"]).items() if k != "name"})


def _array(entry: Any) -> Variable:
    entry = _table(entry)
    return Variable(
        name=_names([entry["name"]])[0],
        dims=_names(entry["dims"]),
        shape=_sizes(entry["shape"]),
        chunks=_sizes(entry["chunks"]),
        dtype=_one_of(_DTYPES, entry["dtype"]),
        role=_one_of(_ROLES, entry["role"]),
    )


def _agree(store: Store) -> None:
    """Refuse a layout whose parts contradict one another."""
    swept = dict(
        zip(
            store.grid.dimensions,
            zip(store.grid.shape, store.grid.chunks, strict=True),
            strict=True,
        )
    )
    for array in store.variables:
        sizes = dict(zip(array.dims, zip(array.shape, array.chunks, strict=True), strict=True))
        inside = tuple(dim for dim in store.grid.dimensions if dim in sizes)
        if array.dims[: len(inside)] != inside or any(sizes[d] != swept[d] for d in inside):
            raise ValueError(f"{array.name} does not fit the sweep's dimensions")
        if any(chunk > size for size, chunk in sizes.values()):
            raise ValueError(f"{array.name} has chunks longer than itself")
        if math.prod(array.counts) > MOST_CHUNKS:
            raise ValueError(f"{array.name} has more than {MOST_CHUNKS} chunks")
    if len(set(store.names)) != len(store.names):
        raise ValueError("a name occurs twice")
    if store.documents and set(store.documents) != set(store.names):
        raise ValueError("documents of other arrays than the sweep's")
    for array in store.variables if store.documents else ():
        if not agrees(_table(store.documents[array.name]), array):
            raise ValueError(f"{array.name} has a document of another array")
    last = store.variables[-1] if store.variables else None
    if last is None or last.name != STATUS or last.dims != store.grid.dimensions:
        raise ValueError("status is not the last array, along every dimension")
    if store.variables[-1].dtype != "uint8" or [a.role for a in store.variables].count(STATUS) != 1:
        raise ValueError("status is not of bytes")
    for key in ("jax", "sha256"):
        _text(store.kernel_code[key])


def agrees(document: Mapping[str, Any], array: Variable) -> bool:
    """Tell whether a `zarr.json` is of an array's shape, chunks, dimensions and type."""
    try:
        grid = document["chunk_grid"]["configuration"]["chunk_shape"]
        return (
            tuple(document["shape"]) == array.shape
            and tuple(grid) == array.chunks
            and tuple(document.get("dimension_names") or ()) == array.dims
            and bool(document["data_type"] == array.dtype)
        )
    except (KeyError, TypeError):
        return False


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected text, got {shown(value)}")
    return value


def _table(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(f"expected a table, got {shown(value)}")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"expected a list, got {shown(value)}")
    return value


def _one_of(known: Any, value: Any) -> str:
    if _text(value) not in known:
        raise ValueError(f"expected one of {', '.join(known)}, got {shown(value)}")
    return str(value)


def _names(value: Any) -> tuple[str, ...]:
    for name in _list(value):
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise ValueError(f"expected a name, got {shown(name)}")
    if len(set(value)) != len(value):
        raise ValueError(f"expected distinct names, got {shown(value)}")
    return tuple(value)


def _sizes(value: Any) -> tuple[int, ...]:
    for size in _list(value):
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise ValueError(f"expected a length, got {shown(size)}")
    if len(value) > MOST_DIMENSIONS:
        raise ValueError(f"expected at most {MOST_DIMENSIONS} dimensions, got {len(value)}")
    return tuple(value)
