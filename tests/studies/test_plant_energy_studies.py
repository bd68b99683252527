"""The studies of a plant cell and of the energy of a rest hold what their `expect` says.

The oracles are SciPy's brentq on the published cycle of the proton pump beside two ohmic leaks, and
NumPy's solve of the three balances that a pumped cell at rest obeys.
"""

from __future__ import annotations

import numpy as np
import pytest
from claims import (
    Claim,
    asks_says_and_shows,
    at,
    evaluated,
    keeps_its_promise,
    kT,
    rounds_to_its_text,
)
from scipy.optimize import brentq

import leakscape as ls
from leakscape.cli import main

FARADAY = 96485.33212331001  # C/mol
CHARGE = 1.602176634e-19  # C

# The plant cell: Hansen, Gradmann, Sanders & Slayman (1981) as they wrote it.

WARM = kT(20)
REVERSAL = -50e6 / FARADAY + np.log(10) * WARM * (7.5 - 6.0)


def turnover(V):
    """Return the pump's cycles a second, k_0' from detailed balance [1/s]."""
    k_io = 1e4 * np.exp(V / (2 * WARM))
    k_oi = 1e4 * (100 / 1) * np.exp(REVERSAL / WARM) * np.exp(-V / (2 * WARM))
    return (k_io * 100 - k_oi * 1) / (k_io + k_oi + 1 + 100)


def nernst(K_out):
    return WARM * np.log(K_out / 119)


def root(K_out, blocked=0.0):
    """Return the rest of the root cell [mV]."""

    def total(V):
        pump = 4 * (1 - blocked) * turnover(V) / 100
        return 0.04 * (V - nernst(K_out)) + 0.01 * V + pump

    return brentq(total, -440, 50, xtol=1e-12)


def bare(K_out):
    """Return the diffusion potential: the rest of the two leaks alone [mV]."""
    return (0.04 * nernst(K_out) + 0.01 * 0) / (0.04 + 0.01)


def given(K_out):
    """Read what the pump adds: the rest with it blocked minus the rest with all of it."""
    return lambda ds: at(K_out=K_out, blocked_pump=1)(ds) - at(K_out=K_out, blocked_pump=0)(ds)


def per_decade(ds):
    V = ds.V_rest.sel(blocked_pump=1)
    return float(np.polyfit(np.log10(ds.K_out), V, 1)[0])


def end_to_end(ds):
    V = ds.V_rest.sel(blocked_pump=0)
    return float(V[-1] - V[0])


def reverses(ds):
    return float((ds.V_rest - ds.driving_force_pump).mean())


BARLEY = {0.1: -141, 1.5: -125, 5: -119, 20: -86, 40: -86}
"""Means of barley roots on nitrate [mV] by K_out [mmol/L]: doi:10.1104/pp.106.082701, table I."""

# The energy of a rest.

PUBLISHED, GLIA, BUDGET = 342.0, 102.0, 3290.0  # million ATP/s
ATTWELL, ROUND = (50.0, -100.0), (60.0, -90.0)


def million(picoampere):
    """Return the charges a second of a current, in millions."""
    return picoampere * 1e-12 / CHARGE * 1e-6


def balanced(E_Na, E_K, V=-70.0, R=200.0):
    """Solve g_Na (E_Na - V) = 3 I, g_K (V - E_K) = 2 I, g_Na + g_K = 1/R for I [pA]."""
    laws = [[E_Na - V, 0, -3], [0, V - E_K, -2], [1, 1, 0]]
    return np.linalg.solve(laws, [0, 0, 1e3 / R])[2]


def by_chord(E_Na, E_K, V=-70.0, R=200.0):
    """Solve the two leaks against one another and return a third of the sodium's [pA]."""
    g_Na = np.linalg.solve([[E_Na - V, E_K - V], [1, 1]], [0, 1e3 / R])[0]
    return g_Na * (E_Na - V) / 3


def low(E_Na, E_K):
    return 100 * (1 - by_chord(E_Na, E_K) / balanced(E_Na, E_K))


def resting(output, pair=ATTWELL, scale=1e-6, R=200.0):
    """Read an output at -70 mV, times a scale."""

    def found(ds):
        pairs = list(zip(ds.E_Na.values, ds.E_K.values, strict=True))
        row = ds.isel(reversal_potentials=pairs.index(pair))
        return scale * at(output, V=-70, input_resistance=R)(row)

    return found


