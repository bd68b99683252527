"""The documents of a store: a `zarr.json` for every array and coordinate, and what it must say.

They are made by zarr in memory. A store holds them in its root too, so that each can be compared
to the last byte, and written anew.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Set
from typing import TYPE_CHECKING, Any

import numpy as np

from leakscape import content
from leakscape.errors import StoreError
from leakscape.evaluation.coordinates import units_in_format
from leakscape.evaluation.grid import Variable
from leakscape.shown import shown
from leakscape.sizes import LARGEST_METADATA_BYTES
from leakscape.store.codec import compressors
from leakscape.store.layout import METADATA, STATUS, Store
from leakscape.store.metadata import parsed
from leakscape.store.studied import studied

if TYPE_CHECKING:
    import zarr

    from leakscape.evaluation.coordinates import Coordinate
    from leakscape.evaluation.plan import Plan

_SEPARATOR: Any = {"name": "default", "separator": "."}
_LATER = ("storage_transformers",)
"""Keys that some versions of zarr write, empty, and others do not."""


def written(document: Mapping[str, Any]) -> bytes:
    """Return the bytes of a document as they stand in its file."""
    return json.dumps(document, indent=2, sort_keys=True).encode()


def template_files(store: Store, plan: Plan) -> dict[str, bytes]:
    """Make everything that a store without chunks holds, but for its root.

    Args:
        store: the layout.
        plan: of the sweep.

    Returns:
        Key -> content: a document for each array and coordinate, and the coordinates' chunks.
    """
    group, held = _group()
    for array, variable in zip(store.variables, plan.variables, strict=True):
        _declare(group, array, store.compression, variable.attributes)
    for coordinate in plan.coordinates:
        _label(group, coordinate, store.compression)
    return _files(held)


def coordinate_files(coordinate: Coordinate, compression: str) -> dict[str, bytes]:
    """Make the document and the chunk of one coordinate."""
    group, held = _group()
    _label(group, coordinate, compression)
    return _files(held)


def _group() -> tuple[zarr.Group, dict[str, Any]]:
    """Open a group in memory; return what it holds too."""
    import zarr  # to compare documents none is made, and `status` starts sooner
    from zarr.storage import MemoryStore

    held: dict[str, Any] = {}
    return zarr.open_group(MemoryStore(held), mode="w", zarr_format=3), held


def _files(held: Mapping[str, Any]) -> dict[str, bytes]:
    contents = {key: value.to_bytes() for key, value in held.items() if key != METADATA}
    return {
        key: written(json.loads(value)) if key.endswith(METADATA) else value
        for key, value in contents.items()
    }


def _declare(
    group: zarr.Group, array: Variable, compression: str, attributes: Mapping[str, Any]
) -> None:
    group.create_array(
        array.name,
        shape=array.shape,
        chunks=array.chunks,
        dtype=array.dtype,
        fill_value=array.fill,
        filters=None,
        compressors=compressors(compression, array.dtype),
        dimension_names=array.dims,
        attributes=dict(attributes),
        chunk_key_encoding=_SEPARATOR,
    )


def _label(group: zarr.Group, coordinate: Coordinate, compression: str) -> None:
    values = np.asarray(coordinate.values)
    text = values.dtype.kind not in "fiu"
    made = group.create_array(
        coordinate.name,
        shape=values.shape,
        chunks=tuple(max(1, size) for size in values.shape),
        dtype="string" if text else values.dtype,
        fill_value="" if text else math.nan if values.dtype.kind == "f" else None,
        filters="auto" if text else None,
        compressors=[{"name": "crc32c"}] if text else compressors(compression, str(values.dtype)),
        dimension_names=coordinate.dims,
        attributes=dict(coordinate.attributes),
        chunk_key_encoding=_SEPARATOR,
    )
    full = made.with_config({"write_empty_chunks": True})
    full[...] = values.astype(object) if text else values


def document_faults(
    store: Store, digests: Mapping[str, str] | None = None
) -> Iterator[tuple[str, str]]:
    """Tell which documents are missing, or other than the sweep's.

    Args:
        store: the store.
        digests: name -> SHA-256 of its document, as the journal knows it.

    Yields:
        Name of the array or coordinate, and what its document is.
    """
    expected: Mapping[str, Any] = store.documents or _from_study(store)
    for name in store.names:
        file = store.path / name / METADATA
        try:
            held = content.read(file, LARGEST_METADATA_BYTES, StoreError)
            document = parsed(file, held)
        except FileNotFoundError:
            yield name, "missing"
            continue
        except StoreError:
            yield name, "not readable as JSON"
            continue
        told = (digests or {}).get(name)
        if store.documents and held != written(expected[name]):
            yield name, _difference("", expected[name], document) or "written otherwise"
        elif document.get("node_type") != "array":
            yield name, "not of an array"
        elif name in expected and (what := _among(expected[name], _as_now(store, name, document))):
            yield name, what
        elif told is not None and hashlib.sha256(held).hexdigest() != told:
            yield name, "not the one that the journal knows"


def document_digests(store: Store, skip: Set[str]) -> dict[str, str]:
    """Return the SHA-256 of every document, for the journal."""
    return {
        name: hashlib.sha256((store.path / name / METADATA).read_bytes()).hexdigest()
        for name in store.names
        if name not in skip
    }


def _from_study(store: Store) -> dict[str, dict[str, Any]]:
    """Make as much of the documents as follows from a store's description alone.

    Of coordinates that come from a table or a kernel, nothing does; of attributes, the units.
    """
    group, held = _group()
    outputs = store.division.get("outputs", [])
    units = {row[0]: row[1] for row in outputs if isinstance(row, list) and len(row) > 1}
    for array in store.variables:
        unit = units.get(array.name)
        known = {} if unit is None else units_in_format(unit, store.format)
        _declare(group, array, store.compression, known if array.name != STATUS else {})
    for coordinate in studied(store).values():
        _label(group, coordinate, store.compression)
    files = _files(held)
    return {
        key.partition("/")[0]: json.loads(value)
        for key, value in files.items()
        if key.endswith(METADATA)
    }


def _as_now(store: Store, name: str, document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a document with the fill value of now: that of coordinates was 0 once."""
    fill = document.get("fill_value")
    old = not store.documents and name in store.coordinates and type(fill) is float and fill == 0.0
    return {**document, "fill_value": "NaN"} if old else document


def _among(expected: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    """Compare what is expected, and let a document say more in its attributes."""
    extra = dict(document.get("attributes") or {}) if isinstance(document, Mapping) else {}
    known = expected.get("attributes", {})
    seen = {**document, "attributes": {key: extra.get(key) for key in known}}
    wanted = {key: value for key, value in expected.items() if key not in _LATER}
    return _difference("", wanted, {k: v for k, v in seen.items() if k not in _LATER})


def _difference(path: str, wanted: Any, found: Any) -> str:
    """Name the first field in which a document is not what it must be; empty where none is."""
    if wanted == found:
        return ""
    if not (isinstance(wanted, Mapping) and isinstance(found, Mapping)):
        return f"changed: {path or 'it'} is {shown(found)}, not {shown(wanted)}"
    for key in [*wanted, *(key for key in found if key not in wanted)]:
        inner = f"{path}.{key}".lstrip(".")
        if key not in found:
            return f"changed: {inner} is missing"
        if key not in wanted:
            return f"changed: {inner} does not belong there"
        if text := _difference(inner, wanted[key], found[key]):
            return text
    return ""
