"""The studies of cells with a pump hold what their `expect` says.

The oracles are SciPy's LSODA on equations written out here, the closed form of a constant pump in
float64, and a zero by SciPy's brentq of the cubic law.
"""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from claims import (
    Claim,
    asks_says_and_shows,
    at,
    evaluated,
    keeps_its_promise,
    kT,
    rounds_to_its_text,
)
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

import leakscape as ls

FARADAY = 96485.33212331001  # C/mol
FMOL_PER_S = 10 / FARADAY  # of 1 uA/cm2 through 1 um2


class Cell:
    """One cell of `ouabain_rundown`, with what its file says."""

    def __init__(self, row):
        for name in row.coords:
            if name not in ("model", "time", "blocked_pump"):
                setattr(self, name, float(row[name]))
        self.kT = kT(self.temperature)
        self.osmolarity = self.Na_out + self.K_out + self.Cl_out + self.X_out

    def inside(self, na, k):
        cl = na + k + self.valence_X * self.n_X
        content = (na + k + cl + self.n_X) / self.osmolarity
        return na / content, k / content, cl / content, content

    def at(self, na, k, working):
        Na, K, Cl, _ = self.inside(na, k)
        E_Na, E_K = self.kT * np.log(self.Na_out / Na), self.kT * np.log(self.K_out / K)
        E_Cl = self.kT * np.log(Cl / self.Cl_out)
        pump = working * self.I_max_pump * (Na / self.Na_out) ** 3
        weighted = self.g_Na * E_Na + self.g_K * E_K + self.g_Cl * E_Cl - pump
        V = weighted / (self.g_Na + self.g_K + self.g_Cl)
        sodium = self.g_Na * (V - E_Na) + 3 * pump
        potassium = self.g_K * (V - E_K) - 2 * pump + self.g_KCC2 * (E_Cl - E_K)
        return V, [-FMOL_PER_S * self.area * current for current in (sodium, potassium)]

    def run(self, start, working, times):
        found = solve_ivp(
            lambda t, y: self.at(*y, working)[1],
            (0, times[-1]),
            start,
            "LSODA",
            times,
            rtol=1e-9,
            atol=1e-9,
        )
        V = np.array([self.at(*y, working)[0] for y in found.y.T])
        return V, np.array([self.inside(*y)[3] for y in found.y.T])

    def settled(self):
        """The steady state: where LSODA stands still after 10^7 s with the pump at work."""
        start = (0.3 * self.n_X, 0.9 * self.n_X)
        end = solve_ivp(
            lambda t, y: self.at(*y, 1.0)[1], (0, 1e7), start, "LSODA", rtol=1e-10, atol=1e-10
        )
        return end.y[:, -1]


def closed_form(ds, p=None, g_Na=None):
    """V, volume [um3] and mu of a constant pump; NaN where the cell swells without bound."""
    p = ds.I_max_pump if p is None else p
    g_Na = ds.g_Na if g_Na is None else g_Na
    thermal = 25.69
    up = 147 * np.exp(-3 * p / (g_Na * thermal)) + 3 * np.exp(2 * p / (0.3 * thermal))
    mu = up / 150
    whole = 1000 * 26.179938779914945
    with np.errstate(divide="ignore", invalid="ignore"):
        return xr.where(mu < 1, thermal * np.log(mu), np.nan), whole / (150 * (1 - mu)), mu


def dusterwald(z, g_KCC2):
    """Zero of J - I_max (Na_in/Na_out)^3 along the quadratic of charge and osmolarity."""
    thermal, g_Na, g_K, g_Cl, total = 26.725, 0.02, 0.07, 0.02, 297.0
    beta = g_K * g_Cl + g_K * g_KCC2 + g_KCC2 * g_Cl

    def inside(J):
        a = 145 * np.exp(-3 * J / (g_Na * thermal))
        b = 3.5 * np.exp(2 * J * (g_Cl + g_KCC2) / (beta * thermal))
        c = 119 * np.exp(-2 * J * g_KCC2 / (beta * thermal))
        theta = max(np.roots([(1 - z) * (a + b), z * total, -(1 + z) * c]).real)
        return a * theta, b * theta, c / theta, -thermal * np.log(theta)

    J = brentq(lambda J: J - 1000 * (inside(J)[0] / 145) ** 3, 1e-6, 2.0, xtol=1e-14)
    return inside(J)


