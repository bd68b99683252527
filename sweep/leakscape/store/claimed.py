"""What the arrays of a Zarr claim to be, in format 3 or 2, read from their metadata alone.

A claim costs nothing to make, and memory to believe: a chunk of 10^12 numbers, a
coordinate of 10^10. It is held against limits before zarr or xarray sees it.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from leakscape.errors import StoreError
from leakscape.shown import count, shown
from leakscape.sizes import LARGEST_CHUNK_BYTES, LARGEST_COORDINATE_BYTES, TEXT_BYTES
from leakscape.store.layout import METADATA
from leakscape.store.metadata import metadata, nothing_there

ARRAY_V2, GROUP_V2, ATTRIBUTES_V2 = ".zarray", ".zgroup", ".zattrs"
MOST_ARRAYS = 1000
_DIMENSIONS_V2 = "_ARRAY_DIMENSIONS"
_TEXTS = ("string", "variable_length_bytes", "bytes", "|O")


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One array.

    Args:
        name: its name.
        dims: names of its dimensions; None where it does not say.
        shape: length along each.
        chunks: chunk length along each.
        width: bytes of an element in memory.
        text: whether its elements are texts of any length.
        codecs: name and configuration of what chunks are decoded with, in the order of encoding.
    """

    name: str
    dims: tuple[str, ...] | None
    shape: tuple[int, ...]
    chunks: tuple[int, ...]
    width: int
    text: bool
    codecs: tuple[tuple[str, Mapping[str, Any]], ...]

    @property
    def chunk_bytes(self) -> int:
        """Bytes of a chunk in memory."""
        return math.prod(self.chunks) * self.width

    @property
    def pieces(self) -> int:
        """Number of chunks."""
        return math.prod(-(-s // c) for s, c in zip(self.shape, self.chunks, strict=True))


def format_of(place: Path) -> Literal[2, 3]:
    """Return the Zarr format of a group.

    Args:
        place: the group.

    Raises:
        StoreError: there is no group.
    """
    document = metadata(place)
    if document is not None and document.get("node_type") == "group":
        return 3
    if document is None and metadata(place, GROUP_V2) is not None:
        return 2
    if document is not None or metadata(place, ARRAY_V2) is not None:
        raise StoreError(f"{place}: one Zarr array, no group of them; give the group that holds it")
    raise nothing_there(place)


def claims(place: Path, zarr_format: int) -> tuple[Claim, ...]:
    """Read what the arrays of a group claim, and refuse what would not fit in memory.

    Args:
        place: the group.
        zarr_format: 3 or 2.

    Raises:
        StoreError: metadata that cannot be read, or larger claims than can be met.
    """
    found = []
    for name, document in _documents(place, zarr_format):
        try:
            claim = (_claim if zarr_format == 3 else _claim_v2)(name, document)
            if len(claim.chunks) != len(claim.shape):
                raise ValueError(f"chunks {shown(claim.chunks)} of shape {shown(claim.shape)}")
            found.append(claim)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            file = METADATA if zarr_format == 3 else ARRAY_V2
            raise StoreError(f"{place / name / file}: damaged, got {error}") from error
    eager = 0
    for claim in found:
        whole = len(claim.shape) < 2
        most = LARGEST_COORDINATE_BYTES if whole else LARGEST_CHUNK_BYTES
        eager += claim.width * math.prod(claim.shape) if claim.name in (claim.dims or ()) else 0
        if claim.chunk_bytes > most:
            raise StoreError(
                f"{place}: {claim.name} has chunks of {count(claim.chunk_bytes)} bytes, more than "
                f"{most}; open it with zarr"
            )
    if eager > LARGEST_COORDINATE_BYTES:
        raise StoreError(
            f"{place}: coordinates of {count(eager)} bytes, more than {LARGEST_COORDINATE_BYTES}; "
            "open it with zarr"
        )
    return tuple(found)


def inner_group(place: Path, zarr_format: int) -> str | None:
    """Return the path of the first group inside a group that holds arrays; None without one."""
    mark = METADATA if zarr_format == 3 else ARRAY_V2
    for number, file in enumerate(
        sorted(place.glob(f"*/*/{mark}")) + sorted(place.glob(f"*/*/*/{mark}"))
    ):
        if number > MOST_ARRAYS:
            break
        document = metadata(file.parent, mark)
        if document is not None and document.get("node_type", "array") == "array":
            return str(file.parent.parent.relative_to(place))
    return None


def _documents(place: Path, zarr_format: int) -> Iterator[tuple[str, dict[str, Any]]]:
    with os.scandir(place) as entries:
        folders = [entry.name for entry in entries if entry.is_dir()]
    if len(folders) > MOST_ARRAYS:
        raise StoreError(f"{place}: at most {MOST_ARRAYS} arrays, got {len(folders)} folders")
    for name in folders:
        document = metadata(place / name, METADATA if zarr_format == 3 else ARRAY_V2)
        if zarr_format == 2 and document is not None:
            told = metadata(place / name, ATTRIBUTES_V2) or {}
            yield name, {**document, _DIMENSIONS_V2: told.get(_DIMENSIONS_V2)}
        elif document is not None and document.get("node_type") == "array":
            yield name, document


def _claim(name: str, document: Mapping[str, Any]) -> Claim:
    data_type = document["data_type"]
    text = isinstance(data_type, str) and data_type in _TEXTS
    names = document.get("dimension_names")
    return Claim(
        name=name,
        dims=_names(names, document["shape"]),
        shape=_lengths(document["shape"], 0),
        chunks=_lengths(document["chunk_grid"]["configuration"]["chunk_shape"], 1),
        width=TEXT_BYTES if text else _width(data_type),
        text=text,
        codecs=tuple(
            (str(codec["name"]), codec.get("configuration") or {})
            if isinstance(codec, Mapping)
            else (str(codec), {})
            for codec in document["codecs"]
        ),
    )


def _claim_v2(name: str, document: Mapping[str, Any]) -> Claim:
    dtype = document["dtype"]
    text = dtype in _TEXTS
    codecs = [*(document.get("filters") or ()), *filter(None, [document.get("compressor")])]
    return Claim(
        name=name,
        dims=_names(document[_DIMENSIONS_V2], document["shape"]),
        shape=_lengths(document["shape"], 0),
        chunks=_lengths(document["chunks"], 1),
        width=TEXT_BYTES if text else np.dtype(_plain_dtype(dtype)).itemsize,
        text=text,
        codecs=tuple((str(codec["id"]), codec) for codec in codecs),
    )


def _plain_dtype(dtype: Any) -> Any:
    if isinstance(dtype, str) and re.fullmatch(r"[<>|=]?[a-zA-Z][0-9]{0,9}(\[[a-z]+\])?", dtype):
        return dtype
    if isinstance(dtype, list):
        return [(str(field[0]), _plain_dtype(field[1])) for field in dtype]
    raise ValueError(f"data type {shown(dtype)}")


def _names(names: Any, shape: Any) -> tuple[str, ...] | None:
    if names is None and shape == []:
        return ()
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return None
    return tuple(names)


def _lengths(sizes: Any, least: int) -> tuple[int, ...]:
    if not all(isinstance(size, int) and size >= least for size in sizes):
        raise ValueError(f"lengths {shown(sizes)}")
    return tuple(sizes)


def _width(data_type: Any) -> int:
    """Return the bytes of an element of Zarr 3; of extension types the most that they may mean."""
    if isinstance(data_type, str) and (bits := re.fullmatch(r"[a-z]+([0-9]{1,3})", data_type)):
        return max(1, int(bits[1]) // 8)
    if data_type == "bool":
        return 1
    told = data_type.get("configuration", {}) if isinstance(data_type, dict) else {}
    return max([16, *(size for size in told.values() if isinstance(size, int))])
