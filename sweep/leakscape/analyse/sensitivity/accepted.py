"""Points of a design where conditions leave some out: drawn anew until the conditions hold.

What is analysed is the population that the conditions keep. Its point x is the first candidate that
meets them; the points that share a set of parameters with x are drawn given that set, again the
first candidate that meets them, which is exact (von Neumann 1951). The first candidate is the
base point's; every later one comes from numbers that are a function of (seed, scramble, base point,
try) alone. A base point for which a set finds none is left out and counted: its share is below
(number of sets) / (e T p) for T tries, p the share of the population that the conditions keep, for
x itself has parameters that meet them seldom just as seldom.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jax
import jax.numpy as jnp
from jax.extend import random

from leakscape.analyse.sensitivity.shape import Shape
from leakscape.declare.population import CELL
from leakscape.evaluation.dependence import nested
from leakscape.evaluation.point import UNLESS_FAILED
from leakscape.evaluation.sieve import broken
from leakscape.evaluation.words import BITS
from leakscape.status import FIRST_FAILURE, Status

MOST_TRIES = 1024
"""Candidates for a point at most."""
_FEWER = 16
"""Those still without one are tried apart from the others as soon as they are this much fewer."""
_MOST_OF_NONE = 64
"""Candidates at a place of the axes where so far no base point has one."""
_LEAST = 32
"""Base points that are worth being told apart."""


def accepted(
    shape: Shape, words: jax.Array, given: Mapping[str, jax.Array], key: jax.Array
) -> tuple[dict[str, jax.Array], jax.Array]:
    """Draw the points of a design that meet the conditions, at one place of the axes.

    Args:
        shape: of the chunk, one place long along every axis.
        words: of its base points, shape (columns, n).
        given: values along the axes, constants, and the labels that conditions read.
        key: two words of the scramble, and the index of the first base point.

    Returns:
        Parameter -> values [the kernel's units] of shape (variants, n), and whether no candidate
        met the conditions.
    """
    design, halves, number = shape.design, shape.design.halves, words.shape[1]
    assert halves is not None  # asked only of a design that can be drawn anew
    index = key[2] + jnp.arange(number, dtype=jnp.uint32)
    fixed = halves.fixed(words)
    first, other = words[: halves.number], words[halves.number : 2 * halves.number]

    def whole(first: jax.Array, fixed: Any) -> dict[str, jax.Array]:
        return design.variant(halves.drawn(halves.own(first, fixed), first, fixed), halves.whole)

    def tried(make: Any, words: jax.Array, beside: Any, which: int, skipped: jax.Array) -> Any:
        """Draw a half of the words anew until the point that is made of it is kept."""
        lost, tries = ~skipped, jnp.int32(0)
        for size, goal in _sizes(number):
            at = jnp.nonzero(lost, size=size, fill_value=number)[0]
            taken = jnp.minimum(at, number - 1)
            part, rest = jax.tree.map(lambda array, t=taken: array[..., t], (words, beside))

            def again(state: Any, taken: Any = taken, rest: Any = rest) -> Any:
                tries, part, left = state
                fresh = _words(key, index[taken], 2 * tries + which, halves.number)
                part = jnp.where(left[None] & (tries > 0), fresh, part)
                return tries + 1, part, left & broken_at(shape, make(part, rest), given)

            def on(state: Any, goal: int = goal, all_of_them: bool = size == number) -> Any:
                left, most = jnp.sum(state[2]), jnp.int32(MOST_TRIES)
                if all_of_them:
                    most = jnp.where(left == number, _MOST_OF_NONE, most)
                return (state[0] < most) & (left > goal)

            start = tries, part, lost.at[at].get(mode="fill", fill_value=False)
            tries, part, left = jax.lax.while_loop(on, again, start)
            words = words.at[:, at].set(part, mode="drop")
            lost = lost.at[at].set(left, mode="drop")
        return words, lost

    first, none = tried(whole, first, fixed, 0, jnp.zeros(number, bool))
    own = halves.own(first, fixed)

    def variant(which: jax.Array) -> Any:
        def make(words: jax.Array, beside: Any) -> dict[str, jax.Array]:
            return design.variant(halves.drawn(beside[0], words, beside[1]), which)

        words, lost = tried(make, other, (own, fixed), 1, none | (which == halves.whole))
        return make(words, (own, fixed)), lost | none

    found: tuple[dict[str, jax.Array], jax.Array] = jax.lax.map(
        variant, jnp.arange(design.variants)
    )
    return found


def broken_at(
    shape: Shape, values: Mapping[str, jax.Array], given: Mapping[str, jax.Array]
) -> jax.Array:
    """Tell which points break a condition, at one place of the axes.

    Args:
        shape: of the chunk.
        values: the parameters [the kernel's units], each of shape (n,).
        given: values along the axes, constants, and the labels that conditions read.
    """
    trace, number = shape.trace, len(next(iter(values.values())))
    labels = dict(shape.labels)

    def one(named: Mapping[str, Any]) -> dict[str, jax.Array]:
        found = trace.point({name: v for name, v in named.items() if name not in labels})
        left = jnp.asarray(False)
        told = broken(shape.space, found | {n: v for n, v in named.items() if n in labels})
        for name, broke in told.items():
            counts = found["status"] < FIRST_FAILURE if name.startswith(UNLESS_FAILED) else True
            left |= broke & counts
        return {"left": left}

    lengths = dict(shape.lengths) | {CELL: number}
    along = trace.along | {name: frozenset({dim}) for name, dim in labels.items()}
    depends = {"left": frozenset(lengths)}
    function = nested(one, tuple(lengths), along, depends, lengths)
    return jnp.reshape(function({**given, **values})["left"], number)


def statuses(shape: Shape, full: Mapping[str, jax.Array]) -> jax.Array:
    """Return the status of all points, where conditions leave some out."""
    with jax.numpy_rank_promotion("allow"):
        told = broken(shape.space, full)
    status = full["status"]
    for name, one in told.items():
        out = one & (status < FIRST_FAILURE) if name.startswith(UNLESS_FAILED) else one
        status = jnp.where(out, jnp.uint8(Status.LEFT_OUT_BY_A_CONDITION), status)
    return status


def unmatched(shape: Shape, left_out: jax.Array) -> jax.Array:
    """Count base points of which one point met the conditions, and no other that shares with it."""
    if not shape.anew:
        return jnp.zeros(shape.kept, jnp.int64)
    halves = shape.design.halves
    assert halves is not None  # so says `anew`
    some = jnp.any(left_out, axis=1) & ~left_out[:, halves.whole]
    return jnp.sum(some, axis=1, dtype=jnp.int64)


def _sizes(number: int) -> Iterator[tuple[int, int]]:
    """Yield how many base points are tried together, and down to how many are left of them."""
    while True:
        fewer = number // _FEWER if number // _FEWER >= _LEAST else 0
        yield number, fewer
        if not fewer:
            return
        number = fewer


def _words(key: jax.Array, index: jax.Array, place: jax.Array, number: int) -> jax.Array:
    """Return the random words of some base points at a place of the stream, by Threefry.

    Returns:
        Words of shape (number, base points).
    """
    half = -(-number // 2)
    stream = place.astype(jnp.uint32) * jnp.uint32(half) + jnp.arange(half, dtype=jnp.uint32)
    pairs = jnp.broadcast_arrays(index[None, :], stream[:, None])
    count = jnp.concatenate([one.ravel() for one in pairs])
    found = random.threefry_2x32((key[0], key[1]), count)
    words: jax.Array = found.reshape(2 * half, -1)[:number] >> jnp.uint32(32 - BITS)
    return words
