"""Where a rest is lost, against published numbers and numbers of 30 digits, id by id."""

import jax.numpy as jnp
import numpy as np
import pytest
from active_membranes import values
from excitability_cases import (
    ENTRIES,
    FOLD,
    HOPF,
    LOW_THRESHOLD,
    MUSCLE_HOPF,
    PERSISTENT,
    PRESCOTT,
    SNIC,
    SQUID,
    VALUES,
)
from scipy.optimize import brentq, minimize_scalar

from leakscape_kernels.membrane.excitability import QUIET
from leakscape_kernels.membrane.stability_look import look
from leakscape_kernels.membrane.stable_stretches import injected


@pytest.fixture(scope="module")
def current(of_gating):
    """Return current(model, p, V): what holds the membrane at V."""

    def run(model, p, V):
        function = of_gating(model, "current", lambda gating, V: injected(gating, V, True))
        return float(function(values(model, p), jnp.asarray(float(V))))

    return run


@pytest.fixture(scope="module")
def rest(told, current):
    """Return rest(model, p): the lowest stable equilibrium without injected current [mV]."""

    def run(model, p):
        every = told(model, p)
        inside = (every["stable_I_start"] < 0) & (every["stable_I_end"] > 0)
        which = np.argmax(inside)
        assert inside[which]
        ends = every["stable_V_start"][which], every["stable_V_end"][which]
        return brentq(lambda V: current(model, p, V), *ends, xtol=1e-13)

    return run


@pytest.mark.parametrize(
    ("name", "model", "p", "output"),
    [
        ("hh_hopf1_El54.4", "hh", SQUID | {"E_L": -54.4}, "I_loss"),
        ("hh_hopf2_El54.4", "hh", SQUID | {"E_L": -54.4}, "I_block"),
        ("ml_hopf_I1", "ml", MUSCLE_HOPF, "I_loss"),
        ("ml_hopf_I2", "ml", MUSCLE_HOPF, "I_block"),
        ("ml_snic_I", "ml", SNIC, "I_loss"),
        ("ml_snic_V", "ml", SNIC, "V_loss"),
        ("ml_set2_hopf_I", "ml", SNIC, "I_block"),
        ("napk_sn_I", "np", PERSISTENT, "I_loss"),
        ("napk_sn_V", "np", PERSISTENT, "V_loss"),
        ("napk_lowthr_hopf_I", "np", LOW_THRESHOLD, "I_loss"),
        ("napk_lowthr_hopf_V", "np", LOW_THRESHOLD, "V_loss"),
    ],
)
def test_losses_and_blocks_are_those_of_the_reference(told, name, model, p, output):
    # Potentials of folds are known to the root of rounding over the curvature.
    limit = 1e-7 if name.endswith(("sn_V", "snic_V")) else 1e-11
    found = told(model, p)
    assert found[output] == pytest.approx(VALUES[name], rel=limit)
    kind = FOLD if "sn" in name else HOPF
    assert output == "I_block" or found["loss_kind"] == kind


def test_the_rest_of_the_squid_axon_is_that_of_the_reference(rest):
    assert rest("hh", SQUID) == pytest.approx(VALUES["hh_rest_El54.3"], abs=1e-10)


@pytest.mark.parametrize("name", [name for name in ENTRIES if name.startswith("label_")])
def test_labels_are_those_of_the_reference(told, rest, name):
    entry = ENTRIES[name]
    model, p = name.split("_")[1], entry["parameters"]
    found = told(model, p, V_rest=rest(model, p))
    if "_kind_" in name:
        assert found["loss_kind"] == entry["value"]
    elif "stable_at_rheo" in name:
        assert found["n_stable_at_loss"] == entry["value"]
    else:
        inside = (found["stable_I_start"] < 0) & (found["stable_I_end"] > 0)
        assert inside.sum() == entry["value"]


@pytest.mark.parametrize(
    ("g_L", "I"),
    [
        (0.1, 7.264219),
        (0.2, 8.453533),
        (0.5, 12.670404),
        (1.0, 22.106999),
        (1.5, 35.713107),
        (2.0, 59.319201),
    ],
)
def test_leak_raises_the_current_at_which_the_squid_axon_loses_its_rest(told, g_L, I):  # noqa: E741
    found = told("hh", SQUID | {"g_L": g_L})
    assert found["loss_kind"] == HOPF
    assert found["I_loss"] == pytest.approx(I, abs=6e-7)  # published with six decimals


