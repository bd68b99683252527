"""The study of flickering channels holds what its `expect` says.

The oracle is the linear system of the moments of V on the whole grid, as full matrices in NumPy,
and the formula of linear noise.
"""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np
import pytest
from claims import (
    Claim,
    asks_says_and_shows,
    at,
    evaluated,
    keeps_its_promise,
    rounds_to_its_text,
)
from scipy.stats import binom

import leakscape as ls

NAME = "channel_flicker"
E_C, E_L, GAMMA = -90.0, 60.0, 0.014  # mV, mV, nS


@functools.cache
def exact(N, p, tau):
    """Mean and sd from 0 = j (A_k m_{j-1}(k) - B_k m_j(k)) + sum_l Q_lk m_j(l) [mV]."""
    k = np.arange(N + 1)
    up, down = (N - k) * p / tau, k * (1 - p) / tau
    flow = np.diag(up[:-1], -1) + np.diag(down[1:], 1) - np.diag(up + down)
    A = (GAMMA * k * E_C + 0.002 * N * E_L) / (0.2 * N)
    B = (GAMMA * k + 0.002 * N) / (0.2 * N)
    first = np.linalg.solve(np.diag(B) - flow, A * binom.pmf(k, N, p))
    second = np.linalg.solve(2 * np.diag(B) - flow, 2 * A * first)
    return first.sum(), np.sqrt(second.sum() - first.sum() ** 2)


def linear(N, p, tau):
    """V*, the standard deviation by linear noise, and the time constant."""
    G = N * (p * GAMMA + 0.002)
    V = N * (p * GAMMA * E_C + 0.002 * E_L) / G
    tau_m = 0.2 * N / G
    slope = GAMMA * (V - E_C) / (0.2 * N)
    return V, np.sqrt(slope**2 * N * p * (1 - p) * tau_m**2 * tau / (tau_m + tau)), tau_m


def place(N, tau=5.0, p=0.5):
    return {"n_channels": float(N), "tau_channel": float(tau), "open_probability": p}


def short(N, tau):
    """By how much linear noise falls short [%]."""
    return 100 * (1 - linear(N, 0.5, tau)[1] / exact(N, 0.5, tau)[1])


def read_short(N, tau):
    here = place(N, tau)
    return lambda ds: 100 * (1 - at("V_sd_linear", **here)(ds) / at("V_sd", **here)(ds))


def moved(N, tau):
    here = place(N, tau)
    return lambda ds: at("V_mean", **here)(ds) - at("V_mean_linear", **here)(ds)


CLAIMS = (
    Claim("-56.67", linear(10, 0.5, 5)[0], at("V_mean_linear", **place(10))),
    Claim("22.22 ms", linear(10, 0.5, 5)[2], at("time_constant", **place(10))),
    *(
        Claim(text, exact(N, 0.5, tau)[1], at("V_sd", **place(N, tau)))
        for text, N, tau in (
            ("13.63", 1, 5),
            ("3.60", 10, 5),
            ("1.11", 100, 5),
            ("0.35", 1000, 5),
            ("63.83", 1, 1000),
            ("10.83", 10, 1000),
        )
    ),
    *(
        Claim(text, linear(N, 0.5, tau)[1], at("V_sd_linear", **place(N, tau)))
        for text, N, tau in (
            ("11.11", 1, 5),
            ("3.51", 10, 5),
            ("25.64", 1, 1000),
            ("8.11", 10, 1000),
        )
    ),
    Claim("18.5", short(1, 5), read_short(1, 5)),
    Claim("2.5 %", short(10, 5), read_short(10, 5)),
    Claim("0.25 %", short(100, 5), read_short(100, 5)),
    Claim("2.3 %", short(100, 1000), read_short(100, 1000)),
    Claim("34.30", linear(10, 0.02, 1000)[1], at("V_sd_linear", **place(10, 1000, 0.02))),
    Claim("24.37", exact(10, 0.02, 1000)[1], at("V_sd", **place(10, 1000, 0.02))),
    Claim("-52.50", exact(1, 0.5, 5)[0], at("V_mean", **place(1))),
    Claim("-8.34", exact(1, 0.5, 1000)[0], at("V_mean", **place(1, 1000))),
    Claim("0.20 mV", exact(100, 0.5, 1000)[0] - linear(100, 0.5, 1000)[0], moved(100, 1000)),
)


def test_study_asks_says_and_shows():
    asks_says_and_shows(NAME, CLAIMS)


def test_study_keeps_its_promise():
    keeps_its_promise(NAME, [replace(claim, tolerance=1e-6) for claim in CLAIMS])


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.text)
def test_the_text_is_the_oracle_rounded(claim):
    rounds_to_its_text(claim)


def test_the_whole_grid_solves_the_moment_equations_and_linear_noise():
    ds = evaluated(NAME)
    assert (ds.status == 1).all()
    for N in ds.n_channels.values.astype(int):
        for p in ds.open_probability.values:
            for tau in ds.tau_channel.values:
                here = ds.sel(n_channels=N, open_probability=p, tau_channel=tau)
                V, sd, tau_m = linear(N, p, tau)
                assert float(here.V_mean_linear) == pytest.approx(V, rel=1e-12)
                assert float(here.V_sd_linear) == pytest.approx(sd, rel=1e-12)
                assert float(here.time_constant) == pytest.approx(tau_m, rel=1e-12)
                if N <= 100:
                    # NumPy loses the digits that the squares of V have more than its variance.
                    assert (float(here.V_mean), float(here.V_sd)) == pytest.approx(
                        exact(int(N), p, tau), abs=1e-6
                    )


def test_flicker_falls_as_the_root_of_the_number_from_ten_on():
    ds = evaluated(NAME).sel(open_probability=0.5, tau_channel=5.0)
    scaled = ds.V_sd * np.sqrt(ds.n_channels)
    assert (np.diff(scaled) < 0).all()
    assert float(scaled.sel(n_channels=10) / scaled[-1]) < 1.03
    assert float(scaled[0] / scaled[-1]) > 1.2


def test_linear_noise_is_right_with_many_channels_or_fast_ones():
    ds = evaluated(NAME)
    off = np.abs(ds.V_sd_linear / ds.V_sd - 1)
    assert float(off.sel(n_channels=1000).max()) < 0.005
    assert float(off.sel(n_channels=1).max()) > 1
    fast = off.sel(tau_channel=0.1)
    assert float(fast.max()) < 0.05
    assert (
        np.diff(off.sel(open_probability=0.5), axis=ds.V_sd.dims.index("tau_channel")) > 0
    ).all()


def test_a_study_with_more_channels_than_there_is_room_for_says_so():
    ds = ls.evaluate(ls.load(NAME, ("kernel.most=500",)))
    assert (ds.status.sel(n_channels=slice(700, None)) == 11).all()
    assert (ds.status.sel(n_channels=slice(None, 500)) == 1).all()
