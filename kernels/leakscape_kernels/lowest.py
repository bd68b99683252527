"""The resting one among the zeros of a current: the lowest stable one, or another by rule.

The lowest is mostly found without a search: a channel that closes on depolarisation still carries
more current the higher the potential is, up to a potential that its law tells. Where the currents
rise together from a negative to a positive one there is one zero, the lowest and a stable one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, UInt8

from leakscape_kernels.bracketed import zero
from leakscape_kernels.cells import CELLS, RISING, listed, scan
from leakscape_kernels.numerics import Scalar
from leakscape_kernels.protocol import NOT_FINITE, OK
from leakscape_kernels.roots import STEPS, Roots, every
from leakscape_kernels.search import (
    NEAR_FOLD,
    NO_ROOT,
    TOO_MANY_ROOTS,
    Current,
    bracket,
    implicit,
    near_fold,
    settles,
    size,
    slope_of,
)
from leakscape_kernels.sparse import in_blocks, where_needed
from leakscape_kernels.unclear import ROUNDING

Rule = Literal["lowest", "highest", "nearest"]

_STEPS = {4: 2, 8: 3}
"""Steps to a zero on a stretch where the current rises; who needs more is searched for."""


class Shape(NamedTuple):
    """Where a current is known to rise with V.

    Args:
        turn: it does not fall below this potential [mV].
        rises_above: it rises above as well, up to the end of the bracket.
    """

    turn: Any
    rises_above: Any


Found = tuple[Float[Array, ""], UInt8[Array, ""]]
"""A potential [mV] and its status."""


def resting(roots: Roots, rule: Rule, near: Scalar | None = None) -> Found:
    """Return one stable zero of a list, and its status.

    Args:
        roots: all zeros.
        rule: which one.
        near: what "nearest" is nearest to [mV].

    Returns:
        V [mV], NaN where the status is 10 or more; the status of this zero, or `TOO_MANY_ROOTS`
        where the list is cut short, unless the lowest is asked for.
    """
    stable, slot = roots.stable == 1, jnp.arange(roots.stable.size)
    # That a list is cut short does not matter to its lower end.
    cut = (rule == "lowest") & (roots.status == TOO_MANY_ROOTS)
    status = jnp.where(cut, OK, roots.status).astype(jnp.uint8)
    if rule == "lowest":
        chosen = jnp.argmax(stable)
    elif rule == "highest":
        chosen = jnp.argmax(jnp.where(stable, slot, -1))
    else:
        distance = jnp.abs(roots.V - (0.0 if near is None else near))
        chosen = jnp.argmin(jnp.where(stable, distance, jnp.inf))
    return _one_of(roots, stable & (slot == chosen), status)


def _one_of(roots: Roots, here: Bool[Array, " slots"], status: UInt8[Array, ""]) -> Found:
    """Return the zero in one slot, and its status if that of the list is none."""
    exists = jnp.any(here)
    V = jnp.where(exists, jnp.sum(jnp.where(here, roots.V, 0.0)), jnp.nan)
    own = jnp.where(exists, jnp.where(jnp.any(here & roots.fold), NEAR_FOLD, OK), NO_ROOT)
    return V, jnp.where(status < NOT_FINITE, own, status).astype(jnp.uint8)


class Posed(NamedTuple):
    """What is asked of a current.

    Args:
        current: outward positive, smooth, a closure over its parameters [uA/cm2].
        low: lower end of the bracket [mV].
        high: upper end [mV].
        shape: where the current is known to rise; None if nothing is known.
    """

    current: Current
    low: Any
    high: Any
    shape: Shape | None


def lowest(
    posed: Callable[[Any], Posed],
    parameters: Any,
    current: Current,
    slots: int = 7,
    cells: int = 64,
) -> Found:
    """Return the lowest stable zero: where the current must rise, else above, else by all zeros.

    Args:
        posed: takes the parameters; it must not close over anything that is traced.
        parameters: a tree of scalars.
        current: that of these parameters, for derivatives [uA/cm2].
        slots: most zeros told apart.
        cells: cells of the bracket, a multiple of 16.

    Returns:
        V [mV], NaN where the status is 10 or more; the status of this zero: 1, `NEAR_FOLD`,
        `NOT_FINITE`, `NO_ROOT` or `NOT_CONVERGED`.
    """
    frozen = jax.tree.map(lambda x: jax.lax.stop_gradient(jnp.asarray(x)), parameters)

    def risen(parameters: Any) -> Any:
        return _risen(posed(parameters), cells)

    def first(given: Any) -> Any:
        parameters, start = given
        return _first(posed(parameters), start, cells)

    def among_all(parameters: Any) -> Found:
        return _among_all(posed(parameters), slots, cells)

    if jax.eval_shape(lambda p: posed(p)[1:], frozen)[2] is None:
        found, sure = in_blocks(lambda p: _first(posed(p), None, cells), frozen)
    else:
        found, sure, start = in_blocks(risen, frozen)
        found, sure = where_needed(first, ~sure, (frozen, start), (found, sure))
    # Few points come here. One call for all of them: inside a block each would cost a whole one.
    V, code = where_needed(among_all, ~sure, frozen, found)
    good = code < NOT_FINITE
    V = implicit(current, jnp.where(good, V, 0.0))
    return jnp.where(good, V, jnp.nan), code


def _risen(posed: Posed, cells: int) -> tuple[Found, Bool[Array, ""], Float[Array, ""]]:
    """Return the zero on a rising stretch, whether it is one for sure, and else where to begin."""
    bottom, top = bracket(*posed[:3])
    curve, known = slope_of(posed.current), posed.shape or Shape(bottom, False)
    turn = jnp.asarray(known.turn, bottom.dtype)
    turn = jnp.clip(jnp.where(turn > bottom, turn, bottom), bottom, top)
    scale = size(curve, bottom, top, (top - bottom) / cells)
    I_turn = curve(turn)[0]
    below = I_turn > 0
    a, b = jnp.where(below, bottom, turn), jnp.where(below, turn, top)
    I_a = jnp.where(below, curve(bottom)[0], I_turn)
    I_b = jnp.where(below, I_turn, curve(top)[0])
    steps = _STEPS[bottom.dtype.itemsize]
    V = zero(curve, a, b, jnp.ones((), bool), steps, unrolled=True)
    value, slope = curve(V)
    reach = jnp.maximum(jnp.abs(bottom), jnp.abs(top))
    sure = (below | known.rises_above) & (I_a < 0) & (I_b > 0)
    sure &= (curve(bottom)[0] < 0) & settles(V, value, slope, scale, reach)
    code = jnp.where(near_fold(curve, V, slope), NEAR_FOLD, OK).astype(jnp.uint8)
    # Below zero all the way up to the turn there is nothing to look for, but above.
    noise = ROUNDING * np.finfo(bottom.dtype).eps * scale
    none = (curve(bottom)[0] < -noise) & (I_turn < -noise)
    return (V, code), sure, jnp.where(none, turn, bottom)


def _first(posed: Posed, start: Any, cells: int) -> tuple[Found, Bool[Array, ""]]:
    """Return the zero in the lowest cell that is not empty, and whether it is one for sure."""
    bottom, top = bracket(*posed[:3])
    start = bottom if start is None else start
    curve, width = slope_of(posed.current), (top - start) / cells
    scale = size(curve, start, top, width)
    index, code, _ = listed(scan(curve, start, width, cells // CELLS), 1)
    a, rising = start + index[0] * width, jnp.ones((), bool)
    V = zero(curve, a, a + width, rising, STEPS[a.dtype.itemsize])
    value, slope = curve(V)
    reach = jnp.maximum(jnp.abs(bottom), jnp.abs(top))
    sure = (index[0] >= 0) & (code[0] == RISING) & settles(V, value, slope, scale, reach)
    status = jnp.where(near_fold(curve, V, slope), NEAR_FOLD, OK)
    return (V, status.astype(jnp.uint8)), sure


def _among_all(posed: Posed, slots: int, cells: int) -> Found:
    """Return the lowest stable one of all zeros."""
    bottom, top = bracket(*posed[:3])
    curve, width = slope_of(posed.current), (top - bottom) / cells
    scale = size(curve, bottom, top, width)
    words = scan(curve, bottom, width, cells // CELLS)
    roots = every(curve, bottom, top, words, scale, slots)
    return resting(roots, "lowest")
