"""Which cells of a bracket hold zeros of a smooth curve, and how many, from values and slopes.

A cell is an interval between two neighbouring nodes. Its cubic Hermite polynomial, written with
four Bernstein coefficients, tells an empty cell and a cell with one zero from a cell that has to be
looked at more closely. One word of 32 bits holds the findings on `CELLS` cells: a scan that has one
small output runs as one fused loop and leaves next to nothing in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from leakscape_kernels.on_demand import Array, Bool, Float, Int, UInt32, jax, jitted, jnp

CELLS = 16
"""Cells in a word: two bits each."""

EMPTY, FALLING, RISING, UNCLEAR = 0, 1, 2, 3
"""What a cell holds: no zero; one, from + to - or from - to +; or it has to be looked at closely.

The lower bit is set where a zero may be unstable, the upper bit where one may be stable.
"""

_MARGIN = 0.25
"""What the Hermite polynomial may leave out, as a share of its own curvature.

The remainder is at most h^4 |I''''|/384, the curvature's share h^2 |I''|/6; for a Boltzmann gate
with k no smaller than the cell their ratio is 1 to 10 %.
"""

_LOWER_BITS = 0x55555555
"""The lower bit of every cell."""

Point = tuple[Float[Array, ""], Float[Array, ""]]
"""Value [uA/cm2] and slope [mS/cm2] of a curve at a potential."""

Curve = Callable[[Float[Array, ""]], Point]
"""Takes a potential [mV], returns value and slope there."""


Words = tuple[UInt32[Array, ""], ...]
"""What the cells of a bracket hold. A tuple: an array would have a short innermost axis in a batch,
whose elements are computed one by one, fifty times slower."""


class Polygon(NamedTuple):
    """Bernstein coefficients of the Hermite polynomial of a cell, in the unit of the curve."""

    c0: Float[Array, ""]
    c1: Float[Array, ""]
    c2: Float[Array, ""]
    c3: Float[Array, ""]


def polygon(
    width: Float[Array, ""],
    left: tuple[Float[Array, ""], Float[Array, ""]],
    right: tuple[Float[Array, ""], Float[Array, ""]],
) -> Polygon:
    """Return the polynomial with the value and slope of the curve at both ends of a cell.

    Args:
        width: of the cell [mV].
        left: value [uA/cm2] and slope [mS/cm2] at the lower end.
        right: value and slope at the upper end.
    """
    third = width / 3
    return Polygon(left[0], left[0] + third * left[1], right[0] - third * right[1], right[0])


@jitted
def content(c: Polygon) -> UInt32[Array, ""]:
    """Return what a cell holds.

    A polynomial has no more zeros in the cell than its coefficients change sign; that is asked for
    with a margin for what the polynomial leaves out. Zero counts as negative, so that a zero at a
    node belongs to one of its two cells. NaN is unclear.

    Args:
        c: polynomial of the cell [uA/cm2].

    Returns:
        `EMPTY`, `FALLING`, `RISING` or `UNCLEAR` [1].
    """
    bend = jnp.maximum(jnp.abs(c.c0 - 2 * c.c1 + c.c2), jnp.abs(c.c1 - 2 * c.c2 + c.c3))
    margin = _MARGIN * bend
    before, after = c.c0 > 0, c.c3 > 0
    one, two = (jnp.where(before, -inner, inner) for inner in (c.c1, c.c2))
    # Turned so that the curve is negative at the lower end.
    one_below, two_below, two_above = one <= -margin, two <= -margin, two > margin
    crosses = before ^ after
    clear = (crosses & (one_below | two_above)) | (~crosses & one_below & two_below)
    rises, falls = ~clear | (crosses & after), ~clear | (crosses & before)
    return (rises.astype(jnp.uint32) << 1) | falls.astype(jnp.uint32)


def word(
    curve: Curve,
    low: Float[Array, ""],
    width: Float[Array, ""],
    first: Bool[Array, ""],
    last: Bool[Array, ""],
) -> UInt32[Array, ""]:
    """Return what `CELLS` neighbouring cells hold, the lowest cell in the lowest two bits.

    Args:
        curve: value [uA/cm2] and slope [mS/cm2] at a potential [mV].
        low: lower end of the first cell [mV].
        width: of a cell [mV].
        first: whether nothing lies below: a zero exactly at `low` then counts as one.
        last: whether nothing lies above: likewise.
    """
    nowhere = jnp.zeros_like(low)
    start = (jnp.zeros((), jnp.uint32), (nowhere, nowhere))

    def step(held: Any, i: Int[Array, ""]) -> tuple[Any, None]:
        found, left = held
        value, slope = curve(low + i * width)
        push = jnp.where(i == 0, -1, 1) * np.finfo(value.dtype).eps * width * slope
        outermost = ((i == 0) & first) | ((i == CELLS) & last)
        # At an end of the bracket an exact zero is moved into the cell.
        right = jnp.where(outermost & (value == 0), push, value), slope
        code = content(polygon(width, left, right))
        # The first node ends no cell.
        shift = 2 * jnp.maximum(i - 1, 0).astype(jnp.uint32)
        return (found | (jnp.where(i == 0, 0, code) << shift), right), None

    # Not unrolled: with the curve's code in it sixteen times it compiled for 20 s, and ran no
    # faster.
    return jax.lax.scan(step, start, jnp.arange(CELLS + 1))[0][0]


def at_both(curve: Curve, a: Float[Array, ""], b: Float[Array, ""]) -> tuple[Point, Point]:
    """Return the curve at two potentials, by code that stands once.

    Args:
        curve: value [uA/cm2] and slope [mS/cm2] at a potential [mV].
        a: one potential [mV].
        b: another [mV].
    """
    value, slope = jax.lax.map(curve, jnp.stack([a, b]))
    return (value[0], slope[0]), (value[1], slope[1])


def scan(
    curve: Curve,
    low: Float[Array, ""],
    width: Float[Array, ""],
    words: int,
    last: Bool[Array, ""] | bool = True,
) -> Words:
    """Return what the cells of a bracket hold, in words of `CELLS` cells.

    Args:
        curve: value [uA/cm2] and slope [mS/cm2] at a potential [mV].
        low: lower end of the bracket [mV].
        width: of a cell [mV].
        words: number of words.
        last: whether nothing lies above the bracket.
    """

    def step(_: None, i: Int[Array, ""]) -> tuple[None, UInt32[Array, ""]]:
        ends = i == 0, (i == words - 1) & last
        return None, word(curve, low + (CELLS * i) * width, width, *ends)

    # Each trip leaves one word and carries nothing, so nothing is dragged through memory.
    found = jax.lax.scan(step, None, jnp.arange(words))[1]
    return tuple(found[i] for i in range(words))


def rescanned(
    curve: Curve,
    low: Float[Array, ""],
    width: Float[Array, ""],
    words: Words,
    wanted: Bool[Array, ""],
    ends: tuple[Bool[Array, ""], Bool[Array, ""]],
) -> Words:
    """Return what the cells above those of a scan hold, if that is wanted.

    Args:
        curve: value [uA/cm2] and slope [mS/cm2] at a potential [mV].
        low: lower end of the bracket to scan [mV].
        width: of a cell [mV].
        words: of the bracket below.
        wanted: whether there is such a bracket; otherwise nothing is computed.
        ends: whether nothing lies below it, and whether nothing lies above it.
    """
    number = len(words)

    def more(state: Any) -> Any:
        return state[0] < jnp.where(wanted, number, 0)

    def step(state: Any) -> Any:
        i, held = state
        first, last = (i == 0) & ends[0], (i == number - 1) & ends[1]
        new = word(curve, low + (CELLS * i) * width, width, first, last)
        return i + 1, tuple(jnp.where(i == k, new, old) for k, old in enumerate(held))

    found: Words = jax.lax.while_loop(more, step, (jnp.int32(0), words))[1]
    return found


def listed(
    words: Words, number: int
) -> tuple[Int[Array, " number"], UInt32[Array, " number"], Bool[Array, ""]]:
    """Return the lowest cells that are not empty.

    Args:
        words: what the cells hold.
        number: of cells to list.

    Returns:
        their indices, ascending, -1 where there are no more [1]; what they hold [1]; whether more
        are left.
    """

    def step(held: Words, _: None) -> tuple[Any, Any]:
        index, code, left = _taken(held)
        return left, (index, code)

    # A loop, because unrolled the chain of words would be computed anew for each place in the list.
    left, (index, code) = jax.lax.scan(step, words, None, length=number)
    return index, code, events(left) > 0


def _taken(words: Words) -> tuple[Int[Array, ""], UInt32[Array, ""], Words]:
    """Return the index of the lowest cell that is not empty, its content, the words without it."""
    index, code = jnp.int32(-1), jnp.uint32(EMPTY)
    left = []
    for i, held in enumerate(words):
        events = (held | (held >> 1)) & _LOWER_BITS
        lowest = events & (~events + 1)
        here = (index < 0) & (lowest > 0)
        place = jnp.where(here, 31 - jax.lax.clz(lowest), 0).astype(jnp.uint32)
        index = jnp.where(here, CELLS * i + (place >> 1).astype(jnp.int32), index)
        code = jnp.where(here, (held >> place) & 3, code)
        left.append(jnp.where(here, held & ~(jnp.uint32(3) << place), held))
    return index, code, tuple(left)


def events(words: Words) -> Int[Array, ""]:
    """Return how many cells are not empty.

    Args:
        words: what the cells hold, two bits each [1].

    Returns:
        the number of cells with at least one zero, or unclear [1].
    """
    total: Int[Array, ""] = jnp.int32(0)
    for held in words:
        marks = (held | (held >> 1)) & _LOWER_BITS
        total = total + jax.lax.population_count(marks).astype(jnp.int32)
    return total


def parted(words: Words) -> tuple[Words, Words]:
    """Return the words with the cells that hold one zero alone, and with the unclear ones alone.

    Args:
        words: what the cells hold, two bits each [1].

    Returns:
        the same words with all other cells empty, for either kind [1].
    """
    clear, unclear = [], []
    for held in words:
        marks = held & (held >> 1) & _LOWER_BITS
        marks |= marks << 1
        clear.append(held & ~marks)
        unclear.append(held & marks)
    return tuple(clear), tuple(unclear)


@jitted
def extrema(c: Polygon) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """Return where the polynomial is steepest downhill no more: its extrema in the cell, ascending.

    Args:
        c: polynomial of the cell [uA/cm2].

    Returns:
        two places between 0 and 1 [cell]; an end of the cell where there is no extremum, and twice
        the same place where the slope comes near 0 without reaching it.
    """
    b0, b1, b2 = c.c1 - c.c0, c.c2 - c.c1, c.c3 - c.c2
    across = b0 - 2 * b1 + b2
    # The usual form of the quadratic formula without cancellation.
    half = b0 - b1
    w = half + jnp.copysign(jnp.sqrt(jnp.maximum(b1 * b1 - b0 * b2, 0.0)), half)
    one = w / jnp.where(across == 0, np.finfo(w.dtype).tiny, across)
    two = b0 / jnp.where(w == 0, np.finfo(w.dtype).tiny, w)
    one, two = jnp.clip(one, 0.0, 1.0), jnp.clip(two, 0.0, 1.0)
    return jnp.minimum(one, two), jnp.maximum(one, two)
