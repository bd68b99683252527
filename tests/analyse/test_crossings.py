"""Crossings: every digit that is shown is right, and what is not known is not shown."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import oracles
import pytest
from hypothesis import given
from hypothesis import strategies as st

import leakscape as ls
from leakscape.analyse.crossings import find_crossings
from leakscape.analyse.findings import find_levels
from leakscape.analyse.refine import affordable, narrowed
from leakscape.analyse.wording import between
from leakscape.declare.asked_picture import contour_levels
from leakscape.declare.catalogue import catalogue
from leakscape.sweep import Sweep

BLOCK, GHK, PUMP = "potassium_leak_block", "potassium_leak_block_ghk", 1.5
E_K = oracles.slope(37.0) * np.log(5 / 140)
TO_70 = -np.log(1 - 70 / -E_K)  # time constants, of 1 uF/cm2 over g_K
TASK = 4.30743243243243  # of 6.5 g_Na, where it is 66 % of the leak
K_ALL, K_PART = "TASK is all of the K leak", "TASK is 66 % of the K leak"
CHORD = {  # E_K, E_Na, g_K/g_Na, g_other/g_Na, E_other: the study's table, set by set
    "plain cell": (-90.0, 60.0, 6.5, 0.0, -90.0),
    "E_K -75.1, E_Na +60 mV": (-75.0804597701149, 60.0, 25.5882352941176, 0.0, -90.0),
    "E_K -75.2, E_Na +50 mV": (-75.1645569620253, 50.0, 23.2352941176471, 0.0, -90.0),
    "E_K -75.1, E_Na +55 mV": (-75.1204819277108, 55.0, 24.4117647058824, 0.0, -90.0),
    "E_K -75.0, E_Na +65 mV": (-75.043956043956, 65.0, 26.7647058823529, 0.0, -90.0),
    "66 % of g_K is leak": (-90.0, 60.0, 4.30743243243243, 2.19256756756757, -90.0),
    "shunt at -70 mV": (-90.0, 60.0, 6.5, 3.81764705882353, -70.0),
    "one leak at -43 mV": (-90.0, -43.015873015873, 1.34920634920635, 0.0, -90.0),
}
SETS = {
    "rest at -70 mV": (0.036144869051142809, 5.0),
    "P_Na/P_K 0.02": (0.02, 5.0),
    "P_Na/P_K 0.03, 3:2 pump": (0.03 / PUMP, 5.0),
    "7.9 mmol/L K outside": (0.015890039332399, 7.91481142074941),
}
TRUE = {
    "resting_landscape": {
        ("blocked_K", ""): (oracles.ghk_blocked(-55.0, 0.04, 37.0, 5.0), True),
        ("P_Na_over_P_K", ""): (oracles.ghk_ratio(-55.0, 0.5, 37.0, 5.0), True),
        ("temperature", ""): (oracles.ghk_celsius(-55.0, 0.5, 0.04, 5.0), False),
        ("K_out", ""): (oracles.ghk_K_out(-55.0, 0.5, 0.04, 37.0), True),
    },
    BLOCK: {
        ("blocked_K", label): (oracles.chord_blocked(-53.0, *(s[i] for i in (0, 1, 2, 3, 4))), True)
        for label, s in CHORD.items()
    },
    GHK: {
        ("blocked_K", label): (oracles.ghk_blocked(-53.0, ratio, 37.0, K_out), True)
        for label, (ratio, K_out) in SETS.items()
    },
    "two_leak_balance": {("g_K_over_g_Na", ""): ((60.0 + 70.0) / (90.0 - 70.0), False)},
    "two_leak_balance_ghk": {
        ("P_K_over_P_Na", ""): (1.0 / oracles.open_ratio(-70.0, 37.0, 5.0), False)
    },
    "potassium_only_cell": {
        ("time", g): (TO_70 / float(g), False) for g in ("0.05", "0.1", "0.2", "0.5")
    }
    # At the middle of the times; 0.05 and 0.1 mS/cm2 are far apart for a cubic.
    | {("g_K", ""): (TO_70 / 25.0, False, 1e-3)},
    "transmitter_cascade": {  # at -55 mV 115 g_Na balance 35 g_K
        ("agonist_out", K_ALL): (0.25 * (6.5 * 35 / 115 - 1), True),
        ("agonist_out", K_PART): (
            0.25 * (4.30743243243243 / (115 / 35 - 2.19256756756757) - 1),
            True,
        ),
    },
}


LABELS = ("parameter_set", "K_leak", "g_K")
BETWEEN_POINTS = {"k2p_warming_excitability"}
"""Where a level is crossed by what is searched for: tests/studies hold it to Brent's method."""


def test_every_study_with_a_level_has_an_oracle_here():
    asking = {name for name in catalogue() if contour_levels(ls.load(name).picture)}
    assert asking == set(TRUE) | BETWEEN_POINTS


@pytest.mark.parametrize("name", TRUE)
def test_every_digit_of_a_crossing_is_right(name):
    study = ls.load(name)
    (level,) = find_levels(Sweep.of(ls.evaluate(study)), study)
    seen = {}
    for line in level.along:
        label = next((str(p.value) for p in line.held if p.name in LABELS), "")
        (passage,) = line.passages
        true, rising, *coarse = TRUE[name][line.axis, label]
        within = coarse[0] if coarse else 2e-6
        assert passage.low <= passage.high
        assert passage.low == pytest.approx(true, rel=within)
        assert passage.high == pytest.approx(true, rel=within)
        if coarse:
            assert passage.low <= true <= passage.high
        digits = 3 if coarse else 4
        assert between(passage.low, passage.high, "1") == f"{true:.{digits}g}"
        assert passage.rising is rising
        seen[line.axis, label] = True
    assert set(seen) == set(TRUE[name])


