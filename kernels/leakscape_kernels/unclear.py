"""The zeros of one unclear cell, told apart on a finer grid and by the extrema between them."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, UInt32

from leakscape_kernels.cells import (
    CELLS,
    EMPTY,
    RISING,
    UNCLEAR,
    Curve,
    extrema,
    listed,
    polygon,
    word,
)

KEPT = 3
"""Zeros kept of one cell."""

_LOOKS = 4
"""Cells of the finer grid that are not empty and are looked at."""

ROUNDING = 4
"""The rounding error of a current, in units of its size and the precision."""


class Pieces(NamedTuple):
    """Intervals that hold one zero each, ascending.

    Args:
        a: lower ends [mV].
        b: upper ends [mV].
        rising: whether the current rises through its zero.
        touching: whether it only touches zero, at a = b.
    """

    a: Any
    b: Any
    rising: Any
    touching: Any


def resolved(
    curve: Curve,
    low: Float[Array, ""],
    width: Float[Array, ""],
    first: Bool[Array, ""],
    last: Bool[Array, ""],
    scale: Float[Array, ""],
) -> tuple[Pieces, Int[Array, ""], Bool[Array, ""]]:
    """Return the intervals of a cell that hold one zero each.

    Args:
        curve: value [uA/cm2] and slope [mS/cm2] at a potential [mV].
        low: lower end of the cell [mV].
        width: of the cell [mV].
        first: whether nothing lies below the cell.
        last: whether nothing lies above it.
        scale: size of the current [uA/cm2].

    Returns:
        `KEPT` intervals; how many of them hold a zero; whether these are all of the cell's zeros.
    """
    fine = width / CELLS
    index, code, more = listed(word(curve, low, fine, first, last)[None], _LOOKS)

    def look(_: None, cell: tuple[Int[Array, ""], UInt32[Array, ""]]) -> tuple[None, Any]:
        return None, _split(curve, low + cell[0] * fine, fine, cell[1], scale)

    # Loops, not vmap: short axes would become the innermost ones and keep the loops from
    # running in vectors.
    exists, *parts = jax.lax.scan(look, None, (index, code))[1]
    slot, number = [], jnp.int32(0)
    for i in range(_LOOKS):
        for j in range(3):
            slot.append(jnp.where(exists[i, j], number, -1))
            number = number + exists[i, j]
    pieces = Pieces(*(part.reshape(-1) for part in parts))
    kept = placed(pieces, jnp.stack(slot), jnp.arange(KEPT))
    return kept, number, ~more & (number <= KEPT)


def placed(pieces: Pieces, slot: Int[Array, " pieces"], slots: Int[Array, " slots"]) -> Pieces:
    """Return the pieces in their slots, zeros where a slot stays empty.

    Args:
        pieces: some of them are wanted.
        slot: of each piece, -1 for none.
        slots: numbers of the slots.
    """

    def fill(_: None, wanted: Int[Array, ""]) -> tuple[None, Pieces]:
        found = Pieces(*(jnp.zeros_like(part[0]) for part in pieces))
        for i in range(slot.shape[0]):
            here = slot[i] == wanted
            found = Pieces(
                *(jnp.where(here, part[i], old) for part, old in zip(pieces, found, strict=True))
            )
        return None, found

    filled: Pieces = jax.lax.scan(fill, None, slots)[1]
    return filled


def _split(
    curve: Curve, a: Float[Array, ""], width: Float[Array, ""], code: Any, scale: Any
) -> tuple[Any, ...]:
    """Return (whether it holds a zero, lower end, upper end, rising, touching) of three parts.

    A cell of the finer grid is so small that its polynomial gives the extrema to rounding, and
    the current is monotone between them.
    """
    b = a + width
    left, right = curve(a), curve(b)
    ends = (a, *(a + e * width for e in extrema(polygon(width, left, right))), b)
    values = (left[0], *(curve(V)[0] for V in ends[1:3]), right[0])

    unclear = code == UNCLEAR
    nearer = jnp.abs(values[1]) <= jnp.abs(values[2])
    extremum, value = (jnp.where(nearer, one, two) for one, two in (ends[1:3], values[1:3]))
    inside = ((left[1] > 0) != (right[1] > 0)) | ((ends[1] > a) & (ends[2] < b))
    level = ROUNDING * np.finfo(a.dtype).eps * scale
    touching = unclear & inside & ((left[0] > 0) == (right[0] > 0)) & (jnp.abs(value) <= level)

    up = [value > 0 for value in values]
    crosses = [unclear & ~touching & (up[i] != up[i + 1]) for i in range(3)]
    single = touching | ((code != UNCLEAR) & (code != EMPTY))
    return (
        jnp.stack([crosses[0] | single, crosses[1], crosses[2]]),
        jnp.stack([jnp.where(touching, extremum, a), ends[1], ends[2]]),
        jnp.stack([jnp.where(touching, extremum, jnp.where(unclear, ends[1], b)), ends[2], b]),
        jnp.stack([jnp.where(unclear, up[1], code == RISING), up[2], up[3]]),
        jnp.stack([touching, jnp.zeros_like(touching), jnp.zeros_like(touching)]),
    )
