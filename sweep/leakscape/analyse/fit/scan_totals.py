"""What was summed of a scan so far, and the draws from it: chunks are added in a fixed order.

The log-likelihood of the best point so far is the scale of all weights; where a chunk has a better
one, what was summed before is scaled down.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from leakscape.analyse.fit.scan_chunk import Part, Scanner, Sums
from leakscape.analyse.fit.scan_sums import BINS, COARSE, WEIGHT_BITS

Floats = NDArray[np.float64]
Ids = NDArray[np.int64]


@dataclass
class Totals:
    """Weighted sums over a scan; weights are exp(log-likelihood - top).

    Args:
        scanner: what sums chunks.
        scrambles: how many independent ones there are.
        slots: how many draws are held.
    """

    scanner: Scanner
    scrambles: int
    slots: int
    points: int = 0
    failed: int = 0
    top: float = -np.inf
    weight: Floats = field(init=False)
    square: Floats = field(init=False)
    moments: Floats = field(init=False)
    marginal: Floats = field(init=False)
    pair: Floats = field(init=False)
    profile: Floats = field(init=False)
    profile_ids: Ids = field(init=False)
    draws: Ids = field(init=False)

    def __post_init__(self) -> None:
        """Begin with nothing."""
        d, logs = self.scanner.shape.unknowns, sum(self.scanner.logarithmic)
        rows = 1 + d + logs
        self.weight, self.square = np.zeros(self.scrambles), np.zeros(self.scrambles)
        self.moments = np.zeros((self.scrambles, rows, rows))
        self.marginal = np.zeros((d, BINS))
        self.pair = np.zeros((d * (d - 1) // 2, COARSE**2))
        self.profile = np.full((d, BINS), -np.inf)
        self.profile_ids = np.zeros((d, BINS), np.int64)
        self.draws = np.zeros(self.slots, np.int64)
        # Its own stream: scrambles are numbered from 0, and the pilot's is the last.
        seed = np.random.SeedSequence([self.scanner.seed, self.scrambles + 1])
        self._random = np.random.default_rng(seed)

    @property
    def ess(self) -> float:
        """The effective number of points: (sum w)^2 / sum w^2 (Kish 1965)."""
        square = float(self.square.sum())
        return float(self.weight.sum()) ** 2 / square if square > 0.0 else 0.0

    def add(self, parts: list[Part], sums: Sums) -> None:
        """Add a chunk.

        Args:
            parts: what it is made of.
            sums: as `Scanner.sums` gives them.
        """
        self.points += len(parts) * self.scanner.shape.points
        self.failed += int(sums["failed"])
        top = float(sums["top"])
        if not np.isfinite(top):
            return
        if top > self.top:
            self._scale(float(np.exp(self.top - top)))
            self.top = top
        factor = float(np.exp(top - self.top))
        self._draw(parts, sums, factor)
        for place, (scramble, _) in enumerate(parts):
            self.weight[scramble] += factor * sums["weight"][place]
            self.square[scramble] += factor**2 * sums["square"][place]
            self.moments[scramble] += factor * sums["moments"][place]
        self.marginal += factor * 2.0**-WEIGHT_BITS * sums["marginal"]
        self.pair += factor * 2.0**-WEIGHT_BITS * sums["pair"]
        better = sums["profile"] > self.profile
        self.profile[better] = sums["profile"][better]
        self.profile_ids[better] = self.scanner.ids_of(parts, sums["place"][better])

    def _scale(self, by: float) -> None:
        for held in (self.weight, self.moments, self.marginal, self.pair):
            held *= by
        self.square *= by**2

    def _draw(self, parts: list[Part], sums: Sums, factor: float) -> None:
        """Let a chunk replace each draw with the share that it has of all weight so far.

        Given the points, the draws are then independent, and each is every point with the
        probability of its weight, as if all points had been held and drawn from at the end.
        """
        running = sums["running"]
        own = factor * running[-1]
        replaced = self._random.random(self.slots) < own / (self.weight.sum() + own)
        asked = self._random.random(int(replaced.sum())) * running[-1]
        place = np.searchsorted(running, asked, side="right")
        # A product that rounds up to the whole sum belongs to the last point that has a weight.
        last = np.searchsorted(running, running[-1], side="left")
        self.draws[replaced] = self.scanner.ids_of(parts, np.minimum(place, last))
