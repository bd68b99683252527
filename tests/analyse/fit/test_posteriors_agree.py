"""Three ways to one posterior: scan, least squares and chains; and closed forms of whole fits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from live import K_OUT, goldman, titration
from normal_toys import Cells
from scipy import stats

import leakscape as ls
from leakscape.analyse.fit.least_squares import best_fit
from leakscape.analyse.fit.nuts import nuts
from leakscape.analyse.fit.posing import pose
from leakscape.analyse.fit.scan import scan
from leakscape.errors import DeclarationError

pytestmark = pytest.mark.slow  # compiling a problem takes seconds

LINE = """
def kernel(*, a, b, x):
    return {"V": a * x + b}

kernel.parameters = {
    "a": {"unit": "mV", "default": 0.0},
    "b": {"unit": "mV", "default": 0.0},
    "x": {"unit": "1", "default": 0.0},
}
kernel.outputs = {"V": {"unit": "mV", "long_name": "potential"}}
"""


@pytest.fixture
def line(tmp_path):
    """A fit of V = a x + b, a kernel in a file of one's own."""
    (tmp_path / "line.py").write_text(LINE)

    def made(free, sd, **more):
        data = {"conditions": ["x"], "outputs": {"V": {"output": "V", "sd": sd}}}
        given = {"name": "line", "kernel": "line.py:kernel", "data": data, "folder": tmp_path}
        return ls.Fit(free=free, **given | more)

    return made


def test_scan_least_squares_and_chains_agree():
    """On formula and errors of 0.2 mV, where the posterior is as good as normal in ln P and K."""
    V = goldman(K_OUT, ratio=0.02, K_in=140.0)
    V += 0.2 * np.random.default_rng(11).normal(size=len(V))
    frame = pd.DataFrame({"K_out [mM]": K_OUT, "Na_out [mM]": 120.0 - K_OUT, "V [mV]": V})
    free = {"P_Na_over_P_K": {"loguniform": [1e-2, 5e-2]}}
    free |= {"K_in": {"uniform": [120, 160], "unit": "mmol/L"}}
    problem = pose(*titration(free, frame, sd="0.2 mV"))
    found = scan(problem, seed=2, until=4000.0)
    best = best_fit(problem, found.best)
    draws = nuts(problem, best.optima, seed=5)
    assert draws.rhat.max() < 1.01
    chains = draws.values.reshape(-1, 2).copy()
    chains[:, 0] = np.log(chains[:, 0])
    scale = np.array([1.0 / best.values[0], 1.0])
    laplace = np.array([np.log(best.values[0]), best.values[1]])
    sd, scanned = best.error * scale, np.sqrt(np.diag(found.natural_covariance))
    error = chains.std(axis=0) / np.sqrt(draws.ess_bulk)
    # natural_mean_error is half a 95 % interval: two standard errors.
    both = np.hypot(error, found.natural_mean_error / 2.0)
    assert (np.abs(chains.mean(axis=0) - found.natural_mean) < 4.0 * both).all()
    assert (np.abs(chains.mean(axis=0) - laplace) < 4.0 * error).all()
    # Relative error of an sd of n draws: 1 / sqrt(2 n).
    for size, other in ((draws.ess_tail, chains.std(axis=0)), (found.ess, scanned)):
        assert (np.abs(other / sd - 1.0) < 4.0 / np.sqrt(2.0 * size)).all()
    correlation = np.corrcoef(chains.T)[0, 1]
    apart = np.arctanh(correlation) - np.arctanh(best.correlation[0, 1])
    assert abs(apart) < 4.0 / np.sqrt(draws.ess_bulk.min())


def test_a_line_has_the_evidence_and_the_posterior_of_the_closed_form(line):
    x = np.linspace(-1.0, 1.0, 6)
    y = 1.2 * x - 0.4 + 0.8 * np.random.default_rng(4).normal(size=6)
    frame = pd.DataFrame({"x": x, "V [mV]": y})
    free = {name: {"normal": [0.3, 1.5], "unit": "mV"} for name in ("a", "b")}
    fit = line(free, "0.8 mV")
    found = ls.fit(fit, frame, "scan", until=1e9, most=2**22, seed=1, progress=False)
    design = np.stack([x, np.ones(6)], axis=1)
    spread = 1.5**2 * design @ design.T + 0.8**2 * np.eye(6)
    evidence = stats.multivariate_normal(design @ [0.3, 0.3], spread).logpdf(y)
    assert int(found["scan/n_points"]) == 2**22
    np.testing.assert_allclose(found["scan/log_evidence"], evidence, atol=1e-6)
    covariance = np.linalg.inv(design.T @ design / 0.8**2 + np.eye(2) / 1.5**2)
    mean = covariance @ (design.T @ y / 0.8**2 + np.full(2, 0.3) / 1.5**2)
    best = found["best"].to_dataset()
    np.testing.assert_allclose([float(best[n]) for n in ("a", "b")], mean, atol=1e-8)
    np.testing.assert_allclose(best["covariance"], covariance, atol=1e-8)
    posterior = found["posterior"].to_dataset()
    draws = np.stack([posterior[n].values.ravel() for n in ("a", "b")])
    error = np.sqrt(np.diag(covariance) / draws.shape[1])
    assert (np.abs(draws.mean(axis=1) - mean) < 4.0 * error).all()


def test_a_hierarchy_is_drawn_by_chains_and_refused_by_the_scan(line):
    cells = Cells(cells=5, repeats=3)
    frame = pd.DataFrame(
        {"x": np.zeros(len(cells.y)), "V [mV]": cells.y, "cell": [f"c{i}" for i in cells.cell]}
    )
    free = {
        "b": {"normal": ["m", "s"], "unit": "mV", "per": "cell"},
        "m": {"normal": [0, 3], "unit": "mV"},
        "s": {"lognormal": [1, 0.7], "unit": "mV"},
    }
    fit = line(free, "1 mV", fixed={"a": "0 mV"})
    with pytest.raises(DeclarationError, match=r"got a hierarchy.*--method nuts"):
        ls.fit(fit, frame, "scan", progress=False)
    found = ls.fit(fit, frame, seed=3, progress=False)
    assert found.attrs["method"] == "nuts"
    assert "scan" not in found.children
    posterior = found["posterior"].to_dataset()
    assert posterior["b"].dims == ("chain", "draw", "cell")
    drawn = posterior["m"].values.ravel(), np.log(posterior["s"].values.ravel())
    for draws, (mean, sd) in zip(drawn, cells.hyperparameters(), strict=True):
        # Chains are as good as a few hundred independent draws at least.
        assert abs(draws.mean() - mean) < 4.0 * sd / np.sqrt(400.0)
        assert abs(draws.std() / sd - 1.0) < 4.0 / np.sqrt(2.0 * 400.0)
