"""The studies of a cell that charges through one leak hold what their `expect` says.

The oracles are the exponential on the whole grid, in float64 NumPy, and the law of a capacitor.
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

E_K = -89.05869403673189  # mpmath: K 5/140, 37 degC
FARADAY = 96485.33212331001  # C/mol
PMOL = 1e3 * 70 / FARADAY  # pmol/cm2: 70 mV over 1 uF/cm2
TO_70 = -np.log1p(70 / E_K)  # time constants from 0 to -70 mV


def passed(output, **place):
    """Read an output where V passes -70 mV."""

    def found(ds):
        here = ds.sel(place, method="nearest")
        V = here.V.values.astype(float)
        values = here[output].values if output in here else here.time.values
        return float(np.interp(70, -V, np.abs(values).astype(float)))

    return found


def V_at(t, g, **place):
    return at("V", time=float(t), g_K=float(g), **place)


TEN = {"g_K": 0.1, "radius": 10.0}
CLAIMS = {
    "potassium_only_cell": (
        Claim("-89.06", E_K, at("E_K", g_K=0.1)),
        Claim("-56.30", E_K * (1 - np.exp(-1)), V_at(10, 0.1)),
        Claim("-77.01", E_K * (1 - np.exp(-2)), V_at(20, 0.1)),
        Claim("15.42", 10 * TO_70, passed("time", **TEN), 1e-3),
        Claim("15.42", 10 * TO_70, lambda ds: 2 * passed("time", g_K=0.2, radius=10)(ds), 2e-3),
        Claim("0.7255", PMOL, passed("ions_moved", **TEN), 1e-6),
        Claim("7.255", 10 * PMOL, lambda ds: 10 * passed("ions_moved", **TEN)(ds), 1e-5),
        # Three areas a radius: 0.7255e-12 mol/cm2 * 3/(1e-3 cm), in umol/L.
        Claim("2.18", PMOL * 3, passed("concentration_change", **TEN), 1e-5),
        Claim("1.55", PMOL * 3 / 1.4, lambda ds: 1e5 * passed("share_moved", **TEN)(ds), 1e-5),
        Claim("217.6", PMOL * 300, passed("concentration_change", g_K=0.1, radius=0.1), 1e-3),
    ),
    "insulator": (
        Claim("-89.06", E_K, at("V_rest", g_K=1e-6, V_start=-30.0)),
        Claim("10 ms", 10.0, at("time_constant", g_K=0.1, V_start=0.0)),
        Claim("1 s", 1.0, lambda ds: at("time_constant", g_K=1e-3, V_start=0.0)(ds) / 1e3),
        Claim("1000 s", 1e3, lambda ds: at("time_constant", g_K=1e-6, V_start=0.0)(ds) / 1e3),
        Claim("-89.05", E_K * (1 - np.exp(-10)), V_at(100, 0.1, V_start=0.0)),
        Claim("-8.48", E_K * (1 - np.exp(-0.1)), V_at(100, 0.001, V_start=0.0)),
        Claim("-0.089", E_K * (1 - np.exp(-0.001)), V_at(100, 1e-5, V_start=0.0)),
        Claim("0 or", 0.0, V_at(1e7, 0, V_start=0.0), 0.0),
        Claim("-30 mV", -30.0, V_at(1e7, 0, V_start=-30.0), 0.0),
    ),
}


@pytest.mark.parametrize("name", CLAIMS)
def test_study_asks_says_and_shows(name):
    ds = evaluated(name)
    assert "time" in ds.dims
    asks_says_and_shows(name, CLAIMS[name])


@pytest.mark.parametrize("name", CLAIMS)
def test_study_keeps_its_promise(name):
    keeps_its_promise(name, CLAIMS[name])


@pytest.mark.parametrize(
    "claim", [c for claims in CLAIMS.values() for c in claims], ids=lambda claim: claim.text
)
def test_the_text_is_the_oracle_rounded(claim):
    rounds_to_its_text(claim)


@pytest.mark.parametrize("name", CLAIMS)
def test_the_whole_grid_is_the_exponential_of_a_capacitor(name):
    ds = evaluated(name).astype(float)
    start = ds.V_start if "V_start" in ds.coords else 0.0
    V = E_K + (start - E_K) * np.exp(-ds.time * ds.g_K)  # 1 uF/cm2
    assert float(abs(ds.V - V).max()) < 3e-5
    if name == "potassium_only_cell":
        ions = -1e3 / FARADAY * V
        for found, wanted in (
            (ds.charge_moved, -V),
            (ds.ions_moved, ions),
            (ds.concentration_change, -30 * ions / ds.radius),  # umol/L
            (ds.share_moved, 30 * ions / ds.radius / 140e3),
        ):
            assert float(abs(found - wanted).max() / abs(wanted).max()) < 1e-6


def test_without_a_channel_there_is_no_rest_and_the_kernels_of_rests_say_so():
    ds = evaluated("insulator")
    shut = ds.sel(g_K=0)
    assert (shut.status == 3).all()
    assert shut.V_rest.isnull().all()
    assert shut.time_constant.isnull().all()
    assert (ds.V_start == shut.V).all()
    leaky = ds.sel(g_K=ds.g_K[ds.g_K > 0])
    assert (leaky.status == 1).all()
    assert float(leaky.V_rest.max() - leaky.V_rest.min()) == 0
    chord = ls.Study(name="x", kernel="chord_conductance", fixed={"g_K": "0 mS/cm2"})
    shut_too = chord.with_(fixed={"g_Na": "0 mS/cm2"})
    closed = {f"P_{ion}": "0 cm/s" for ion in ("K", "Na", "Cl")}
    leak = {"leak": {"type": "ohmic_leak", "E": "-90 mV", "g": "0 mS/cm2"}}
    membrane = {"name": "equilibrium", "membrane": {"mechanisms": leak}}
    fields = ls.Study(name="x", kernel="ghk_voltage", fixed=closed)
    for study in (shut_too, fields, ls.Study(name="x", kernel=membrane)):
        found = ls.evaluate(study)
        assert int(found.status) == 11
        assert np.isnan(found.V_rest)