def shown_low(pair):
    def found(ds):
        chord, whole = (resting(name, pair)(ds) for name in ("atp_rate_chord", "atp_rate"))
        return 100 * (1 - chord / whole)

    return found


def more(ds):
    return 100 * (PUBLISHED / resting("atp_rate")(ds) - 1)


def both(ds):
    """The published sum over the budget that the sweep's own share is of."""
    budget = resting("atp_rate")(ds) / resting("budget_share", scale=1)(ds)
    return 100 * (PUBLISHED + GLIA) / budget


CLAIMS = {
    "plant_cell": (
        Claim("-430.96", -430.962619019243, reverses, 1e-3),
        *(
            Claim(text, bare(K_out), at(K_out=K_out, blocked_pump=1))
            for text, K_out in (("-143.12", 0.1), ("-96.58", 1), ("-22.03", 40))
        ),
        Claim("46.53", 0.8 * np.log(10) * WARM, per_decade),
        *(
            Claim(text, root(K_out), at(K_out=K_out, blocked_pump=0))
            for text, K_out in (("-196.38", 0.1), ("-160.80", 1), ("-96.88", 40))
        ),
        Claim("53.27", bare(0.1) - root(0.1), given(0.1)),
        Claim("74.84", bare(40) - root(40), given(40)),
        Claim("-131.74", root(1, 0.5), at(K_out=1, blocked_pump=0.5)),
        Claim("-40.07", root(1) - nernst(1), at("driving_force_K", K_out=1, blocked_pump=0)),
        Claim("+24.15", bare(1) - nernst(1), at("driving_force_K", K_out=1, blocked_pump=1)),
        Claim("99.51", root(40) - root(0.1), end_to_end),
    ),
    "resting_energy": (
        Claim("54.55 pA", balanced(*ATTWELL), resting("pump_current", scale=1)),
        Claim("340.4 million", million(balanced(*ATTWELL)), resting("atp_rate"), 1e-3),
        Claim("0.46 % more", 100 * (342 / 340.445949516 - 1), more),
        Claim("249.7 million", million(by_chord(*ATTWELL)), resting("atp_rate_chord"), 1e-3),
        Claim("26.7 % too few", low(*ATTWELL), shown_low(ATTWELL)),
        Claim("253.6 million", million(balanced(*ROUND)), resting("atp_rate", ROUND), 1e-3),
        Claim("180.3 million", million(by_chord(*ROUND)), resting("atp_rate_chord", ROUND), 1e-3),
        Claim("28.9 % too few", low(*ROUND), shown_low(ROUND)),
        Claim(
            "10.35 %",
            100 * million(balanced(*ATTWELL)) / BUDGET,
            resting("budget_share", scale=100),
        ),
        Claim("13.50 %", 13.4954407, both),
        Claim(
            "103.48 %",
            100 * million(balanced(*ATTWELL, R=20.0)) / BUDGET,
            resting("budget_share", scale=100, R=20.0),
        ),
    ),
}


NAMES = [
    pytest.param(name, marks=pytest.mark.slow if name == "plant_cell" else ()) for name in CLAIMS
]
"""Each study, slowly the one whose search takes long to compile."""


@pytest.mark.parametrize("name", NAMES)
def test_study_asks_says_and_shows(name):
    asks_says_and_shows(name, CLAIMS[name])


@pytest.mark.parametrize("name", NAMES)
def test_study_keeps_its_promise(name):
    keeps_its_promise(name, CLAIMS[name])


@pytest.mark.parametrize(
    "claim", [c for claims in CLAIMS.values() for c in claims], ids=lambda c: c.text
)
def test_the_text_is_the_oracle_rounded(claim):
    rounds_to_its_text(claim)


@pytest.mark.slow
def test_every_rest_of_the_root_cell_is_where_brentq_says():
    ds = evaluated("plant_cell")
    assert (ds.status == 1).all()
    V = np.array([[root(K, b) for b in ds.blocked_pump.values] for K in ds.K_out.values])
    np.testing.assert_allclose(ds.V_rest, V, rtol=0, atol=1e-4)
    np.testing.assert_allclose(ds.E_K, nernst(ds.K_out.values), rtol=1e-6)
    np.testing.assert_allclose(ds.driving_force_K, V - nernst(ds.K_out.values)[:, None], atol=2e-4)
    np.testing.assert_allclose(ds.driving_force_pump, V - REVERSAL, atol=2e-4)
    pump = 0.04 * turnover(V) * (1 - ds.blocked_pump.values)
    np.testing.assert_allclose(ds.I_pump, pump, rtol=1e-5)
    # 1 uA/cm2 through 1000 um2 is 10 pA; one proton for each ATP.
    np.testing.assert_allclose(ds.atp_rate, 1e6 * million(10 * pump), rtol=1e-5)


