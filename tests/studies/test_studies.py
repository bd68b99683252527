"""Every ready-made study holds what its `expect` says.

The oracles are closed forms in float64 numpy, written out here, and numbers from mpmath (30
digits). A study without a case fails, and so does a case whose numbers its text lacks. The studies
of composed membranes have theirs in test_membrane_studies.py.
"""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from claims import (
    Case,
    Claim,
    asks_says_and_shows,
    at,
    crossing,
    evaluated,
    keeps_its_promise,
    kT,
    rounds_to_its_text,
)

import leakscape as ls


def nernst(ds):
    return kT(ds.temperature) / ds.valence * np.log(ds.outside / ds.inside)


def ghk(alpha, *, K_out=5.0, Na_out=145.0, Na_in=15.0, temperature=37.0, blocked=0.0, r=1.0):
    """GHK of K and Na with K_in = 140; alpha is P_Na/P_K, r Mullins and Noda's pump ratio."""
    open_K = r * (1 - blocked)
    up, down = open_K * K_out + alpha * Na_out, open_K * 140 + alpha * Na_in
    return kT(temperature) * np.log(up / down)


def chord(g, E):
    return sum(a * b for a, b in zip(g, E, strict=True)) / sum(g)


def leak_block(ds):
    g = [ds.g_K_over_g_Na * (1 - ds.blocked_K), xr.ones_like(ds.E_K), ds.g_other_over_g_Na]
    return chord(g, [ds.E_K, ds.E_Na, ds.E_other])


def relative_slope(ds, K_out):
    """dV/dlog10 [K]o at 37 degC as a percentage of RT/F ln 10."""
    V = ds.V_rest.sel(temperature=37).astype(float)
    slope = np.gradient(V.values, np.log10(ds.K_out.values), edge_order=2)
    here = np.abs(ds.K_out.values - K_out).argmin()
    return 100 * slope[here] / (kT(37) * np.log(10))


def percent_to_minus_53(ds):
    plain = ds.V_rest.isel(parameter_set=0)
    return 100 * crossing(plain.blocked_K.values, plain.values.astype(float), -53.0)


def grown(ds):
    ratio = ds.E.sel(temperature=37, method="nearest") / ds.E.sel(temperature=7, method="nearest")
    assert np.allclose(ratio, ratio[0], rtol=1e-6)
    return 100 * (float(ratio[0]) - 1)


def ghk_block(ds):
    blocked, alpha, r = ds.blocked_K, ds.P_Na_over_P_K, ds.pump_ratio
    return ghk(alpha, K_out=ds.K_out, blocked=blocked, r=r)


def ghk_landscape(ds):
    open_alpha = ds.P_Na_over_P_K
    return ghk(open_alpha, K_out=ds.K_out, temperature=ds.temperature, blocked=ds.blocked_K)


def two_leaks_ghk_conductance_ratio(ds):
    at_rest = ds.isel(P_K_over_P_Na=np.abs(ds.V_rest.values + 70).argmin())
    g_K, g_Na = at_rest.I_K / at_rest.driving_force_K, at_rest.I_Na / at_rest.driving_force_Na
    return float(g_K / g_Na)


def axis_at_rest(ds, name):
    return np.exp(crossing(np.log(ds[name].values), ds.V_rest.values.astype(float), -70.0))


def nernst_slope(temperature):
    """E_K's rise for ten times the K outside, over the last decade of the axis."""
    one, ten = (at("E_K", K_out=K, temperature=temperature) for K in (10.0, 100.0))
    return lambda ds: ten(ds) - one(ds)


GHK_AT_ONE = at(P_Na_over_P_K=1.0, Na_in=15.0)
HERE = {"K_out": 5.0, "P_Na_over_P_K": 0.04}
E_K, E_NA = -89.05869403673189, 60.634331643053393  # mpmath: K 5/140, Na 145/15, 37 degC