def test_with_leak_enough_the_squid_axon_never_loses_its_rest(told):
    found = told("hh", SQUID | {"g_L": 3.0}, V_rest=-55.0)
    assert (found["loss_kind"], found["hopf_criticality"], found["n_stable_at_loss"]) == (0, 0, -1)
    assert np.isnan([found[name] for name in ("V_loss", "I_loss", "V_block", "I_block")]).all()
    assert found["regime"] == QUIET


@pytest.mark.parametrize(
    ("g_L", "I"),
    [
        (6.0, -27.9923580369551),
        (7.0, -13.1925945482317),
        (8.0, 4.51286763029646),
        (9.0, 24.8746357832272),
        (10.0, 47.7288305104308),
    ],
)
def test_leak_raises_the_current_of_the_fold(told, g_L, I):  # noqa: E741
    found = told("np", PERSISTENT | {"g_L": g_L})
    assert found["loss_kind"] == FOLD
    assert found["I_loss"] == pytest.approx(I, rel=1e-12)


@pytest.mark.parametrize(
    ("beta_w", "g_L", "kind", "I"),
    [
        (0.0, 2.0, FOLD, 36.7402687841),
        (-10.0, 2.0, HOPF, 39.4922625436),
        (-13.0, 2.0, HOPF, 42.8015355993),
        (-21.0, 2.0, HOPF, 87.2544462451),
        (-13.0, 1.0, FOLD, 12.3306037855),
        (-21.0, 3.0, 0, np.nan),
    ],
)
def test_what_ends_the_rest_of_prescotts_neuron(told, beta_w, g_L, kind, I):  # noqa: E741
    found = told("pr", PRESCOTT | {"bw": beta_w, "g_L": g_L})
    assert found["loss_kind"] == kind
    assert found["I_loss"] == pytest.approx(I, rel=1e-11, nan_ok=True)


@pytest.mark.parametrize(
    ("model", "p", "low", "wanted", "limit"),
    [
        ("np", PERSISTENT, 12.0, 13.3424717557432, 1e-10),
        ("ml", SNIC, 4.0, 4.55945354656557, 1e-10),
        ("np", PERSISTENT | {"tau": 0.7}, 12.0, ENTRIES["bt_np_tau.7_gL"]["value"], 1e-9),
    ],
)
def test_the_class_of_the_loss_changes_at_the_bogdanov_takens_point(
    told, model, p, low, wanted, limit
):
    """A fold below this leak, a Hopf point above: halved until neither is left."""
    high = low + 1.8
    while high - low > 1e-12:
        middle = (low + high) / 2
        kind = told(model, p | {"g_L": middle}, wanted=("loss_kind",))["loss_kind"]
        assert kind in (FOLD, HOPF)
        low, high = (middle, high) if kind == FOLD else (low, middle)
    assert low == pytest.approx(wanted, abs=limit)


@pytest.mark.parametrize(
    ("p", "wanted"),
    [
        (PERSISTENT, VALUES["napk_cusp_gL"]),
        (
            ENTRIES["cusp_np_Vn-30_gL"]["parameters"] | {"g_L": 8.0},
            ENTRIES["cusp_np_Vn-30_gL"]["value"],
        ),
    ],
)
def test_folds_vanish_where_the_least_slope_is_zero(told, of_gating, p, wanted):
    slope = of_gating("np", "slope", lambda gating, V: look(gating, V).slope)

    def at(V, g_L=8.0):
        return float(slope(values("np", p | {"g_L": g_L}), jnp.asarray(V)))

    grid = np.linspace(-70, -20, 101)
    start = grid[np.argmin([at(V) for V in grid])]
    least = minimize_scalar(at, bracket=(start - 0.5, start, start + 0.5), tol=1e-9).fun
    assert 8.0 - least == pytest.approx(wanted, abs=1e-10)
    # Above it nothing but Hopf points is left, below it both folds are there.
    for g_L, folds in ((wanted + 1e-3, False), (wanted - 1e-3, True)):
        V = np.linspace(-50, -37, 2001)
        assert (min(at(each, g_L) for each in V) < 0) == folds
