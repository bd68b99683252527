"""The grid of a sweep: its dimensions, cut into chunks, and where every chunk of a variable lies.

A task computes one chunk of the whole grid. A variable that lacks a dimension is written by the
task whose index is 0 there.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

FORMAT = 3
"""Version of the layout, of the journal and of the fingerprint, in what is made now.

In 1 a chunk was known by its task, and an edge chunk repeated its last value beyond the edge. Up to
2 evenly spaced axes held what float arithmetic makes of them, and units stood as the field spells
them, which pint's default registry does not read.
"""
DECIMAL = 3
"""The first format with the decimals that were meant on axes, and with units that pint reads."""
FORMATS = (1, 2, 3)
"""Those that are read, and gone on with as they were begun."""


@dataclass(frozen=True, kw_only=True)
class Variable:
    """One variable that is stored in chunks.

    Args:
        name: its name, in a store also that of its folder.
        dims: swept dimensions in the grid's order, then the output's own.
        shape: length along each.
        chunks: chunk length along each; an own dimension is never split.
        dtype: float32, float64, int8, int32, int64 or uint8.
        role: output, sampled (a coordinate along `cell`), status, partial (of a reduction), or read
            by a condition alone.
        attributes: units, long_name and so on; a store keeps them in the variable's own file.
    """

    name: str
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    chunks: tuple[int, ...]
    dtype: str
    role: str
    attributes: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def counts(self) -> tuple[int, ...]:
        """Number of chunks along each dimension."""
        return _counts(self.shape, self.chunks)

    @property
    def nbytes(self) -> int:
        """Bytes of the whole variable, uncompressed."""
        return math.prod(self.shape) * np.dtype(self.dtype).itemsize

    @property
    def chunk_bytes(self) -> int:
        """Bytes of one chunk, uncompressed."""
        return math.prod(self.chunks) * np.dtype(self.dtype).itemsize

    @property
    def fill(self) -> float | int:
        """What a point that was never computed reads as."""
        return blank(self.dtype)


def blank(dtype: Any) -> float | int:
    """Return the value that says that there is none."""
    kind = np.dtype(dtype).kind
    return math.nan if kind == "f" else 0 if kind == "u" else -1


V = TypeVar("V", bound=Variable)


@dataclass(frozen=True, kw_only=True)
class Grid:
    """The swept dimensions, cut into chunks.

    Args:
        dimensions: their names.
        shape: length along each.
        chunks: chunk length along each.
    """

    dimensions: tuple[str, ...]
    shape: tuple[int, ...]
    chunks: tuple[int, ...]

    @cached_property
    def counts(self) -> tuple[int, ...]:
        """Number of chunks along each dimension."""
        return _counts(self.shape, self.chunks)

    @property
    def tasks(self) -> int:
        """Number of chunks, each the work of one task."""
        return math.prod(self.counts)

    @property
    def points(self) -> int:
        """Number of combinations."""
        return math.prod(self.shape)

    @property
    def lengths(self) -> dict[str, int]:
        """Chunk length along every dimension, by name."""
        return dict(zip(self.dimensions, self.chunks, strict=True))

    def index(self, task: int) -> tuple[int, ...]:
        """Return the chunk index of a task, in C order."""
        place = []
        for count in reversed(self.counts):
            task, rest = divmod(task, count)
            place.append(rest)
        return tuple(reversed(place))

    def task(self, index: Iterable[int]) -> int:
        """Return the task of a chunk index."""
        task = 0
        for place, count in zip(index, self.counts, strict=True):
            task = task * count + place
        return task

    def start(self, task: int) -> tuple[int, ...]:
        """Return the first point of a task's chunk along every dimension."""
        return tuple(p * c for p, c in zip(self.index(task), self.chunks, strict=True))

    def extent(self, task: int) -> tuple[int, ...]:
        """Return how many points of a task's chunk lie inside the grid, along every dimension."""
        starts = zip(self.start(task), self.chunks, self.shape, strict=True)
        return tuple(min(chunk, size - start) for start, chunk, size in starts)

    def written_by(self, variables: Iterable[V], task: int) -> tuple[V, ...]:
        """Return the variables that a task writes: they lack only dimensions where it is 0."""
        moved = {d for d, place in zip(self.dimensions, self.index(task), strict=True) if place}
        return tuple(variable for variable in variables if moved <= set(variable.dims))

    def place(self, variable: Variable, task: int) -> tuple[int, ...]:
        """Return the index of the chunk of a variable that a task writes."""
        index = dict(zip(self.dimensions, self.index(task), strict=True))
        return tuple(index.get(dim, 0) for dim in variable.dims)

    def region(self, variable: Variable, task: int) -> tuple[slice, ...]:
        """Return where that chunk lies in the variable, without the padding of an edge chunk."""
        place = self.place(variable, task)
        return tuple(
            slice(p * chunk, min((p + 1) * chunk, size))
            for p, chunk, size in zip(place, variable.chunks, variable.shape, strict=True)
        )

    def within(self, variable: Variable, task: int) -> tuple[slice, ...]:
        """Return the part of that chunk that is no padding."""
        return tuple(slice(0, part.stop - part.start) for part in self.region(variable, task))

    def along(self, variable: Variable) -> tuple[slice | int, ...]:
        """Return which tasks write a variable, as an index into an array of shape `counts`."""
        return tuple(slice(None) if dim in variable.dims else 0 for dim in self.dimensions)

    def task_of(self, variable: Variable, place: tuple[int, ...]) -> int:
        """Return the task that writes a chunk of a variable."""
        index = dict(zip(variable.dims, place, strict=True))
        return self.task(index.get(dim, 0) for dim in self.dimensions)


def _counts(shape: tuple[int, ...], chunks: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(-(-size // chunk) for size, chunk in zip(shape, chunks, strict=True))