CASES = {
    "nernst_temperature": Case(
        nernst,
        (
            Claim("-89.06", E_K, at("E", ion="K", temperature=37.0)),
            Claim("+60.63", E_NA, at("E", ion="Na", temperature=37.0)),
            Claim("-64.09", -64.087729543660995, at("E", ion="Cl", temperature=37.0)),
            Claim("+132.34", 132.34356792097427, at("E", ion="Ca", temperature=37.0)),
            Claim("10.7 %", 100 * (310.15 / 280.15 - 1), grown),
        ),
        output="E",
    ),
    "two_leak_balance": Case(
        lambda ds: (-90 * ds.g_K_over_g_Na + 60) / (ds.g_K_over_g_Na + 1),
        (
            Claim("6.5", 6.5, lambda ds: axis_at_rest(ds, "g_K_over_g_Na")),
            Claim("-70 mV", -70.0, at(g_K_over_g_Na=6.5)),
            Claim("+20", 20.0, at("driving_force_K", g_K_over_g_Na=6.5)),
            Claim("-130", -130.0, at("driving_force_Na", g_K_over_g_Na=6.5)),
            Claim("+2.6", 6.5 * 0.02 * 20, at("I_K", g_K_over_g_Na=6.5)),
            Claim("-2.6", 0.02 * -130, at("I_Na", g_K_over_g_Na=6.5)),
            Claim("-87.73", (-90 * 65 + 60) / 66, at(g_K_over_g_Na=65.0)),
        ),
    ),
    "two_leak_balance_ghk": Case(
        lambda ds: ghk(1 / ds.P_K_over_P_Na),
        (
            Claim("27.666", 27.6664441248, lambda ds: axis_at_rest(ds, "P_K_over_P_Na")),
            Claim("-70 mV", -70.0, at(P_K_over_P_Na=27.6664441248)),
            Claim("+19.06", -70 - E_K, at("driving_force_K", P_K_over_P_Na=27.6664441248)),
            Claim("-130.63", -70 - E_NA, at("driving_force_Na", P_K_over_P_Na=27.6664441248)),
            Claim("6.85", (70 + E_NA) / (-70 - E_K), two_leaks_ghk_conductance_ratio),
        ),
    ),
    "selectivity_loss": Case(
        lambda ds: ghk(ds.P_Na_over_P_K, Na_in=ds.Na_in),
        (
            Claim("-88.30", -88.2975102, at(P_Na_over_P_K=0.001, Na_in=15.0)),
            Claim("-0.88", -0.8763624, at(P_Na_over_P_K=1.0, Na_in=15.0)),
            Claim("exactly 0", 0.0, at(P_Na_over_P_K=1.0, Na_in=10.0)),
            Claim(
                "-14.21",
                (E_K + E_NA) / 2,
                at(g_Na_over_g_K=1.0, reversal_potentials="Nernst: -89.06 and +60.63 mV"),
                study="selectivity_loss_conductance",
            ),
        ),
    ),
    "selectivity_loss_conductance": Case(
        lambda ds: (ds.E_K + ds.g_Na_over_g_K * ds.E_Na) / (1 + ds.g_Na_over_g_K),
        (
            Claim(
                "-15 mV", -15.0, at(g_Na_over_g_K=1.0, reversal_potentials="round: -90 and +60 mV")
            ),
            Claim(
                "-14.21",
                (E_K + E_NA) / 2,
                at(g_Na_over_g_K=1.0, reversal_potentials="Nernst: -89.06 and +60.63 mV"),
            ),
            Claim(
                "-0.88",
                -0.8763624,
                GHK_AT_ONE,
                study="selectivity_loss",
            ),
            Claim(
                "13.3 mV",
                -0.8763624 - (E_K + E_NA) / 2,
                lambda ds: GHK_AT_ONE(evaluated("selectivity_loss")) - float(ds.V_rest[-1, 1]),
            ),
        ),
    ),
    "potassium_leak_block": Case(
        leak_block,
        (
            Claim("-70 mV", -70.0, at(blocked_K=0.0, parameter_set=0)),
            Claim("-24.78", -24.782608695652, at(blocked_K=0.8, parameter_set=0)),
            Claim("53.01 %", 53.014553014553, percent_to_minus_53, 2e-2),
            *(Claim("-70 to", -70.0, at(blocked_K=0.0, parameter_set=row)) for row in range(8)),
            *(Claim("-53 mV", -53.0, at(blocked_K=0.8, parameter_set=row)) for row in range(1, 8)),
            *(
                Claim("-43.02", -43.015873015873, at(blocked_K=1.0, parameter_set=r))
                for r in (5, 6, 7)
            ),
            Claim("23.2", 23.2352941176471, lambda ds: float(ds.g_K_over_g_Na[1:5].min())),
            Claim("26.8", 26.7647058823529, lambda ds: float(ds.g_K_over_g_Na[1:5].max())),
        ),
    ),
    "potassium_leak_block_ghk": Case(
        ghk_block,
        (
            Claim("-70 mV", -70.0, at(blocked_K=0.0, parameter_set=0)),
            Claim("-40.63", -40.630972592988, at(blocked_K=0.8, parameter_set=0)),
            Claim("-76.89", -76.8904662179928, at(blocked_K=0.0, parameter_set=1)),
            Claim("-52.97", -52.9691715173808, at(blocked_K=0.8, parameter_set=1)),
            Claim("-76.89", -76.8904662179928, at(blocked_K=0.0, parameter_set=2)),
            Claim("-52.97", -52.9691715173808, at(blocked_K=0.8, parameter_set=2)),
            Claim("-70 and", -70.0, at(blocked_K=0.0, parameter_set=3)),
            Claim("-53.00", -53.0, at(blocked_K=0.8, parameter_set=3)),
        ),
    ),
    "potassium_titration": Case(
        lambda ds: ghk(0.01, K_out=ds.K_out, Na_out=150 - ds.K_out, temperature=ds.temperature),
        (
            Claim("58.17", 58.1672425292, nernst_slope(20.0)),
            Claim("60.15", 60.1514568403, nernst_slope(30.0)),
            Claim("61.54", 61.5404068581, nernst_slope(37.0)),
            Claim("98.5 %", 100 * 99 / 100.5, lambda ds: relative_slope(ds, 100), 0.05),
            Claim("39.8 %", 100 * 0.99 / 2.49, lambda ds: relative_slope(ds, 1), 0.05),
            Claim("6.2 %", 100 * 0.099 / 1.599, lambda ds: relative_slope(ds, 0.1), 0.05),
            Claim("-119.56", -119.557295495408, at(K_out=0.1, temperature=37.0)),
            Claim("-193.61", -193.613999343237, at("E_K", K_out=0.1, temperature=37.0)),
        ),
    ),
    "resting_landscape": Case(
        ghk_landscape,
        (
            Claim("-68.59", -68.590572190588, at(blocked_K=0.0, temperature=37.0, **HERE)),
            Claim("-38.39", -38.392421012127, at(blocked_K=0.8, temperature=37.0, **HERE)),
            Claim("-65.94", -65.936737380699, at(blocked_K=0.0, temperature=25.0, **HERE)),
            Claim("-36.91", -36.906981540434, at(blocked_K=0.8, temperature=25.0, **HERE)),
        ),
    ),
}


