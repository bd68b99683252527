"""The zeros of one unclear cell, told apart on a finer grid and by the extrema between them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from leakscape_kernels.on_demand import Array, Bool, Float, Int, UInt32, jax, jitted, jnp
from leakscape_kernels.zeros.hermite_cells import (
    CELLS,
    EMPTY,
    RISING,
    UNCLEAR,
    Curve,
    at_both,
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


class Piece(NamedTuple):
    """An interval that holds one zero.

    Args:
        exists: whether it does hold one; the rest means nothing otherwise.
        a: lower end [mV].
        b: upper end [mV].
        rising: whether the current rises through its zero.
        touching: whether it only touches zero, at a = b.
    """

    exists: Any
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
) -> tuple[tuple[Piece, ...], Bool[Array, ""]]:
    """Return the intervals of a cell that hold one zero each.

    Args:
        curve: value [uA/cm2] and slope [mS/cm2] at a potential [mV].
        low: lower end of the cell [mV].
        width: of the cell [mV].
        first: whether nothing lies below the cell.
        last: whether nothing lies above it.
        scale: size of the current [uA/cm2].

    Returns:
        `KEPT` intervals, ascending; whether these are all of the cell's zeros.
    """
    fine = width / CELLS
    index, code, more = listed((word(curve, low, fine, first, last),), _LOOKS)

    def look(_: None, cell: tuple[Int[Array, ""], UInt32[Array, ""]]) -> tuple[None, Any]:
        return None, _split(curve, low + cell[0] * fine, fine, cell[1], scale)

    # A loop, not vmap: a short axis would become the innermost one of a batch.
    found = jax.lax.scan(look, None, (index, code))[1]
    pieces = [Piece(*(part[i] for part in piece)) for i in range(_LOOKS) for piece in found]
    slot, number = ranked(pieces)
    kept = tuple(chosen(pieces, slot, m) for m in range(KEPT))
    return kept, ~more & (number <= KEPT)


def ranked(pieces: list[Piece]) -> tuple[list[Int[Array, ""]], Int[Array, ""]]:
    """Return the rank of each piece among those that exist, -1 for the others; and their number."""
    slot, number = [], jnp.int32(0)
    for piece in pieces:
        slot.append(jnp.where(piece.exists, number, -1))
        number = number + piece.exists
    return slot, number


@jitted
def chosen(pieces: list[Piece], slot: list[Int[Array, ""]], wanted: Any) -> Piece:
    """Return the piece whose slot is the wanted one, one that does not exist if there is none."""
    found = Piece(*(jnp.zeros_like(part) for part in pieces[0]))
    for piece, place in zip(pieces, slot, strict=True):
        here = place == wanted
        found = Piece(*(jnp.where(here, n, o) for n, o in zip(piece, found, strict=True)))
    return found


def _split(
    curve: Curve, a: Float[Array, ""], width: Float[Array, ""], code: Any, scale: Any
) -> tuple[Piece, ...]:
    """Return the three parts of a cell of the finer grid.

    The cell is so small that its polynomial gives the extrema to rounding, and the current is
    monotone between them.
    """
    b = a + width
    left, right = at_both(curve, a, b)
    one, two = (a + e * width for e in extrema(polygon(width, left, right)))
    (at_one, _), (at_two, _) = at_both(curve, one, two)

    unclear = code == UNCLEAR
    nearer = jnp.abs(at_one) <= jnp.abs(at_two)
    extremum, value = jnp.where(nearer, one, two), jnp.where(nearer, at_one, at_two)
    up_a, up_one, up_two, up_b = left[0] > 0, at_one > 0, at_two > 0, right[0] > 0
    inside = ((left[1] > 0) ^ (right[1] > 0)) | ((one > a) & (two < b))
    level = ROUNDING * np.finfo(a.dtype).eps * scale
    touching = unclear & inside & ~(up_a ^ up_b) & (jnp.abs(value) <= level)
    open_to_split = unclear & ~touching
    single = touching | ((code != UNCLEAR) & (code != EMPTY))
    never = jnp.zeros_like(touching)
    end = jnp.where(unclear, one, b)
    return (
        Piece(
            exists=single | (open_to_split & (up_a ^ up_one)),
            a=jnp.where(touching, extremum, a),
            b=jnp.where(touching, extremum, end),
            rising=(unclear & up_one) | (code == RISING),
            touching=touching,
        ),
        Piece(open_to_split & (up_one ^ up_two), one, two, up_two, never),
        Piece(open_to_split & (up_two ^ up_b), two, b, up_b, never),
    )
