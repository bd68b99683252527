"""Committing a chunk: encode what a task computed, put it, and its `status` last.

Once the `status` chunk is there, and not 0 anywhere inside the grid, the task is done. Every put is
atomic (a temporary file renamed into place), so a kill leaves a chunk whole or absent.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from zarr.buffer.cpu import Buffer
from zarr.storage import LocalStore

from leakscape.errors import KernelError
from leakscape.evaluation.grid import Variable
from leakscape.store.chunk_summary import describe, describe_left_out, refuse_uncomputed
from leakscape.store.codec import encode
from leakscape.store.layout import Store


class Committer:
    """Puts chunks into a store; one for each thread, used as a context.

    Each has an event loop of its own: Zarr's shared one would make all threads take turns.

    Args:
        store: where to.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._files = LocalStore(store.path)
        self._runner = asyncio.Runner()

    def __enter__(self) -> Committer:
        return self

    def __exit__(self, *exception: object) -> None:
        self._runner.close()

    def commit(self, task: int, chunks: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
        """Commit what a task computed.

        Args:
            task: number of the chunk.
            chunks: variable -> its whole padded chunk, `status` among them.

        Returns:
            The journal's line: CRC32C and bytes of each chunk, what was found, seconds taken.

        Raises:
            KernelError: a chunk has another shape or dtype than the store, or a point of it the
                status of one that was not computed.
            OSError: it could not be written.
        """
        started = time.perf_counter()
        store = self._store
        checksums: dict[str, int] = {}
        line: dict[str, Any] = {"chunk": task, "crc": checksums, "size": {}, "found": {}}
        ready: list[tuple[str, NDArray[np.uint8]]] = []
        inside: dict[str, NDArray[Any]] = {}
        for array in store.written_by(task):  # encode all before any is put
            chunk, within = chunks[array.name], store.grid.within(array, task)
            check(array, chunk)
            inside[array.name] = chunk[within]
            describe(array, inside[array.name], line)
            if store.format > 1:
                chunk = padded(array, chunk, within)
            content, checksums[array.name] = encode(store.compression, chunk)
            line["size"][array.name] = content.size
            ready.append((store.key(array, task), content))
        refuse_uncomputed(store, line["status"])
        describe_left_out(store.written_by(task), inside, line)
        self._runner.run(self._put(ready))
        return line | {"seconds": round(time.perf_counter() - started, 6)}

    async def _put(self, ready: list[tuple[str, NDArray[np.uint8]]]) -> None:
        for key, content in ready:
            await self._files.set(key, Buffer.from_array_like(content))


def padded(array: Variable, chunk: NDArray[Any], within: tuple[slice, ...]) -> NDArray[Any]:
    """Return a chunk that holds fill beyond the edge of the grid; only an edge chunk is copied.

    Args:
        array: which array the chunk is of.
        chunk: as it was computed, with any values beyond the edge.
        within: the part of it inside the grid.
    """
    if all(part.stop == length for part, length in zip(within, chunk.shape, strict=True)):
        return chunk
    whole = np.array(chunk, order="C")
    for axis, part in enumerate(within):
        whole[(slice(None),) * axis + (slice(part.stop, None),)] = array.fill
    return whole


def check(array: Variable, chunk: NDArray[Any]) -> None:
    """Refuse a chunk that is not what the store promises; nothing is cast silently."""
    if chunk.shape != array.chunks or chunk.dtype != np.dtype(array.dtype):
        raise KernelError(
            f"{array.name}: the store holds {array.dtype} chunks of shape {array.chunks}, "
            f"got {chunk.dtype} of shape {chunk.shape}"
        )