@pytest.mark.slow
def test_K_leaks_in_against_the_whole_pump_and_out_without_one():
    force = evaluated("plant_cell").driving_force_K
    assert (force.sel(blocked_pump=0) < 0).all()
    assert (force.sel(blocked_pump=1) > 0).all()
    mixed = force.sel(blocked_pump=0.5)
    assert mixed.min() < 0 < mixed.max()


@pytest.mark.slow
def test_the_pump_runs_faster_where_the_cell_is_less_negative():
    ds = evaluated("plant_cell").sel(blocked_pump=0)
    assert (np.diff(ds.V_rest) > 0).all()
    assert (np.diff(ds.I_pump) > 0).all()
    assert ((ds.V_rest > REVERSAL) & (ds.V_rest < bare(ds.K_out))).all()


@pytest.mark.slow
def test_the_text_has_the_measured_potentials_of_barley_and_the_axis_passes_through_them():
    text = " ".join(ls.load("plant_cell").expect.split())
    means, doses = [f"{V}" for V in BARLEY.values()], [f"{K:g}" for K in BARLEY]
    for each in (means, doses):
        assert f"{', '.join(each[:-1])} and {each[-1]} " in text
    assert f"{BARLEY[40] - BARLEY[0.1]} mV from end to end" in text
    assert "10.1104/pp.106.082701" in text
    assert set(BARLEY) <= set(evaluated("plant_cell").K_out.values)


def test_every_cost_solves_the_balances_of_the_leaks():
    ds = evaluated("resting_energy")
    assert (ds.status == 1).all()
    for row in range(2):
        here = ds.isel(reversal_potentials=row)
        pair = float(here.E_Na), float(here.E_K)
        for V in ds.V.values[::8]:
            for R in ds.input_resistance.values[::20]:
                point = here.sel(V=V, input_resistance=R)
                current, chord = (f(*pair, V=V, R=R) for f in (balanced, by_chord))
                assert float(point.pump_current) == pytest.approx(current, rel=1e-5)
                assert float(point.atp_rate) == pytest.approx(1e6 * million(current), rel=1e-5)
                assert float(point.Na_load) == pytest.approx(3e6 * million(current), rel=1e-5)
                assert float(point.atp_rate_chord) == pytest.approx(1e6 * million(chord), rel=1e-5)
                assert float(point.budget_share) == pytest.approx(
                    million(current) / BUDGET, rel=1e-5
                )


def test_the_formula_of_the_text_is_the_whole_sweep():
    ds = evaluated("resting_energy")
    rise = (ds.E_Na - ds.V) * (ds.V - ds.E_K)
    formula = 1e3 * rise / (ds.input_resistance * (ds.V + 2 * ds.E_Na - 3 * ds.E_K))
    np.testing.assert_allclose(ds.pump_current, formula.transpose(*ds.pump_current.dims), rtol=1e-5)


def test_cost_goes_as_one_over_resistance_and_the_chord_is_short_by_the_same_share():
    ds = evaluated("resting_energy")
    per_siemens = ds.atp_rate * ds.input_resistance
    np.testing.assert_allclose(per_siemens, per_siemens.isel(input_resistance=[0] * 101), rtol=1e-5)
    short = 1 - ds.atp_rate_chord / ds.atp_rate
    wanted = (ds.E_Na - ds.V) / (3 * (ds.E_Na - ds.E_K)) + 0 * ds.input_resistance
    np.testing.assert_allclose(short, wanted.transpose(*short.dims), atol=1e-5)


@pytest.mark.parametrize("name", ["nitella", "root_cell"])
def test_show_labels_what_was_not_found_in_print(capsys, name):
    label = "constructed for this program"
    capsys.readouterr()
    assert main(["show", name]) == 0
    said = capsys.readouterr().out
    rows = {line.split()[0]: line for line in said.splitlines() if line.strip()}
    assert label in " ".join(said.partition("Parameters")[0].split())
    for symbol in ("K_in", "K_out", "temperature"):
        assert label in rows[symbol]
