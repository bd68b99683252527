"""The options and gradients of `equilibrium`, and its agreement with `membrane_current`."""

import math
from itertools import pairwise

import jax
import pytest
from quick import quick
from scipy.optimize import brentq

from leakscape_kernels.membrane.equilibrium import equilibrium, membrane_current

pytestmark = pytest.mark.usefixtures("double")

KIR = {"type": "kir", "E": "-90 mV", "g": "1 mS/cm2", "V_half": "-90 mV", "k": "10 mV"}
CARDIAC = equilibrium(membrane="cardiac_ik1_leak")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"rest": "lowst"}, "equilibrium: rest must be one of lowest, .* did you mean lowest?"),
        ({"rest": "nearest"}, 'rest = "nearest" and near = "-70 mV" belong together'),
        ({"near": "-70 mV"}, 'rest = "nearest" and near = "-70 mV" belong together'),
        ({"rest": "nearest", "near": -70}, "near: expected a quantity in .*mV.*, got -70"),
        ({"bracket": "-200 mV"}, "bracket must be two potentials such as"),
        (
            {"bracket": ["-200 mV", "100 uA"]},
            "bracket: expected a quantity in .*mV.*, got '100 uA'",
        ),
        (
            {"bracket": ["-200 mV", "nan mV"]},
            "bracket: expected a quantity in .*mV.*, got 'nan mV'",
        ),
        ({"bracket": ["100 mV", "-200 mV"]}, "bracket must rise, got"),
        ({"slots": 0}, "slots must be a number from 1 to 64, got 0"),
        ({"slots": "7"}, "slots must be a number from 1 to 64, got '7'"),
        ({"cells": 100}, "cells must be a multiple of 16 up to 1024, got 100"),
        ({"membrane": "neuron7"}, "membrane: no preset named neuron7; "),
        ({"membranes": {}}, "equilibrium: no option named membranes; its options are membrane"),
    ],
)
def test_an_option_that_does_not_fit_is_one_sentence(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        equilibrium(**options)


@pytest.mark.slow
def test_currents_of_the_kernel_and_of_the_curve_agree(evaluate):
    leak = {"type": "ohmic_leak", "g": "0.02 mS/cm2", "E": "-20 mV"}
    table = {"mechanisms": {"Kir": KIR, "leak": leak}}
    kernel = equilibrium(membrane=table)
    keep = ("V_rest", "I_Kir", "I_leak", "slope_conductance", "residual")
    rest = evaluate(kernel, keep)
    curve = evaluate(membrane_current(membrane=table), V=rest["V_rest"])
    for name in ("I_Kir", "I_leak", "slope_conductance"):
        assert curve[name] == pytest.approx(rest[name], rel=1e-12)
    assert curve["I_total"] == pytest.approx(rest["residual"], abs=1e-12)


@pytest.mark.slow
def test_gradients_at_a_fold_free_rest_are_those_of_finite_differences():
    kernel = equilibrium(membrane="cardiac_ik1_leak")
    given = {name: kernel._default(name) for name in kernel.parameters} | {"blocked_IK1": 0.1}
    rest = quick(lambda v: kernel(**v)["V_rest"])
    gradient = quick(jax.grad(lambda v: kernel(**v)["V_rest"]))(given)
    for name in ("K_out", "K_in", "g_leak", "E_leak", "g_IK1", "temperature", "blocked_IK1"):
        step = 1e-5 * max(1.0, abs(given[name]))
        up, down = (
            rest(given | {name: given[name] + step}),
            rest(given | {name: given[name] - step}),
        )
        assert float(gradient[name]) == pytest.approx(float(up - down) / (2 * step), rel=1e-5), name


def test_a_wider_bracket_finds_the_reversal_potential_of_calcium(evaluate):
    ions = {"Ca": {"valence": 2, "inside": "1e-4 mmol/L", "outside": "2 mmol/L"}}
    table = {"ions": ions, "mechanisms": {"Ca": {"type": "ghk_leak", "ion": "Ca"}}}
    wide = equilibrium(membrane=table, bracket=["-200 mV", "200 mV"])
    assert evaluate(wide, ("V_rest",), P_Ca=1e-6)["V_rest"] == pytest.approx(132.34356792097427)


@pytest.mark.slow
def test_a_steep_gate_is_resolved_by_more_cells(evaluate):
    """Three zeros of g_L (V - E_L) + g s (V - E) with k = 0.3 mV, against SciPy."""
    steep = {"type": "kir", "E": "-90 mV", "g": "1 mS/cm2", "V_half": "-60 mV", "k": "0.3 mV"}
    leak = {"type": "ohmic_leak", "g": "0.1 mS/cm2", "E": "-20 mV"}
    kernel = equilibrium(membrane={"mechanisms": {"Kir": steep, "leak": leak}}, cells=512)
    found = evaluate(kernel, ("n_equilibria", "V_equilibrium", "stable"))

    def current(V):
        return 0.1 * (V + 20) + (V + 90) / (1 + math.exp((V + 60) / 0.3))

    # Shut above -60 mV, the channel leaves the leak alone; open below, it is ten times larger.
    brackets = [(-89.0, -70.0), (-63.0, -57.0), (-30.0, -10.0)]
    expected = [brentq(current, *ends, xtol=1e-13) for ends in brackets]
    assert found["n_equilibria"] == 3
    assert found["V_equilibrium"][:3] == pytest.approx(expected, abs=1e-9)
    assert list(found["stable"][:3]) == [1, 0, 1]


@pytest.mark.slow
@pytest.mark.parametrize(("K_out", "near"), [(7.50025, 1), (5.4, 0)])
def test_a_fold_far_from_the_rest_is_told_apart_from_it(evaluate, K_out, near):
    """At 7.50025 mM the upper pair is about to vanish (published fold: 7.5002522485)."""
    found = evaluate(CARDIAC, ("near_fold", "n_equilibria", "status"), K_out=K_out)
    assert found["near_fold"] == near
    assert found["n_equilibria"] == 3
    assert found["status"] == 1


@pytest.mark.slow
@pytest.mark.parametrize(("g_leak", "number"), [(0.005, 1), (0.02, 3), (0.2, 1)])
@pytest.mark.parametrize("keep", [("V_rest", "status"), ("V_rest", "status", "n_equilibria")])
def test_the_rest_is_the_same_whether_or_not_the_list_is_kept(evaluate, keep, g_leak, number):
    leak = {"type": "ohmic_leak", "g": "0.02 mS/cm2", "E": "-20 mV"}
    found = evaluate(
        equilibrium(membrane={"mechanisms": {"Kir": KIR, "leak": leak}}), keep, g_leak=g_leak
    )

    def total(V):
        return (V + 90) / (1 + math.exp((V + 90) / 10)) + g_leak * (V + 20)

    steps = [-95 + 0.1 * i for i in range(800)]
    ends = [(a, b) for a, b in pairwise(steps) if (total(a) > 0) != (total(b) > 0)]
    assert len(ends) == number
    assert found["V_rest"] == pytest.approx(brentq(total, *ends[0], xtol=1e-12), abs=1e-9)
    assert found["status"] == 1
    assert found.get("n_equilibria", number) == number
