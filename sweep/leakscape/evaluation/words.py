"""Draws by index: the 30-bit words of cell i are a function of the seed, the column and i.

Sobol words are those of `scipy.stats.qmc.Sobol`, bit for bit; random ones come from NumPy's
counter-based Philox; a latin hypercube permutes its strata by a keyed Feistel network. Any run of
cells can therefore be drawn anywhere, and no sample matrix is ever held.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leakscape.declare.population import Population

Words = NDArray[np.uint32]
BITS = 30
LOW_BITS = 12
"""The small Sobol table covers 2**12 neighbouring cells."""
_ROUNDS = 6  # of the Feistel network; 4 are the proven minimum (Luby & Rackoff 1988)


def words(population: Population, first: int, last: int) -> Words:
    """Draw the cells first to last - 1.

    Args:
        population: the population; its columns are numbered in file order.
        first: index of the first cell.
        last: one past the last; may exceed the size, which repeats the last cell.

    Returns:
        30-bit integers, shape (columns, last - first).
    """
    stop = min(last, population.size)
    draw = {"sobol": _sobol, "random": _random, "latin_hypercube": _latin}[population.sampling]
    drawn = draw(population, first, stop)
    return np.pad(drawn, ((0, 0), (0, last - stop)), mode="edge") if stop < last else drawn


def _sobol(population: Population, first: int, stop: int) -> Words:
    low, high = sobol_tables(len(population.parameters), population.seed, population.size)
    start, end = first >> LOW_BITS, -(-stop >> LOW_BITS)
    block = high[:, start:end, None] ^ low[:, None, :]
    offset = first - (start << LOW_BITS)
    return block.reshape(len(low), -1)[:, offset : offset + stop - first]


@lru_cache(maxsize=64)
def sobol_tables(columns: int, seed: int, size: int) -> tuple[Words, Words]:
    """Return the words of the cells 0 to 2**12 - 1, and what each run of 2**12 cells adds.

    The word of cell i is `low[:, i % 2**12] ^ high[:, i >> 12]`.

    Args:
        columns: how many words a cell has.
        seed: of the scramble.
        size: how many cells there are at least.

    Returns:
        Both, shape (columns, 2**12) and (columns, runs).

    In Gray-code order the points 2**k - 1 and 2**k differ by direction number k alone; and the Gray
    code is linear, so high and low bits of the index contribute independently.
    """
    from scipy.stats import qmc

    bits = max(LOW_BITS, (size - 1).bit_length())
    sequence = qmc.Sobol(columns, scramble=True, bits=BITS, rng=seed)
    public = _integers(sequence.random(1 << LOW_BITS))
    shift = public[0]
    held = getattr(sequence, "_sv", None)  # no public name; so it is held to the public points
    directions = np.zeros((bits, columns), np.uint32)
    if isinstance(held, np.ndarray) and held.shape == (columns, BITS):
        directions = held.T[:bits].astype(np.uint32)
    low = _combine(directions[:LOW_BITS], shift, np.arange(1 << LOW_BITS))
    if not np.array_equal(low.T, public):
        directions = _measured(sequence, bits)
        low = _combine(directions[:LOW_BITS], shift, np.arange(1 << LOW_BITS))
    runs = 1 << (bits - LOW_BITS)
    high = _combine(directions, shift * 0, np.arange(runs) << LOW_BITS)
    return low, high


def _measured(sequence: Any, bits: int) -> Words:
    """Return the direction numbers as differences of public points: slow beyond 2**20 points."""
    directions = []
    for power in range(bits):
        sequence.reset()
        if skip := (1 << power) - 1:
            sequence.fast_forward(skip)
        before, after = _integers(sequence.random(2))
        directions.append(before ^ after)
    return np.array(directions, np.uint32)


def _integers(points: NDArray[np.float64]) -> Words:
    return np.asarray(points * 2**BITS, dtype=np.uint32)


def _combine(directions: Words, shift: Words, index: NDArray[np.int64]) -> Words:
    gray = index ^ (index >> 1)
    combined = np.repeat(shift[:, None], len(index), axis=1)
    for power, direction in enumerate(directions):
        combined ^= np.where(gray >> power & 1, direction[:, None], np.uint32(0))
    return combined


def _random(population: Population, first: int, stop: int) -> Words:
    columns = range(len(population.parameters))
    return np.stack([_philox(population.seed, column, first, stop) for column in columns])


def _philox(seed: int, column: int, first: int, stop: int) -> Words:
    """Return one 30-bit word per index; a Philox counter yields four 64-bit numbers."""
    key = np.array([seed, column], np.uint64)
    counter = first // 4
    source = np.random.Philox(key=key, counter=counter)
    raw = source.random_raw(stop - 4 * counter)[first - 4 * counter :]
    return np.asarray(raw >> np.uint64(64 - BITS), dtype=np.uint32)


def _latin(population: Population, first: int, stop: int) -> Words:
    size = np.int64(population.size)
    rows = []
    for column in range(len(population.parameters)):
        index = np.arange(first, stop, dtype=np.uint64)
        stratum = _permuted(index, population.size, population.seed, column).astype(np.int64)
        inside = _philox(population.seed, column, first, stop).astype(np.int64)
        # The words w with (w + 1/2) / 2**30 in the stratum, so that none falls next door.
        lowest = -((size - (stratum << (BITS + 1))) // (2 * size))
        beyond = -((size - ((stratum + 1) << (BITS + 1))) // (2 * size))
        rows.append(lowest + ((inside * (beyond - lowest)) >> BITS))
    return np.stack(rows).astype(np.uint32)


def _permuted(index: NDArray[np.uint64], size: int, seed: int, column: int) -> NDArray[np.uint64]:
    """Permute 0 .. size - 1 by a Feistel network, walking cycles until inside."""
    half = max(1, ((size - 1).bit_length() + 1) // 2)
    mask = np.uint64((1 << half) - 1)
    # Stream 2**32 + column is no column's own: strata and places within them are independent.
    keys = np.random.Philox(key=np.array([seed, 2**32 + column], np.uint64)).random_raw(_ROUNDS)

    def once(value: NDArray[np.uint64]) -> NDArray[np.uint64]:
        left, right = value >> np.uint64(half), value & mask
        for key in keys:
            mixed = (right + key) * np.uint64(0x9E3779B97F4A7C15)
            mixed ^= mixed >> np.uint64(29)
            mixed *= np.uint64(0xBF58476D1CE4E5B9)
            left, right = right, left ^ ((mixed >> np.uint64(32)) & mask)
        return (left << np.uint64(half)) | right

    permuted = once(index)
    outside = permuted >= size
    while outside.any():
        permuted[outside] = once(permuted[outside])
        outside = permuted >= size
    return permuted
