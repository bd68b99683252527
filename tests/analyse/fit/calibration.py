"""Simulation-based calibration: ranks of true values among posterior draws are uniform.

Talts et al. 2018, doi:10.48550/arXiv.1804.06788: where values come from the prior and data from
the values, the rank of a value among L independent draws from its posterior is uniform on 0 ... L.
The test is that of Saeilynoja, Buerkner & Vehtari 2022, doi:10.1007/s11222-022-10090-6: the
empirical distribution of the ranks lies within a band that holds at all places at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import stats

PLACES = 20
"""Where the empirical distribution is looked at."""


def ranks(truth, draws):
    """Count the draws below the true value.

    Args:
        truth: shape (simulations, D).
        draws: nearly independent ones, shape (simulations, L, D).
    """
    return (draws < truth[:, None]).sum(axis=1)


def least_share(found, size):
    """Return how unlikely the empirical distribution of ranks 0 ... size is where it is worst."""
    edges = np.linspace(0, size + 1, PLACES + 1)[1:-1].round().astype(int)
    below = (found[..., None] < edges).sum(axis=-2)
    number, share = found.shape[-1], edges / (size + 1)
    lower = stats.binom.cdf(below, number, share)
    upper = stats.binom.sf(below - 1, number, share)
    return np.minimum(1.0, 2.0 * np.minimum(lower, upper)).min(axis=-1)


def p_values(found, size, repeats=2000, seed=0):
    """Return the p-value of uniform ranks, for every unknown.

    Args:
        found: ranks from 0 to size, shape (simulations, D).
        size: draws of a posterior.
        repeats: sets of uniform ranks that the band is made of.
    """
    random = np.random.default_rng(seed)
    uniform = random.integers(0, size + 1, size=(repeats, len(found)))
    expected = least_share(uniform, size)
    seen = least_share(found.T, size)
    return np.array([(1 + (expected <= one).sum()) / (1 + repeats) for one in seen])


def calibrated(
    simulate: Callable[[np.random.Generator], tuple[Any, Any]],
    fitted: Callable[[np.ndarray], np.ndarray],
    simulations: int = 100,
    seed: int = 0,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw values from the prior, data from them, posteriors from those.

    Args:
        simulate: makes values (D,) and data of a generator of random numbers.
        fitted: makes draws (simulations, L, D) of the data of all simulations.

    Returns:
        p-values of uniform ranks (D,), to be held to a level over D (Bonferroni); the true
        values and the draws.
    """
    random = np.random.default_rng(seed)
    pairs = [simulate(random) for _ in range(simulations)]
    truth, data = (np.stack(part) for part in zip(*pairs, strict=True))
    draws = fitted(data)
    return p_values(ranks(truth, draws), draws.shape[1]), truth, draws
