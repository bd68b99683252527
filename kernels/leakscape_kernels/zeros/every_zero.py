"""Every zero that the cells of a bracket hold, window by window from below."""

from __future__ import annotations

from typing import Any

from leakscape_kernels.codes import NOT_CONVERGED, NOT_FINITE, TOO_MANY_ROOTS
from leakscape_kernels.on_demand import Array, Bool, Float, Int, jax, jnp
from leakscape_kernels.zeros.hermite_cells import (
    CELLS,
    RISING,
    Curve,
    Words,
    events,
    listed,
    parted,
    rescanned,
)
from leakscape_kernels.zeros.refine import zero
from leakscape_kernels.zeros.split_cell import KEPT, Piece, chosen, ranked, resolved
from leakscape_kernels.zeros.tolerance import near_fold, settles, verdict
from leakscape_kernels.zeros.zero_list import Roots

_UNCLEAR_CELLS = 3
"""Unclear cells of a window that are looked at; each can hold a pair of zeros, or three."""

STEPS = {4: 3, 8: 5}
"""Steps to a zero within one cell by the size of a number: 4 bytes for float32."""


def every(
    curve: Curve,
    bottom: Float[Array, ""],
    width: Float[Array, ""],
    windows: Int[Array, ""],
    scale: Float[Array, ""],
    cells: int,
    slots: int,
    words: Words | None = None,
) -> Roots:
    """Return the zeros that the cells hold, whatever they hold.

    Args:
        curve: value [uA/cm2] and slope [mS/cm2] at a potential [mV].
        bottom: lower end of the bracket [mV].
        width: of a cell [mV].
        windows: how many windows there are, one above the other.
        scale: size of the current [uA/cm2].
        cells: of a window, a multiple of 16.
        slots: most zeros kept.
        words: what the cells of the lowest window hold, where that is known.
    """
    reach = jnp.maximum(jnp.abs(bottom), jnp.abs(bottom + windows * cells * width))

    def left(state: Any) -> Any:
        return state[0] < windows

    def window(state: Any) -> Any:
        i, words, before, settled, found = state
        low = bottom + (i * cells) * width
        ends = i == 0, i == windows - 1
        pieces, slot, number, told = _pieces(curve, low, width, words, scale, slots, ends)

        def more(state: Any) -> Any:
            return state[0] < jnp.minimum(number, slots - before)

        def solve(state: Any) -> Any:
            wanted, settled, found = state
            piece = chosen(pieces, slot, wanted)
            V = zero(curve, piece.a, piece.b, piece.rising, STEPS[bottom.dtype.itemsize])
            value, slope = curve(V)
            new = (
                V,
                (piece.rising & ~piece.touching).astype(jnp.int8),
                piece.touching | near_fold(curve, V, slope),
            )
            here = jnp.arange(slots) == before + wanted
            found = tuple(jnp.where(here, n, old) for n, old in zip(new, found, strict=True))
            return wanted + 1, settled & settles(V, value, slope, scale, reach), found

        # A loop, not vmap: a short axis would become the innermost one of a batch.
        start = (jnp.int32(0), settled & told, found)
        _, settled, found = jax.lax.while_loop(more, solve, start)
        above = low + cells * width
        ends = i == -1, i + 2 == windows
        words = rescanned(curve, above, width, words, i + 1 < windows, ends)
        return i + 1, words, before + number, settled, found

    unknown = jnp.full(slots, jnp.nan, bottom.dtype)
    never = jnp.zeros(slots, bool)
    found = (unknown, jnp.full(slots, -1, jnp.int8), never)
    # What a window holds is found at the end of the one below; below the lowest is an empty one.
    nothing = (jnp.zeros((), jnp.uint32),) * (cells // CELLS)
    first = jnp.int32(-1 if words is None else 0)
    start = (first, nothing if words is None else words, jnp.int32(0), jnp.ones((), bool), found)
    _, _, count, settled, found = jax.lax.while_loop(left, window, start)
    # A current that is 0 everywhere has no zero to tell from any other.
    settled, count = settled | (scale == 0), jnp.where(scale == 0, 0, count)
    status = verdict(jnp.isfinite(scale), settled, count > 0, jnp.any(found[2]))
    known = (status != NOT_FINITE) & (status != NOT_CONVERGED)
    status = jnp.where(known & (count > slots), TOO_MANY_ROOTS, status)
    good = known & (jnp.arange(slots) < count)
    V, rising, fold = found
    return Roots(
        V=jnp.where(good, V, jnp.nan),
        rising=jnp.where(good, rising, -1).astype(jnp.int8),
        fold=good & fold,
        count=jnp.where(known, count, 0),
        status=status.astype(jnp.uint8),
    )


def _pieces(
    curve: Curve,
    low: Float[Array, ""],
    width: Float[Array, ""],
    words: Words,
    scale: Float[Array, ""],
    slots: int,
    ends: tuple[Bool[Array, ""], Bool[Array, ""]],
) -> tuple[list[Piece], list[Int[Array, ""]], Int[Array, ""], Bool[Array, ""]]:
    """Return intervals with one zero each, their slots, their number, and whether all are known."""
    cells = CELLS * len(words)
    simple, unclear = parted(words)
    at, _, left = listed(unclear, _UNCLEAR_CELLS)
    inner, told = _looked_at(curve, low, width, cells, scale, at, ends)
    place, code, _ = listed(simple, slots + 1)

    # The slot of a zero is the number of zeros below it.
    pieces, slot, count = [], [], events(simple)
    for i in range(_UNCLEAR_CELLS):
        below = jnp.int32(0)
        for r in range(slots + 1):
            below = below + ((place[r] >= 0) & (place[r] < at[i]))
        for piece in inner:
            pieces.append(Piece(*(part[i] for part in piece)))
            slot.append(below)
    rank, number = ranked(pieces)
    slot = [jnp.where(r >= 0, r + n, -1) for r, n in zip(rank, slot, strict=True)]
    for r in range(slots + 1):
        start, exists = low + place[r] * width, place[r] >= 0
        below = jnp.int32(r)
        for k, piece in enumerate(pieces[: KEPT * _UNCLEAR_CELLS]):
            below = below + (piece.exists & (at[k // KEPT] < place[r]))
        pieces.append(
            Piece(exists, start, start + width, code[r] == RISING, jnp.zeros_like(exists))
        )
        slot.append(jnp.where(exists, below, -1))
    return pieces, slot, count + number, told & ~left


def _looked_at(
    curve: Curve,
    low: Float[Array, ""],
    width: Float[Array, ""],
    cells: int,
    scale: Float[Array, ""],
    at: Int[Array, " cells"],
    ends: tuple[Bool[Array, ""], Bool[Array, ""]],
) -> tuple[list[Piece], Bool[Array, ""]]:
    """Return the zeros of the unclear cells, each part by cell, and whether they are all."""

    def more(state: Any) -> Any:
        return (state[0] < _UNCLEAR_CELLS) & (at[jnp.minimum(state[0], _UNCLEAR_CELLS - 1)] >= 0)

    def look(state: Any) -> Any:
        k, told, held = state
        i = at[k]
        first, last = (i == 0) & ends[0], (i == cells - 1) & ends[1]
        found, sure = resolved(curve, low + i * width, width, first, last, scale)
        here = jnp.arange(_UNCLEAR_CELLS) == k
        held = [
            Piece(*(jnp.where(here, new, old) for new, old in zip(piece, kept, strict=True)))
            for piece, kept in zip(found, held, strict=True)
        ]
        return k + 1, told & sure, held

    never = jnp.zeros(_UNCLEAR_CELLS, bool)
    empty = jnp.zeros(_UNCLEAR_CELLS, low.dtype)
    start = [Piece(never, empty, empty, never, never) for _ in range(KEPT)]
    state = (jnp.int32(0), jnp.ones((), bool), start)
    _, told, held = jax.lax.while_loop(more, look, state)
    return held, told
