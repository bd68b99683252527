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
from leakscape_kernels.cells import CELLS, scan
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

_STEPS = {4: 3, 8: 4}
"""Steps to a zero on a stretch where the current rises; who needs more is searched for."""

_LONGEST = 10
"""Stretches above the turn that are looked at: 2 of 1000 random rectifiers need more."""

_STRETCHES = 12
"""What part of the way up the first of them is."""

_RARE = 32
"""How many times shorter blocks of the few points are that need all zeros."""


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
    """What is asked of a current, and what is known of it.

    Args:
        current: outward positive, smooth, a closure over its parameters [uA/cm2].
        least_slope: takes two potentials, returns what dI/dV is not below between them [mS/cm2].
        low: lower end of the bracket [mV].
        high: upper end [mV].
        turn: the current does not fall below this potential [mV].
    """

    current: Current
    least_slope: Callable[[Any, Any], Any]
    low: Any
    high: Any
    turn: Any


def lowest(
    posed: Callable[[Any], Posed],
    parameters: Any,
    current: Current,
    slots: int = 7,
    cells: int = 64,
) -> Found:
    """Return the lowest stable zero: where the current must rise, else by all zeros.

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
        return _risen(_Question(posed(parameters), cells))

    def beyond(parameters: Any) -> Any:
        return _beyond(_Question(posed(parameters), cells))

    def among_all(parameters: Any) -> Found:
        return _among_all(posed(parameters), slots, cells)

    found, sure, none = in_blocks(risen, frozen)
    found, sure = where_needed(beyond, none & ~sure, frozen, (found, sure))
    # Few points come here. One call for all of them: inside a block each would cost a whole one.
    V, code = where_needed(among_all, ~sure, frozen, found, shorter=_RARE)
    good = code < NOT_FINITE
    V = implicit(current, jnp.where(good, V, 0.0))
    return jnp.where(good, V, jnp.nan), code


class _Question:
    """A current between the ends of its bracket, with what all attempts ask of it."""

    def __init__(self, posed: Posed, cells: int) -> None:
        self.bottom, self.top = bracket(posed.current, posed.low, posed.high)
        self.curve, self.least_slope = slope_of(posed.current), posed.least_slope
        turn = jnp.asarray(posed.turn, self.bottom.dtype)
        # Also where it is NaN.
        turn = jnp.where(turn > self.bottom, turn, self.bottom)
        self.turn = jnp.minimum(turn, self.top)
        self.ends = self.curve(self.bottom), self.curve(self.top)
        (I_low, g_low), (I_high, g_high) = self.ends
        width = (self.top - self.bottom) / cells
        # The size of the current: at the ends, and a cell's width inside.
        self.scale = abs(I_low) + abs(I_high) + width * (abs(g_low) + abs(g_high))
        self.noise = ROUNDING * np.finfo(turn.dtype).eps * self.scale
        self.encloses = (I_low < -self.noise) & (I_high > 0)

    def zero(self, a: Any, b: Any, steps: int, *, unrolled: bool) -> tuple[Found, Any]:
        """Return the zero between two potentials between which the current rises; if it settles."""
        V = zero(self.curve, a, b, jnp.ones((), bool), steps, unrolled=unrolled)
        value, slope = self.curve(V)
        reach = jnp.maximum(abs(self.bottom), abs(self.top))
        code = jnp.where(near_fold(self.curve, V, slope), NEAR_FOLD, OK).astype(jnp.uint8)
        return (V, code), settles(V, value, slope, self.scale, reach)


def _risen(ask: _Question) -> tuple[Found, Bool[Array, ""], Bool[Array, ""]]:
    """Return the zero on a rising stretch, whether it is one for sure, whether none is below."""
    I_turn = ask.curve(ask.turn)[0]
    below = I_turn > 0
    a, b = jnp.where(below, ask.bottom, ask.turn), jnp.where(below, ask.turn, ask.top)
    found, settled = ask.zero(a, b, _STEPS[a.dtype.itemsize], unrolled=True)
    rises = below | (ask.least_slope(ask.turn, ask.top) > 0)
    return found, rises & ask.encloses & settled, ask.encloses & (I_turn < -ask.noise)


def _beyond(ask: _Question) -> tuple[Found, Bool[Array, ""]]:
    """Return the lowest zero above the turn, and whether it is one for sure.

    Step by step upwards. A stretch up to b holds no zero where I(b) and the least slope say that
    the current is negative all over it; one where the current rises from below zero to above it
    holds one zero. A stretch that is neither is tried shorter.
    """

    def step(_: Any, state: Any) -> Any:
        a, length, low, high, sure = state
        b = jnp.minimum(a + length, ask.top)
        I_b, slope = ask.curve(b)[0], ask.least_slope(a, b)
        to_the_top = ask.least_slope(a, ask.top) > 0
        here = ~sure & (to_the_top | ((slope > 0) & (I_b > 0)))
        low, high = jnp.where(here, a, low), jnp.where(here, jnp.where(I_b > 0, b, ask.top), high)
        empty = I_b + jnp.maximum(-slope, 0.0) * (b - a) < -ask.noise
        a = jnp.where(empty, b, a)
        return a, length * jnp.where(empty, 2.0, 0.25), low, high, sure | here

    start = (ask.turn, (ask.top - ask.turn) / _STRETCHES, ask.turn, ask.top, jnp.zeros((), bool))
    _, _, low, high, sure = jax.lax.fori_loop(0, _LONGEST, step, start)
    found, settled = ask.zero(low, high, STEPS[low.dtype.itemsize] + 1, unrolled=False)
    return found, sure & settled


def _among_all(posed: Posed, slots: int, cells: int) -> Found:
    """Return the lowest stable one of all zeros."""
    bottom, top = bracket(posed.current, posed.low, posed.high)
    curve, width = slope_of(posed.current), (top - bottom) / cells
    scale = size(curve, bottom, top, width)
    words = scan(curve, bottom, width, cells // CELLS)
    roots = every(curve, bottom, top, words, scale, slots)
    return resting(roots, "lowest")
