"""The sums over a chunk of a scan, compiled: moments, histograms, and the best point of each bin.

Weights are relative to the best point of the chunk. Scattering into bins takes 4 ns a number on a
CPU, where a product with indicator matrices takes 100 to 1000.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import combinations
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from leakscape.evaluation import shelf
from leakscape.evaluation.compiling import compiled
from leakscape.evaluation.words import LOW_BITS

BINS, COARSE = 128, 32
"""Of a marginal and of a profile; and of each side of a pair."""
INDEX_BITS = 16
"""A chunk has 2**16 points at most: the place of one takes so many bits of a profile's key."""
WEIGHT_BITS = 46
"""Histograms sum whole multiples of 2**-46 of the largest weight of a chunk: 2**16 of them fit into
64 bits, and whole numbers have the same sum in any order, also on a GPU."""
NEVER = np.iinfo(np.int64).max
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Shape:
    """How many points a chunk has.

    Args:
        unknowns: D.
        parts: how many parts a chunk has.
        points: of a part, a power of two.
    """

    unknowns: int
    parts: int
    points: int

    @property
    def block(self) -> int:
        """How many points are evaluated at once: they stay in the cache."""
        return min(self.points, 1 << LOW_BITS)

    @property
    def size(self) -> int:
        """How many points a chunk has."""
        return self.parts * self.points


@dataclass(frozen=True)
class Bins:
    """Where the bins lie, along the unknowns in their natural scale.

    Args:
        low: the lowest edge, shape (D,).
        high: the highest.
        centre: what is subtracted before moments are summed.
    """

    low: Floats
    high: Floats
    centre: Floats


def moment_rows(logarithmic: tuple[bool, ...]) -> tuple[list[int], list[int]]:
    """Tell which rows of the moments are the natural values, and which the values.

    Row 0 is the constant 1; rows 1 to D are natural values, centred; then come the values of those
    unknowns whose natural scale is logarithmic, over the value at the centre, less 1.
    """
    natural, values, further = [], [], 1 + len(logarithmic)
    for place, logs in enumerate(logarithmic, start=1):
        natural.append(place)
        values.append(further if logs else place)
        further += logs
    return natural, values


@lru_cache(maxsize=8)
def summer(logarithmic: tuple[bool, ...], shape: Shape) -> Callable[..., Any]:
    """Compile what sums a chunk."""

    def real(*lengths: int) -> jax.ShapeDtypeStruct:
        return jax.ShapeDtypeStruct(lengths, np.dtype("float64"))

    each = real(shape.unknowns)
    given = (real(shape.unknowns, shape.size), real(shape.size), each, each, each)
    counted = jax.ShapeDtypeStruct((shape.parts,), np.dtype(bool))
    total = partial(_summed, logarithmic, shape)

    def make() -> Any:
        return compiled(total, *given, counted, double=True, kept=True)

    found: Callable[..., Any] = shelf.executable(repr(("scan", logarithmic, shape)), make)
    return found


def _summed(
    logarithmic: tuple[bool, ...],
    shape: Shape,
    values: jax.Array,
    likelihood: jax.Array,
    low: jax.Array,
    per: jax.Array,
    centre: jax.Array,
    counted: jax.Array,
) -> Mapping[str, jax.Array]:
    there = jnp.repeat(counted, shape.points)
    fine = there & jnp.isfinite(likelihood)
    top = jnp.max(likelihood, where=fine, initial=-jnp.inf)
    # 0 times NaN is NaN: what has no likelihood is selected away before anything is multiplied.
    below = jnp.where(fine, top - likelihood, jnp.inf)
    weights = jnp.exp(-below)
    natural, rows = [], [fine.astype(jnp.float64)]
    for place, logs in enumerate(logarithmic):
        value = jnp.where(fine, values[place], jnp.exp(centre[place]) if logs else centre[place])
        natural.append(jnp.log(value) if logs else value)
        rows.append(natural[-1] - centre[place])
    for place, logs in enumerate(logarithmic):
        if logs:
            rows.append(jnp.expm1(rows[1 + place]))
    w = weights.reshape(shape.parts, shape.points)
    y = jnp.stack([row.reshape(w.shape) for row in rows], axis=1)
    moments = jnp.einsum("pan,pbn->pab", y * w[:, None], y, precision="highest")
    index = [_bin_of(value, low[place], per[place]) for place, value in enumerate(natural)]
    whole = jnp.round(weights * 2.0**WEIGHT_BITS).astype(jnp.int64)
    # The best point of a bin is that of the smallest key: how far it lies below the top, as the
    # bits of a positive number, of which the last give way to its place.
    steps = jax.lax.bitcast_convert_type(below, jnp.int64) >> INDEX_BITS << INDEX_BITS
    key = jnp.where(fine, steps | jnp.arange(shape.size), NEVER)
    best = jnp.stack(
        [jnp.full(BINS, NEVER).at[one].min(key, mode="promise_in_bounds") for one in index]
    )
    at = jnp.where(best == NEVER, 0, best & (1 << INDEX_BITS) - 1)
    coarse = [one // (BINS // COARSE) for one in index]
    pairs = [
        _added(COARSE**2, one * COARSE + other, whole) for one, other in combinations(coarse, 2)
    ]
    return {
        "top": top,
        "weight": jnp.sum(w, axis=1),
        "square": jnp.sum(w**2, axis=1),
        "moments": moments,
        "failed": jnp.sum(there & ~fine),
        "marginal": jnp.stack([_added(BINS, one, whole) for one in index]),
        "pair": jnp.stack(pairs) if pairs else jnp.zeros((0, COARSE**2), jnp.int64),
        "profile": jnp.where(best == NEVER, -jnp.inf, likelihood[at]),
        "place": at,
        "weights": weights,
    }


def _bin_of(natural: jax.Array, low: jax.Array, per: jax.Array) -> jax.Array:
    """Return the bin of each value; what lies outside goes to the end bins."""
    place = (natural - low) * per
    return jnp.clip(jnp.floor(place), 0, BINS - 1).astype(jnp.int32)


def _added(bins: int, index: jax.Array, numbers: jax.Array) -> jax.Array:
    return jnp.zeros(bins, jnp.int64).at[index].add(numbers, mode="promise_in_bounds")
