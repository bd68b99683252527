"""Chunks that unfold to more than they may: refused by their headers, before any codec sees them.

A file of some kilobytes may claim to hold gigabytes, and codecs take the memory first.
"""

from __future__ import annotations

import bz2
import lzma
import math
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numcodecs.registry import get_codec
from zarr.abc.store import RangeByteRequest
from zarr.storage import LocalStore

from leakscape.errors import StoreError
from leakscape.sizes import LARGEST_FILE_BYTES
from leakscape.store.claimed import Claim

_SLACK = 1024
_STEP = 2**20
"""Bytes unfolded at a time where no header tells how many there are."""
_MOST_INNER = 2**20
"""Chunks inside one shard."""
_SAME_SIZE = frozenset({"bytes", "transpose", "crc32c", "shuffle", "delta", "fixedscaleoffset"})
_TEXTS = frozenset({"vlen-utf8", "vlen-bytes"})
_UNTOLD = 2**64 - 1
Codecs = tuple[tuple[str, Mapping[str, Any]], ...]


@dataclass(frozen=True)
class Bound:
    """What a chunk may unfold to.

    Args:
        name: how messages call it.
        nbytes: the most bytes that its codecs may make of it.
        items: the most texts; 0 where it holds numbers.
        codecs: what it is decoded with, in the order of encoding.
        inner: the same of the chunks inside, where it is a shard of so many.
    """

    name: str
    nbytes: int
    items: int
    codecs: Codecs
    inner: tuple[int, Bound] | None = None

    @classmethod
    def of(cls, claim: Claim) -> Bound:
        """Take the bound from what an array claims, or refuse codecs that nobody can bound."""
        codecs = tuple((name.removeprefix("numcodecs."), told) for name, told in claim.codecs)
        items = math.prod(claim.chunks) if claim.text else 0
        most = LARGEST_FILE_BYTES if items else claim.chunk_bytes + _SLACK
        inner = None
        for name, told in codecs:
            if name == "sharding_indexed":
                inner = _inner(claim, told)
            elif name not in _SAME_SIZE | _TEXTS | _HEADERS.keys() | _STREAMS.keys():
                raise StoreError(
                    f"{claim.name}: its codec {name!r} is none whose output can be bounded; "
                    "open it with zarr"
                )
        if sum(name in _HEADERS or name in _STREAMS for name, _ in codecs) > 1:
            raise StoreError(f"{claim.name}: compressed twice; open it with zarr")
        return cls(claim.name, most, items, codecs, inner)


def bounded(files: LocalStore, told: tuple[Claim, ...]) -> LocalStore:
    """Let zarr get no file of a group that unfolds to more than its array claims.

    Args:
        files: of the group; they are asked through it as before.
        told: its arrays.

    Returns:
        The files.

    Raises:
        StoreError: a codec whose output cannot be bounded.
    """
    bounds = {claim.name: Bound.of(claim) for claim in told}
    for name in ("get", "get_sync"):  # the second is there in newer versions
        if hasattr(files, name):
            asked = _get if name == "get" else _get_sync
            setattr(files, name, partial(asked, files, bounds))
    return files


async def _get(
    files: LocalStore, bounds: Mapping[str, Bound], key: str, *more: Any, **named: Any
) -> Any:
    found = await type(files).get(files, key, *more, **named)
    _check(bounds, key, found, *more, **named)
    return found


def _get_sync(
    files: LocalStore, bounds: Mapping[str, Bound], key: str, *more: Any, **named: Any
) -> Any:
    found = type(files).get_sync(files, key, *more, **named)
    _check(bounds, key, found, *more, **named)
    return found


def _check(
    bounds: Mapping[str, Bound],
    key: str,
    found: Any,
    prototype: Any = None,
    byte_range: Any = None,
) -> None:
    name, _, chunk = key.partition("/")
    if found is None or name not in bounds or chunk.startswith((".z", "zarr.json")):
        return
    bound, content = bounds[name], found.as_numpy_array()
    if bound.inner is None:
        refuse_bomb(bound, content, key)
    elif isinstance(byte_range, RangeByteRequest):
        refuse_bomb(bound.inner[1], content, key)
    elif byte_range is None:
        for piece in _pieces(bound.inner[0], content):
            refuse_bomb(bound.inner[1], piece, key)