def test_without_the_study_a_crossing_lies_between_two_neighbours_of_the_grid():
    study = ls.load("resting_landscape", ["axes.temperature.size=2", "axes.blocked_K.size=100"])
    found = {
        line.axis: line for line in find_crossings(Sweep.of(ls.evaluate(study)), "V_rest", -55.0)
    }
    (passage,) = found["K_out"].passages
    grid = np.geomspace(0.5, 50, 61)
    place = np.searchsorted(grid, oracles.ghk_K_out(-55.0, 0.5, 0.04, 41.0))
    assert (passage.low, passage.high) == pytest.approx(tuple(grid[place - 1 : place + 1]))
    assert "between" in between(passage.low, passage.high, "mmol/L")


def test_a_store_of_another_kernel_is_not_refined_with_this_one():
    study = ls.load("two_leak_balance")
    other = ls.evaluate(ls.load("two_leak_balance", ["fixed.E_Na='55 mV'"]))
    (line,) = find_crossings(Sweep.of(other), "V_rest", -70.0, study)
    (passage,) = line.passages
    true = (55.0 + 70.0) / (90.0 - 70.0)
    assert passage.low < true < passage.high
    assert passage.high / passage.low == pytest.approx(100 ** (1 / 400))


@pytest.mark.repeats(quick=1)
@pytest.mark.parametrize("name", ["msn_states", "ouabain_rundown", "bistable_population"])
def test_what_is_searched_or_runs_over_time_is_not_evaluated_again(name):
    assert not affordable(ls.load(name))


def test_closed_forms_are_evaluated_again():
    assert all(affordable(ls.load(name)) for name in TRUE)


def broken(*, x, c):
    """A jump at c, a kink at c, and a slope without either."""
    return {
        "jump": jnp.where(x < c, -1.0, 1.0),
        "kink": jnp.where(x < c, x - c, 5.0 * (x - c)) + 0.004,
        "touch": (x - c) ** 2,
        "gap": jnp.where(abs(x - c) < 0.01, jnp.nan, x - c),
    }


broken.parameters = {"x": {"unit": "1", "default": 0.0}, "c": {"unit": "1", "default": 0.0}}
broken.outputs = {name: {"unit": "1"} for name in ("jump", "kink", "touch", "gap")}


@pytest.mark.parametrize(
    ("output", "true", "widest"), [("jump", 0.0, 0.1 / 32), ("kink", -0.004, 1e-3), ("gap", 0, 0.1)]
)
@pytest.mark.parametrize("c", [0.234, 0.5, 0.6789])
def test_a_crossing_that_is_not_smooth_lies_where_it_is_said_to(output, true, widest, c):
    study = ls.Study(
        name="broken",
        kernel=broken,
        fixed={"c": c},
        axes={"x": {"linear": [0.05, 0.95], "size": 10, "unit": "1"}},
        outputs=[output],
    )
    (line,) = find_crossings(Sweep.of(ls.evaluate(study)), output, 0.0, study)
    (passage,) = line.passages
    assert passage.low - 1e-9 <= c + true <= passage.high + 1e-9
    assert passage.high - passage.low <= widest * (1 + 1e-9)


CUT = np.linspace(2.0, 3.0, 33)


@given(st.floats(2.0, 3.0), st.floats(0.3, 30.0), st.floats(-0.9, 0.9), st.sampled_from([-1, 1]))
def test_the_crossing_of_a_smooth_line_lies_between_near_values(true, width, bend, sign):
    u = (CUT - true) / width
    line = sign * 60.0 * (u + 0.5 * bend * u**2 * np.exp(-(u**2)) + u**3)
    low, high = narrowed(CUT, line, (line[0], line[-1]), 55.0)
    assert low <= true <= high
    assert high - low < 0.2 / 32


@given(st.floats(2.001, 2.999), st.floats(0.1, 100.0), st.floats(0.1, 100.0))
def test_of_a_jump_the_two_sides_are_known(true, below, above):
    line = np.where(true > CUT, -below, above)
    low, high = narrowed(CUT, line, (line[0], line[-1]), 1.0)
    assert low <= true <= high
    assert high - low == pytest.approx(1 / 32)


@pytest.mark.parametrize("end", [0, -1])
def test_a_value_that_rounding_put_beyond_the_level_crosses_at_its_end(end):
    line = 40.0 * (CUT - CUT[end]) + (1e-9 if end == 0 else -1e-9)
    stored = np.array([line[0], line[-1]])
    stored[end] *= -4000.0  # what float32 made of it
    low, high = narrowed(CUT, line, tuple(stored), 55.0)
    assert low - 1e-9 <= CUT[end] <= high + 1e-9
    assert high - low < 1e-9


def test_a_line_that_is_not_the_stored_one_has_no_digits_of_its_own():
    line = 40.0 * (CUT - 2.4)
    assert narrowed(CUT, line, (line[0] + 0.1, line[-1]), 55.0) == (2.0, 3.0)
    assert narrowed(CUT, np.where(CUT < 2.2, np.nan, line), (np.nan, line[-1]), 55) == (2.0, 3.0)
    assert narrowed(CUT, np.sin(9 * CUT), (np.sin(18), np.sin(27)), 1.0) == (2.0, 3.0)
