"""The studies of how a leak sets the end of a rest hold what their `expect` says.

The oracles are NumPy systems with eigenvalues by LAPACK (`active_oracles`), and brentq gives the
numbers of the texts from these. For the squid axon and for Prescott's cell they are published too.
Where a text says that a cell fires, SciPy integrates it.
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

SQUID, LEAKS = "hodgkin_huxley_rest", "leak_sets_excitability"
FOLD, HOPF = 1, 2
AXON = {"g_leak": 0.3, "E_leak": -54.4}
NEAR = 2e-3  # float32 tells the current at a Hopf point so far [uA/cm2]


def cell(g_leak, beta_w, blocked_K=1.0):
    return {"g_leak": g_leak, "V_half_w_slow": beta_w, "blocked_K": blocked_K}


def last_fold(beta_w):
    return border("loss_kind", "g_leak", FOLD, V_half_w_slow=beta_w, blocked_K=1.0)


CLAIMS = {
    SQUID: (
        Claim("-65.00", -64.99972243, at(**AXON)),
        Claim("-59.65", -59.65414360, at("V_loss", **AXON), NEAR),
        Claim("9.78", 9.779337995, at("I_loss", **AXON), NEAR),
        Claim("154.53", 154.526333666, at("I_block", **AXON), 1e-2),
        Claim("7.27", 7.274218906, at("I_loss", g_leak=0.1, E_leak=-54.4), NEAR),
        Claim("22.21", 22.206999267, at("I_loss", g_leak=1.0, E_leak=-54.4), NEAR),
        Claim("59.52", 59.519201407, at("I_loss", g_leak=2.0, E_leak=-54.4), 5e-3),
        # Half a step of the axis, here and below; the whole grid is held to the oracle.
        Claim("2.149", 2.148684926, border("loss_kind", "g_leak", HOPF, E_leak=-54.4), 0.0125),
        Claim("12.78", 12.779337995, at("I_loss", g_leak=0.3, E_leak=-64.4), NEAR),
        Claim("-21.80", -21.802206682, zero("I_loss", "E_leak", g_leak=0.3), 5e-3),
        Claim("-30.49", -30.491261679, zero("I_loss", "E_leak", g_leak=1.5), 5e-3),
        Claim("+30.53", 30.532079899, zero("I_block", "E_leak", g_leak=1.5), 1e-2),
        Claim("0.348", 0.348292554, zero("I_loss", "g_leak", 0, E_leak=-24.4), 1e-3),
        Claim("2.010", 2.010301904, zero("I_loss", "g_leak", 1, E_leak=-24.4), NEAR),
    ),
    LEAKS: (
        Claim("5.33", 5.329623580, at("input_resistance", **cell(2.0, -13.0))),
        Claim("11.53", 11.528909770, at("input_resistance", **cell(1.0, -13.0))),
        Claim("42.80", 42.801535599, at("I_loss", **cell(2.0, -13.0)), NEAR),
        Claim("12.33", 12.330603785, at("I_loss", **cell(1.0, -13.0)), NEAR),
        Claim("-69.39", -69.388939929, at(**cell(2.0, 0.0))),
        Claim("-69.41", -69.409000630, at(**cell(2.0, -21.0))),
        Claim("36.74", 36.740268784, at("I_loss", **cell(2.0, 0.0)), NEAR),
        Claim("87.25", 87.254446245, at("I_loss", **cell(2.0, -21.0)), 5e-3),
        Claim("1.176", 1.175791325, last_fold(-13.0), 0.025),
        Claim("1.763", 1.763338688, last_fold(-10.0), 0.025),
        Claim("5.197", 5.196897671, last_fold(0.0), 0.025),
        Claim("141.77", 141.772482035, at("I_loss", **cell(1.0, -13.0, 0.0)), 1e-2),
        Claim("28.66", 28.661914667, lambda ds: at("V_loss", **cell(2.0, 0.0))(ds) + 70, 5e-3),
    ),
}
PARTS = {
    SQUID: {"g_leak": slice(3, None, 8), "E_leak": slice(None, None, 8)},
    LEAKS: {
        "g_leak": slice(19, None, 20),
        "V_half_w_slow": slice(None, None, 12),
        "blocked_K": slice(None, None, 5),
    },
}
"""What the oracle computes of each grid."""


def squid_of(g_leak, E_leak):
    return cells.squid_with_leak(g_leak, E_leak)


def prescott_of(g_leak, V_half_w_slow, blocked_K):
    return cells.prescott(V_half_w_slow, g_leak, 2 * (1 - blocked_K))


MEMBRANES = {SQUID: squid_of, LEAKS: prescott_of}


@pytest.mark.slow
@pytest.mark.parametrize("name", MEMBRANES)
def test_the_grid_is_what_eigenvalues_along_V_tell(name):
    ds = evaluated(name).isel(PARTS[name])
    oracles.agrees(ds, MEMBRANES[name])


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


def test_the_oracles_give_the_published_ends_of_a_rest():
    axon = oracles.read(cells.squid_with_leak(oracles.column(0.3), -54.4))
    # Hopf points of Hodgkin and Huxley's axon with E_L = -54.4 mV.
    np.testing.assert_allclose(axon.I_loss, 9.779337995393, atol=1e-5)
    np.testing.assert_allclose(axon.I_block, 154.526333665808, atol=1e-4)
    prescott = oracles.read(cells.prescott(oracles.column(0, -10, -13, -21), 2.0))
    # Prescott et al. (2008): a fold at beta_w = 0 mV, Hopf points at the others.
    wanted = 36.7402687841, 39.4922625436, 42.8015355993, 87.2544462451
    np.testing.assert_allclose(prescott.I_loss, wanted, atol=1e-4)
    np.testing.assert_array_equal(prescott.loss_kind, [FOLD, HOPF, HOPF, HOPF])


@pytest.mark.slow
def test_another_reversal_shifts_each_current_by_its_conductance_and_nothing_else():
    ds = evaluated(SQUID)
    by_leak = ds.g_leak * (ds.E_leak - ds.E_leak[0])
    for name in ("I_loss", "I_block"):
        shifted = ds[name] + by_leak
        off = abs(shifted - shifted.median("E_leak"))
        # A loss is that of the stretch with the rest: the other one's where the axon is blocked.
        assert float((off > 5e-3).mean()) < (0.1 if name == "I_loss" else 1e-3)


@pytest.mark.slow
def test_how_a_rest_ends_depends_on_the_sum_of_all_leaks():
    ds = evaluated(LEAKS).sel(blocked_K=[0, 0.5, 1])
    for total in (2.5, 4.0, 6.0):
        places = [(total - 2 * (1 - b), b) for b in (0, 0.5, 1)]
        rows = [
            ds.sel(blocked_K=b).sel(g_leak=g, method="nearest").reset_coords(drop=True)
            for g, b in places
        ]
        for other in rows[1:]:
            np.testing.assert_array_equal(other.loss_kind, rows[0].loss_kind)
            np.testing.assert_allclose(other.V_loss, rows[0].V_loss, atol=1e-2)


@pytest.mark.slow
def test_at_a_fold_the_loss_rises_with_the_leak_by_the_distance_from_its_reversal():
    ds = evaluated(LEAKS).sel(V_half_w_slow=0, blocked_K=1)
    ds = ds.where(ds.loss_kind == FOLD, drop=True)
    distance = (ds.V_loss + 70).values
    rise = np.diff(ds.I_loss) / np.diff(ds.g_leak)
    np.testing.assert_allclose(rise[3:], (distance[1:] + distance[:-1])[3:] / 2, atol=0.05)
    assert ds.sizes["g_leak"] > 40


@pytest.mark.parametrize(("current", "spikes"), [(2.0, 0), (2.5, 1)])
def test_the_axon_fires_once_long_before_its_rest_is_lost(current, spikes):
    times, _ = oracles.spikes(cells.squid_with_leak(0.3, -54.4), current, 60.0)
    assert len(times) == spikes


@pytest.mark.slow
@pytest.mark.parametrize(("current", "to_the_end"), [(6.0, False), (6.5, True)])
def test_the_axon_fires_in_trains_before_its_rest_is_lost(current, to_the_end):
    times, _ = oracles.spikes(cells.squid_with_leak(0.3, -54.4), current, 200.0)
    assert (times[-1] > 175) == to_the_end