def refuse_bomb(bound: Bound, content: Any, where: str) -> None:
    """Refuse a chunk that unfolds to more than it may.

    Args:
        bound: what it may unfold to.
        content: the bytes of its file.
        where: how messages call it.

    Raises:
        StoreError: it claims more, or does not say how much.
    """
    size, unfolded = content.nbytes, content
    for name, _ in reversed(bound.codecs):
        if name == "crc32c":
            unfolded = content = content[:-4]
        elif name in _HEADERS:
            size = _HEADERS[name](content[:32].tobytes())
        elif name in _STREAMS:
            size = _unfold(_STREAMS[name], content.tobytes(), bound.nbytes)
        if size > bound.nbytes:
            raise StoreError(
                f"{where}: damaged, a chunk of {bound.nbytes} bytes at most that unfolds to "
                f"{'an unknown number' if size == _UNTOLD else 'more'}; restore it from a copy"
            )
        if bound.items and (name in _HEADERS or name in _STREAMS):
            unfolded = np.frombuffer(get_codec({"id": name}).decode(content.tobytes()), np.uint8)
        elif name in _TEXTS:
            items = int.from_bytes(unfolded[:4].tobytes(), "little")
            if items > bound.items:
                raise StoreError(
                    f"{where}: damaged, a chunk of {bound.items} texts that claims {items}; "
                    "restore it from a copy"
                )


def _inner(claim: Claim, told: Mapping[str, Any]) -> tuple[int, Bound]:
    chunks = tuple(told["chunk_shape"])
    codecs = tuple((str(c["name"]), c.get("configuration") or {}) for c in told["codecs"])
    index = [str(c["name"]) for c in told.get("index_codecs", ())]
    number = math.prod(claim.chunks) // max(1, math.prod(chunks))
    if index != ["bytes", "crc32c"] or told.get("index_location", "end") != "end":
        raise StoreError(f"{claim.name}: shards with an index of another kind; open it with zarr")
    if not 0 < number <= _MOST_INNER or "sharding_indexed" in dict(codecs):
        raise StoreError(f"{claim.name}: shards of {number} chunks; open it with zarr")
    piece = Claim(**{**vars(claim), "chunks": chunks, "codecs": codecs})
    return number, Bound.of(piece)


def _pieces(number: int, content: Any) -> Any:
    """Yield the chunks inside a shard, as far as its index points into it."""
    end = content.nbytes - 4
    index = content[max(0, end - 16 * number) : end].tobytes()
    if len(index) < 16 * number:
        return
    for offset, size in np.frombuffer(index, "<u8").reshape(-1, 2).tolist():
        if offset + size <= content.nbytes:
            yield content[offset : offset + size]


def _unfold(start: Callable[[], Any], content: bytes, most: int) -> int:
    """Count what a stream, or several in a row, unfold to, no further than they may."""
    size, stream = 0, start()
    try:
        while size <= most:
            piece = stream.decompress(content, _STEP)
            size += len(piece)
            content = getattr(stream, "unconsumed_tail", b"")
            if stream.eof and stream.unused_data:
                content, stream = stream.unused_data, start()
            elif stream.eof or not (piece or content):
                break
    except (ValueError, OSError, EOFError, zlib.error, lzma.LZMAError):
        return size  # damaged: the codec says so
    return size


def _blosc(head: bytes) -> int:
    return int.from_bytes(head[4:8], "little")


def _lz4(head: bytes) -> int:
    return int.from_bytes(head[:4], "little")


def _zstd(head: bytes) -> int:
    """Read the size of a frame's content (RFC 8878, section 3.1.1.1)."""
    if head[:4] != b"\x28\xb5\x2f\xfd" or len(head) < 6:
        return 0  # none: the codec says so
    flag, single, named = head[4] >> 6, head[4] >> 5 & 1, head[4] & 3
    start = 5 + (1 - single) + (0, 1, 2, 4)[named]
    width = (single, 2, 4, 8)[flag]
    if not width:
        return _UNTOLD
    return int.from_bytes(head[start : start + width], "little") + (256 if width == 2 else 0)


_HEADERS: Mapping[str, Callable[[bytes], int]] = {"blosc": _blosc, "zstd": _zstd, "lz4": _lz4}
_STREAMS: Mapping[str, Callable[[], Any]] = {
    "gzip": lambda: zlib.decompressobj(31),
    "zlib": zlib.decompressobj,
    "bz2": bz2.BZ2Decompressor,
    "lzma": lzma.LZMADecompressor,
}
