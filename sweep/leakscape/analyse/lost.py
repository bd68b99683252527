"""Points of a reduction that are in no statistic: failed, left out, or without the output."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leakscape.store.values import loaded
from leakscape.sweep import Place, Sweep, reduced
from leakscape.sweep.place import place_at


@dataclass(frozen=True, kw_only=True)
class Lost:
    """Points that are in no statistic, or in none of one output.

    Args:
        why: what became of them.
        number: how many there are.
        of: of how many.
        most: the largest part of the points at any kept point [1].
        where: the kept point with the largest part; empty where it is the same at all of them.
    """

    why: str
    number: int
    of: int
    most: float
    where: tuple[Place, ...]


def find_lost(sweep: Sweep) -> tuple[Lost, ...]:
    """Count the points of a reduction that are in no statistic.

    Args:
        sweep: the reduced sweep; one that does not say of how many points it is tells nothing.

    Returns:
        For each reason that there is, the most general ones first.
    """
    each = reduced.points_each(sweep)
    if each is None:
        return ()
    counts = [(why, count) for why, count in _counts(sweep, each) if count.any()]
    return tuple(_lost(sweep, why, count, each) for why, count in counts)


def _counts(sweep: Sweep, each: int) -> Iterator[tuple[str, NDArray[np.int64]]]:
    gone = np.zeros(sweep.dataset[reduced.FAILED].shape, np.int64)
    for why, name in (("left out by a condition", reduced.LEFT_OUT), ("failed", reduced.FAILED)):
        if name in sweep.dataset.data_vars:
            count = np.maximum(loaded(sweep.dataset[name]), 0)
            gone = gone + count
            yield why, count
    for name in dict.fromkeys(one.n_valid for _, one in reduced.statistics(sweep)):
        output = name.removesuffix("_n_valid")
        yield f"without a value of {output} alone", each - gone - loaded(sweep.dataset[name])


def _lost(sweep: Sweep, why: str, count: NDArray[np.int64], each: int) -> Lost:
    at = np.unravel_index(int(np.argmax(count)), count.shape)
    kept = zip(map(str, sweep.dataset[reduced.FAILED].dims), at, strict=True)
    where = [
        place_at(sweep, dim, int(index)) for dim, index in kept if sweep.dataset.sizes[dim] > 1
    ]
    same = count.size == 0 or bool(np.all(count == count.flat[0]))
    return Lost(
        why=why,
        number=int(count.sum()),
        of=each * math.prod(count.shape),
        most=float(count.max()) / each,
        where=() if same else tuple(where),
    )