def force(z):
    """The driving force on chloride with KCC2: V - E_Cl."""
    _, _, cl, V = dusterwald(z, 0.02)
    return V - 26.725 * np.log(cl / 119)


def shown_force(z):
    def found(ds):
        here = ds.sel(valence_X=z, g_KCC2=0.02, n_X=300, method="nearest")
        return float(here.V_rest - here.E_Cl)

    return found


def jump(model):
    """What V has moved by after 1 s is the jump and a little of what follows."""
    return lambda ds: float((ds.V[:, model, 0] - ds.V_rest[:, model]).sel(blocked_pump=1))


def most_negative(ds):
    row = ds.V_rest.sel(g_Na=0.01, method="nearest")
    return float(row.I_max_pump[int(row.values.argmin())]), float(row.min())


def last_finite(ds):
    return float(ds.I_max_pump[int((ds.status < 10).all("g_Na").sum()) - 1])


LEAST = ("axes.I_max_pump.linear=[0.6, 0.7]", "axes.I_max_pump.size=101")
LAST = ("axes.I_max_pump.linear=[15, 15.2]", "axes.I_max_pump.size=201")


PLACE = {"valence_X": -0.85, "n_X": 300.0}
CLAIMS = {
    "ouabain_rundown": (
        Claim("0.98", 0.980392156863, jump(0), 0.12),
        Claim("8.19", -64.40326170814602 + 72.5887120987377, jump(1), 0.02),
        Claim("-94.13", -94.1330843470219, lambda ds: float(ds.V_rest[0, 0])),
        Claim("-72.59", -72.5887120987377, lambda ds: float(ds.V_rest[0, 1])),
        Claim("-40.87", -40.873520251, lambda ds: float(ds.V[3, 0].sel(time=1000))),
        Claim("-9.81", -9.810168187, lambda ds: float(ds.V[3, 0].sel(time=10_000))),
    ),
    "pump_leak_steady_state": (
        Claim("-94.13", -94.1330843470219, at(I_max_pump=0.5, g_Na=0.01)),
        Claim(
            "179.1 um3",
            523.5987755982989 * 0.342099592957457,
            at("volume", I_max_pump=0.5, g_Na=0.01),
            2e-2,
        ),
        Claim("-95.64", -95.6357976171337, lambda ds: most_negative(ds)[1], 1e-3, settings=LEAST),
        Claim("0.645", 0.644915291806505, lambda ds: most_negative(ds)[0], 2e-3, settings=LEAST),
        Claim("15.08", 25.69 * 0.3 / 2 * np.log(50), last_finite, 2e-3, settings=LAST),
        Claim(
            "-14.47",
            25.69 * np.log((147 * np.exp(-15 / 25.69) + 3 * np.exp(1 / 7.707)) / 150),
            at(I_max_pump=0.5, g_Na=0.1),
        ),
    ),
    "impermeant_anions": (
        *(
            Claim(text, dusterwald(z, 0.02)[3], at(valence_X=z, g_KCC2=0.02, n_X=300.0))
            for text, z in (("-64.77", -0.5), ("-72.59", -0.85), ("-79.15", -1.5))
        ),
        Claim("-69.93", -69.928953244812, at(g_KCC2=0.0, **PLACE)),
        Claim("-69.93", -69.928953244812, at("E_Cl", g_KCC2=0.0, **PLACE)),
        Claim("8.69", 8.6929433295, at("Cl_in", g_KCC2=0.0, **PLACE)),
        Claim("5.16", 5.1647014, at("Cl_in", g_KCC2=0.02, **PLACE)),
        Claim("11.25", force(-0.85), shown_force(-0.85)),
        Claim("10.64", force(-0.5), shown_force(-0.5)),
        Claim("11.77", force(-1.5), shown_force(-1.5)),
    ),
}

EACH = pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow if name == "ouabain_rundown" else ())
        for name in CLAIMS
    ],
)


@EACH
def test_study_asks_says_and_shows(name):
    asks_says_and_shows(name, CLAIMS[name])


@EACH
def test_study_keeps_its_promise(name):
    keeps_its_promise(name, CLAIMS[name])


