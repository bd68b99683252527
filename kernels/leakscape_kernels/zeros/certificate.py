"""What the laws of its channels certify of a membrane's current, without a search.

A channel that closes on depolarisation still carries more current the higher the potential is, up
to a potential that its law tells: the turn. Where the currents rise together from a negative to a
positive one there is one zero, and a stable one. Where a bound on the slope lets the current not
reach zero there is none.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from leakscape_kernels.codes import NEAR_FOLD, OK
from leakscape_kernels.on_demand import Array, Bool, Float, UInt8, jax, jnp
from leakscape_kernels.zeros.every_zero import STEPS
from leakscape_kernels.zeros.refine import zero
from leakscape_kernels.zeros.split_cell import ROUNDING
from leakscape_kernels.zeros.stretch import Stretch
from leakscape_kernels.zeros.tolerance import Current, bracket, near_fold, once, settles, slope_of

_STEPS = {4: 3, 8: 4}
"""Steps to a zero on a stretch where the current rises; who needs more is searched for."""

_LONGEST = 10
"""Stretches above the turn that are looked at: 2 of 1000 random rectifiers need more."""

_STRETCHES = 12
"""What part of the way up the first of them is."""

_FURTHER, _FINER = 8, 24
"""The same for the stretches in which no further zero is to lie: more of them gain little, for what
is left comes close to zero."""

Found = tuple[Float[Array, ""], UInt8[Array, ""]]
"""A potential [mV] and its status."""


Known = tuple[Stretch, Any]
"""The first stretch and the turn of a problem that was posed before."""


class Problem(NamedTuple):
    """What is asked of a current, and what is known of it.

    Args:
        current: outward positive, smooth, a closure over its parameters [uA/cm2].
        least_slope: takes two potentials, returns what dI/dV is not below between them [mS/cm2].
        least: takes two potentials, returns what the current is not below between them [uA/cm2].
        stretch: where zeros are looked for first.
        extended: returns where zeros may lie, where there may be others.
        turn: the current does not fall below this potential [mV].
    """

    current: Current
    least_slope: Callable[[Any, Any], Any]
    least: Callable[[Any, Any], Any]
    stretch: Stretch
    extended: Callable[[], Stretch]
    turn: Any


class Bracket:
    """A current between the ends of its bracket, with what all attempts ask of it."""

    def __init__(self, problem: Problem, cells: int) -> None:
        self.below, self.above = problem.stretch.below, problem.stretch.above
        self.bottom, self.top = bracket(problem.current, problem.stretch.low, problem.stretch.high)
        self._problem, self.curve = problem, slope_of(problem.current, self.bottom)
        turn = jnp.asarray(problem.turn, self.bottom.dtype)
        # Also where it is NaN.
        turn = jnp.where(turn > self.bottom, turn, self.bottom)
        self.turn = jnp.minimum(turn, self.top)
        self.ends = self.curve(self.bottom), self.curve(self.top)
        (I_low, g_low), (I_high, g_high) = self.ends
        width = (self.top - self.bottom) / (cells * problem.stretch.windows)
        # The size of the current: at the ends, and a cell's width inside.
        self.scale = abs(I_low) + abs(I_high) + width * (abs(g_low) + abs(g_high))
        self.noise = ROUNDING * np.finfo(turn.dtype).eps * self.scale
        self.encloses = self.below & (I_low < -self.noise) & (I_high > 0)

    @cached_property
    def least_slope(self) -> Callable[[Any, Any], Any]:
        """What the slope is not below between two potentials [mS/cm2]."""
        return once(self._problem.least_slope, self.bottom, self.top)

    @cached_property
    def least(self) -> Callable[[Any, Any], Any]:
        """What the current is not below between two potentials [uA/cm2]."""
        return once(self._problem.least, self.bottom, self.top)

    def zero(
        self, a: Any, b: Any, steps: int, *, unrolled: bool, ends: Any = None
    ) -> tuple[Found, Any]:
        """Return the zero between two potentials between which the current rises; if it settles."""
        V = zero(self.curve, a, b, jnp.ones((), bool), steps, unrolled=unrolled, ends=ends)
        value, slope = self.curve(V)
        reach = jnp.maximum(abs(self.bottom), abs(self.top))
        code = jnp.where(near_fold(self.curve, V, slope), NEAR_FOLD, OK).astype(jnp.uint8)
        return (V, code), settles(V, value, slope, self.scale, reach)


def zero_on_rise(ask: Bracket) -> tuple[Found, Bool[Array, ""], Bool[Array, ""]]:
    """Return the zero on a rising stretch [mV], whether it is surely one, whether none is below."""
    middle = ask.curve(ask.turn)
    I_turn, (lower, upper) = middle[0], ask.ends
    below = I_turn > 0
    a, b = jnp.where(below, ask.bottom, ask.turn), jnp.where(below, ask.turn, ask.top)
    at_a, at_b = (
        tuple(jnp.where(below, one, other) for one, other in zip(*pair, strict=True))
        for pair in ((lower, middle), (middle, upper))
    )
    steps = _STEPS[a.dtype.itemsize]
    found, settled = ask.zero(a, b, steps, unrolled=True, ends=(at_a, at_b))
    # What lies above a zero does not matter to the lowest.
    rises = below | (ask.least_slope(ask.turn, found[0]) > 0)
    return found, rises & ask.encloses & settled, ask.encloses & (I_turn < -ask.noise)


def zero_above_turn(ask: Bracket) -> tuple[Found, Bool[Array, ""]]:
    """Return the lowest zero above the turn [mV], and whether it is one for sure.

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


def none_above_turn(ask: Bracket) -> Bool[Array, ""]:
    """Return whether no zero lies above one that lies below the turn.

    Step by step upwards from the turn: a stretch on which the current is nowhere below a positive
    one holds no further zero.

    Args:
        ask: the current [uA/cm2], outward positive, between the ends of its bracket [mV].

    Returns:
        whether it is certain; False says that nothing is known.
    """
    a = ask.turn

    def step(_: Any, state: Any) -> Any:
        a, length, sure = state
        b = jnp.minimum(a + length, ask.top)
        free = ask.least(a, b) > ask.noise
        sure = sure | (ask.least(a, ask.top) > ask.noise)
        return jnp.where(free, b, a), length * jnp.where(free, 1.0, 0.25), sure

    start = (a, (ask.top - a) / _FINER, jnp.zeros((), bool))
    sure: Bool[Array, ""] = jax.lax.fori_loop(0, _FURTHER, step, start)[2]
    return sure
