"""Least squares from many starts: optimum, covariance, profiles, and the table of them.

The data are root potentials under nitrate and ammonium (Szczerba et al. 2006,
doi:10.1104/pp.106.082701, table I), fitted by V = kT ln((K + c0) / K_eff).
"""

from __future__ import annotations

import importlib.util

import jax.numpy as jnp
import numpy as np
import pytest
import scipy.optimize
from toy_problems import Toy, Unknown

from leakscape.analyse.fit.identify import ridges
from leakscape.analyse.fit.least_squares import best_fit
from leakscape.analyse.fit.profiles import profiles
from leakscape.analyse.fit.report import fit_report
from leakscape.errors import DeclarationError

K = np.array([0.1, 1.5, 5.0, 20.0, 40.0])
V = np.array([[-141.0, -125.0, -119.0, -86.0, -86.0], [-118.0, -123.0, -119.0, -59.0, -51.0]])
SD = np.array([[11.0, 12.0, 13.0, 17.0, 10.0], [10.0, 18.0, 9.0, 6.0, 9.0]])
KT = 8.314462618 * 293.15 / 96485.33212 * 1e3
MEDIA = ("nitrate", "ammonium")
NO_VALUE_ABOVE = 5e4
"""The toy's model has no value there, so that some starts fail."""


def potential(v, xp):
    return KT * xp.log((K + v[0]) / v[1])


def model(v):
    both = jnp.concatenate([potential(v[:2], jnp), potential(v[2:], jnp)])
    return jnp.where(v[1] < NO_VALUE_ABOVE, both, jnp.nan)


@pytest.fixture(scope="module")
def problem():
    unknowns = [
        Unknown(name, low, high, "loguniform", "mmol/L", label=medium)
        for medium in MEDIA
        for name, low, high in (("c0", 0.01, 100.0), ("K_eff", 10.0, 1e5))
    ]
    return Toy(unknowns, model, V.ravel(), SD.ravel())


@pytest.fixture(scope="module")
def best(problem):
    generator = np.random.default_rng(5)
    starts = np.exp(generator.uniform(np.log(0.05), np.log(50.0), (70, 4))) * [1, 100, 1, 100]
    starts[:3, 1] = 8e4
    return best_fit(problem, starts)


@pytest.fixture(scope="module")
def profile(problem, best):
    return profiles(problem, best)


def by_scipy(medium, start=(4.0, 800.0), held=None):
    """Fit one medium, c0 or K_eff (place, value) held."""

    def residuals(logs):
        logs = logs if held is None else np.insert(logs, held[0], np.log(held[1]))
        return (potential(np.exp(logs), np) - V[medium]) / SD[medium]

    def slopes(logs):
        logs = logs if held is None else np.insert(logs, held[0], np.log(held[1]))
        c0 = np.exp(logs[0])
        both = np.stack([KT * c0 / (K + c0), np.full(5, -KT)], axis=1) / SD[medium][:, None]
        return both if held is None else np.delete(both, held[0], axis=1)

    logs = np.log(start) if held is None else np.delete(np.log(start), held[0])
    tight = dict.fromkeys(("xtol", "ftol", "gtol"), 1e-15)
    found = scipy.optimize.least_squares(residuals, logs, slopes, **tight)
    # It ends a few 1e-8 from the optimum; two more Gauss-Newton steps take it there.
    for _ in range(2):
        step = np.linalg.lstsq(slopes(found.x), residuals(found.x), rcond=None)[0]
        found.x = found.x - step
    return found


def test_the_optimum_is_that_of_scipy(best):
    found = [by_scipy(medium) for medium in (0, 1)]
    np.testing.assert_allclose(best.values, np.exp([*found[0].x, *found[1].x]), rtol=1e-8)
    np.testing.assert_allclose(best.chi2, 2.0 * sum(one.cost for one in found), rtol=1e-10)
    # The reference fit of the same table, made by other means.
    np.testing.assert_allclose(best.values, [4.95558, 1135.8436, 2.04658, 316.5096], rtol=2e-5)
    np.testing.assert_allclose(best.chi2, 0.9411 + 9.3239, atol=1e-4)
    assert best.degrees_of_freedom == 6


