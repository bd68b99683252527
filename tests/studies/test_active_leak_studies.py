"""The studies of an active cell whose leak closes, loses its selectivity or warms.

All three have the voltage-gated channels of a cortical neuron (Brette et al. 2007). The oracles are
those of test_excitability_studies. Where a text says that a cell fires or is blocked, SciPy
integrates it from the rest that it had before.
"""

from __future__ import annotations

import active_oracles as oracles
import excitable_cells as cells
import numpy as np
import pytest
from claims import (
    Claim,
    asks_says_and_shows,
    at,
    border,
    evaluated,
    keeps_its_promise,
    rounds_to_its_text,
    zero,
)

CLOSURE, UNSELECTIVE, WARMING = (
    "leak_closure",
    "selectivity_loss_active",
    "k2p_warming_excitability",
)
CELL = {"midpoint_alpha_h_NaV": -46.0, "g_KV": 30.0}
WEAK = CELL | {"g_KV": 1.0}
LOWER = CELL | {"midpoint_alpha_h_NaV": -71.0}
NEURON = {"P_Na_over_P_K": 0.04, "P_K": 1e-6}
HEATED, LEAK = ({"leak": name, "gates": "Q10 of 3"} for name in ("K2P", "K leak instead"))
R, OSCILLATING, BLOCKED = "membrane_resistance", 0, 3
WARMER = (
    'fixed.temperature="16.3 degC"',
    'axes.g_leak={ values = [0.3], unit = "mS/cm2" }',
    'axes.E_leak={ values = [-54.4], unit = "mV" }',
)


def percent(found, shift=0.0):
    """Read which percentage of the Na channels is not inactivated at a potential."""
    return lambda ds: 100 * float(cells.available(found(ds), shift))


def times(output, place, other):
    return lambda ds: at(output, **place)(ds) / at(output, **other)(ds)


def lowest_that_fires(ds):
    """Read how far inactivation may be shifted for a cell to fire at 80 %."""
    shifts = ds.midpoint_alpha_h_NaV.values
    here = ds.regime.sel(g_KV=30).sel(blocked_K=0.8, method="nearest")
    return -46 - float(shifts[here == OSCILLATING].min())


LAST = zero("I_loss", "blocked_K", read="V_loss", **CELL)

CLAIMS = {
    CLOSURE: (
        Claim("-69.99", -69.99395029, at(blocked_K=0.0, **CELL)),
        Claim("0.552", 0.551998081, at("I_loss", blocked_K=0.0, **CELL)),
        Claim("0.176", 0.176005668, at("I_loss", blocked_K=0.2, **CELL)),
        Claim("13.39", 13.385984, at(R, blocked_K=0.0, **CELL), 1e-3),
        Claim("17.40", 17.398022, at(R, blocked_K=0.2, **CELL), 1e-3),
        Claim(
            "29.4 %", 29.449090970, lambda ds: 100 * zero("I_loss", "blocked_K", **CELL)(ds), 0.02
        ),
        Claim("-61.44", -61.437523306, LAST, 1e-3),
        Claim("99.4 %", 99.396173711, percent(LAST), 1e-3),
        Claim("-0.917", -0.916730100, at("I_loss", blocked_K=0.8, **CELL)),
        Claim("-13.91", -13.912022025, at(blocked_K=0.8, **WEAK)),
        Claim("0.6 %", 0.621727903, percent(at(blocked_K=0.8, **WEAK)), 1e-3),
        Claim("-51.97", -51.972035525, at(blocked_K=0.8, **LOWER), 1e-3),
        Claim("3.5 %", 3.454477015, percent(at(blocked_K=0.8, **LOWER), -25.0), 1e-2),
        # Half a step of the axis, as below; the whole grid is held to the oracle.
        Claim("20.01", 20.014173651, lowest_that_fires, 0.5),
    ),
    UNSELECTIVE: (
        Claim("-68.58", -68.579980229, at(**NEURON)),
        Claim("0.772", 0.771734400, at("I_loss", **NEURON)),
        Claim("0.0622", 0.062223398, zero("I_loss", "P_Na_over_P_K", P_K=1e-6), 1e-4),
        Claim(
            "-59.89", -59.887400650, zero("I_loss", "P_Na_over_P_K", read="V_loss", P_K=1e-6), 1e-2
        ),
        Claim(
            "-0.88",
            -0.8763624,
            at(P_Na_over_P_K=1.0, Na_in=15.0),
            study="selectivity_loss",
        ),
        Claim("-31.86", -31.856863761, at("I_loss", P_Na_over_P_K=1.0, P_K=1e-6), 2e-3),
        Claim("1.10e-5", 1.099929977e-5, zero("I_block", "P_K", P_Na_over_P_K=1.0), 1e-7),
        Claim("-25.89", -25.886118671, at(P_Na_over_P_K=1.0, P_K=10**-4.5)),
        Claim("2.8 %", 2.828817408, percent(at(P_Na_over_P_K=1.0, P_K=10**-4.5)), 1e-2),
        Claim("1.06e-4", 1.05639848e-4, border("regime", "P_K", BLOCKED, P_Na_over_P_K=1.0), 6e-6),
        Claim("-3.96", -3.962040404, at(P_Na_over_P_K=1.0, P_K=1e-3)),
    ),
    WARMING: (
        Claim("-67.14", -67.143459375, at(temperature=37.0, **HEATED)),
        Claim("0.299", 0.299451397, at("I_loss", temperature=37.0, **HEATED)),
        Claim("1.012", 1.012226090, at("I_loss", temperature=42.0, **HEATED)),
        Claim(
            "3.4 times",
            3.380268429,
            times("I_loss", {"temperature": 42.0} | HEATED, {"temperature": 37.0} | HEATED),
            2e-3,
        ),
        Claim("0.373", 0.372881508, at("I_loss", temperature=42.0, **LEAK)),
        Claim("34.18", 34.178236798, zero("I_loss", "temperature", **HEATED), 5e-3),
        Claim("16.61", 16.606717256, zero("I_loss", "temperature", **LEAK), 1e-2),
        Claim(
            "9.78", 9.779337995, at("I_loss", g_leak=0.3, E_leak=-54.4), 2e-3, "hodgkin_huxley_rest"
        ),
        Claim(
            "15.92",
            15.920996376,  # three times the rates: mpmath gives 15.890996376 for E_L = -54.3 mV
            lambda ds: float(ds.I_loss.squeeze()),
            2e-3,
            "hodgkin_huxley_rest",
            WARMER,
        ),
    ),
}
PARTS = {
    CLOSURE: {"blocked_K": slice(None, None, 20), "midpoint_alpha_h_NaV": slice(None, None, 10)},
    UNSELECTIVE: {"P_Na_over_P_K": slice(None, None, 15), "P_K": slice(None, None, 15)},
    WARMING: {"temperature": slice(None, None, 5)},
}
"""What the oracle computes of each grid."""


