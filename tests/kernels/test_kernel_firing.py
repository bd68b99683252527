"""Membranes under a step of current against SciPy's solution, published rates and whole numbers."""

import active_cells
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from quick import quick
from scipy.integrate import solve_ivp

from leakscape_kernels.dynamics.crossings import Level
from leakscape_kernels.dynamics.firing import Course, fired
from leakscape_kernels.dynamics.staggered import at_rest
from leakscape_kernels.membrane.gating import Gating
from leakscape_kernels.membrane.membrane import membrane

double = pytest.mark.usefixtures("double")


def number(text):
    """The number of a default that is in its parameter's own unit."""
    return float(str(text).split()[0])


def float_(x):
    return jnp.asarray(x, float)


def run(cell, injected, *, course, band=1.0, start=None, level=None):
    """What a cell does at each injected current, from its rest without any."""
    table = membrane(cell.table)
    values = {name: jnp.asarray(number(p.default), float) for name, p in table.parameters.items()}
    rest = cell.ends(0.0)[0]
    levels = [cell.ends(i)[1] for i in injected] if level is None else level

    def one(current, level, band, V):
        gating = Gating(table.at({**values, "I_app": current}))
        begin = at_rest(gating, jnp.asarray(rest, float))._replace(V=V)
        return fired(gating, begin, Level(level, band), course)._asdict()

    wanted = injected, levels, band, rest if start is None else start
    found = quick(jax.vmap(one))(*(jnp.broadcast_to(float_(x), len(injected)) for x in wanted))
    return {name: None if v is None else np.asarray(v) for name, v in found.items()}


CELLS = {
    "hodgkin_huxley": (active_cells.hodgkin_huxley(), [7.0, 30.0], 100.0, 0.025),
    "wang_buzsaki": (active_cells.wang_buzsaki(), [1.0, 3.0], 100.0, 0.01),
    "morris_lecar": (active_cells.morris_lecar(), [45.0, 80.0], 500.0, 0.05),
    "persistent_sodium": (active_cells.persistent_sodium(), [6.0, 12.0], 60.0, 0.01),
}
"""Cell, injected currents [uA/cm2], duration and step [ms]."""


@double
@pytest.mark.parametrize("name", CELLS)
def test_rate_latency_amplitude_and_potential_are_those_of_an_adaptive_solver(name):
    cell, injected, duration, dt = CELLS[name]
    times = tuple(float(t) for t in np.linspace(0, duration / 4, 33))
    found = run(cell, injected, course=Course(duration=duration, dt=dt, times=times))
    for i, current in enumerate(injected):
        rest, level = cell.ends(0.0)[0], cell.ends(current)[1]
        exact = cell.fires(current, duration, start=rest, gates_at=rest, level=level)
        spikes = exact.t_events[0]
        assert found["n"][i] == len(spikes) > 3
        rate = active_cells.late_rate(spikes, duration)
        # The error that falls with dt^2 is gone, and the estimate is of that; what instant gates
        # leave falls with dt^3.
        assert abs(found["rate"][i] - rate) < 0.4 * found["rate_error"][i] < 5e-4 * rate
        assert found["latency"][i] == pytest.approx(spikes[0], abs=1e-4)
        cycle = exact.sol(np.linspace(spikes[-2], spikes[-1], 20001))[0]
        assert found["amplitude"][i] == pytest.approx(np.ptp(cycle), rel=2e-4)
        # V is late or early by the error of the spikes before: dV/dt times that.
        V, slope = exact.sol(np.array(times))[0], exact.sol(np.array(times) + 1e-3)[0]
        slope = np.abs(slope - V) / 1e-3
        late = 3 * found["rate_error"][i] / rate * np.array(times)
        assert np.all(np.abs(found["V"][i] - V) <= 0.02 + slope * (late + 2e-3))


PUBLISHED = {
    "hodgkin_huxley": (
        active_cells.hodgkin_huxley(),
        {6.5: 55.28822, 8: 62.56096, 10: 68.38964, 20: 86.50697, 50: 117.05654, 100: 147.281827},
        Course(duration=1000.0, dt=0.025),
    ),
    "morris_lecar": (
        active_cells.morris_lecar(),
        {40: 1.059701, 42: 6.875368, 50: 13.237403, 100: 23.768359},
        Course(duration=4000.0, dt=0.05),
    ),
    "persistent_sodium": (
        active_cells.persistent_sodium(),
        {4.52: 11.46, 5: 66.22, 10: 141.37},
        Course(duration=600.0, dt=0.01),
    ),
}
"""Injected current [uA/cm2] -> rate of the limit cycle [Hz], by an adaptive solver elsewhere."""


