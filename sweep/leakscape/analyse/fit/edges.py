"""Ends at the edge of a flat prior: a leap over the optimum, or the optimum itself."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from leakscape.analyse.fit.minimiser import AT_BOUND, EDGE, Ends, flat, minimise, to_values

Floats = NDArray[np.float64]

BACK_INSIDE = 2.0
"""The score from which a search that ended at an edge is tried once more."""
SAME_MISFIT = 1e-4
"""Ends whose misfit differs by less, of chi2 or relatively, are equally good."""


def from_inside(problem: Any, ends: Ends) -> Ends:
    """Try ends at an edge once more from inside, for a search may have leapt over its optimum.

    What ends at an edge again is held there, where it has no slope left, and the others are fitted.
    """
    bounded = flat(problem)
    stuck = bounded & (np.abs(ends.z) > AT_BOUND)
    rows = np.flatnonzero(stuck.any(axis=1) & np.isfinite(ends.objective))
    if not rows.size:
        return ends
    inside = np.where(stuck, np.sign(ends.z) * BACK_INSIDE, ends.z)[rows]
    again = minimise(problem, inside)
    stuck = bounded & (np.abs(again.z) > AT_BOUND)
    edge = np.where(stuck, np.sign(again.z) * EDGE, again.z)
    held = minimise(problem, edge, ~stuck, to_values(problem, edge))
    z, objective, converged = ends.z.copy(), ends.objective.copy(), ends.converged.copy()
    for tried in (again, held):
        better = (tried.objective < objective[rows] - SAME_MISFIT) | (
            (tried.objective <= objective[rows] + SAME_MISFIT) & tried.converged
        )
        z[rows[better]] = tried.z[better]
        objective[rows[better]] = tried.objective[better]
        converged[rows[better]] = tried.converged[better]
    return Ends(z, objective, converged)


def at_bound_of(problem: Any, z: Floats, objective: float) -> NDArray[np.int8]:
    """Tell which unknowns fit as well at the very edge of a flat prior, -1 or 1, (D,).

    A small share of the prior beyond the best is no proof of it: that of a wide prior may hold all
    values there are.
    """
    near = np.flatnonzero(flat(problem) & (np.abs(z) > AT_BOUND))
    found = np.zeros(len(z), np.int8)
    if near.size:
        every = np.arange(near.size)
        edge, free = np.tile(z, (near.size, 1)), np.ones((near.size, len(z)), bool)
        edge[every, near], free[every, near] = np.sign(z[near]) * EDGE, False
        held = minimise(problem, edge, free, to_values(problem, edge))
        as_good = held.objective <= objective + SAME_MISFIT * max(1.0, abs(objective))
        found[near] = np.where(as_good, np.sign(z[near]), 0)
    return found