def closing(blocked_K, midpoint_alpha_h_NaV, g_KV):
    return cells.closing(blocked_K, g_KV, midpoint_alpha_h_NaV + 46)


def unselective(P_Na_over_P_K, P_K):
    return cells.unselective(P_Na_over_P_K, P_K)


def warmed(temperature, leak, gates):
    K2P = leak == "K2P"
    g_K = np.where(K2P, 0.03, 0.0584374574593089)
    return cells.warmed(temperature, g_K, 0.1 * K2P, np.where(gates == "Q10 of 3", 3, 1))


MEMBRANES = {CLOSURE: closing, UNSELECTIVE: unselective, WARMING: warmed}


@pytest.mark.slow
@pytest.mark.parametrize("name", MEMBRANES)
def test_the_grid_is_what_eigenvalues_along_V_tell(name):
    oracles.agrees(evaluated(name).isel(PARTS[name]), MEMBRANES[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", CLAIMS)
def test_study_asks_says_shows_and_keeps_its_promise(name):
    asks_says_and_shows(name, CLAIMS[name])
    keeps_its_promise(name, CLAIMS[name])


@pytest.mark.parametrize(
    "claim", [c for claims in CLAIMS.values() for c in claims], ids=lambda c: c.text
)
def test_the_text_is_the_oracle_rounded(claim):
    rounds_to_its_text(claim)


@pytest.mark.slow
def test_where_the_rest_ends_at_a_fold_the_rates_of_the_gates_do_not_count():
    ds = evaluated(WARMING)
    assert (ds.loss_kind == 1).all()
    fast, slow = (ds.I_loss.sel(gates=name) for name in ds.gates.values)
    np.testing.assert_allclose(fast, slow, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("after", "fires", "end"),
    [
        (cells.closing(0.25), False, -64.14871),
        (cells.closing(0.35), True, None),
        (cells.closing(0.8), True, None),
        (cells.closing(1.0), True, None),
        (cells.closing(0.8, 1.0), False, -13.91202),
        (cells.closing(0.8, 30.0, -25.0), False, -51.97204),
    ],
)
def test_a_cell_whose_leak_closes_does_what_the_map_says(after, fires, end):
    times, V = oracles.spikes(after, 0.0, 400.0, cells.closing(0.0))
    assert (len(times) > 2) == fires
    assert fires or pytest.approx(end, abs=1e-3) == V


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ratio", "P_K", "fires"),
    [(0.06, 1e-6, False), (0.07, 1e-6, True), (1.0, 1e-6, True), (1.0, 10**-4.5, False)],
)
def test_a_cell_that_loses_its_selectivity_does_what_the_map_says(ratio, P_K, fires):
    times, _ = oracles.spikes(
        cells.unselective(ratio, P_K), 0.0, 150.0, cells.unselective(0.04, P_K)
    )
    assert (len(times) > 2) == fires


@pytest.mark.slow
@pytest.mark.parametrize(("temperature", "fires"), [(20.0, True), (34.0, True), (34.5, False)])
def test_a_cell_with_K2P_fires_below_its_temperature(temperature, fires):
    times, _ = oracles.spikes(cells.warmed(temperature), 0.0, 500.0, cells.warmed(37.0))
    assert (len(times) > 1) == fires
