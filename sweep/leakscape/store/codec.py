"""Codecs: how a chunk becomes bytes, and how Zarr is told to read them back.

Chunks are encoded here and put whole, because zarr-python's own array writes all pass through
one event-loop thread. A CRC32C stands last in every chunk: without it, a flipped bit in a
compressed chunk gives hundreds of wrong values and no error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import google_crc32c
import numpy as np
from numcodecs import Blosc
from numpy.typing import NDArray

from leakscape.errors import StoreError

DEFAULT = "default"
_CRC_BYTES = 4
_BLOSC = Blosc(cname="lz4", clevel=5, shuffle=Blosc.SHUFFLE)


@dataclass(frozen=True)
class Codec:
    """One way to encode chunks.

    Args:
        metadata: bytes of an element -> Zarr's bytes-to-bytes codecs before the checksum.
        encode: contiguous array -> what those codecs make of its bytes.
        best: by how much it shrinks any data at most: LZ4 writes a byte for 255 that repeat.
    """

    metadata: Callable[[int], list[dict[str, Any]]]
    encode: Callable[[NDArray[Any]], Any]
    best: float


def _blosc_metadata(itemsize: int) -> list[dict[str, Any]]:
    configuration = {
        "typesize": itemsize,
        "cname": "lz4",
        "clevel": 5,
        "shuffle": "shuffle",
        "blocksize": 0,
    }
    return [{"name": "blosc", "configuration": configuration}]


CODECS: Mapping[str, Codec] = {
    DEFAULT: Codec(_blosc_metadata, _BLOSC.encode, best=255.0),
    "none": Codec(lambda itemsize: [], lambda array: array.view(np.uint8), best=1.0),
}
"""Codec name -> codec. On smooth results LZ4 with shuffle is twice as fast as Zarr's zstd."""


def codec(name: str) -> Codec:
    """Find a codec.

    Raises:
        StoreError: there is none of that name.
    """
    if name not in CODECS:
        raise StoreError(f"compression: unknown, got {name!r}; use one of {', '.join(CODECS)}")
    return CODECS[name]


def compressors(name: str, dtype: str) -> list[dict[str, Any]]:
    """Return what Zarr is told about chunks of a dtype: the codec, then the checksum."""
    return [*codec(name).metadata(np.dtype(dtype).itemsize), {"name": "crc32c"}]


def encode(name: str, chunk: NDArray[Any]) -> tuple[NDArray[np.uint8], int]:
    """Encode a whole, padded chunk.

    Args:
        name: of the codec.
        chunk: C-contiguous, in the stored dtype.

    Returns:
        The bytes as Zarr expects them in the file, and their CRC32C.
    """
    if repeats(chunk):
        return _constant(name, chunk.dtype.str, chunk.flat[0].item(), chunk.size)
    return _seal(codec(name).encode(np.ascontiguousarray(chunk).reshape(-1)))


def repeats(chunk: NDArray[Any]) -> bool:
    """Tell whether a chunk is one value repeated and not held: nearly every chunk of status."""
    return chunk.size > 1 and not any(chunk.strides)


@lru_cache(maxsize=16)
def _constant(name: str, dtype: str, value: float, size: int) -> tuple[NDArray[np.uint8], int]:
    return _seal(codec(name).encode(np.full(size, value, dtype=dtype)))


def _seal(payload: Any) -> tuple[NDArray[np.uint8], int]:
    content = np.frombuffer(payload, dtype=np.uint8)
    crc = int(google_crc32c.value(content))
    sealed = np.empty(content.size + _CRC_BYTES, dtype=np.uint8)
    sealed[:-_CRC_BYTES] = content
    sealed[-_CRC_BYTES:] = np.frombuffer(crc.to_bytes(_CRC_BYTES, "little"), dtype=np.uint8)
    return sealed, crc


def checksum(content: NDArray[np.uint8]) -> tuple[int, int]:
    """Return the CRC32C of a chunk file's content and the one that stands at its end."""
    if content.size <= _CRC_BYTES:
        return 0, -1
    stored = int.from_bytes(content[-_CRC_BYTES:].tobytes(), "little")
    return int(google_crc32c.value(content[:-_CRC_BYTES])), stored