@pytest.mark.slow
@double
@pytest.mark.parametrize("name", PUBLISHED)
def test_published_rates_of_limit_cycles(name):
    cell, rates, course = PUBLISHED[name]
    found = run(cell, list(rates), course=course)
    digits = 5e-3 if name == "persistent_sodium" else 5e-5
    for i, rate in enumerate(rates.values()):
        assert found["rate"][i] == pytest.approx(rate, abs=digits)


@double
def test_the_error_falls_with_the_square_of_the_step_and_its_estimate_with_it():
    cell, current, duration = active_cells.hodgkin_huxley(), 10.0, 100.0
    rest, level = cell.ends(0.0)[0], cell.ends(current)[1]
    exact = cell.fires(current, duration, start=rest, gates_at=rest, level=level)
    rate = active_cells.late_rate(exact.t_events[0], duration)
    plain, extrapolated = [], []
    for dt in (0.05, 0.025):
        found = run(cell, [current], course=Course(duration=duration, dt=dt))
        # What the finer run alone has wrong, by its own estimate and in truth.
        alone = found["rate"][0] - found["rate_error"][0]
        assert found["rate_error"][0] == pytest.approx(rate - alone, rel=0.05)
        plain.append(found["rate_error"][0])
        extrapolated.append(abs(found["rate"][0] - rate))
    assert plain[0] / plain[1] == pytest.approx(4, rel=0.05)
    assert extrapolated[0] / extrapolated[1] == pytest.approx(16, rel=0.25)


@double
def test_hodgkin_and_huxleys_whole_numbers():
    """One spike from 2.24 to 2.25 uA/cm2, repetitive firing from 6.2 to 6.3 (E_L -54.387 mV)."""
    cell = active_cells.hodgkin_huxley(-54.387)
    course = Course(duration=400.0, dt=0.025)
    found = run(cell, [2.24, 2.25, 6.2, 6.3], course=course, level=0.0)
    assert list(found["n"][:2]) == [0, 1]
    assert 0 < found["n"][2] < 10 < found["n"][3]
    assert list(found["rate"] > 0) == [False, False, False, True]
    assert np.isnan(found["latency"][0])
    assert np.isnan(found["amplitude"][0])
    assert found["amplitude"][1] > 80


@double
def test_the_least_displacement_that_fires_is_six_millivolts_and_a_half():
    """Hodgkin and Huxley (1952), figure 12: 6 mV fail, 7 mV fire; computed elsewhere 6.4 to 6.5."""
    cell = active_cells.hodgkin_huxley(-54.387)
    rest, _ = cell.ends(0.0)
    starts = rest + jnp.asarray([6.0, 6.4, 6.5, 7.0])
    course = Course(duration=30.0, dt=0.025)
    found = run(cell, [0.0] * 4, course=course, start=starts, level=0.0)
    assert list(found["n"]) == [0, 0, 1, 1]


def test_float32_has_the_rates_of_float64_to_a_hundred_thousandth():
    cell, rates, _ = PUBLISHED["hodgkin_huxley"]
    found = run(cell, list(rates), course=Course(duration=500.0, dt=0.025))
    assert found["rate"].dtype == np.float32
    np.testing.assert_allclose(found["rate"], list(rates.values()), rtol=1e-5)


def test_rounding_at_a_rest_counts_nothing():
    """In float32 V flickers around its rest for 40 000 steps."""
    cell = active_cells.hodgkin_huxley()
    found = run(cell, [0.0, 0.5, -2.0], course=Course(duration=500.0, dt=0.0125))
    assert list(found["n"]) == [0, 0, 0]
    assert list(found["rate"]) == [0, 0, 0]
    assert np.isnan(found["latency"]).all()


@double
def test_a_swing_that_dies_away_counts_while_it_is_larger_than_the_hysteresis():
    """Beside the Hopf point a step rings: SciPy's crossings with swings to either side."""
    cell, current, duration = active_cells.hodgkin_huxley(), 4.0, 200.0
    rest, level = cell.ends(0.0)[0], cell.ends(current)[1]
    exact = cell.fires(current, duration, start=rest, gates_at=rest, level=level)
    V = exact.sol(np.arange(0, duration, 0.05))[0] - level
    bands, counts = [1.0, 0.1, 0.01], []
    for band in bands:
        n, low = 0, True
        for v in V:
            n += low and v >= band
            low = (low and v < band) or v < -band
        counts.append(n)
    course = Course(duration=duration, dt=0.025)
    found = list(run(cell, [current] * 3, course=course, band=bands)["n"])
    assert found == counts
    assert counts[0] < counts[1] < counts[2]