@pytest.mark.parametrize(
    "claim", [c for claims in CLAIMS.values() for c in claims], ids=lambda c: c.text
)
def test_the_text_is_the_oracle_rounded(claim):
    rounds_to_its_text(claim)


@pytest.mark.slow
def test_every_course_is_that_of_lsoda():
    ds = evaluated("ouabain_rundown")
    assert (ds.status == 1).all()
    for model in range(2):
        cell = Cell(ds.isel(model=model))
        start = cell.settled()
        before = cell.inside(*start)[3]
        for blocked in ds.blocked_pump.values:
            V, content = cell.run(start, 1 - blocked, ds.time.values)
            here = ds.isel(model=model).sel(blocked_pump=blocked)
            np.testing.assert_allclose(here.V, V, rtol=0, atol=2e-5)
            np.testing.assert_allclose(here.relative_volume, content / before, rtol=1e-5)


@pytest.mark.slow
def test_a_run_on_disk_has_the_same_courses_and_is_resumed(tmp_path):
    short = ("kernel.times={ linear = [0, 1000], size = 3 }", "axes.blocked_pump.size=2")
    study = ls.load("ouabain_rundown", short)
    stored = ls.run(study, tmp_path / "courses.zarr")
    np.testing.assert_array_equal(stored.V, ls.evaluate(study).V)
    assert float(stored.V.sel(blocked_pump=1)[0, 2]) == pytest.approx(-40.87352, abs=2e-4)
    np.testing.assert_array_equal(ls.run(study, tmp_path / "courses.zarr").V, stored.V)


@pytest.mark.slow
def test_the_ends_of_the_run_down_are_donnans():
    kernel = ls.load("ouabain_rundown").kernel
    assert kernel["law"] == "cubic"
    from leakscape_kernels.dynamics.donnan import donnan

    # The numbers of the text, from the closed forms that test_kernel_pump_leak holds.
    assert round(float(donnan()()["V_rest"]), 2) == pytest.approx(0.41, abs=1e-6)
    assert round(float(donnan(system="closed")()["V_rest"]), 2) == pytest.approx(-16.25, abs=1e-5)


def test_every_steady_state_is_the_closed_form_and_what_has_none_says_so():
    ds = evaluated("pump_leak_steady_state")
    V, volume, mu = closed_form(ds)
    bounded = mu < 1 - 1e-5
    # 3: the strongest pumps leave less Na than float32 holds, and what is absent has no E.
    assert set(np.unique(ds.status)) == {1, 3, 15}
    assert (ds.status.where(bounded, 1) < 10).all()
    np.testing.assert_array_equal(ds.Na_in.where(ds.status < 10) == 0, ds.status == 3)
    assert (ds.status.where(mu > 1 + 1e-5, 15) == 15).all()
    np.testing.assert_allclose(ds.V_rest.where(bounded), V.where(bounded), rtol=0, atol=1e-3)
    np.testing.assert_allclose(ds.volume.where(mu < 0.99), volume.where(mu < 0.99), rtol=1e-4)
    exact = ls.evaluate(ls.load("pump_leak_steady_state", ('precision="float64"',)))
    np.testing.assert_allclose(exact.V_rest.where(bounded), V.where(bounded), atol=1e-9)


def test_amount_scales_the_volume_and_nothing_else():
    ds = evaluated("impermeant_anions")
    assert (ds.status == 1).all()
    for name in ("V_rest", "Cl_in", "K_in"):
        np.testing.assert_array_equal(ds[name], ds[name].isel(n_X=[1, 1, 1]).values)
    per_amount = ds.volume / ds.n_X
    np.testing.assert_allclose(per_amount, per_amount.isel(n_X=[0]).values + 0 * per_amount)
    for z in ds.valence_X.values[::8]:
        for g_KCC2 in (0.0, 0.02):
            na, k, cl, V = dusterwald(z, g_KCC2)
            here = ds.sel(valence_X=z, g_KCC2=g_KCC2)
            assert float(here.V_rest[0]) == pytest.approx(V, abs=1e-8)
            assert float(here.Cl_in[0]) == pytest.approx(cl, rel=1e-9)
            X = 297.0 - na - k - cl
            np.testing.assert_allclose(here.volume, 1000 * ds.n_X / X, rtol=1e-9)
