"""Every zero of a current in a bracket of potentials, with its stability."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, Int8, UInt8

from leakscape_kernels.bracketed import zero
from leakscape_kernels.cells import (
    CELLS,
    RISING,
    UNCLEAR,
    Curve,
    Words,
    events,
    listed,
    parted,
    scan,
)
from leakscape_kernels.numerics import Scalar
from leakscape_kernels.protocol import NOT_FINITE
from leakscape_kernels.search import (
    NOT_CONVERGED,
    TOO_MANY_ROOTS,
    Current,
    bracket,
    implicit,
    near_fold,
    opened,
    settles,
    size,
    slope_of,
    verdict,
)
from leakscape_kernels.sparse import where_needed
from leakscape_kernels.unclear import KEPT, Piece, chosen, ranked, resolved

_UNCLEAR_CELLS = 3
"""Unclear cells that are looked at; each can hold a pair of zeros, or three."""

STEPS = {4: 3, 8: 5}
"""Steps to a zero within one cell by the size of a number: 4 bytes for float32."""


class Roots(NamedTuple):
    """The zeros of a current, ascending, in slots of which the first `count` are filled.

    Args:
        V: potential, NaN beyond the count [mV].
        stable: 1 where the current rises through zero, else 0; -1 beyond the count [1].
        slope: dI/dV, NaN beyond the count, without derivatives [mS/cm2].
        residual: |I| over the current's size at the ends of the bracket, NaN beyond the count [1].
        fold: whether an extremum of the current is within reach [1].
        count: number of zeros [1].
        status: 1, or `NEAR_FOLD`, `NOT_FINITE`, `NO_ROOT`, `NOT_CONVERGED`, `TOO_MANY_ROOTS` [1].
    """

    V: Float[Array, " slots"]
    stable: Int8[Array, " slots"]
    slope: Float[Array, " slots"]
    residual: Float[Array, " slots"]
    fold: Bool[Array, " slots"]
    count: Int[Array, ""]  # type: ignore[assignment]  # hides tuple.count, of no use here
    status: UInt8[Array, ""]


def all_roots(
    current: Current, low: Scalar, high: Scalar, *, slots: int = 7, cells: int = 64
) -> Roots:
    r"""Return every zero of a current between two potentials.

    The bracket is divided into cells; values and slopes at their ends tell which are empty, which
    hold one zero and which have to be divided again, down to the extremum between two zeros. All
    zeros are found as long as a cubic describes the current within a cell to a few per cent of its
    curvature, which it does where a cell is no wider than the smallest k of a gate.

    Two zeros closer than rounding can tell apart come back as one, not stable, with status 2 (as
    two at one potential where they lie exactly on the border of two cells).
    Derivatives are those of the implicit function, $dV/d\theta = -(dI/d\theta)/(dI/dV)$, for each
    zero; they diverge at a fold.

    Args:
        current: outward positive, smooth, a closure over its parameters [uA/cm2].
        low: lower end of the bracket, part of it [mV].
        high: upper end, likewise [mV].
        slots: most zeros kept.
        cells: cells of the bracket, a multiple of 16.

    Returns:
        the zeros and the status; all NaN if the status is `NOT_FINITE` or `NOT_CONVERGED`.

    Raises:
        ValueError: `cells` is not a multiple of 16.
    """
    if cells < CELLS or cells % CELLS:
        raise ValueError(f"all_roots: cells must be a multiple of {CELLS}, got {cells}")
    bottom, top = bracket(current, low, high)
    current_of, parameters = opened(current, bottom)
    curve, width = slope_of(current_of(parameters)), (top - bottom) / cells
    scale = size(curve, bottom, top, width)
    words = scan(curve, bottom, width, cells // CELLS)

    # Most membranes have one equilibrium, which is found here; whatever else there is, elsewhere.
    index, code, more = (part[0] if part.ndim else part for part in listed(words, 1))
    a, rising = bottom + index * width, code == RISING
    V = zero(curve, a, a + width, rising, STEPS[a.dtype.itemsize])
    value, slope = curve(V)
    fold = near_fold(curve, V, slope)
    reach = jnp.maximum(jnp.abs(bottom), jnp.abs(top))
    single = ~more & (index >= 0) & (code != UNCLEAR) & settles(V, value, slope, scale, reach)
    status = verdict(jnp.isfinite(scale), single, single, fold).astype(jnp.uint8)
    one = alone(V, rising, slope, jnp.abs(value) / scale, fold, status, slots)

    def several(given: Any) -> Roots:
        parameters, bottom, top, words, scale = given
        return every(slope_of(current_of(parameters)), bottom, top, words, scale, slots)

    needed = ~single | ~jnp.isfinite(scale) | (scale == 0)
    roots = where_needed(several, needed, (parameters, bottom, top, words, scale), one)
    return differentiable(current, roots)


def alone(
    V: Any, rising: Any, slope: Any, residual: Any, fold: Any, status: Any, slots: int
) -> Roots:
    """Return a list of one zero.

    Args:
        V: the zero [mV].
        rising: whether the current rises through it.
        slope: dI/dV [mS/cm2].
        residual: |I| over the current's size [1].
        fold: whether an extremum of the current is within reach.
        status: of the list.
        slots: most zeros kept.
    """
    first = jnp.arange(slots) == 0
    return Roots(
        V=jnp.where(first, V, jnp.nan),
        stable=jnp.where(first, rising, -1).astype(jnp.int8),
        slope=jnp.where(first, slope, jnp.nan),
        residual=jnp.where(first, residual, jnp.nan),
        fold=first & fold,
        count=jnp.int32(1),
        status=status,
    )


def differentiable(current: Current, roots: Roots) -> Roots:
    """Return zeros [mV] with the derivatives of the implicit function."""
    # Empty slots carry a harmless potential, so that no NaN enters a sum of derivatives.
    filled = roots.stable >= 0
    harmless = jnp.where(filled[0] & jnp.isfinite(roots.V[0]), roots.V[0], 0.0)
    V = implicit(current, jnp.where(filled, roots.V, harmless))
    return roots._replace(V=jnp.where(filled, V, jnp.nan))


def every(
    curve: Curve,
    bottom: Float[Array, ""],
    top: Float[Array, ""],
    words: Words,
    scale: Float[Array, ""],
    slots: int,
) -> Roots:
    """Return the zeros that the cells hold, whatever they hold.

    Args:
        curve: value [uA/cm2] and slope [mS/cm2] at a potential [mV].
        bottom: lower end of the bracket [mV].
        top: upper end [mV].
        words: what its cells hold.
        scale: size of the current [uA/cm2].
        slots: most zeros kept.
    """
    cells = CELLS * len(words)
    width = (top - bottom) / cells
    pieces, slot, count, settled = _pieces(curve, bottom, width, words, scale, slots)
    reach = jnp.maximum(jnp.abs(bottom), jnp.abs(top))

    def more(state: Any) -> Any:
        return state[0] < jnp.minimum(count, slots)

    def solve(state: Any) -> Any:
        wanted, settled, found = state
        piece = chosen(pieces, slot, wanted)
        V = zero(curve, piece.a, piece.b, piece.rising, STEPS[bottom.dtype.itemsize])
        value, slope = curve(V)
        new = (
            V,
            (piece.rising & ~piece.touching).astype(jnp.int8),
            slope,
            jnp.abs(value) / scale,
            piece.touching | near_fold(curve, V, slope),
        )
        here = jnp.arange(slots) == wanted
        found = tuple(jnp.where(here, n, old) for n, old in zip(new, found, strict=True))
        return wanted + 1, settled & settles(V, value, slope, scale, reach), found

    unknown = jnp.full(slots, jnp.nan, bottom.dtype)
    never = jnp.zeros(slots, bool)
    start = (unknown, jnp.full(slots, -1, jnp.int8), unknown, unknown, never)
    # A loop, not vmap: a short axis would become the innermost one of a batch.
    _, settled, found = jax.lax.while_loop(more, solve, (jnp.int32(0), settled, start))
    # A current that is 0 everywhere has no zero to tell from any other.
    settled, count = settled | (scale == 0), jnp.where(scale == 0, 0, count)
    status = verdict(jnp.isfinite(scale), settled, count > 0, jnp.any(found[4]))
    known = (status != NOT_FINITE) & (status != NOT_CONVERGED)
    status = jnp.where(known & (count > slots), TOO_MANY_ROOTS, status)
    good = known & (jnp.arange(slots) < count)
    V, stable, slope, residual, fold = found
    return Roots(
        V=jnp.where(good, V, jnp.nan),
        stable=jnp.where(good, stable, -1).astype(jnp.int8),
        slope=jnp.where(good, slope, jnp.nan),
        residual=jnp.where(good, residual, jnp.nan),
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
) -> tuple[list[Piece], list[Int[Array, ""]], Int[Array, ""], Bool[Array, ""]]:
    """Return intervals with one zero each, their slots, their number, and whether all are known."""
    cells = CELLS * len(words)
    simple, unclear = parted(words)
    at, _, left = listed(unclear, _UNCLEAR_CELLS)
    inner, told = _looked_at(curve, low, width, cells, scale, at)
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
) -> tuple[list[Piece], Bool[Array, ""]]:
    """Return the zeros of the unclear cells, each part by cell, and whether they are all."""

    def more(state: Any) -> Any:
        return (state[0] < _UNCLEAR_CELLS) & (at[jnp.minimum(state[0], _UNCLEAR_CELLS - 1)] >= 0)

    def look(state: Any) -> Any:
        k, told, held = state
        i = at[k]
        found, sure = resolved(curve, low + i * width, width, i == 0, i == cells - 1, scale)
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
