"""Order statistics, exactly: by sorting where all points fit into a tile, else digit by digit.

The bits of a float, turned so that they rise with it, are a whole number. A pass counts how often
each value of its leading 11 bits occurs; that tells in which of the 2048 ranges a rank lies. The
next pass counts the next bits of what lies in that range, and so on: 3 passes for float32, 6 for
float64. Each evaluates the points anew, which costs less than to store them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from leakscape.evaluation.accumulate import Accumulator, Field, Partial, Rows, added, counted

DIGIT_BITS = 11
RANKS, DIGIT = "rank", "digit"
"""Own dimensions of partials: the ranks that are looked for, and the values of a digit."""


def passes(dtype: str) -> int:
    """Return how many passes find an order statistic of a dtype."""
    return -(-8 * np.dtype(dtype).itemsize // DIGIT_BITS)


def needed(n: NDArray[np.int64], shares: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the ranks that quantiles lie between.

    Args:
        n: how many valid points there are, of any shape.
        shares: the shares below the quantiles.

    Returns:
        Ranks from 0, shape (..., 2 * shares): the lower of each, then the upper of each.
    """
    last = np.maximum(n - 1, 0)[..., None]
    low = np.floor(last * shares).astype(np.int64)
    return np.concatenate([low, np.minimum(low + 1, last)], axis=-1)


