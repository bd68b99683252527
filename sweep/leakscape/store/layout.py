"""The layout of a store on disk: which arrays, which chunks, which file holds which chunk.

A store is plain Zarr v3 at its path. Beside it stands the sidecar `<path>.sweep` with the lock,
the journal and templates under construction: inside, foreign files would disturb readers.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from leakscape.evaluation.plan import Plan

FORMAT = 1
"""Version of the layout; a store of another version is refused."""
STATUS = "status"
METADATA = "zarr.json"
MOST_CHUNKS = 10_000_000
"""Files past which listing a store, copying it or deleting it becomes the work."""


@dataclass(frozen=True, kw_only=True)
class Array:
    """One array that is stored in chunks.

    Args:
        name: its name, which is also its directory.
        dims: swept dimensions in store order, then the output's own.
        shape: length along each.
        chunks: chunk length along each; an own dimension is never split.
        dtype: float32, float64, int8 or uint8.
        role: output, sampled or status.
    """

    name: str
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    chunks: tuple[int, ...]
    dtype: str
    role: str

    @property
    def grid(self) -> tuple[int, ...]:
        """Number of chunks along each dimension."""
        return tuple(-(-size // chunk) for size, chunk in zip(self.shape, self.chunks, strict=True))

    @property
    def chunk_bytes(self) -> int:
        """Bytes of one chunk, uncompressed."""
        return math.prod(self.chunks) * np.dtype(self.dtype).itemsize

    @property
    def fill(self) -> float | int:
        """What a point that was never computed reads as."""
        kind = np.dtype(self.dtype).kind
        return math.nan if kind == "f" else 0 if kind == "u" else -1


@dataclass(frozen=True, kw_only=True)
class Store:
    """A sweep on disk.

    Args:
        path: the Zarr group.
        identity: of this sweep alone, made when it was created.
        fingerprint: SHA-256 of the meaning.
        compression: name of the codec.
        dimensions: names of the swept dimensions.
        shape: their lengths.
        chunks: chunk length along each.
        arrays: what is stored in chunks; `status` is the last.
        coordinates: names of what is stored whole.
        meaning: what decides the numbers.
        kernel_code: hash of the traced kernel, and the JAX version that traced it.
        documents: name -> the `zarr.json` of that array or coordinate; empty in a store of before
            these were kept.
    """

    path: Path
    identity: str
    fingerprint: str
    compression: str
    dimensions: tuple[str, ...]
    shape: tuple[int, ...]
    chunks: tuple[int, ...]
    arrays: tuple[Array, ...]
    coordinates: tuple[str, ...]
    meaning: Mapping[str, Any]
    kernel_code: Mapping[str, str]
    documents: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, plan: Plan, path: Path, *, identity: str, compression: str) -> Store:
        """Lay out a plan."""
        return cls(
            path=path,
            identity=identity,
            fingerprint=plan.fingerprint,
            compression=compression,
            dimensions=tuple(plan.dimensions),
            shape=tuple(plan.shape),
            chunks=tuple(plan.chunks),
            arrays=tuple(
                Array(
                    name=variable.name,
                    dims=tuple(variable.dims),
                    shape=tuple(variable.shape),
                    chunks=tuple(variable.chunks),
                    dtype=variable.dtype,
                    role=variable.role,
                )
                for variable in plan.variables
            ),
            coordinates=tuple(coordinate.name for coordinate in plan.coordinates),
            meaning=json.loads(json.dumps(plan.meaning)),
            kernel_code=dict(plan.kernel_code),
        )

    @property
    def sidecar(self) -> Path:
        """Where lock and journal are."""
        return sidecar(self.path)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of everything that has a folder: arrays, then coordinates."""
        return (*(array.name for array in self.arrays), *self.coordinates)

    @property
    def grid(self) -> tuple[int, ...]:
        """Number of chunks along each swept dimension."""
        return tuple(-(-size // chunk) for size, chunk in zip(self.shape, self.chunks, strict=True))

    @property
    def tasks(self) -> int:
        """Number of chunks of `status`: the work to do."""
        return math.prod(self.grid)

    @property
    def points(self) -> int:
        """Number of combinations."""
        return math.prod(self.shape)

    def index(self, task: int) -> tuple[int, ...]:
        """Return the chunk index of a task, in C order."""
        place = []
        for size in reversed(self.grid):
            task, rest = divmod(task, size)
            place.append(rest)
        return tuple(reversed(place))

    def task(self, index: tuple[int, ...]) -> int:
        """Return the task of a chunk index."""
        task = 0
        for place, size in zip(index, self.grid, strict=True):
            task = task * size + place
        return task

    def written_by(self, task: int) -> tuple[Array, ...]:
        """Return the arrays that a task writes: those that lack only dimensions where it is 0."""
        moved = {d for d, place in zip(self.dimensions, self.index(task), strict=True) if place}
        return tuple(array for array in self.arrays if moved <= set(array.dims))

    def place(self, array: Array, task: int) -> tuple[int, ...]:
        """Return the index of the chunk of an array that a task writes."""
        index = dict(zip(self.dimensions, self.index(task), strict=True))
        return tuple(index.get(dim, 0) for dim in array.dims)

    def key(self, array: Array, task: int) -> str:
        """Return the store key of the chunk of an array that a task writes."""
        return chunk_key(array.name, self.place(array, task))

    def along(self, array: Array) -> tuple[slice | int, ...]:
        """Return which tasks write an array, as an index into an array of the shape of `grid`."""
        return tuple(slice(None) if dim in array.dims else 0 for dim in self.dimensions)

    def task_of(self, array: Array, place: tuple[int, ...]) -> int:
        """Return the task that writes a chunk of an array."""
        index = dict(zip(array.dims, place, strict=True))
        return self.task(tuple(index.get(dim, 0) for dim in self.dimensions))

    def region(self, array: Array, task: int) -> tuple[slice, ...]:
        """Return where that chunk lies in the array, without the padding of an edge chunk."""
        place = self.place(array, task)
        return tuple(
            slice(p * chunk, min((p + 1) * chunk, size))
            for p, chunk, size in zip(place, array.chunks, array.shape, strict=True)
        )

    def description(self) -> dict[str, Any]:
        """Return what `read` needs to find, as JSON-able data."""
        return {
            "format": FORMAT,
            "identity": self.identity,
            "compression": self.compression,
            "dimensions": self.dimensions,
            "shape": self.shape,
            "chunks": self.chunks,
            "arrays": [asdict(array) for array in self.arrays],
            "coordinates": self.coordinates,
            "meaning": self.meaning,
            "kernel_code": self.kernel_code,
            "documents": self.documents,
        }


def sidecar(path: Path) -> Path:
    """Return the sidecar of a store's path."""
    return path.with_name(path.name + ".sweep")


def chunk_key(name: str, place: tuple[int, ...]) -> str:
    """Return the key of a chunk: `.` and not `/`, which would make directories to list."""
    return f"{name}/{'.'.join(['c', *map(str, place)])}"
