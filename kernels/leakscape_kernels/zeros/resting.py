"""The resting one among the zeros of a current, and all of them, mostly without a search.

What the laws of the channels certify is taken first; the few points of which they do not tell
enough are searched.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from leakscape_kernels.batching import in_blocks, where_needed
from leakscape_kernels.codes import NEAR_FOLD, NO_ROOT, NOT_FINITE, OK, TOO_MANY_ROOTS
from leakscape_kernels.numerics import Scalar
from leakscape_kernels.on_demand import Array, Bool, UInt8, jax, jnp
from leakscape_kernels.zeros.certificate import (
    Bracket,
    Found,
    Problem,
    none_above_turn,
    zero_above_turn,
    zero_on_rise,
)
from leakscape_kernels.zeros.every_zero import every
from leakscape_kernels.zeros.tolerance import Current, bracket, implicit, size, slope_of
from leakscape_kernels.zeros.zero_list import Roots, alone, differentiable

Rule = Literal["lowest", "highest", "nearest"]

_RARE = 32
"""How many times shorter blocks of the few points are that need all zeros."""


def resting(
    roots: Roots,
    rule: Rule,
    near: Scalar | None = None,
    holds: Bool[Array, " slots"] | None = None,
) -> Found:
    """Return one zero of a list at which a system can rest, and its status.

    Args:
        roots: all zeros.
        rule: which one.
        near: what "nearest" is nearest to [mV].
        holds: at which of them it can rest; where the current rises unless given.

    Returns:
        V [mV], NaN where the status is 10 or more; the status of this zero, or `TOO_MANY_ROOTS`
        where the list is cut short, unless the lowest is asked for; `NO_ROOT` also where another
        zero, beyond those of the list, may be the one.
    """
    stable, slot = roots.rising == 1, jnp.arange(roots.rising.size)
    if holds is not None:
        stable = roots.filled & holds
    # That a list is cut short does not matter to its lower end, nor what lies above it.
    cut = (rule == "lowest") & (roots.status == TOO_MANY_ROOTS)
    known = roots.below & (roots.above | (rule == "lowest"))
    status = jnp.where(known, jnp.where(cut, OK, roots.status), NO_ROOT).astype(jnp.uint8)
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


def lowest(
    problem_of: Callable[[Any], Problem],
    parameters: Any,
    current: Current,
    slots: int = 7,
    cells: int = 64,
) -> Found:
    """Return the lowest stable zero: where the current must rise, else by all zeros.

    Args:
        problem_of: takes the parameters; it must not close over anything that is traced.
        parameters: a tree of scalars.
        current: that of these parameters, for derivatives [uA/cm2].
        slots: most zeros told apart.
        cells: cells of the bracket, a multiple of 16.

    Returns:
        V [mV], NaN where the status is 10 or more; the status of this zero: 1, `NEAR_FOLD`,
        `NOT_FINITE`, `NO_ROOT` or `NOT_CONVERGED`.
    """
    frozen = jax.tree.map(lambda x: jax.lax.stop_gradient(jnp.asarray(x)), parameters)

    def rising(parameters: Any) -> Any:
        return zero_on_rise(Bracket(problem_of(parameters), cells))

    def higher(parameters: Any) -> Any:
        return zero_above_turn(Bracket(problem_of(parameters), cells))

    def among_all(parameters: Any) -> Found:
        return resting(_searched(problem_of(parameters), slots, cells), "lowest")

    found, sure, none = in_blocks(rising, frozen)
    found, sure = where_needed(higher, none & ~sure, frozen, (found, sure), shorter=1)
    # Few points come here. One call for all of them: inside a block each would cost a whole one.
    return _differentiable(current, where_needed(among_all, ~sure, frozen, found, shorter=_RARE))


def listed(
    problem_of: Callable[..., Problem],
    parameters: Any,
    current: Current,
    slots: int = 7,
    cells: int = 64,
) -> tuple[Found, Roots]:
    """Return every zero: one where the laws tell that there is no other, else by a search.

    The lowest stable one comes from the same steps as in `lowest`, and all that is searched for is
    searched for once.

    Args:
        problem_of: takes the parameters, and the first stretch and the turn where they are known;
            it must not close over anything that is traced.
        parameters: a tree of scalars.
        current: that of these parameters, for derivatives [uA/cm2].
        slots: most zeros kept.
        cells: cells of the bracket, a multiple of 16.

    Returns:
        what `lowest` returns, and what `all_zeros` returns.
    """
    frozen = jax.tree.map(lambda x: jax.lax.stop_gradient(jnp.asarray(x)), parameters)

    def rising(parameters: Any) -> Any:
        problem = problem_of(parameters)
        ask = Bracket(problem, cells)
        found, sure, none = zero_on_rise(ask)
        V = found[0]
        whole = sure & ask.above
        last = whole & (ask.least_slope(jnp.maximum(V, ask.turn), ask.top) > 0)
        below = whole & ~last & (ask.turn > V)
        known = problem.stretch, problem.turn
        return last, below, (found, sure), none & ~sure, known

    def higher(given: Any) -> Any:
        ask = Bracket(problem_of(*given), cells)
        return none_above_turn(ask), zero_above_turn(ask)

    def searched(given: Any) -> Roots:
        return _searched(problem_of(*given), slots, cells)

    last, below, certain, none, known = in_blocks(rising, frozen)
    V, code = certain[0]
    given = frozen, known
    upwards = where_needed(higher, below | none, given, (last, certain), shorter=1)
    last = jnp.where(below, upwards[0], last)
    found, sure = jax.tree.map(lambda new, old: jnp.where(none, new, old), upwards[1], certain)
    one = alone(V, jnp.ones((), bool), code == NEAR_FOLD, code, slots)
    # Where the rest is not certain neither is it the only zero.
    roots = where_needed(searched, ~last, given, one, shorter=1)
    found = jax.tree.map(
        lambda new, old: jnp.where(sure, new, old), found, resting(roots, "lowest")
    )
    return _differentiable(current, found), differentiable(current, roots)


def _differentiable(current: Current, found: Found) -> Found:
    """Return a zero with the derivatives of the implicit function, NaN where there is none."""
    V, code = found
    good = code < NOT_FINITE
    return jnp.where(good, implicit(current, jnp.where(good, V, 0.0)), jnp.nan), code


def _searched(problem: Problem, slots: int, cells: int) -> Roots:
    """Return all zeros, wherever the laws let them lie."""
    where = problem.extended()
    bottom, top = bracket(problem.current, where.low, where.high)
    curve, width = slope_of(problem.current, bottom), (top - bottom) / (cells * where.windows)
    roots = every(
        curve, bottom, width, where.windows, size(curve, bottom, top, width), cells, slots
    )
    return roots._replace(below=where.below, above=where.above)
