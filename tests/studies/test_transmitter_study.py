"""The study of a transmitter that closes a leak holds what its `expect` says.

The oracle is the balance of three ohmic leaks, in units of g_Na = 0.01 mS/cm2.
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
    rounds_to_its_text,
)

import leakscape as ls

NAME = "transmitter_cascade"
ALL, MOST = "TASK is all of the K leak", "TASK is 66 % of the K leak"
ENDS = ('axes.agonist_out={ values = [0, 1, 1e9], unit = "umol/L" }',)
TASK, STAYS = 4.30743243243243, 2.19256756756757  # of the 6.5 g_Na of K leak, where it is 66 %
R = "input_resistance"


def balance(ds):
    K = 100 * (ds.g_K + ds.g_TASK / (1 + ds.agonist_out / 0.25))
    return (60 - 90 * K) / (1 + K), 1000 / (1 + K)  # 0.01 mS/cm2 on 10 000 um2 are 1 nS


def dose_of_55(K_leak):
    def found(ds):
        here = ds.sel(K_leak=K_leak)
        return float(np.interp(-55, here.V_rest.values, here.agonist_out.values))

    return found


def closed(ds):
    here = ds.sel(K_leak=ALL).sel(agonist_out=1, method="nearest")
    return 100 * (1 - float(here.I_TASK / (here.V_rest + 90)) / 0.065)


CLAIMS = (
    *(
        Claim("-70 mV", -70.0, at(agonist_out=0.0, K_leak=leak), settings=ENDS)
        for leak in (ALL, MOST)
    ),
    Claim("80 %", 80.0, closed),
    Claim("-24.78", (60 - 90 * 1.3) / 2.3, at(agonist_out=1.0, K_leak=ALL)),
    Claim("-53.00", -53.0, at(agonist_out=1.0, K_leak=MOST)),
    Claim("-43.02", -43.015873015873, at(agonist_out=1e9, K_leak=MOST), settings=ENDS),
    # At -55 mV 115 g_Na balances 35 g; TASK open over closed is IC50 over the dose.
    Claim("0.245", 0.25 * (6.5 * 35 / 115 - 1), dose_of_55(ALL), 1e-4),
    Claim("0.735", 0.25 * (TASK / (115 / 35 - STAYS) - 1), dose_of_55(MOST), 1e-4),
    Claim("133.3", 1e3 / 7.5, at(R, agonist_out=0.0, K_leak=MOST), settings=ENDS),
    Claim("246.7", 1e3 / (1 + STAYS + 0.2 * TASK), at(R, agonist_out=1.0, K_leak=MOST)),
    Claim("313.2", 1e3 / (1 + STAYS), at(R, agonist_out=1e9, K_leak=MOST), settings=ENDS),
)


def test_study_asks_says_and_shows():
    asks_says_and_shows(NAME, CLAIMS)


def test_study_keeps_its_promise():
    keeps_its_promise(NAME, CLAIMS)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.text)
def test_the_text_is_the_oracle_rounded(claim):
    rounds_to_its_text(claim)


@pytest.mark.parametrize(("precision", "off"), [("float32", 1e-5), ("float64", 1e-12)])
def test_the_whole_grid_is_the_balance_of_three_leaks(precision, off):
    ds = ls.evaluate(ls.load(NAME, (f'precision="{precision}"',)))
    V, resistance = balance(ds)
    assert (ds.status == 1).all()
    assert float(abs(ds.V_rest - V).max()) < 10 * off
    assert float(abs(ds.input_resistance / resistance - 1).max()) < off


def test_more_transmitter_depolarises_and_raises_the_resistance():
    ds = evaluated(NAME)
    assert (ds.V_rest.diff("agonist_out") > 0).all()
    assert (ds.input_resistance.diff("agonist_out") > 0).all()
    # What stays open holds the cell back, at every dose.
    assert (ds.V_rest.sel(K_leak=ALL) > ds.V_rest.sel(K_leak=MOST)).all()
