"""Whole fits of groups, means, outliers and clamps, against SciPy and formulas written out here."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from live import K_OUT, goldman, titration
from scipy import optimize, stats

import leakscape as ls
from leakscape.analyse.fit.evaluated import starts
from leakscape.analyse.fit.least_squares import best_fit
from leakscape.analyse.fit.posing import pose
from leakscape.errors import DeclarationError

pytestmark = pytest.mark.slow  # compiling a problem takes seconds

K = K_OUT[1:7]
RATIO = {"loguniform": [1e-3, 1]}
K_IN = {"uniform": [80, 220], "unit": "mmol/L"}


def two_media():
    """Recordings of cells with a K inside of their own, and different scatter and repeats."""
    random = np.random.default_rng(7)
    K_out = np.tile(K, 2)
    K_in = np.repeat([120.0, 160.0], len(K))
    n = np.tile([3.0, 5.0, 4.0, 6.0, 1.0, 2.0], 2)
    sd = np.repeat([1.5, 2.5], len(K))
    V = goldman(K_out, ratio=0.04, K_in=K_in) + sd / np.sqrt(n) * random.normal(size=2 * len(K))
    return pd.DataFrame(
        {
            "K_out [mM]": K_out,
            "Na_out [mM]": 120.0 - K_out,
            "V [mV]": V,
            "V_sd [mV]": sd,
            "n": n,
            "medium": np.repeat(["nitrate", "ammonium"], len(K)),
        }
    )


def by_scipy(frame, groups, guess):
    """Least squares in (ln ratio, K_in of each group): values, standard errors and chi2."""
    error = (frame["V_sd [mV]"] / np.sqrt(frame["n"])).to_numpy()

    def residuals(at):
        V = goldman(frame["K_out [mM]"].to_numpy(), ratio=np.exp(at[0]), K_in=at[1:][groups])
        return (frame["V [mV]"].to_numpy() - V) / error

    found = optimize.least_squares(residuals, guess, jac="3-point", x_scale=np.abs(guess))
    error = np.sqrt(np.diag(np.linalg.inv(found.jac.T @ found.jac)))
    values = np.array([np.exp(found.x[0]), *found.x[1:]])
    return values, error * np.array([values[0], *np.ones(len(guess) - 1)]), 2.0 * found.cost


def best_of(fit, frame):
    """Fit without profiles and a tree, whose compilation takes as long again."""
    problem = pose(fit, frame)
    return best_fit(problem, starts(problem, 0))


def test_media_share_a_parameter_and_a_cell_without_a_number_is_left_out(tmp_path):
    frame = two_media()
    frame.astype(object).replace({"V [mV]": {frame["V [mV]"][4]: "lost"}}).to_csv(
        tmp_path / "media.csv", index=False
    )
    free = {"P_Na_over_P_K": RATIO, "K_in": K_IN | {"per": "medium"}}
    data = {"table": "media.csv", "skip": True}
    fit, _ = titration(free, frame, sd="V_sd", n="n", data=data, folder=tmp_path)
    best = ls.fit(fit, method="lm", progress=False)["best"].to_dataset()
    left = frame.drop(index=4)
    groups = np.repeat([0, 1], [5, 6])
    values, errors, chi2 = by_scipy(left, groups, [np.log(0.05), 140.0, 140.0])
    assert list(best["parameter"].values) == ["P_Na_over_P_K", "K_in[nitrate]", "K_in[ammonium]"]
    got = [float(best["P_Na_over_P_K"]), *best["K_in"].values]
    np.testing.assert_allclose(got, values, rtol=1e-6)
    np.testing.assert_allclose(best["error"], errors, rtol=1e-5)
    np.testing.assert_allclose(best["chi2"], chi2, rtol=1e-9)
    assert int(best["degrees_of_freedom"]) == 11 - 3


def test_media_that_share_nothing_are_two_fits():
    frame = two_media()
    free = {"P_Na_over_P_K": RATIO | {"per": "medium"}, "K_in": K_IN | {"per": "medium"}}
    fit, _ = titration(free, frame, sd="V_sd", n="n")
    best = best_of(fit, frame)
    chi2 = 0.0
    for place, (_, own) in enumerate(frame.groupby("medium", sort=False)):
        values, errors, misfit = by_scipy(own, np.zeros(len(own), int), [np.log(0.05), 140.0])
        np.testing.assert_allclose(best.values[[place, 2 + place]], values, rtol=1e-6)
        np.testing.assert_allclose(best.error[[place, 2 + place]], errors, rtol=1e-5)
        chi2 += misfit
    np.testing.assert_allclose(best.chi2, chi2, rtol=1e-9)
    across = best.correlation[np.ix_([0, 2], [1, 3])]
    np.testing.assert_allclose(across, 0.0, atol=1e-7)


def with_outlier():
    V = goldman(K_OUT, ratio=0.04, K_in=140.0) + np.random.default_rng(3).normal(size=len(K_OUT))
    V[5] += 15.0
    return pd.DataFrame({"K_out [mM]": K_OUT, "Na_out [mM]": 120.0 - K_OUT, "V [mV]": V})


def observed_errors(misfit, at, step=1e-3):
    """Standard errors by the second differences of a negative log-likelihood."""
    size = len(at)
    every = step * np.eye(size)

    def second(i, j):
        signs = ((1, 1), (-1, -1), (1, -1), (-1, 1))
        parts = [misfit(at + a * every[i] + b * every[j]) for a, b in signs]
        return (parts[0] + parts[1] - parts[2] - parts[3]) / (4.0 * step**2)

    hessian = [[second(i, j) for j in range(size)] for i in range(size)]
    return np.sqrt(np.diag(np.linalg.inv(hessian)))


def likeliest(frame, law):
    """Maximise a likelihood over ln ratio, K_in / 100 and ln sd: values and standard errors."""
    recorded, K_out = frame["V [mV]"].to_numpy(), frame["K_out [mM]"].to_numpy()

    def misfit(at):
        V = goldman(K_out, ratio=np.exp(at[0]), K_in=100.0 * at[1])
        return -law(recorded, V, np.exp(at[2])).sum()

    options = {"xatol": 1e-10, "fatol": 1e-13, "maxiter": 5000, "maxfev": 5000}
    found = optimize.minimize(misfit, [-3.0, 1.4, 0.0], method="Nelder-Mead", options=options)
    values = np.array([np.exp(found.x[0]), 100.0 * found.x[1], np.exp(found.x[2])])
    return values, observed_errors(misfit, found.x) * [values[0], 100.0, values[2]]


def test_students_noise_shrugs_an_outlier_off_as_scipy_does():
    frame = with_outlier()
    free = {"P_Na_over_P_K": RATIO, "K_in": K_IN}
    sd = {"loguniform": [0.1, 30], "unit": "mV"}
    fit, _ = titration(free, frame, sd=sd, noise={"law": "student", "df": 3})
    best = best_of(fit, frame)
    values, errors = likeliest(frame, lambda x, V, sd: stats.t.logpdf(x, 3, V, sd))
    np.testing.assert_allclose(best.values, values, rtol=1e-5)
    np.testing.assert_allclose(best.error, errors, rtol=1e-3)
    plain, _ = likeliest(frame, stats.norm.logpdf)
    assert abs(best.values[1] - 140.0) < 0.6 * abs(
        plain[1] - 140.0
    )  # least squares follows the outlier


def test_a_free_scatter_is_the_root_of_the_mean_square():
    frame = with_outlier().drop(index=5)
    free = {"P_Na_over_P_K": RATIO, "K_in": K_IN}
    sd = {"loguniform": [100, 30000], "unit": "uV"}
    fit, _ = titration(free, frame, sd=sd, n=4)
    best = best_of(fit, frame)
    plain = frame.assign(**{"V_sd [mV]": 1.0, "n": 1.0})
    values, _, squares = by_scipy(plain, np.zeros(7, int), [np.log(0.05), 140.0])
    np.testing.assert_allclose(best.values[:2], values, rtol=1e-5)
    # Every value is a mean of four: its error is half the scatter of one recording.
    np.testing.assert_allclose(best.values[2], 2e3 * np.sqrt(squares / 7.0), rtol=1e-6)
    _, errors = likeliest(frame, stats.norm.logpdf)
    np.testing.assert_allclose(best.error, errors * [1.0, 1.0, 2e3], rtol=1e-3)
    np.testing.assert_allclose(best.chi2, 7.0, rtol=1e-6)


TRUTH = {"g_Kir": 0.6, "g_leak": 0.03, "offset_V": 4.0, "R_series": 0.8}
"""Conductances [mS/cm2], junction potential [mV] and series resistance [kohm cm2] of the clamp."""


def clamped(V, current):
    """Current at a commanded potential, less what the clamp does not reach [uA/cm2]."""
    V = V - TRUTH["offset_V"] - TRUTH["R_series"] * current
    kir = TRUTH["g_Kir"] * (V + 90.0) / (1.0 + np.exp((V + 90.0) / 10.0))
    return kir + TRUTH["g_leak"] * (V + 20.0) - current


def test_a_clamp_gives_its_offset_and_series_resistance_back():
    commanded = np.arange(-130.0, 11.0, 10.0)
    current = [optimize.brentq(lambda held, V=V: clamped(V, held), -200, 200) for V in commanded]
    frame = pd.DataFrame({"V [mV]": commanded, "I [uA/cm2]": current})
    concentrations = {"inside": "145.0186220050841 mmol/L", "outside": "5 mmol/L"}
    kir = {"type": "kir", "ion": "K", "g": "1 mS/cm2", "V_shift": "0 mV", "k": "10 mV"}
    leak = {"type": "ohmic_leak", "g": "0.02 mS/cm2", "E": "-20 mV"}
    membrane = {
        "ions": {"K": {"valence": 1} | concentrations},
        "mechanisms": {"Kir": kir | {"K_ref": "5 mmol/L"}, "leak": leak},
    }
    fit = ls.Fit(
        name="clamp",
        kernel={"name": "membrane_current", "membrane": membrane},
        data={"conditions": ["V"], "outputs": {"I": {"output": "I_total", "sd": "0.1 uA/cm2"}}},
        free={
            "g_Kir": {"loguniform": [0.05, 5], "unit": "mS/cm2"},
            "g_leak": {"loguniform": [0.003, 0.3], "unit": "mS/cm2"},
        },
        offsets={
            "V": {"uniform": [-15, 15], "unit": "mV"},
            "R_series": {"uniform": [0, 3000], "unit": "ohm cm2"},
        },
    )
    best = best_of(fit, frame)
    assert best.chi2 < 1e-8
    truth = TRUTH | {"R_series": 800.0}  # ohm cm2
    np.testing.assert_allclose(best.values, [truth[name] for name in best.names], rtol=1e-5)


def test_a_mean_of_an_unknown_number_has_no_error():
    frame = two_media()
    frame.loc[4, "n"] = np.nan
    free = {"K_in": K_IN}
    fit, _ = titration(free, frame, sd="V_sd", n="n", data={"skip": True})
    with pytest.raises(DeclarationError, match=r"row 4, column n: must be a number where there is"):
        ls.fit(fit, frame, method="lm", progress=False)
