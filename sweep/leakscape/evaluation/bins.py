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
    worked = _arithmetic(found, low, step)

    def update(rows: Rows, numbers: Mapping[str, jax.Array]) -> dict[str, jax.Array]:
        x, table = rows.values, numbers["edges"]
        low, step, per = (numbers["span"][place].astype(worked or "float64") for place in range(3))
        near = jnp.round(jnp.clip((x.astype(low.dtype) - low) * per, -1.0, bins + 1.0))
        index = near.astype(jnp.int32)
        # The nearest edge decides between the bins beside it: computed where that gives the very
        # edge, which takes a fraction of the time of looking it up.
        edge = (low + near * step).astype(x.dtype) if worked else table[jnp.clip(index, 0, bins)]
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
        form=(bins, worked),
    )


def _arithmetic(found: NDArray[Any], low: float, step: float) -> str | None:
    """Return the dtype in which low + i * step gives every edge, fused by a compiler or not.

    Either every product and sum is exact, or float64 lies too far from where float32 rounds.
    """
    place, kind = np.arange(len(found)), found.dtype.type
    computed = kind(low) + place.astype(found.dtype) * kind(step)
    exact = (Fraction(low) + int(i) * Fraction(step) for i in place)
    if np.array_equal(computed, found) and all(
        one == Fraction(float(value)) for one, value in zip(exact, computed, strict=True)
    ):
        return str(found.dtype)
    wide = low + place * step
    nudged = [wide]
    for way in (-np.inf, np.inf):
        once = np.nextafter(wide, way)
        nudged += [once, np.nextafter(once, way)]
    follows = all(np.array_equal(one.astype(found.dtype), found) for one in nudged)
    return "float64" if follows else None