@double
def test_the_slope_of_the_rate_is_that_of_finite_differences():
    cell, course = active_cells.hodgkin_huxley(), Course(duration=80.0, dt=0.05)
    table, (rest, _) = membrane(cell.table), cell.ends(0.0)
    values = {name: float_(number(p.default)) for name, p in table.parameters.items()}

    def rate(current):
        gating = Gating(table.at({**values, "I_app": current}))
        return fired(gating, at_rest(gating, float_(rest)), Level(float_(-50.0), 1.0), course).rate

    def with_slope(current):
        return jax.jvp(rate, (current,), (jnp.ones_like(current),))

    value, slope = np.asarray(quick(jax.vmap(with_slope))(float_([20 - 1e-3, 20.0, 20 + 1e-3])))
    assert slope[1] == pytest.approx((value[2] - value[0]) / 2e-3, rel=1e-5)


CALCIUM = {
    "capacitance": "1 uF/cm2",
    "temperature": "25 degC",
    "ions": {"Ca": {"valence": 2, "inside": "1e-4 mmol/L", "outside": "2 mmol/L"}},
    "calcium": {"removal_time": "40 ms", "shell": "0.5 um", "free": 0.05},
    "mechanisms": {
        **active_cells.hodgkin_huxley().table["mechanisms"],
        "CaL": {
            "type": "gated",
            "ion": "Ca",
            "g": "0.5 mS/cm2",
            "gates": {"s": {"power": 2, "V_half": "-25 mV", "k": "6 mV", "tau": "1.5 ms"}},
        },
        "SK": {
            "type": "gated",
            "E": "-77 mV",
            "g": "0.3 mS/cm2",
            "gates": {"q": {"follows": "Ca", "K_half": "2e-4 mmol/L", "hill": 2, "tau": "8 ms"}},
        },
    },
}
"""The squid axon with a calcium current, and a potassium channel that follows what it brings."""


@double
def test_calcium_that_a_current_brings_in_slows_the_firing_as_in_scipy():
    axon, duration, current = active_cells.hodgkin_huxley(), 120.0, 30.0
    E_Ca = 8.31446261815324 / 96485.33212331001 * 298.15 / 2 * 1000 * np.log(2 / 1e-4)
    gain = 10 * 0.05 / (2 * 96485.33212331001 * 0.5)

    def parts(V, x):
        s, q, c = x[3:]
        carried = 0.5 * s**2 * (V - E_Ca)
        return axon.current(V, x[:3]) + carried + 0.3 * q * (V + 77), carried, c

    def s_of(V):
        return 1 / (1 + np.exp(-(V + 25) / 6))

    def steady(V):
        c = max(1e-4 - 40 * gain * 0.5 * s_of(V) ** 2 * (V - E_Ca), 0)
        return np.array([*axon.steady(V), s_of(V), c**2 / (c**2 + 4e-8), c])

    def change(t, y):
        V, x = y[0], y[1:]
        total, carried, c = parts(V, x)
        gates = axon.speed(V) * (axon.steady(V) - x[:3])
        s, q = (s_of(V) - x[3]) / 1.5, (c**2 / (c**2 + 4e-8) - x[4]) / 8
        return [current - total, *gates, s, q, -gain * carried - (c - 1e-4) / 40]

    cell = active_cells.Cell(CALCIUM, lambda V, x: parts(V, x)[0], steady, axon.speed)
    rest, level = cell.ends(0.0)[0], cell.ends(current)[1]

    def rises(t, y):
        return y[0] - level

    rises.direction = 1.0
    exact = solve_ivp(
        change,
        (0, duration),
        [rest, *steady(rest)],
        method="DOP853",
        rtol=1e-9,
        atol=1e-12,
        events=rises,
    )
    spikes = exact.t_events[0]
    rate = active_cells.late_rate(spikes, duration)
    found = run(cell, [current], course=Course(duration=duration, dt=0.025))
    assert found["n"][0] == len(spikes)
    assert found["latency"][0] == pytest.approx(spikes[0], abs=1e-4)
    assert abs(found["rate"][0] - rate) < 0.4 * found["rate_error"][0] < 1e-3 * rate
    alone = axon.fires(current, duration, start=rest, gates_at=rest, level=level).t_events[0]
    assert rate < 0.95 * active_cells.late_rate(alone, duration)
