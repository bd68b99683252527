"""The kernel `spiking`: a step from rest, beside what there is at rest, and what it refuses."""

import active_cells
import numpy as np
import pytest

from leakscape_kernels.codes import COARSE_STEP
from leakscape_kernels.dynamics.spiking import spiking
from leakscape_kernels.membrane.equilibrium import equilibrium
from leakscape_kernels.protocol import Factory

double = pytest.mark.usefixtures("double")

AXON = active_cells.hodgkin_huxley()
KEPT = ("V_rest", "rate", "latency", "amplitude", "n_spikes", "rate_error", "status")
SHORT = spiking(membrane=AXON.table, duration="120 ms", dt="0.05 ms")
PASSIVE = {
    "capacitance": "2 uF/cm2",
    "mechanisms": {"leak": {"type": "ohmic_leak", "E": "-70 mV", "g": "0.1 mS/cm2"}},
}


def test_it_has_every_output_of_equilibrium_and_its_own():
    own = {"rate", "latency", "amplitude", "n_spikes", "rate_error"}
    assert SHORT.outputs.keys() == equilibrium(membrane=AXON.table).outputs.keys() | own
    timed = spiking(membrane=AXON.table, times=[0, 1.5, 20], duration="20 ms")
    V = timed.outputs["V"]
    assert (V.dimension, V.coordinate, V.coordinate_unit) == ("time", (0.0, 1.5, 20.0), "ms")
    assert "give the option times" in SHORT.missing["V"]
    assert SHORT.parameters["I_step"].unit == SHORT.parameters["I_app"].unit == "uA/cm2"
    assert SHORT.parameters["I_step"].divide_by == SHORT.parameters["I_app"].divide_by == "area"
    assert isinstance(spiking, Factory)
    assert SHORT.structure is not None
    # Without a membrane of its own: Hodgkin and Huxley's, under a step that makes it fire.
    assert (spiking().parameters["g_Na"].default, spiking().parameters["I_step"].default) == (
        "120 mS/cm2",
        10.0,
    )


@double
@pytest.mark.repeats(quick=1)
@pytest.mark.parametrize(("I_app", "I_step"), [(0.0, 10.0), (-3.0, 13.0), (2.0, 30.0)])
def test_a_step_begins_at_the_rest_and_adds_to_what_is_injected(evaluate, I_app, I_step):
    found = evaluate(SHORT, KEPT, I_app=I_app, I_step=I_step)
    # A spike rises by 10 mV above the equilibrium under the step.
    rest, level = AXON.ends(I_app)[0], AXON.ends(I_app + I_step)[1] + 10
    exact = AXON.fires(I_app + I_step, 120.0, start=rest, gates_at=rest, level=level)
    spikes = exact.t_events[0]
    assert found["V_rest"] == pytest.approx(rest, abs=1e-9)
    assert found["n_spikes"] == len(spikes)
    # The error of a step of time, where V rises by 100 mV in a millisecond.
    assert found["latency"] == pytest.approx(spikes[0], abs=2e-4)
    rate = active_cells.late_rate(spikes, 120.0)
    assert abs(found["rate"] - rate) < 0.1 * found["rate_error"] < 1e-4 * rate


@double
def test_a_bump_below_the_height_is_no_spike(evaluate):
    # 2 uA/cm2 lift V by 5 mV, beyond the equilibrium under the step, and it settles.
    found = evaluate(SHORT, KEPT, I_step=2.0)
    assert (found["n_spikes"], found["rate"]) == (0, 0)
    assert np.isnan(found["latency"])


@pytest.mark.slow
@double
def test_a_coarse_step_of_time_is_told(evaluate):
    coarse = spiking(membrane="hodgkin_huxley", duration="300 ms", dt="0.5 ms")
    found = evaluate(coarse, KEPT, I_step=10.0)
    assert found["rate_error"] > 0.01 * found["rate"]
    assert found["status"] == COARSE_STEP


@double
def test_without_a_spike_the_rate_is_0_and_there_is_no_latency(evaluate):
    found = evaluate(SHORT, KEPT, I_step=0.5)
    assert (found["rate"], found["rate_error"], found["n_spikes"]) == (0, 0, 0)
    assert np.isnan(found["latency"])
    assert np.isnan(found["amplitude"])
    assert found["status"] == 1


@double
def test_a_membrane_without_a_rest_fires_by_itself(evaluate):
    """The squid axon with g_K 10: its only equilibrium is unstable. SciPy, from elsewhere."""
    low = active_cells.hodgkin_huxley()

    def current(V, x):
        return low.current(V, x) - 26 * x[2] ** 4 * (V + 77)

    cell = active_cells.Cell(low.table, current, low.steady, low.speed)
    level = cell.ends(0.0)[1] + 10
    exact = cell.fires(0.0, 300.0, start=-60.0, gates_at=-70.0, level=level)
    spikes = exact.t_events[0]
    found = evaluate(SHORT, KEPT, g_K=10.0, I_step=0.0)
    assert found["status"] == 6
    assert np.isnan(found["V_rest"])
    # The last cycles of a longer run: the limit cycle, which a start further off reaches later.
    assert found["rate"] == pytest.approx(1e3 / np.mean(np.diff(spikes[-10:])), rel=2e-3)
    assert found["n_spikes"] > 5


@double
def test_without_a_capacitance_only_what_is_in_time_is_missing(evaluate):
    found = evaluate(SHORT, KEPT, capacitance=0.0)
    assert found["status"] == 3
    assert found["V_rest"] == pytest.approx(AXON.ends(0.0)[0], abs=1e-9)
    assert np.isnan([found[name] for name in ("rate", "rate_error", "n_spikes")]).all()


