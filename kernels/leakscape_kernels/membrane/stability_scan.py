"""Between which potentials a membrane becomes stable or ceases to be: a scan along V.

The count of unstable eigenvalues at the nodes of a grid tells where stability changes. What changes
twice within one cell the count does not see. There the slope of the current-voltage curve or the
Hurwitz determinant comes near 0: a cubic through its values, with a margin, names the cells where
it may, and these alone are scanned again, by a finer grid.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from leakscape_kernels.batching import where_needed
from leakscape_kernels.membrane.stability_look import Look, Looking, Remade
from leakscape_kernels.on_demand import jax, jnp
from leakscape_kernels.zeros.hermite_cells import EMPTY, UNCLEAR, content, polygon

NODES = 32
"""Nodes in a word, one bit each."""

FINER = 32
"""Cells that an unclear cell is divided into."""

_SHORTER = 64
"""How many times shorter the blocks of membranes with a doubtful cell are: they are few."""

_NOT_FIRST, _NOT_LAST = np.uint32(0xFFFFFFFE), np.uint32(0x7FFFFFFF)
"""Every bit but the lowest, and every bit but the highest."""

Words = tuple[Any, ...]
"""One bit for every node, or for the cell below it, the lowest in the lowest bit."""


class Changes(NamedTuple):
    """Where stability changes, ascending, in slots of which the first `number` are filled.

    Args:
        low: lower ends of the intervals that hold one change each [mV].
        width: of these intervals [mV].
        number: how many there are, filled slots or not [1].
        first: whether the membrane is stable at the lower end of the window.
        known: whether the count was known all along the window.
    """

    low: Any
    width: Any
    number: Any
    first: Any
    known: Any

    @property
    def stretches(self) -> Any:
        """How many stable stretches there are."""
        return stretches(self.number, self.first)


def stretches(number: Any, first: Any) -> Any:
    """Return how many stable stretches there are.

    Args:
        number: of changes.
        first: whether the membrane is stable at the lower end of the window.
    """
    return (number + 1 + first) // 2


def changes(remade: Remade, given: Any, low: Any, high: Any, cells: int, slots: int) -> Changes:
    """Return where stability changes between two potentials.

    Args:
        remade: returns what looks at the membrane; it closes over nothing that is traced.
        given: what it takes.
        low: lower end of the window [mV].
        high: upper end [mV].
        cells: nodes of the scan, a multiple of 32; one of them lies beyond the window.
        slots: most changes kept.
    """
    width = (high - low) / (cells - 2)
    stable, doubtful, known = _scan(remade(given), low, width, cells // NODES)
    first = (stable[0] & 1) > 0
    # A change between two nodes belongs to the cell below the upper one.
    changed = _inside(tuple(a ^ b for a, b in zip(stable, _raised(stable), strict=True)))
    doubtful = _inside(_lowered(doubtful))

    def finer(held: Any) -> Changes:
        given, low, width, changed, doubtful, first, known = held
        named = tuple(a | b for a, b in zip(changed, doubtful, strict=True))
        return _finer(remade(given), low, width, named, first, known, slots)

    places, number = _listed(changed, slots)
    coarse = Changes(low + (places - 1) * width, width, number, first, known)
    needed = known & (sum(jax.lax.population_count(word) for word in doubtful) > 0)
    held = given, low, width, changed, doubtful, first, known
    found: Changes = where_needed(finer, needed, held, coarse, shorter=_SHORTER)
    return found


def _scan(looking: Looking, low: Any, width: Any, words: int) -> tuple[Words, Words, Any]:
    """Return where the membrane is stable, which cells are doubtful, whether all is known.

    A bit of the first stands for a node, one of the second for the cell below the node before.
    """
    zero = jnp.zeros_like(low)
    nothing = jnp.zeros((), jnp.uint32)

    def word(held: Any, k: Any) -> tuple[Any, Any]:
        def node(i: Any, state: Any) -> Any:
            stable, doubtful, bits, known, (slopes, pairs) = state
            at = looking(low + (NODES * k + i) * width)
            here = at.n_unstable == 0
            stable = stable | (here.astype(jnp.uint32) << i.astype(jnp.uint32))
            first = (k == 0) & (i == 0)
            slopes, pairs = _pushed(slopes, at.slope, first), _pushed(pairs, at.pairs, first)
            # The cell in the middle of the last four nodes ends at the node before this one.
            doubt = _doubt(slopes, pairs, (bits & 1) ^ ((bits >> 1) & 1) > 0)
            bits = (bits << 1) | here.astype(jnp.uint32)
            doubtful = doubtful | (doubt.astype(jnp.uint32) << i.astype(jnp.uint32))
            return stable, doubtful, bits, known & (at.n_unstable >= 0), (slopes, pairs)

        start = (nothing, nothing, *held)
        stable, doubtful, *held = jax.lax.fori_loop(0, NODES, node, start)
        return tuple(held), (stable, doubtful)

    start = (nothing, jnp.ones((), bool), ((zero,) * 4, (zero,) * 4))
    (_, known, _), (stable, doubtful) = jax.lax.scan(word, start, jnp.arange(words))
    return tuple(stable[k] for k in range(words)), tuple(doubtful[k] for k in range(words)), known


def _pushed(last: tuple[Any, ...], new: Any, first: Any) -> tuple[Any, ...]:
    """Return the values at the last four nodes; below the first node they are as there."""
    *kept, _ = last
    return new, *(jnp.where(first, new, old) for old in kept)


def _doubt(slopes: tuple[Any, ...], pairs: tuple[Any, ...], changes: Any) -> Any:
    """Return whether stability may change in a cell more often than the count says.

    Args:
        slopes: of the current-voltage curve at four nodes, the cell between the inner ones, the
            upper one first.
        pairs: the Hurwitz determinant there.
        changes: whether stability changes between the inner ones.
    """
    one, two = _content(slopes), _content(pairs)
    both = (one != EMPTY) & (two != EMPTY) & ~changes
    return (one == UNCLEAR) | (two == UNCLEAR) | both


def _content(values: tuple[Any, ...]) -> Any:
    """Return what the middle one of three cells holds, by the cubic of Catmull and Rom."""
    above, right, left, below = values
    slopes = (right - below) / 2, (above - left) / 2
    one = jnp.ones_like(left)
    return content(polygon(one, (left, slopes[0]), (right, slopes[1])))


def _raised(words: Words) -> Words:
    """Return the bits one place higher; the lowest bit stays as it is."""
    carried = words[0] & 1
    found = []
    for word in words:
        found.append((word << 1) | carried)
        carried = word >> (NODES - 1)
    return tuple(found)


def _lowered(words: Words) -> Words:
    """Return the bits one place lower."""
    above = (*words[1:], jnp.zeros_like(words[0]))
    return tuple(
        (word >> 1) | (next_one << (NODES - 1)) for word, next_one in zip(words, above, strict=True)
    )


def _inside(words: Words) -> Words:
    """Return the bits of cells without what lies below the window and above it."""
    first, *rest = words
    *rest, last = (first & _NOT_FIRST, *rest)
    return *rest, last & _NOT_LAST


def _listed(words: Words, number: int) -> tuple[Any, Any]:
    """Return the places of the lowest bits, -1 where there are no more, and how many there are."""

    def step(held: Words, _: None) -> tuple[Words, Any]:
        place, left = _lowest(held)
        return left, place

    _, places = jax.lax.scan(step, words, None, length=number)
    total = sum(jax.lax.population_count(word).astype(jnp.int32) for word in words)
    return places, total


def _lowest(words: Words) -> tuple[Any, Words]:
    """Return the place of the lowest bit, -1 without one, and the words without it."""
    place, left = jnp.int32(-1), []
    for k, word in enumerate(words):
        here = (place < 0) & (word > 0)
        lowest = word & (~word + 1)
        place = jnp.where(here, NODES * k + 31 - jax.lax.clz(lowest).astype(jnp.int32), place)
        left.append(jnp.where(here, word & ~lowest, word))
    return place, tuple(left)


def _finer(
    looking: Looking, low: Any, width: Any, cells: Words, first: Any, known: Any, slots: int
) -> Changes:
    """Return where stability changes, after a second look at the cells that are named.

    Args:
        looking: sees the membrane at a potential.
        low: lower end of the window [mV].
        width: of a cell [mV].
        cells: a bit for the upper node of every cell to look at.
        first: whether the membrane is stable at the lower end.
        known: whether the count is known at all nodes.
        slots: most changes kept.
    """
    fine = width / FINER

    def more(state: Any) -> Any:
        return sum(jax.lax.population_count(word) for word in state[0]) > 0

    def cell(state: Any) -> Any:
        cells, stable, number, known, found = state
        place, cells = _lowest(cells)
        bottom = low + (place - 1) * width

        def node(i: Any, state: Any) -> Any:
            stable, number, known, found = state
            at: Look = looking(bottom + i * fine)
            now = at.n_unstable == 0
            # Cells that nobody named are empty: nothing changes up to the lower end of this one.
            here = (now ^ stable) & (jnp.arange(slots) == number)
            found = jnp.where(here, bottom + (i - 1) * fine, found)
            return now, number + (now ^ stable), known & (at.n_unstable >= 0), found

        state = jax.lax.fori_loop(1, FINER + 1, node, (stable, number, known, found))
        return cells, *state

    unknown = jnp.full(slots, jnp.nan, low.dtype)
    state = (cells, first, jnp.int32(0), known, unknown)
    _, _, number, known, found = jax.lax.while_loop(more, cell, state)
    return Changes(found, fine, number, first, known)
