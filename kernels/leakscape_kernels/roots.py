"""Every zero of a current in a bracket of potentials, with its stability; and the resting one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, Int8, UInt8

from leakscape_kernels.bracketed import zero
from leakscape_kernels.cells import CELLS, RISING, Curve, events, listed, parted, scan
from leakscape_kernels.numerics import Scalar
from leakscape_kernels.protocol import NOT_FINITE, OK
from leakscape_kernels.unclear import KEPT, Piece, chosen, ranked, resolved

NEAR_FOLD = 2
"""Status of a point where a zero lies within 0.1 mV of an extremum of the current."""

NO_ROOT = 12
"""Status of a point whose current has no zero in the bracket (or is 0 all over it)."""

NOT_CONVERGED = 13
"""Status of a point where a zero was not found to rounding, or one cell holds too many to tell."""

TOO_MANY_ROOTS = 14
"""Status of a point with more zeros than slots; the lowest ones are kept."""

FOLD_REACH = 0.05
"""A zero is near a fold if the slope changes by half within this distance [mV]."""

_UNCLEAR_CELLS = 3
"""Unclear cells that are looked at; each can hold a pair of zeros, or three."""

_STEPS = {4: 3, 8: 5}
"""Newton's steps by the size of a number: 4 bytes for float32."""

Current = Callable[[Float[Array, ""]], Float[Array, ""]]
"""Total ionic current density [uA/cm2], outward positive, at a potential [mV]."""

Rule = Literal["lowest", "highest", "nearest"]


class Roots(NamedTuple):
    """The zeros of a current, ascending, in slots of which the first `count` are filled.

    Args:
        V: potential, NaN beyond the count [mV].
        stable: 1 where the current rises through zero, else 0; -1 beyond the count [1].
        slope: dI/dV, NaN beyond the count [mS/cm2].
        residual: |I| over the current's size at the ends of the bracket, NaN beyond the count [1].
        count: number of zeros [1].
        status: 1, or `NEAR_FOLD`, `NOT_FINITE`, `NO_ROOT`, `NOT_CONVERGED`, `TOO_MANY_ROOTS` [1].
    """

    V: Float[Array, " slots"]
    stable: Int8[Array, " slots"]
    slope: Float[Array, " slots"]
    residual: Float[Array, " slots"]
    count: Int[Array, ""]  # type: ignore[assignment]  # hides tuple.count, of no use here
    status: UInt8[Array, ""]


