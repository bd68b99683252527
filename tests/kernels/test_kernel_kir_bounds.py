"""What is told of the current behind a rectifier's gate, against 10^4 random ones on grids."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from quick import quick
from scipy.special import wrightomega

from leakscape_kernels.mechanisms.boltzmann import BoltzmannBounds
from leakscape_kernels.mechanisms.luo_rudy import CONSTANTS, LuoRudyBounds, luo_rudy_gate

GRID = np.linspace(0, 1, 401)
COUNT = 10_000


def stretches(rng):
    """Ends of stretches, and the potentials between: on them all is looked at."""
    low, high = np.sort(rng.uniform(-250, 200, (2, COUNT)), axis=0)
    return low, high, low[:, None] + (high - low)[:, None] * GRID


def boltzmann(V, E, middle, k, power):
    """Return current and slope of (V - E) (1 + exp((V - middle)/k))^-power, each apart."""
    t = (V - E[:, None]) / k[:, None]
    s = (V - middle[:, None]) / k[:, None]
    p = power[:, None]
    fraction = np.exp(-p * np.logaddexp(0, s))
    shut = np.exp(-np.logaddexp(0, -s))
    return (V - E[:, None]) * fraction, fraction * (1 - p * t * shut)


def random_gates(rng, smallest):
    sign = np.where(rng.uniform(size=COUNT) < 0.7, 1.0, -1.0)
    return {
        "E": rng.uniform(-120, 60, COUNT),
        "V_half": rng.uniform(-150, 20, COUNT),
        "k": sign * np.exp(rng.uniform(np.log(1), np.log(50), COUNT)),
        "power": np.exp(rng.uniform(np.log(smallest), np.log(6), COUNT)),
        "size": np.ones(COUNT),
    }


def told(bounds, low, high, here):
    """Return everything that bounds tell, for every case in one call."""

    def one(low, high, here):
        least = jnp.nan if bounds.least is None else bounds.least(low, high, here)
        return bounds.rises_to(here), bounds.least_slope(low, high, here), least

    return [np.asarray(x) for x in quick(jax.vmap(one))(low, high, here)]


@pytest.mark.parametrize("smallest", [0.2, 1e-4])
def test_nothing_is_below_what_is_told_behind_a_power_of_a_boltzmann_factor(double, smallest):
    rng = np.random.default_rng(3)
    here = random_gates(rng, smallest)
    low, high, V = stretches(rng)
    turn, slope, least = told(BoltzmannBounds(power=True), low, high, here)
    current, rise = boltzmann(V, *(here[name] for name in ("E", "V_half", "k", "power")))
    assert not np.isnan(turn).any()
    assert np.all(rise[turn[:, None] > V] > -1e-9)
    assert np.all(slope <= rise.min(axis=1) + 1e-9 * (1 + np.abs(slope)))
    assert np.all(least <= current.min(axis=1) + 1e-9 * (1 + np.abs(least)))
    # And it is worth knowing: the peak and the least slope are nearly found.
    closing = here["k"] > 0
    assert np.all(turn[~closing] == -np.inf)
    E, middle, k, p = (here[name][closing] for name in ("E", "V_half", "k", "power"))
    y = (middle - E) / k - 1 / p - np.log(p)
    short = k * (1 / p + wrightomega(y)) + E - turn[closing]
    assert np.all((short > -1e-9) & (short < 0.025 * k))
    inner = (rise.argmin(axis=1) > 0) & (rise.argmin(axis=1) < GRID.size - 1)
    inner &= rise.min(axis=1) < 0
    whole = inner & ((high - low) / GRID.size < 0.05 * abs(here["k"]) / (1 + here["power"]))
    assert np.sum(whole) > 200
    assert np.all(slope[whole] >= 1.02 * rise.min(axis=1)[whole])


def test_a_power_of_one_tells_what_no_power_tells(double):
    rng = np.random.default_rng(4)
    here = random_gates(rng, 1.0) | {"power": np.ones(COUNT)}
    low, high, _ = stretches(rng)
    plain = told(BoltzmannBounds(), low, high, here)
    turn, slope, least = told(BoltzmannBounds(power=True), low, high, here)
    np.testing.assert_allclose(turn, plain[0], rtol=1e-12)
    np.testing.assert_allclose(least, plain[2], rtol=1e-9, atol=1e-12)
    # Of the least slope both are bounds, from another number of steps.
    np.testing.assert_allclose(slope, plain[1], rtol=0.01, atol=1e-12)


def test_without_a_power_to_speak_of_the_channel_is_ohmic(double):
    here = {"E": -90.0, "V_half": -90.0, "k": 10.0, "power": 0.0, "size": 2.0}
    bounds = BoltzmannBounds(power=True)
    assert float(bounds.rises_to(here)) == np.inf
    assert float(bounds.least_slope(-100.0, 50.0, here)) == 0
    assert float(bounds.least(-100.0, 50.0, here)) == -20


def luo_rudy(V, here):
    """Return the current per size, from logarithms: nothing overflows."""
    c = {name: value[:, None] for name, value in here.items()}
    x = V - c["E"]

    def term(name):
        return c[f"steep_{name}"] * (x - c[f"shift_{name}"])

    alpha = np.log(c["rate_alpha"]) - np.logaddexp(0, term("alpha"))
    beta = np.logaddexp(np.log(c["rate_beta"]) + term("beta"), term("far"))
    beta = beta - np.logaddexp(0, -term("near"))
    return x * np.exp(-np.logaddexp(0, beta - alpha))


@pytest.mark.parametrize("spread", [0.0, 0.7])
def test_nothing_is_below_what_is_told_behind_the_gate_of_luo_and_rudy(double, spread):
    rng = np.random.default_rng(5)
    here = {"E": rng.uniform(-120, 0, COUNT), "size": np.ones(COUNT)}
    for name, value in CONSTANTS.items():
        here[name] = value * np.exp(rng.uniform(-spread, spread, COUNT))
    low, high, V = stretches(rng)
    turn, slope, _ = told(LuoRudyBounds(), low, high, here)
    current = luo_rudy(V, here)
    gate = quick(jax.vmap(luo_rudy_gate))(V[:, 200], here)
    assert (V[:, 200] - here["E"]) * gate == pytest.approx(current[:, 200], rel=1e-9, abs=1e-300)
    rise = np.diff(current) / np.diff(V)
    assert np.all(rise[turn[:, None] > V[:, 1:]] > -1e-7)
    assert np.all(slope <= rise.min(axis=1) + 1e-7)
    # The published ones alone have their peak and their steepest fall told.
    if spread:
        assert np.all(turn == here["E"])
        return
    peak = here["E"] + 16.7747
    inside = (low < peak - 1) & (high > peak + 60)
    found = V[inside][np.arange(inside.sum()), current[inside].argmax(axis=1)]
    assert np.all(abs(found - turn[inside]) < ((high - low) / GRID.size)[inside] + 1e-3)
    assert np.all(slope[inside] >= 1.01 * rise.min(axis=1)[inside])


def test_one_changed_constant_is_noticed_in_both_precisions():
    for double in (False, True):
        with jax.enable_x64(double):
            here = {name: jnp.asarray(value) for name, value in CONSTANTS.items()} | {"E": -90.0}
            assert float(LuoRudyBounds().rises_to(here)) == pytest.approx(-90 + 16.7747, abs=1e-4)
            for name, value in CONSTANTS.items():
                other = here | {name: jnp.asarray(value * 1.0001)}
                assert float(LuoRudyBounds().rises_to(other)) == -90
