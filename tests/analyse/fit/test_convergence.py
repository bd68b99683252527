"""R-hat and effective sizes of chains whose autocorrelation is known."""

from __future__ import annotations

import numpy as np
import pytest

from leakscape.analyse.fit.convergence import convergence


def chains(correlation, number=4, draws=4000, seed=0):
    """Autoregressive chains of unit variance, shape (number, draws, 1)."""
    random = np.random.default_rng(seed)
    found = np.empty((number, draws))
    found[:, 0] = random.normal(size=number)
    for i in range(1, draws):
        step = np.sqrt(1 - correlation**2) * random.normal(size=number)
        found[:, i] = correlation * found[:, i - 1] + step
    return found[..., None]


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9, -0.5])
def test_effective_size_of_autoregression(correlation):
    """The variance of a mean is (1 + r) / (1 - r) times that of independent draws."""
    told = convergence(chains(correlation))
    expected = 16_000 * (1 - correlation) / (1 + correlation)
    assert told.ess_bulk[0] == pytest.approx(expected, rel=0.15)
    assert told.rhat[0] == pytest.approx(1.0, abs=0.01)


def test_chains_that_differ_in_place_or_width_have_not_converged():
    draws = chains(0.0, draws=500)
    moved = draws + np.array([0.0, 0.0, 0.0, 1.0])[:, None, None]
    wide = draws * np.array([1.0, 1.0, 1.0, 3.0])[:, None, None]
    assert convergence(moved).rhat[0] > 1.05
    assert convergence(wide).rhat[0] > 1.05


def test_a_constant_is_converged():
    told = convergence(np.ones((4, 100, 1)))
    assert (told.rhat[0], told.ess_bulk[0], told.ess_tail[0]) == (1.0, 400.0, 400.0)
