"""Points reduced where they were computed: an executable that sees a tile and returns partials.

It stands apart from the kernel's executable, whose results it reads on the device: inside one
executable XLA would compute every logarithm again for each statistic, and another statistic would
compile the kernel anew. Sums and counts are of 64 bits whatever the precision of the study.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from leakscape.evaluation.accumulate import Accumulator, Rows, number_of
from leakscape.evaluation.compiling import compiled
from leakscape.status import FIRST_FAILURE, Status

Name = tuple[str, str]
"""An output and one of its accumulators."""
POINTS: Name = ("", "points")
"""What is counted of points, not of an output."""
Numbers = Mapping[Name, Mapping[str, NDArray[Any]]]
Updated = dict[Name, dict[str, jax.Array]]


@dataclass(frozen=True)
class Column:
    """One output of a tile.

    Args:
        dims: of its array; the tile's dimensions in their order, without those that it lacks.
        dtype: of its array.
        judged: whether a point fails where it is not finite.
    """

    dims: tuple[str, ...]
    dtype: str
    judged: bool


@dataclass(frozen=True)
class Shape:
    """What the executable of a tile depends on.

    Args:
        lengths: dimension -> length of the tile, kept ones first.
        kept: how many of them are kept.
        columns: output -> its array.
        status: dimensions of the kernel's status.
        forms: (output, accumulator) and the form of its code.
        device: where it runs.
        soon: whether it is compiled quickly instead of for speed.
        asked: (output, accumulator) -> the accumulator.
    """

    lengths: tuple[tuple[str, int], ...]
    kept: int
    columns: tuple[tuple[str, Column], ...]
    status: tuple[str, ...]
    forms: tuple[Any, ...]
    device: str
    soon: bool
    asked: Mapping[Name, Accumulator] = field(compare=False, repr=False)


@dataclass(frozen=True)
class Tile:
    """Where a tile lies in what is reduced.

    Args:
        inside: how many of its points lie inside the grid along each reduced dimension.
        start: its first point along each.
        strides: points of the reduced space that one step along each passes.
    """

    inside: tuple[int, ...]
    start: tuple[int, ...]
    strides: tuple[int, ...]


_one_at_a_time = threading.Lock()


def reducer(shape: Shape, numbers: Numbers) -> Callable[..., dict[Name, dict[str, NDArray[Any]]]]:
    """Compile what reduces a tile.

    Args:
        shape: of the tile and of what is asked.
        numbers: of the accumulators, as far as their shapes go.

    Returns:
        A function of the arrays of a tile, the numbers and the `Tile`, that returns accumulator ->
        field -> values of shape (kept points, own ...).
    """
    with _one_at_a_time:
        executable = _executable(_Key(shape, _abstract(numbers)))
    names = [name for name, _ in shape.columns]

    def reduce(
        named: Mapping[str, jax.Array], numbers: Numbers, tile: Tile
    ) -> dict[Name, dict[str, NDArray[Any]]]:
        arrays = {name: named[name] for name in (*names, "status")}
        where = {
            "inside": np.array(tile.inside, np.int32),
            "start": np.array(tile.start, np.int64),
            "strides": np.array(tile.strides, np.int64),
        }
        with jax.enable_x64(True):
            found = executable(arrays, _plain(numbers), where)
            return {
                name: {part: np.asarray(values) for part, values in fields.items()}
                for name, fields in found.items()
            }

    return reduce


@dataclass(frozen=True)
class _Key:
    shape: Shape
    numbers: tuple[Any, ...]


def _plain(numbers: Numbers) -> dict[Name, dict[str, NDArray[Any]]]:
    return {key: dict(held) for key, held in numbers.items()}


def _abstract(numbers: Numbers) -> tuple[Any, ...]:
    return tuple(
        (key, name, value.shape, str(value.dtype))
        for key, held in sorted(numbers.items())
        for name, value in sorted(held.items())
    )


@lru_cache(maxsize=8)
def _executable(key: _Key) -> Any:
    shape = key.shape
    length = dict(shape.lengths)
    arrays = {
        name: jax.ShapeDtypeStruct(tuple(length[d] for d in column.dims), np.dtype(column.dtype))
        for name, column in shape.columns
    }
    own = tuple(length[d] for d in shape.status)
    arrays["status"] = jax.ShapeDtypeStruct(own, np.dtype("uint8"))
    numbers: dict[Name, dict[str, Any]] = {name: {} for name in shape.asked}
    for name, part, dims, dtype in key.numbers:
        numbers[name][part] = jax.ShapeDtypeStruct(dims, np.dtype(dtype))
    over = len(length) - shape.kept
    where = {
        name: jax.ShapeDtypeStruct((over,), np.dtype(dtype))
        for name, dtype in (("inside", "int32"), ("start", "int64"), ("strides", "int64"))
    }
    return compiled(_function(shape), arrays, numbers, where, double=True, soon=shape.soon)


def _function(shape: Shape) -> Callable[..., Updated]:
    columns = dict(shape.columns)
    lengths = tuple(length for _, length in shape.lengths)
    place = {name: index for index, (name, _) in enumerate(shape.lengths)}
    over = lengths[shape.kept :]
    size = (math.prod(lengths[: shape.kept]), math.prod(over))

    def full(array: jax.Array, dims: tuple[str, ...]) -> jax.Array:
        """Give an array all dimensions of the tile, as rows of kept points."""
        rank = [1] * len(lengths)
        for dim in dims:
            rank[place[dim]] = lengths[place[dim]]
        return jnp.broadcast_to(array.reshape(rank), lengths).reshape(size)

    def reduce(
        arrays: Mapping[str, jax.Array],
        numbers: Mapping[Name, Mapping[str, jax.Array]],
        where: Mapping[str, jax.Array],
    ) -> Updated:
        codes = arrays["status"]
        fine = jnp.all(where["inside"] == jnp.array(over, jnp.int32))
        fine &= jnp.max(codes) < FIRST_FAILURE
        for name, column in shape.columns:
            if jnp.issubdtype(column.dtype, jnp.floating):
                # Not by a maximum: over two dimensions XLA's on a CPU may pass NaN by.
                fine &= jnp.all(jnp.isfinite(arrays[name]))
        values = {name: full(_wide(arrays[name]), column.dims) for name, column in shape.columns}

        def rows(name: str, ok: jax.Array | None) -> Rows:
            return Rows(values[name], ok, over, where["start"], where["strides"])

        def all_count() -> Updated:
            none = jnp.zeros(size[0], jnp.int64)
            found: Updated = {POINTS: {"failed": none, "left_out": none}}
            for asked, accumulator in shape.asked.items():
                found[asked] = accumulator.update(rows(asked[0], None), numbers[asked])
            return found

        def some_count() -> Updated:
            inside = _inside(over, where["inside"], size)
            status = full(codes, shape.status)
            ok = inside & (status < FIRST_FAILURE)
            for name, column in shape.columns:
                if column.judged:
                    ok &= jnp.isfinite(values[name])
            left_out = inside & (status == Status.LEFT_OUT_BY_A_CONDITION)
            failed = inside & ~ok & ~left_out
            found: Updated = {
                POINTS: {"failed": number_of(failed), "left_out": number_of(left_out)}
            }
            for asked, accumulator in shape.asked.items():
                output = asked[0]
                own = ok if columns[output].judged else ok & jnp.isfinite(values[output])
                found[asked] = accumulator.update(rows(output, own), numbers[asked])
            return found

        # Where every point counts, nothing asks each statistic's points whether they do.
        result: Updated = jax.lax.cond(fine, all_count, some_count)
        return result

    return reduce


def _wide(array: jax.Array) -> jax.Array:
    """Return whole numbers as the floats that they are compared as."""
    return array if jnp.issubdtype(array.dtype, jnp.floating) else array.astype(jnp.float64)


def _inside(over: tuple[int, ...], inside: jax.Array, size: tuple[int, int]) -> jax.Array:
    """Return which points of a tile are no padding, shape (kept, over)."""
    found = jnp.ones(over, bool)
    for axis in range(len(over)):
        found &= jax.lax.broadcasted_iota(jnp.int32, over, axis) < inside[axis]
    return jnp.broadcast_to(found.reshape(1, -1), size)
