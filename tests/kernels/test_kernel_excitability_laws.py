"""Laws of the read-outs of excitability: what moves them, what goes together, their words."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from active_membranes import LEAK, MODELS, values
from excitability_cases import (
    ENTRIES,
    HOPF,
    MUSCLE,
    PERSISTENT,
    PRESCOTT,
    SNIC,
    SQUID,
)
from quick import quick

from leakscape_kernels.membrane.excitability import (
    BETWEEN,
    DEPOLARISATION_BLOCK,
    MULTISTABLE,
    NAMES,
    OSCILLATING,
    QUIET,
    described,
    excitability,
)
from leakscape_kernels.membrane.gating import Gating
from leakscape_kernels.membrane.membrane import membrane


@pytest.fixture(scope="module")
def slopes():
    """Return slopes(model, p, output): the derivatives of an output by every parameter."""

    def run(model, p, output="I_loss"):
        cell = MODELS[model][0]

        def of(given):
            found = excitability(Gating(cell.at(given)), jnp.nan, True, wanted=("V_loss", "I_loss"))
            return found[output]

        return quick(jax.grad(of))(values(model, p))

    return run


def test_at_a_fold_the_current_changes_with_the_leak_by_its_driving_force(told, slopes):
    """The envelope theorem: dI/dg_L is V - E_L there."""
    found, slope = told("np", PERSISTENT), slopes("np", PERSISTENT)
    assert slope["g_L"] == pytest.approx(found["V_loss"] - PERSISTENT["E_L"], rel=1e-9)
    assert slope["g_L"] == pytest.approx(19.0674823862359, rel=1e-8)
    assert slope["E_L"] == pytest.approx(-PERSISTENT["g_L"], rel=1e-12)


def test_empty_slots_spoil_no_derivative(told):
    """A sum over the ends of all stretches changes with the leak as they do one by one."""
    p, cell = PERSISTENT | {"g_L": 8.0}, MODELS["np"][0]

    def total(given):
        ends = excitability(Gating(cell.at(given)), jnp.nan, True, wanted=("stable_I_end",))
        return jnp.nansum(ends["stable_I_end"])

    slope = quick(jax.grad(total))(values("np", p))
    V = told("np", p)["stable_V_end"]
    # The fold's driving force, and that at the end of the window.
    assert V[1] == 60.0
    assert slope["g_L"] == pytest.approx(np.nansum(V - p["E_L"]), rel=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("output", ["V_loss", "I_loss"])
def test_at_a_hopf_point_derivatives_are_limits_of_differences(told, slopes, output):
    slope, step = slopes("hh", SQUID, output), 1e-4
    for name in ("g_L", "g_Na", "rate_factor_n_K", "midpoint_alpha_h_Na", "E_K"):
        at = values("hh", SQUID)[name]
        ends = [told("hh", SQUID, **{name: at + side})[output] for side in (-step, step)]
        # The differences err by the third derivative times step^2 and by rounding over step.
        assert slope[name] == pytest.approx((ends[1] - ends[0]) / (2 * step), rel=1e-5)


def test_a_shift_of_the_leaks_reversal_shifts_every_current(told):
    shift = 7.0
    here, there = (told("hh", SQUID | {"E_L": E_L}) for E_L in (-54.3, -54.3 + shift))
    for name in ("stable_I_start", "stable_I_end", "I_loss", "I_block"):
        moved = there[name] + SQUID["g_L"] * shift
        assert moved == pytest.approx(here[name], rel=1e-12, abs=1e-11, nan_ok=True)
    for name in ("stable_V_start", "stable_V_end", "V_loss", "V_block"):
        assert there[name] == pytest.approx(here[name], abs=1e-11, nan_ok=True)


def with_current(p, I):  # noqa: E741
    """Return parameters whose currents all lie lower by I, so that without any it flows."""
    return p | {"E_L": p["E_L"] + I / p["g_L"]}


@pytest.mark.parametrize(
    ("model", "p", "current", "regime"),
    [
        ("hh", SQUID, 0.0, QUIET),
        ("hh", SQUID, 50.0, OSCILLATING),
        ("hh", SQUID, 155.0, DEPOLARISATION_BLOCK),
        ("ml", SNIC, 39.0, QUIET),
        ("ml", SNIC, 41.0, OSCILLATING),
        ("ml", MUSCLE, 39.0, MULTISTABLE),
        ("pr", PRESCOTT, 900.0, BETWEEN),
    ],
)
def test_the_regime_is_what_the_stretches_at_zero_current_say(told, model, p, current, regime):
    """Borders are the reference's: 9.7 and 154.5, 39.96, 36.3 and 39.96, 679.8 and 1237.7."""
    assert told(model, with_current(p, current), I_app=3.0)["regime"] == regime