def test_the_covariance_is_the_inverse_of_exact_curvature(best):
    exact = np.zeros((4, 4))
    for place in (0, 2):
        c0, effective = best.values[place : place + 2]
        jacobian = np.stack([KT / (K + c0), np.full(5, -KT / effective)], axis=1)
        jacobian = jacobian / SD[place // 2][:, None]
        exact[place : place + 2, place : place + 2] = np.linalg.inv(jacobian.T @ jacobian)
    np.testing.assert_allclose(best.covariance, exact, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(best.error, np.sqrt(np.diag(exact)), rtol=1e-9)
    scale = best.error[:, None] * best.error
    np.testing.assert_allclose(best.correlation, exact / scale, atol=1e-12)


def test_starts_without_a_value_fail_alone_and_are_counted(best):
    assert not best.sound[:3].any()
    assert best.sound[3:].all()
    assert best.converged[3:].all()
    assert best.optima_starts.tolist() == [67]
    assert "The model has no value at 3 of 70 starts." in best.remarks


def test_a_profile_is_the_least_misfit_over_the_others(best, profile):
    for place in range(4):
        medium, own = divmod(place, 2)
        rest = 2.0 * by_scipy(1 - medium).cost
        for step in (0, 7, 15, 20, 30):
            value = profile.values[place, step]
            start = best.values[2 * medium : 2 * medium + 2]
            exact = 2.0 * by_scipy(medium, start, held=(own, value)).cost + rest
            np.testing.assert_allclose(profile.chi2[place, step], exact, rtol=1e-8)
    assert (np.diff(profile.values, axis=1) > 0.0).all()
    assert ((profile.chi2[:, [0, -1]] - best.objective) > 7.0).all()
    assert profile.better is None


@pytest.mark.parametrize("place", [0, 3])
def test_an_interval_ends_where_scipy_finds_the_rise(best, profile, place):
    medium, own = divmod(place, 2)
    least = 2.0 * by_scipy(medium).cost
    start = best.values[2 * medium : 2 * medium + 2]

    def rise(logarithm, level):
        held = (own, np.exp(logarithm))
        return 2.0 * by_scipy(medium, start, held=held).cost - least - level

    centre = np.log(best.values[place])
    for name, level, out in (
        ("lower_68", 1.0, -2.0),
        ("upper_68", 1.0, 2.5),
        ("lower_95", 3.841458820694124, -2.5),
        ("upper_95", 3.841458820694124, 2.5),
    ):
        exact = scipy.optimize.brentq(rise, centre, centre + out, args=(level,), xtol=1e-12)
        np.testing.assert_allclose(getattr(profile, name)[place], np.exp(exact), rtol=1e-6)


def test_the_table_is_laid_out_as_lmfit_prints_it(problem, best, profile):
    lines = fit_report(best, profile).splitlines()
    assert lines[0] == "[[Fit Statistics]]"
    assert "    # starts converged   = 67 of 70" in lines
    assert f"      chi-square         = {best.chi2:.8g}" in lines
    c0 = next(line for line in lines if line.startswith("    c0[nitrate]:"))
    share = 100.0 * best.error[0] / best.values[0]
    assert c0.split(maxsplit=1)[1] == (
        f"{best.values[0]:.8g} +/- {best.error[0]:.8g} mmol/L ({share:.2f}%)"
    )
    first = lines[lines.index("[[Correlations]] (unreported correlations are < 0.100)") + 1]
    strongest = max(best.correlation[0, 1], best.correlation[2, 3])
    assert first.endswith(f"= {strongest:+.4f}")
    # Media share nothing: their correlation is 0 and is not printed.
    assert not any("nitrate" in line and "ammonium" in line for line in lines)
    assert ridges(problem, best, profile) == []


def test_a_missing_package_is_asked_for_in_a_sentence(problem, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "optimistix" else find(name)
    )
    with pytest.raises(DeclarationError, match=r"^fits need optimistix; pip install 'leaks.*\]'$"):
        best_fit(problem, [[1.0, 100.0, 1.0, 100.0]])
