"""Posteriors are calibrated: what they say with 95 % is so in 95 of 100 simulations."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from calibration import calibrated, p_values, ranks
from scipy import stats

from leakscape.analyse.fit.chains import Chains
from leakscape.bar import Bar

LEVEL = 0.01
SIMULATIONS, DRAWS, THIN, WARMUP = 100, 63, 6, 400
TIMES = np.linspace(0.0, 3.0, 8)


def test_calibration_accepts_exact_posteriors_and_rejects_narrow_ones():
    """One normal datum of sd 1 under a normal prior of sd 1: the posterior is N(y / 2, 1 / 2).

    Thirty of them at once, so that the p-values themselves are seen to be uniform.
    """
    exact, number = np.random.default_rng(1), 30

    def simulate(random):
        theta = random.normal(size=number)
        return theta, theta + random.normal(size=number)

    def fitted(data):
        noise = exact.normal(size=(len(data), DRAWS, number))
        return data[:, None] / 2 + np.sqrt(0.5) * noise

    p, truth, draws = calibrated(simulate, fitted)
    assert p.min() > LEVEL / number
    assert stats.kstest(p, "uniform").pvalue > LEVEL
    middle = draws.mean(axis=1, keepdims=True)
    narrow = p_values(ranks(truth, middle + 0.6 * (draws - middle)), DRAWS)
    shifted = p_values(ranks(truth, draws + 0.4), DRAWS)
    assert (narrow < LEVEL).mean() > 0.9
    assert (shifted < LEVEL).mean() > 0.9


class Decay:
    """y = a exp(-k t) + noise; a, k and the sd of the noise are lognormal, all free."""

    spread = np.array([0.4, 0.5, 0.5])
    middle = np.array([2.0, 1.0, 0.2])

    def __init__(self, y):
        self.y = y

    @classmethod
    def from_normal(cls, z):
        return cls.middle * jnp.exp(cls.spread * z)

    def log_likelihood(self, values):
        a, k, sd = values
        score = (self.y - a * jnp.exp(-k * TIMES)) / sd
        return (-0.5 * score**2 - jnp.log(sd * np.sqrt(2 * np.pi)))[:, None]


@pytest.mark.slow
def test_nuts_is_calibrated():
    """All simulations run side by side, in one compiled function that takes the data."""
    chains = Chains(Decay, SIMULATIONS, 3, WARMUP, np.zeros((SIMULATIONS, len(TIMES))))

    def simulate(random):
        a, k, sd = values = Decay.middle * np.exp(Decay.spread * random.normal(size=3))
        return values, a * np.exp(-k * TIMES) + sd * random.normal(size=len(TIMES))

    def fitted(data):
        found = chains.run(np.zeros((len(data), 3)), DRAWS * THIN, 4, Bar(None), data)
        return found.values[:, THIN - 1 :: THIN]

    p, truth, draws = calibrated(simulate, fitted, SIMULATIONS)
    assert p.min() > LEVEL / 3
    # Thinned draws are nearly independent, as the ranks ask for.
    centred = draws - draws.mean(axis=1, keepdims=True)
    lag = (centred[:, 1:] * centred[:, :-1]).mean(axis=1) / (centred**2).mean(axis=1)
    assert np.abs(lag.mean(axis=0)).max() < 0.1
    # And the test has power: narrower posteriors fail it.
    narrow = draws.mean(axis=1, keepdims=True) + 0.6 * centred
    assert p_values(ranks(truth, narrow), DRAWS).max() < LEVEL
