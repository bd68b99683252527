"""Studies that store no point: what they keep is held to integrals over the same scatter.

V rises with P_Na/P_K alone where [K]o is given, so that the share below a level is an integral of
the normal distribution function over one scatter, and a quantile its inverse; mean and standard
deviation are integrals over both (Gauss and Hermite, 64 nodes each).
"""

from __future__ import annotations

import numpy as np
import pytest
from claims import Claim, asks_says_and_shows, evaluated, keeps_its_promise, kT, rounds_to_its_text
from scipy import optimize, stats

NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(64)
WEIGHTS = WEIGHTS / WEIGHTS.sum()
K_OUT = 5.0 * np.exp(0.2 * NODES)
QUANTILES = (0.05, 0.5, 0.95)
SHARE, POTENTIAL = 5e-5, 2e-3
"""What a million cells of a Sobol sequence lie from the integrals, at most [1] and [mV]."""


def below(V, temperature, blocked):
    """The share of cells that rest below V."""
    e, opened = np.exp(V / kT(temperature)), 1.0 - blocked
    ratio = opened * (e * 140.0 - K_OUT) / (145.0 - e * 15.0)
    share = stats.norm.cdf(np.log(np.maximum(ratio, 1e-300) / 0.04) / 0.5)
    return float(WEIGHTS @ np.where(ratio > 0.0, share, 0.0))


def moments(temperature, blocked):
    ratio, opened = 0.04 * np.exp(0.5 * NODES)[:, None], 1.0 - blocked
    up, down = opened * K_OUT + ratio * 145.0, opened * 140.0 + ratio * 15.0
    V, weights = kT(temperature) * np.log(up / down), np.outer(WEIGHTS, WEIGHTS)
    mean = (weights * V).sum()
    return mean, np.sqrt((weights * (V - mean) ** 2).sum())


def quantile(share, temperature, blocked):
    return optimize.brentq(lambda V: below(V, temperature, blocked) - share, -150.0, 60.0)


def read(name, temperature, blocked, **place):
    def found(ds):
        point = ds[name].sel(temperature=temperature, blocked_K=100 * blocked, method="nearest")
        return float(point.sel(place))

    return found


def claim(text, oracle, tolerance, *place, factor=1.0, **along):
    found = read(*place, **along)
    return Claim(text, factor * oracle, lambda ds: factor * found(ds), factor * tolerance)


def above(text, temperature, blocked):
    oracle, place = 1.0 - below(-60.0, temperature, blocked), ("V_rest_above", temperature, blocked)
    return claim(text, oracle, SHARE, *place, factor=100.0, V_rest_above_level=-60.0)


def mean(text, *place):
    return claim(text, moments(*place)[0], POTENTIAL, "V_rest_mean", *place)


def sd(text, *place):
    return claim(text, moments(*place)[1], POTENTIAL, "V_rest_sd", *place)


def part(text, share, *place):
    return claim(
        text, quantile(share, *place), POTENTIAL, "V_rest_quantile", *place, quantile=share
    )


NAME = "population_spread"
CLAIMS = (
    mean("-67.67 mV", 37.0, 0.0),
    sd("7.61 mV", 37.0, 0.0),
    part("-79.29", 0.05, 37.0, 0.0),
    part("-54.37 mV", 0.95, 37.0, 0.0),
    above("15.39 %", 37.0, 0.0),
    mean("-56.45 mV", 37.0, 0.5),
    above("63.01 %", 37.0, 0.5),
    mean("-37.97 mV", 37.0, 0.8),
    above("98.33 %", 37.0, 0.8),
    sd("9.28", 37.0, 0.5),
    sd("10.97 mV", 37.0, 0.8),
    mean("-63.31 mV", 17.0, 0.0),
    sd("7.12 mV", 17.0, 0.0),
    above("30.06 %", 17.0, 0.0),
)


def test_study_equals_its_integrals_everywhere_and_keeps_its_promise():
    ds = evaluated(NAME)
    assert (ds.n_failed == 0).all()
    assert (ds.V_rest_n_valid == 1_000_000).all()
    for temperature in ds.temperature.values:
        for blocked in ds.blocked_K.values / 100:
            place = {"temperature": temperature, "blocked_K": 100 * blocked}
            at = ds.sel(place, method="nearest")
            wanted = moments(temperature, blocked)
            assert (float(at.V_rest_mean), float(at.V_rest_sd)) == pytest.approx(wanted, abs=2e-3)
            shares = [below(V, temperature, blocked) for V in at.V_rest_quantile.values]
            np.testing.assert_allclose(shares, QUANTILES, atol=SHARE)
            share = 1.0 - below(-60.0, temperature, blocked)
            assert float(at.V_rest_above.item()) == pytest.approx(share, abs=SHARE)
    keeps_its_promise(NAME, CLAIMS)


def test_study_asks_says_and_shows():
    asks_says_and_shows(NAME, CLAIMS)


@pytest.mark.parametrize("one", CLAIMS, ids=lambda one: one.text)
def test_text_is_rounded_from_the_oracle(one):
    rounds_to_its_text(one)
