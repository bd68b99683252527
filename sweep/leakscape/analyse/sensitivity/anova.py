"""The variance of a function on a grid of quadrature nodes, divided among sets of its axes.

With weights that add up to 1 along each axis, the mean over some axes is a sum, and the variance of
the mean that is left, V(S) for the axes S that stay, gives every index (Hoeffding 1948):
S1 V = V(i), ST V = V - V(all but i), S2 V = V(i, j) - V(i) - V(j), and the Shapley effect is the
mean over all orders of what i adds to the V of those before it (Owen 2014, doi:10.1137/130936233).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from leakscape.analyse.sensitivity.intervals import Floats

MOST_AXES = 16
"""There are 2^n sets of axes."""


class Divided:
    """Sums up slabs along the first axis, each seen once.

    Args:
        weights: of each axis, adding up to 1.
        centre: what is subtracted first, so that a mean far from 0 costs no digits.
    """

    def __init__(self, weights: Sequence[Floats], centre: float) -> None:
        self._weights, self._centre = weights, centre
        self._rest = np.zeros([len(one) for one in weights[1:]])
        self.squares = np.zeros(1 << len(weights))

    def see(self, first: int, slab: NDArray[np.float64]) -> None:
        """Take in some places along the first axis.

        Args:
            first: the first of them.
            slab: the values there, and at all places of the other axes.
        """
        along = self._weights[0][first : first + len(slab)]
        away = slab - self._centre
        for places, square in _squares(away, along, self._weights, 1):
            self.squares[places | 1] += square
        self._rest += np.tensordot(along, away, axes=1)

    def variances(self) -> Floats:
        """Return V(S) of every set S; axis i is in S where bit i of its number is set."""
        found = self.squares.copy()
        whole = self._rest[None]
        for places, square in _squares(whole, np.ones(1), self._weights, 1):
            found[places] = square
        left: Floats = found - found[0]
        return left

    @property
    def mean(self) -> float:
        """The mean."""
        away = self._rest
        for weights in self._weights[1:]:
            away = np.tensordot(weights, away, axes=1)
        return self._centre + float(away)


def _squares(
    values: NDArray[np.float64], held: Floats, weights: Sequence[Floats], axis: int
) -> Iterator[tuple[int, float]]:
    """Yield sets of axes from one on, with the mean of the squared mean over all axes but these.

    Args:
        values: along what is held already, and the axes from `axis` on.
        held: weights of what is held.
        weights: of every axis.
        axis: the first that is neither held nor averaged over.
    """
    if axis == len(weights):
        yield 0, float(held @ (values * values))
        return
    kept = values.reshape(-1, *values.shape[2:])
    for places, square in _squares(kept, np.outer(held, weights[axis]).ravel(), weights, axis + 1):
        yield places | 1 << axis, square
    gone = np.tensordot(values, weights[axis], axes=(1, 0))
    yield from _squares(gone, held, weights, axis + 1)


def indices(variances: Floats, *, second: bool) -> dict[str, Floats]:
    """Turn the variances of all sets into indices.

    Args:
        variances: of every set, as `Divided.variances`.
        second: whether those of pairs are wanted.

    Returns:
        S1, ST and shapley for each axis, S2 for each pair; NaN where nothing varies.
    """
    axes = (len(variances) - 1).bit_length()
    everything = (1 << axes) - 1
    whole = variances[everything] if variances[everything] > 0.0 else math.nan
    alone = [variances[1 << i] for i in range(axes)]
    found = {
        "S1": np.array(alone) / whole,
        "ST": np.array([whole - variances[everything ^ 1 << i] for i in range(axes)]) / whole,
        "shapley": shapley(variances) / whole,
    }
    if second:
        pairs = np.full((axes, axes), math.nan)
        for i in range(axes):
            for j in range(i):
                pairs[i, j] = variances[1 << i | 1 << j] - alone[i] - alone[j]
                pairs[j, i] = pairs[i, j]
        found["S2"] = pairs / whole
    return found


def shapley(values: Floats) -> Floats:
    """Return the Shapley value of each player of a game.

    Args:
        values: of every set of players, as numbered by `Divided.variances`.
    """
    players = (len(values) - 1).bit_length()
    sets = np.arange(len(values))
    sizes = np.array([int(one).bit_count() for one in sets])
    share = np.array(
        [1.0 / (players * math.comb(players - 1, size)) for size in range(players)] + [0.0]
    )
    found = np.zeros(players)
    for player in range(players):
        without = sets[(sets >> player & 1) == 0]
        adds = values[without | 1 << player] - values[without]
        found[player] = np.sum(share[sizes[without]] * adds)
    return found
