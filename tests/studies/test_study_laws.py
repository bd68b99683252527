"""Laws that hold along whole studies."""

from __future__ import annotations

import numpy as np
import pytest
import test_active_leak_studies
import test_charging_studies
import test_excitability_studies
import test_flicker_studies
import test_membrane_studies
import test_plant_energy_studies
import test_pump_leak_studies
import test_reduced_studies
import test_sensitivity_studies
import test_studies
import test_transmitter_study

import leakscape as ls
from leakscape.declare.catalogue import catalogue


def test_every_ready_made_study_has_a_case():
    tested = (
        test_studies.CASES,
        test_membrane_studies.CASES,
        test_active_leak_studies.CLAIMS,
        test_charging_studies.CLAIMS,
        test_excitability_studies.CLAIMS,
        {test_flicker_studies.NAME: test_flicker_studies.CLAIMS},
        test_plant_energy_studies.CLAIMS,
        test_pump_leak_studies.CLAIMS,
        {test_reduced_studies.NAME: test_reduced_studies.CLAIMS},
        test_sensitivity_studies.CLAIMS,
        {test_transmitter_study.NAME: test_transmitter_study.CLAIMS},
    )
    assert {name for cases in tested for name in cases} == set(catalogue())


def test_resting_landscape_has_ten_million_points():
    assert ls.evaluate(ls.load("resting_landscape")).V_rest.size >= 10_000_000


@pytest.mark.parametrize("name", ["two_leak_balance", "two_leak_balance_ghk"])
def test_two_leak_currents_cancel_along_the_whole_axis(name):
    ds = ls.evaluate(ls.load(name))
    np.testing.assert_allclose(ds.I_K, -ds.I_Na, rtol=1e-5)


def test_with_E_K_at_minus_90_only_one_curve_joins_minus_70_to_minus_53():
    V = ls.evaluate(ls.load("potassium_leak_block")).V_rest
    for row in (6, 7):
        np.testing.assert_allclose(V[:, 5], V[:, row], atol=2e-5)


def test_the_two_models_disagree_on_the_same_ions_by_13_mV_at_equal_K_and_Na():
    ghk = ls.evaluate(ls.load("selectivity_loss")).V_rest.sel(Na_in=15, P_Na_over_P_K=1)
    chord = ls.evaluate(ls.load("selectivity_loss_conductance")).V_rest.isel(
        reversal_potentials=1, g_Na_over_g_K=-1
    )
    # GHK from mpmath, chord from the mean of the two Nernst potentials.
    wanted = -0.8763624 + (89.05869403673189 - 60.634331643053393) / 2
    assert float(ghk - chord) == pytest.approx(wanted, abs=1e-4)
