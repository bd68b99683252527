"""Equal bins: which one a value lies in, exactly as the edges say.

A value on an inner edge belongs to the bin above, on the last edge to the last bin, as
`numpy.histogram` has it. The edges are what NumPy makes of them: evenly spaced in float64, rounded
to the dtype of the values.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from leakscape.evaluation.accumulate import Accumulator, Field, Rows, added, counted

NARROWEST = 4
"""Of a bin, in steps of the dtype: of narrower ones rounding makes very unequal ones."""


def edges(low: float, high: float, bins: int, dtype: str) -> NDArray[Any]:
    """Return the edges of equal bins, in the dtype of the values.

    Args:
        low: the lowest edge [the values' unit].
        high: the highest.
        bins: how many bins.
        dtype: a floating dtype.

    Returns:
        bins + 1 edges.
    """
    return np.linspace(low, high, bins + 1, dtype=dtype)


def resolved(found: NDArray[Any]) -> bool:
    """Tell whether the dtype of some edges can tell them well apart."""
    widest = np.spacing(np.max(np.abs(found)))
    return bool(np.all(np.diff(found.astype(np.float64)) >= NARROWEST * np.float64(widest)))


def histogram(low: float, high: float, bins: int, dtype: str, dimension: str) -> Accumulator:
    """Count the values in each of some equal bins, and those below and above all of them.

    Args:
        low: the lowest edge [the values' unit].
        high: the highest.
        bins: how many bins.
        dtype: of the values, a floating one.
        dimension: what the bins are called.
    """
    found = edges(low, high, bins, dtype)
    step = (high - low) / bins
    plain = _follows(found, low, step)
    kind = jnp.dtype(dtype)

    def update(rows: Rows, numbers: Mapping[str, jax.Array]) -> dict[str, jax.Array]:
        x, table = rows.values, numbers["edges"]
        low, step, per = (numbers["span"][place] for place in range(3))
        wide = x.astype(jnp.float64)
        near = jnp.round(jnp.clip((wide - low) * per, -1.0, bins + 1.0))
        index = near.astype(jnp.int32)
        # The nearest edge decides between the bins beside it: computed where that gives the very
        # edge, which takes half the time of looking it up.
        edge = (low + near * step).astype(kind) if plain else table[jnp.clip(index, 0, bins)]
        index = index - (x < edge)
        index = jnp.where(x == table[bins], bins - 1, index)
        index = jnp.where(x < table[0], bins, jnp.where(x > table[bins], bins + 1, index))
        counts = counted(rows.pick(index, bins + 2), bins + 3)
        return {
            "n": counts[:, :bins],
            "below_range": counts[:, bins],
            "above_range": counts[:, bins + 1],
        }

    return Accumulator(
        fields={
            "n": Field("int64", own={dimension: bins}),
            "below_range": Field("int64"),
            "above_range": Field("int64"),
        },
        update=update,
        merge=added,
        numbers={"edges": found, "span": np.array([low, step, 1.0 / step])},
        form=(bins, plain),
    )


def _follows(found: NDArray[Any], low: float, step: float) -> bool:
    """Tell whether low + i * step gives every edge, whether a compiler fuses it or not."""
    place = np.arange(len(found))
    computed = low + place * step
    nudged = [computed]
    for way in (-np.inf, np.inf):
        once = np.nextafter(computed, way)
        nudged += [once, np.nextafter(once, way)]
    if all(np.array_equal(one.astype(found.dtype), found) for one in nudged):
        return True
    exact = np.array_equal(computed.astype(found.dtype), found)
    return exact and all(
        Fraction(low) + int(i) * Fraction(step) == Fraction(float(value))
        for i, value in zip(place, computed, strict=True)
    )