EXACT = dict.fromkeys(CASES, ('precision="float64"',))
EXACT["resting_landscape"] += ("axes.K_out.size=3", "axes.temperature.size=3")


def differs(case, ds):
    """The largest distance from the closed form, one temperature at a time to spare memory."""
    worst = 0.0
    for place in range(ds.sizes.get("temperature", 1)):
        part = ds.isel(temperature=place) if "temperature" in ds.dims else ds
        away = abs(part[case.output] - case.whole(part))
        assert away.notnull().all()
        worst = max(worst, float(away.max()))
    return worst


@pytest.mark.parametrize("name", CASES)
def test_study_equals_its_closed_form_everywhere_and_keeps_its_promise(name):
    case, ds = CASES[name], evaluated(name)
    assert (ds.status == 1).all()
    # A blocked fraction near 1 leaves 1 - blocked with few digits in float32.
    assert differs(case, ds) < 3e-4
    assert differs(case, ls.evaluate(ls.load(name, EXACT[name]))) < 1e-10
    keeps_its_promise(name, case.claims)


@pytest.mark.parametrize("name", CASES)
def test_study_asks_says_and_shows(name):
    asks_says_and_shows(name, CASES[name].claims)


@pytest.mark.parametrize(
    "claim", [c for case in CASES.values() for c in case.claims], ids=lambda c: c.text
)
def test_the_text_is_the_oracle_rounded(claim):
    rounds_to_its_text(claim)