def all_roots(
    current: Current, low: Scalar, high: Scalar, *, slots: int = 7, cells: int = 64
) -> Roots:
    r"""Return every zero of a current between two potentials.

    The bracket is divided into cells; values and slopes at their ends tell which are empty, which
    hold one zero and which have to be divided again, down to the extremum between two zeros. All
    zeros are found as long as a cubic describes the current within a cell to a few per cent of its
    curvature, which the cells of the standard bracket do for gates with k of 5 mV and more; use
    more cells for steeper ones, so that a cell is no wider than the smallest k.

    Two zeros closer than rounding can tell apart come back as one, not stable, with status 2.
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
    curve = slope_of(frozen(current, bottom))
    width = (top - bottom) / cells
    scale = size(curve, bottom, top, width)
    pieces, slot, count, settled = _pieces(curve, bottom, width, cells, scale, slots)
    steps, reach = _STEPS[bottom.dtype.itemsize], jnp.maximum(jnp.abs(bottom), jnp.abs(top))

    def solve(_: None, wanted: Int[Array, ""]) -> tuple[None, Any]:
        piece = chosen(pieces, slot, wanted)
        V = zero(curve, piece.a, piece.b, piece.rising, steps)
        value, slope = curve(V)
        fold = piece.touching | near_fold(curve, V, slope)
        converged = settles(V, value, slope, scale, reach)
        return None, (V, value, converged, fold, piece.rising & ~piece.touching)

    # A loop, not vmap: a short axis would become the innermost one of a batch.
    V, value, converged, fold, stable = jax.lax.scan(solve, None, jnp.arange(slots))[1]
    filled = jnp.arange(slots) < count
    settled &= jnp.all(converged | ~filled)
    # A current that is 0 everywhere has no zero to tell from any other.
    settled, count = settled | (scale == 0), jnp.where(scale == 0, 0, count)
    status = verdict(jnp.isfinite(scale), settled, count > 0, jnp.any(fold & filled))
    status = jnp.where((status < NOT_FINITE) & (count > slots), TOO_MANY_ROOTS, status)
    good = filled & (status != NOT_FINITE) & (status != NOT_CONVERGED)

    # Empty slots carry a harmless potential, so that no NaN enters a sum of derivatives.
    V = implicit(current, jnp.where(good, V, jnp.where(good[0], V[0], bottom)))
    slope = jax.vmap(slope_of(current))(V)[1]
    return Roots(
        V=jnp.where(good, V, jnp.nan),
        stable=jnp.where(good, stable, -1).astype(jnp.int8),
        slope=jnp.where(good, slope, jnp.nan),
        residual=jnp.where(good, jnp.abs(value) / scale, jnp.nan),
        count=jnp.where((status == NOT_FINITE) | (status == NOT_CONVERGED), 0, count),
        status=status.astype(jnp.uint8),
    )


def rest(
    current: Current,
    low: Scalar,
    high: Scalar,
    rule: Rule = "lowest",
    near: Scalar | None = None,
    *,
    slots: int = 7,
    cells: int = 64,
) -> tuple[Float[Array, ""], UInt8[Array, ""]]:
    """Return one stable zero of a current between two potentials."""
    roots = all_roots(current, low, high, slots=slots, cells=cells)
    stable = roots.stable == 1
    place = jnp.arange(slots)
    if rule == "lowest":
        chosen = jnp.argmin(jnp.where(stable, place, slots))
    elif rule == "highest":
        chosen = jnp.argmax(jnp.where(stable, place, -1))
    else:
        distance = jnp.abs(roots.V - (0.0 if near is None else near))
        chosen = jnp.argmin(jnp.where(stable, distance, jnp.inf))
    V = jnp.sum(jnp.where((place == chosen) & stable, roots.V, 0.0))
    exists = jnp.any(stable)
    status = jnp.where(exists | (roots.status >= NOT_FINITE), roots.status, NO_ROOT)
    return jnp.where(exists, V, jnp.nan), status.astype(jnp.uint8)


def bracket(
    current: Current, low: Scalar, high: Scalar
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """Return the ends of the bracket in the precision of the current, without derivatives [mV]."""
    # A plain number gives way to the precision of the parameters.
    probe = jax.eval_shape(current, low)
    dtype = jnp.result_type(low, high, probe.dtype)
    return (
        jax.lax.stop_gradient(jnp.asarray(low, dtype)),
        jax.lax.stop_gradient(jnp.asarray(high, dtype)),
    )


def frozen(current: Current, V: Float[Array, ""]) -> Current:
    """Return the current without derivatives in what it closes over: none go through the search."""
    pure, parameters = jax.closure_convert(current, V)
    parameters = jax.lax.stop_gradient(parameters)
    return lambda potential: pure(potential, *parameters)


def slope_of(current: Current) -> Curve:
    """Return value and slope of the current as one function, which share their exponentials."""
    return lambda V: jax.jvp(current, (V,), (jnp.ones_like(V),))


def implicit(current: Current, V: Float[Array, ...]) -> Float[Array, ...]:
    """Return zeros of the current with the derivatives of the implicit function.

    Args:
        current: closes over the parameters to differentiate by [uA/cm2].
        V: its zeros [mV].

    Returns:
        V [mV].
    """

    def balance(potential: Any) -> Any:
        return jax.vmap(current)(potential) if potential.ndim else current(potential)

    def known(_: Any, potential: Any) -> Any:
        return potential

    def divided(linear: Any, right: Any) -> Any:
        return right / linear(jnp.ones_like(right))

    found: Float[Array, ...] = jax.lax.custom_root(
        balance, jax.lax.stop_gradient(V), known, divided
    )
    return found


def size(
    curve: Curve, low: Float[Array, ""], high: Float[Array, ""], width: Float[Array, ""]
) -> Float[Array, ""]:
    """Return the size of the current: at the ends of the bracket, and a cell's width inside."""
    (I_low, g_low), (I_high, g_high) = curve(low), curve(high)
    return jnp.abs(I_low) + jnp.abs(I_high) + width * (jnp.abs(g_low) + jnp.abs(g_high))


def settles(
    V: Float[Array, ...],
    value: Float[Array, ...],
    slope: Float[Array, ...],
    scale: Float[Array, ""],
    reach: Float[Array, ""],
) -> Bool[Array, ...]:
    """Return whether Newton's next step is rounding: of the potential, or of the current."""
    eps = float(np.finfo(V.dtype).eps)
    return jnp.abs(value) <= jnp.abs(slope) * (16 * eps * reach) + 4 * eps * scale


def near_fold(curve: Curve, V: Float[Array, ""], slope: Float[Array, ""]) -> Bool[Array, ""]:
    """Return whether the slope changes by more than half of itself within `FOLD_REACH`."""
    return jnp.abs(curve(V + FOLD_REACH)[1] - slope) > 0.5 * jnp.abs(slope)


def verdict(
    finite: Bool[Array, ""],
    settled: Bool[Array, ""],
    exists: Bool[Array, ""],
    fold: Bool[Array, ""],
) -> Int[Array, ""]:
    """Return the status of a point."""
    code = jnp.where(exists, jnp.where(fold, NEAR_FOLD, OK), NO_ROOT)
    return jnp.where(finite, jnp.where(settled, code, NOT_CONVERGED), NOT_FINITE)


def _pieces(
    curve: Curve,
    low: Float[Array, ""],
    width: Float[Array, ""],
    cells: int,
    scale: Float[Array, ""],
    slots: int,
) -> tuple[list[Piece], list[Int[Array, ""]], Int[Array, ""], Bool[Array, ""]]:
    """Return intervals with one zero each, their slots, their number, and whether all are known."""
    simple, unclear = parted(scan(curve, low, width, cells // CELLS))
    at, _, more = listed(unclear, _UNCLEAR_CELLS)

    def look(_: None, i: Int[Array, ""]) -> tuple[None, Any]:
        found, told = resolved(curve, low + i * width, width, i == 0, i == cells - 1, scale)
        exists = i >= 0
        found = tuple(piece._replace(exists=piece.exists & exists) for piece in found)
        return None, (found, told | ~exists)

    inner, told = jax.lax.scan(look, None, at)[1]
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
    return pieces, slot, count + number, jnp.all(told) & ~more