@double
def test_outside_the_domain_there_is_nothing(evaluate):
    found = evaluate(SHORT, KEPT, g_Na=-1.0)
    assert found["status"] == 11
    assert np.isnan([found[name] for name in KEPT if name != "status"]).all()


@double
def test_a_membrane_without_gates_charges(evaluate):
    times = [0.0, 1.0, 7.3, 20.0, 60.0]
    kernel = spiking(membrane=PASSIVE, duration="60 ms", dt="0.05 ms", times=times)
    found = evaluate(kernel, ("V", "n_spikes"), I_app=0.5, I_step=1.0)
    exact = -65 + 10 * (1 - np.exp(-np.array(times) / 20))
    # The trapezoidal rule: dt^2/(12 tau^3) t of what is left; here 4e-7 of 10 mV at most.
    np.testing.assert_allclose(found["V"], exact, atol=4e-6)
    assert found["n_spikes"] == 0
    # It has a parameter that the membrane itself had not: no current unless given.
    assert (kernel.parameters["I_app"].default, kernel.parameters["I_app"].source) == (
        0.0,
        "no injected current",
    )


@pytest.mark.slow
@double
def test_what_is_kept_does_not_change_what_it_is(evaluate):
    both = evaluate(SHORT, KEPT, I_step=15.0)
    alone = evaluate(SHORT, ("n_spikes",), I_step=15.0)
    assert both["n_spikes"] == alone["n_spikes"]
    assert not SHORT.keeping(("n_spikes", "V_rest")).evaluate.course.twice


@pytest.mark.slow
@double
def test_a_crossing_of_its_own_moves_the_latency_and_not_the_rate(evaluate):
    at = spiking(membrane=AXON.table, duration="120 ms", dt="0.05 ms", crossing="0 mV")
    found, usual = evaluate(at, KEPT, I_step=10.0), evaluate(SHORT, KEPT, I_step=10.0)
    rest = AXON.ends(0.0)[0]
    exact = AXON.fires(10.0, 20.0, start=rest, gates_at=rest, level=0.0).t_events[0]
    # In the upstroke 0.05 ms is a coarse step.
    assert found["latency"] == pytest.approx(exact[0], abs=1e-3)
    assert found["latency"] > usual["latency"] + 0.3
    assert found["rate"] == pytest.approx(usual["rate"], rel=1e-5)


BARE = {"mechanisms": {"NaP": {"type": "gated", "E": "50 mV", "g": "1 mS/cm2"}}}


def gated(**more):
    return {"mechanisms": {"NaP": {**BARE["mechanisms"]["NaP"], **more}}}


REFUSED = {
    "no tau": (
        {"membrane": gated(gates={"m": {"V_half": "-50 mV", "k": "5 mV"}})},
        "membrane mechanism NaP gate m: has no tau, and spiking needs one; give tau or "
        "instant = true",
    ),
    "a mechanism of the step's name": (
        {"membrane": {"mechanisms": {"step": PASSIVE["mechanisms"]["leak"]}}},
        "spiking: the current of a mechanism named step is I_step, which is the step of injected "
        "current; rename the mechanism",
    ),
    "duration of 0": (
        {"duration": "0 ms"},
        "spiking: duration must be above 0, got '0 ms'; write \"500 ms\"",
    ),
    "negative duration": (
        {"duration": "-5 ms"},
        "spiking: duration must be above 0, got '-5 ms'; write \"500 ms\"",
    ),
    "duration without a unit": (
        {"duration": 500},
        "spiking: duration: expected a quantity in us, ms, s, min, h, got 500; write one such as "
        '"10 ms"',
    ),
    "dt of 0": ({"dt": "0 ms"}, "spiking: dt must be above 0, got '0 ms'; write \"0.025 ms\""),
    "too many steps": (
        {"duration": "1 h", "dt": "0.001 us"},
        "spiking: dt must be at least 0.0036 ms for a duration of 3.6e+06 ms, got '0.001 us'; "
        "lengthen dt",
    ),
    "times after the end": (
        {"times": [0, 700]},
        "spiking: times must end with the step, at 500 ms, got 700 ms; lengthen duration",
    ),
    "times that fall": (
        {"times": [5, 1]},
        "spiking: times: two or more times from 0 on that rise, in ms, got [5, 1]",
    ),
    "a crossing that is none": (
        {"crossing": "V_rest"},
        "spiking: crossing: expected a quantity in uV, mV, V, got 'V_rest'; write one such as "
        '"10 mV"',
    ),
    "no hysteresis": (
        {"hysteresis": "0 mV"},
        "spiking: hysteresis must be above 0, got '0 mV'; write \"1 mV\"",
    ),
    "a rest that is none": (
        {"rest": "first"},
        "spiking: rest must be one of lowest, highest, nearest, got 'first'",
    ),
    "a step of time as long as the run": (
        {"dt": "600 ms"},
        "spiking: dt must be at most 25 ms for a duration of 500 ms, got '600 ms'; shorten dt",
    ),
    "an unknown option": (
        {"step": "1 ms"},
        "spiking: no option named step; its options are membrane, rest, near, bracket, slots, "
        "cells, duration, dt, times, crossing, height, hysteresis",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_hold_is_refused_in_one_sentence(case):
    options, text = REFUSED[case]
    with pytest.raises(ValueError, match=r".") as caught:
        spiking(**options)
    assert str(caught.value) == text


def test_what_follows_at_once_by_nature_is_no_gate_without_a_tau():
    kir = {"type": "kir", "E": "-90 mV", "g": "1 mS/cm2", "V_half": "-80 mV", "k": "10 mV"}
    instant = {"V_half": "-50 mV", "k": "5 mV", "instant": True}
    mechanisms = gated(gates={"m": instant})["mechanisms"] | {"Kir": kir}
    assert spiking(membrane={"mechanisms": mechanisms}).name == "spiking"
