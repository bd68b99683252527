"""The pilot of a scan: where the likelihood is, so that a narrow posterior has many bins.

Its points are of a scramble of their own and are not counted.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from leakscape import interrupt
from leakscape.analyse.fit.scan_chunk import Scanner, name_of
from leakscape.analyse.fit.scan_sums import Bins
from leakscape.errors import DeclarationError

DEPTH = 20.0
"""How far below the best log-likelihood a point still matters: 6 standard deviations."""
ENOUGH, LEAST = 256, 64
"""Points that end a pilot; and points that the box holds at least, deeper ones if need be."""
LONGEST = 2**20
MARGIN = 0.1
"""Of the box's width, added on both sides: its corners are seldom hit."""
Floats = NDArray[np.float64]


def pilot(scanner: Scanner, scramble: int, most: int) -> Bins:
    """Find the box of the points that matter, in the unknowns' natural scale.

    Args:
        scanner: what evaluates.
        scramble: of the pilot.
        most: points of the whole scan; the pilot has a sixteenth of them at most, one chunk at
            least.

    Returns:
        Bins over that box, wider by a tenth on both sides but inside the priors' supports; and the
        weighted mean of the points in it.

    Raises:
        DeclarationError: no point has a likelihood.
    """
    shape = scanner.shape
    kept = np.zeros((shape.unknowns, 0))
    likelihood = np.zeros(0)
    run = 0
    while True:
        interrupt.checkpoint()
        parts = [(scramble, run + step) for step in range(shape.parts)]
        values, found = (np.asarray(one) for one in scanner.evaluate(parts))
        run += shape.parts
        kept = np.concatenate([kept, values], axis=1)
        likelihood = np.concatenate([likelihood, np.where(np.isfinite(found), found, -np.inf)])
        near = _near(likelihood)
        kept, likelihood = kept[:, near], likelihood[near]
        enough = len(likelihood) and (likelihood >= likelihood.max() - DEPTH).sum() >= ENOUGH
        tried = run * shape.points
        if enough or tried + shape.size > min(LONGEST, most // 16):
            break
    if not len(likelihood):
        raise DeclarationError(
            f"fit {name_of(scanner.problem)}: the priors exclude the data: the likelihood must be "
            f"finite somewhere, got none at {tried} points of the priors; widen them, or correct "
            "[fixed]"
        )
    return _bins(scanner, kept, likelihood)


def _near(likelihood: Floats) -> NDArray[np.bool_]:
    """Tell which points matter: those not too deep, and the best few anyway."""
    finite = np.isfinite(likelihood)
    if not finite.any():
        return finite
    depth = float(likelihood.max()) - DEPTH
    if len(likelihood) > LEAST:
        depth = min(depth, float(np.partition(likelihood, -LEAST)[-LEAST]))
    near: NDArray[np.bool_] = finite & (likelihood >= depth)
    return near


def _bins(scanner: Scanner, values: Floats, likelihood: Floats) -> Bins:
    weights = np.exp(likelihood - likelihood.max())
    low, high, centre = [], [], []
    for place, unknown in enumerate(scanner.problem.unknowns):
        natural, ends = values[place], np.array([unknown.low, unknown.high], np.float64)
        if unknown.logarithmic:
            with np.errstate(divide="ignore", invalid="ignore"):
                natural, ends = np.log(natural), np.log(np.maximum(ends, 0.0))
        first, last = float(natural.min()), float(natural.max())
        # A box of one point has no width: the next best thing is a little of its size.
        margin = max(MARGIN * (last - first), 1e-6 * max(abs(first), abs(last), 1e-6))
        low.append(max(first - margin, float(ends[0])))
        high.append(min(last + margin, float(ends[1])))
        centre.append(float(weights @ natural / weights.sum()))
    return Bins(np.array(low), np.array(high), np.array(centre))
