"""Accumulators: what a reduction holds of points that it has seen, and how two such merge.

`update` sees the points of one tile, inside an executable: `values` and `ok` of shape (kept, over).
What is not `ok` - failed, left out, padding, or an output that is undefined by itself - is selected
away, never multiplied by 0. `merge` joins what two runs of points gave, on the host, in float64 and
int64. Sums are of deviations from the tile's own mean, merged after Chan, Golub & LeVeque (1979,
1983, doi:10.1080/00031305.1983.10483115), so that a mean far from 0 costs no digits and no
accumulator depends on what was computed before it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

Partial = Mapping[str, NDArray[Any]]
NOWHERE = -1
"""The place of an extreme where no point is valid."""


@dataclass(frozen=True)
class Rows:
    """The points of one output in one tile, while it is traced.

    Args:
        values: shape (kept, over) [the output's unit].
        ok: which of them count; None means all.
        lengths: of the tile along each reduced dimension; their product is `over`.
        start: the first point of the tile along each of them.
        strides: how many points of the reduced space one step along each of them passes.
    """

    values: jax.Array
    ok: jax.Array | None
    lengths: tuple[int, ...]
    start: jax.Array
    strides: jax.Array

    def pick(self, values: jax.Array, other: Any) -> jax.Array:
        """Take something else where a point does not count."""
        return values if self.ok is None else jnp.where(self.ok, values, other)

    def count(self, truth: jax.Array) -> jax.Array:
        """Count the points that count and fulfil something, shape (kept,)."""
        return number_of(truth if self.ok is None else truth & self.ok)

    @property
    def number(self) -> jax.Array:
        """How many points count, shape (kept,)."""
        if self.ok is None:
            return jnp.full(self.values.shape[0], self.values.shape[1], jnp.int64)
        return number_of(self.ok)

    def place(self, index: jax.Array) -> jax.Array:
        """Turn an index within the tile into one within the reduced space, in study order."""
        rest, place = index.astype(jnp.int64), jnp.zeros_like(index, jnp.int64)
        for axis in reversed(range(len(self.lengths))):
            place += (rest % self.lengths[axis] + self.start[axis]) * self.strides[axis]
            rest = rest // self.lengths[axis]
        return place


def number_of(truth: jax.Array) -> jax.Array:
    """Count along rows of at most 2**24: as floats, which XLA adds in half the time."""
    return jnp.sum(truth.astype(jnp.float32), axis=1).astype(jnp.int64)


@dataclass(frozen=True)
class Field:
    """One array of an accumulator, for each kept point.

    Args:
        dtype: float64, int64, or the output's own.
        start: what it holds before any point was seen.
        own: its dimensions besides the kept ones, name -> length.
    """

    dtype: str
    start: float = 0
    own: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Accumulator:
    """One way to hold what was seen of an output.

    Args:
        fields: name -> array.
        update: (rows, numbers) -> field -> values of shape (kept, own ...).
        merge: joins two partials; the same, whatever their order, but for rounding.
        numbers: what `update` takes besides the points, such as levels.
        form: whatever else the code of `update` depends on.
        after: what the host does with what `update` gave: (fields, number of valid points) ->
            fields; None where that is nothing.
    """

    fields: Mapping[str, Field]
    update: Callable[[Rows, Mapping[str, jax.Array]], dict[str, jax.Array]]
    merge: Callable[[Partial, Partial], dict[str, NDArray[Any]]]
    numbers: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    form: tuple[Any, ...] = ()
    after: Callable[[Partial, NDArray[np.int64]], dict[str, NDArray[Any]]] | None = None

    def init(self, kept: tuple[int, ...]) -> dict[str, NDArray[Any]]:
        """Return what it holds before any point was seen."""
        return {
            name: np.full((*kept, *held.own.values()), held.start, held.dtype)
            for name, held in self.fields.items()
        }


def added(one: Partial, other: Partial) -> dict[str, NDArray[Any]]:
    """Merge counts."""
    return {name: one[name] + other[name] for name in one}


def valid() -> Accumulator:
    """Count the valid points."""
    return Accumulator(
        fields={"n": Field("int64")}, update=lambda rows, _: {"n": rows.number}, merge=added
    )


def moments() -> Accumulator:
    """Hold number, mean and sum of squared deviations."""
    fields = {"n": Field("int64"), "mean": Field("float64"), "m2": Field("float64")}
    return Accumulator(fields=fields, update=_moments, merge=_merged_moments)


def _moments(rows: Rows, _: Mapping[str, jax.Array]) -> dict[str, jax.Array]:
    n, wide = rows.number, rows.values.astype(jnp.float64)
    mean = jnp.sum(rows.pick(wide, 0.0), axis=1) / jnp.maximum(n, 1)
    away = rows.pick(wide - mean[:, None], 0.0)
    return {"n": n, "mean": mean, "m2": jnp.sum(away * away, axis=1)}


def _merged_moments(one: Partial, other: Partial) -> dict[str, NDArray[Any]]:
    n = one["n"] + other["n"]
    share = other["n"] / np.maximum(n, 1)
    apart = np.where((one["n"] > 0) & (other["n"] > 0), other["mean"] - one["mean"], 0.0)
    mean = np.where(one["n"] > 0, one["mean"] + apart * share, other["mean"])
    m2 = one["m2"] + other["m2"] + apart * apart * share * one["n"]
    return {"n": n, "mean": mean, "m2": m2}


def extreme(dtype: str, *, largest: bool) -> Accumulator:
    """Hold the smallest or largest value and the lowest place in study order that has it.

    Args:
        dtype: of the values.
        largest: whether it is the largest.
    """

    def update(rows: Rows, _: Mapping[str, jax.Array]) -> dict[str, jax.Array]:
        far, reduce = (-jnp.inf, jnp.max) if largest else (jnp.inf, jnp.min)
        value = reduce(rows.pick(rows.values, far), axis=1)
        # The extreme, then the first that equals it: an argmin of XLA takes three times as long.
        equal = rows.pick(rows.values == value[:, None], False)
        along = jax.lax.broadcasted_iota(jnp.int32, equal.shape, 1)
        first = jnp.min(jnp.where(equal, along, equal.shape[1]), axis=1)
        none = first == equal.shape[1]
        return {
            "value": jnp.where(none, jnp.nan, value),
            "at": jnp.where(none, NOWHERE, rows.place(first)),
        }

    def merge(one: Partial, other: Partial) -> dict[str, NDArray[Any]]:
        a, b = one["value"], other["value"]
        better = (b > a if largest else b < a) | ((a == b) & (other["at"] < one["at"]))
        take = (other["at"] != NOWHERE) & ((one["at"] == NOWHERE) | better)
        return {name: np.where(take, other[name], one[name]) for name in one}

    fields = {"value": Field(dtype, np.nan), "at": Field("int64", NOWHERE)}
    return Accumulator(fields=fields, update=update, merge=merge, form=(largest,))


def beyond(levels: NDArray[Any], dimension: str, *, above: bool) -> Accumulator:
    """Count what lies beyond each of some levels.

    Args:
        levels: in the dtype that values are compared in [the output's unit].
        dimension: what the levels are called.
        above: whether above them or below.
    """

    def update(rows: Rows, numbers: Mapping[str, jax.Array]) -> dict[str, jax.Array]:
        def one(level: jax.Array) -> jax.Array:
            return rows.count(rows.values > level if above else rows.values < level)

        return {"n": jax.lax.map(one, numbers["levels"]).T}

    fields = {"n": Field("int64", own={dimension: len(levels)})}
    numbers = {"levels": levels}
    return Accumulator(
        fields=fields, update=update, merge=added, numbers=numbers, form=(above, len(levels))
    )


def between(ends: NDArray[Any]) -> Accumulator:
    """Count what lies between two ends, both included.

    Args:
        ends: the lower and the upper, in the dtype that values are compared in.
    """

    def update(rows: Rows, numbers: Mapping[str, jax.Array]) -> dict[str, jax.Array]:
        low, high = numbers["ends"]
        return {"n": rows.count((rows.values >= low) & (rows.values <= high))}

    return Accumulator(
        fields={"n": Field("int64")}, update=update, merge=added, numbers={"ends": ends}
    )


def shares(dimension: str) -> Accumulator:
    """Count each value of a whole-number output of one byte.

    Args:
        dimension: what the values are called.
    """

    def update(rows: Rows, _: Mapping[str, jax.Array]) -> dict[str, jax.Array]:
        index = rows.pick(rows.values.astype(jnp.int32) + CODE_OFFSET, CODES)
        return {"n": counted(index, CODES + 1)[:, :CODES]}

    fields = {"n": Field("int64", own={dimension: CODES})}
    return Accumulator(fields=fields, update=update, merge=added)


CODE_OFFSET = 128
CODES = 128 + 256
"""Values that int8 and uint8 have between them, from -128 to 255."""


def counted(index: jax.Array, size: int) -> jax.Array:
    """Count how often each index occurs in each row.

    Args:
        index: int32, shape (kept, over), all from 0 to size - 1.
        size: how many there are.

    Returns:
        int64 counts, shape (kept, size).
    """
    rows = index.shape[0]
    whole = index + size * jax.lax.broadcasted_iota(jnp.int32, index.shape, 0)
    found = jnp.zeros(rows * size, jnp.int32).at[whole.reshape(-1)].add(1, mode="promise_in_bounds")
    return found.reshape(rows, size).astype(jnp.int64)