def between(
    ranked: NDArray[Any], n: NDArray[np.int64], shares: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Interpolate between order statistics as `numpy.quantile` does, in float64.

    Args:
        ranked: what stands at the ranks that are `needed`.
        n: how many valid points there are.
        shares: the shares below the quantiles.

    Returns:
        The quantiles, NaN where nothing is valid.
    """
    some = n[..., None] > 0
    low, high = np.split(np.where(some, ranked, 0.0).astype(np.float64), 2, axis=-1)
    place = np.maximum(n - 1, 0)[..., None] * shares
    part, apart = place - np.floor(place), high - low
    found = np.where(part >= 0.5, high - apart * (1.0 - part), low + apart * part)
    return np.where(some, found, np.nan)


def whole(shares: tuple[float, ...], dtype: str, *, on_host: bool) -> Accumulator:
    """Hold the order statistics themselves, where a tile has all points of its kept ones.

    Args:
        shares: the shares below the quantiles.
        dtype: of the values.
        on_host: whether the host sorts: NumPy is 40 times faster than XLA on a CPU.
    """
    asked = np.array(shares)

    def update(rows: Rows, numbers: Mapping[str, jax.Array]) -> dict[str, jax.Array]:
        values = rows.pick(rows.values.astype(dtype), jnp.inf)
        if on_host:
            return {"ranked": values}
        n, q = rows.number, numbers["shares"]
        last = jnp.maximum(n - 1, 0)[:, None]
        low = jnp.floor(last * q[None, :]).astype(jnp.int64)
        ranks = jnp.concatenate([low, jnp.minimum(low + 1, last)], axis=1)
        return {"ranked": jnp.take_along_axis(jnp.sort(values, axis=1), ranks, axis=1)}

    def after(found: Partial, n: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
        rising = np.sort(found["ranked"], axis=-1)
        return {"ranked": np.take_along_axis(rising, needed(n, asked), axis=-1)}

    def merge(one: Partial, other: Partial) -> dict[str, NDArray[Any]]:
        raise AssertionError("a tile has all points of its kept ones")

    return Accumulator(
        fields={"ranked": Field(dtype, np.nan, {RANKS: 2 * len(shares)})},
        update=update,
        merge=merge,
        numbers={"shares": asked},
        form=(on_host, len(shares)),
        after=after if on_host else None,
    )


@dataclass(frozen=True)
class Search:
    """How far the search for ranks has come, for each kept point.

    Args:
        prefix: the leading bits of each order statistic, as far as they are known: shape
            (kept ..., ranks), uint64.
        rest: its rank among the values that begin so.
    """

    prefix: NDArray[np.uint64]
    rest: NDArray[np.int64]

    @classmethod
    def begin(cls, n: NDArray[np.int64], shares: NDArray[np.float64]) -> Search:
        """Begin where nothing is known but how many valid points there are."""
        rest = needed(n, shares)
        return cls(np.zeros(rest.shape, np.uint64), rest)

    def slots(self) -> NDArray[np.uint64]:
        """Return the different prefixes of each kept point, rising; the last is repeated."""
        found = np.sort(self.prefix, axis=-1)
        for row in found.reshape(-1, found.shape[-1]):
            unlike = np.unique(row)
            row[:] = np.pad(unlike, (0, len(row) - len(unlike)), mode="edge")
        return found

    def narrowed(self, counts: NDArray[np.int64], bits: int) -> Search:
        """Go one digit on.

        Args:
            counts: how often each digit follows each slot, shape (kept ..., slots, 2048).
            bits: of the digit.

        Returns:
            The search with prefixes of so many more bits.
        """
        slots = self.slots()
        prefix, rest = self.prefix.copy(), self.rest.copy()
        for index in np.ndindex(prefix.shape):
            slot = int(np.searchsorted(slots[index[:-1]], prefix[index]))
            upto = np.cumsum(counts[*index[:-1], slot])
            digit = int(np.searchsorted(upto, rest[index], side="right"))
            digit = min(digit, len(upto) - 1)  # where nothing is valid no digit has the rank
            rest[index] -= upto[digit - 1] if digit else 0
            prefix[index] = (prefix[index] << np.uint64(bits)) | np.uint64(digit)
        return Search(prefix, rest)

    def found(self, dtype: str) -> NDArray[Any]:
        """Return the order statistics, after the last pass."""
        width = 8 * np.dtype(dtype).itemsize
        bits = self.prefix.astype(f"u{width // 8}")
        top = bits.dtype.type(1 << (width - 1))
        return np.where(bits & top, bits ^ top, ~bits).view(dtype)


def digit_bits(dtype: str, turn: int) -> int:
    """Return how many bits a pass finds."""
    return min(DIGIT_BITS, 8 * np.dtype(dtype).itemsize - turn * DIGIT_BITS)


def digits(ranks: int, dtype: str) -> Accumulator:
    """Count digits behind prefixes, for points that no tile has room for.

    Its numbers are those of the first pass; `turned` gives those of a later one.

    Args:
        ranks: how many order statistics are looked for.
        dtype: of the values.
    """
    width = 8 * np.dtype(dtype).itemsize
    unsigned = jnp.dtype(f"uint{width}")

    def update(rows: Rows, numbers: Mapping[str, jax.Array]) -> dict[str, jax.Array]:
        bits = jax.lax.bitcast_convert_type(rows.values.astype(dtype), unsigned)
        top = unsigned.type(1 << (width - 1))
        bits = jnp.where(bits & top != 0, ~bits, bits | top)
        shift, size = numbers["digit"].astype(unsigned)
        digit = ((bits >> shift) & ((unsigned.type(1) << size) - 1)).astype(jnp.int32)
        # A shift by the whole width has no meaning, so it is made in two steps.
        before = (bits >> shift) >> (size - 1) >> 1
        slots = numbers["slots"].astype(unsigned)
        slot = jnp.full(bits.shape, ranks, jnp.int32)
        for place in reversed(range(ranks)):
            slot = jnp.where(before == slots[:, place : place + 1], place, slot)
        index = rows.pick((slot << DIGIT_BITS) + digit, ranks << DIGIT_BITS)
        counts = counted(index, (ranks + 1) << DIGIT_BITS)
        return {"digits": counts.reshape(-1, ranks + 1, 1 << DIGIT_BITS)[:, :ranks]}

    own = {RANKS: ranks, DIGIT: 1 << DIGIT_BITS}
    return Accumulator(
        fields={"digits": Field("int64", own=own)},
        update=update,
        merge=added,
        numbers=turned(np.zeros((1, ranks), np.uint64), dtype, 0),
        form=(ranks, dtype),
    )


def turned(slots: NDArray[np.uint64], dtype: str, turn: int) -> dict[str, NDArray[Any]]:
    """Return the numbers of a pass: the prefixes of one kept point, and which bits come next."""
    bits = digit_bits(dtype, turn)
    shift = 8 * np.dtype(dtype).itemsize - turn * DIGIT_BITS - bits
    return {"slots": slots.reshape(1, -1), "digit": np.array([shift, bits], np.int64)}