def test_without_a_rest_the_lowest_stretch_is_lost_at_a_negative_current(told):
    entry = ENTRIES["hh_Na200K20_0_I"]
    found = told("hh", entry["parameters"])
    assert found["I_loss"] == pytest.approx(entry["value"], rel=1e-9)
    assert found["regime"] == OSCILLATING


def test_injected_current_moves_no_loss(told):
    for name, value in told("hh", SQUID, V_rest=-62.0, I_app=4.0).items():
        assert value == pytest.approx(told("hh", SQUID, V_rest=-65.0)[name], nan_ok=True), name


def test_a_rest_beside_its_loss_in_one_cell_is_told_apart(told):
    """The second stretch ends at 1237.7; what lies beyond it is no stable rest."""
    end = told("pr", PRESCOTT)["stable_V_end"][1]
    inside, outside = (told("pr", PRESCOTT, V_rest=end + side) for side in (-1e-6, 1e-6))
    assert inside["I_loss"] == pytest.approx(ENTRIES["pr_-21_2_I"]["value"], rel=1e-9)
    assert outside["I_loss"] == pytest.approx(87.2544462451, rel=1e-11)


@pytest.mark.repeats(quick=1)
@pytest.mark.parametrize("wanted", [("I_loss", "loss_kind"), ("I_block",), ("V_loss", "V_block")])
def test_what_is_wanted_alone_is_as_with_all(told, wanted):
    some, every = (told("hh", SQUID, V_rest=-65.0, wanted=which) for which in (wanted, NAMES))
    assert some.keys() == set(wanted)
    for name, value in some.items():
        assert value == every[name]


@pytest.mark.parametrize("case", [{"exists": False}, {"g_Na": np.nan}])
def test_what_is_not_known_is_nan_or_a_word_that_says_so(told, case):
    found, rows = told("hh", SQUID, **case), described(MODELS["hh"][0])
    assert found.keys() == rows.keys() == set(NAMES)
    for name, value in found.items():
        if name == "n_stable_at_loss":
            assert value == -1
        elif rows[name].flags:
            words = {rows[name].flags[int(each)] for each in np.atleast_1d(value)}
            assert words <= {"unknown", "no_stretch"}
        else:
            assert np.isnan(value).all()


def test_without_injected_current_there_is_nothing_to_lose():
    assert described(membrane({"mechanisms": {"L": LEAK}})) == {}
    assert described(membrane({"mechanisms": {"L": LEAK}, "I_app": "0 uA/cm2"})).keys() == set(
        NAMES
    )


def test_in_float32_losses_are_the_same_to_the_precision_of_the_slope():
    cell = MODELS["hh"][0]

    def both(given):
        found = excitability(Gating(cell.at(given)), -65.0 * given["capacitance"], True)
        return found["I_loss"], found["loss_kind"], found["I_block"]

    with jax.enable_x64(False):
        I_loss, kind, I_block = quick(both)(values("hh", SQUID))
    assert I_loss.dtype == np.float32
    assert kind == HOPF
    assert I_loss == pytest.approx(9.749337995, rel=1e-4)
    assert I_block == pytest.approx(154.496333665808, rel=1e-4)
