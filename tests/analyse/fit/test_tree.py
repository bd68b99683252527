"""A fit is one tree in ArviZ's layout, with units and labels, and its draws are what they were."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xarray as xr
from normal_toys import BestOfLinear, Linear, Scanned, Toy, packed, scanned, straight_line
from scipy import stats

from leakscape.analyse.fit.independent import independent
from leakscape.analyse.fit.report import fit_report
from leakscape.analyse.fit.tree import Parts, Rows, tree_of, variables_of


@pytest.fixture(scope="module")
def tree():
    return packed(straight_line())


def test_groups_are_those_of_arviz(tree):
    assert set(tree.children) == {
        "posterior", "prior", "posterior_predictive", "observed_data", "log_likelihood",
        "sample_stats", "convergence", "best", "scan",
    }  # fmt: skip
    assert dict(tree["posterior"].sizes) == {"chain": 4, "draw": 1000}
    assert dict(tree["prior"].sizes) == {"chain": 1, "draw": 4000}
    assert json.loads(tree.attrs["remarks"]) == ["one", "two"]
    assert tree.attrs["seed"] == 1


def test_every_variable_has_a_unit_and_a_name(tree):
    seen = 0
    for group in tree.subtree:
        for name, variable in group.to_dataset(inherit=False).data_vars.items():
            assert {"units", "long_name"} <= variable.attrs.keys(), (group.path, name)
            seen += 1
    assert seen > 30
    assert tree["posterior/slope"].attrs["units"] == "mV"
    assert tree["posterior_predictive/V"].attrs["units"] == "mV"
    assert tree["observed_data"].coords["K_out"].attrs["units"] == "mmol/L"
    assert list(tree["best"].coords["unit"].values) == ["mV", "mV"]


def test_the_table_has_the_intervals_of_the_posterior_where_there_is_one(tree):
    def slope(tree, source):
        lines = fit_report(tree).splitlines()
        after = lines[lines.index(f"[[Intervals]] of the {source}") + 1 :]
        return next(line for line in after if line.startswith("    slope:")).split("; 95 %: ")[1]

    draws = np.sort(tree["posterior/slope"].values.ravel())
    low, _, high, unit = slope(tree, "posterior").split()
    np.testing.assert_allclose([float(low), float(high)], draws[[100, 3899]], rtol=2e-3)
    assert unit == "mV"
    best, error = (tree["best"][name] for name in ("slope", "error"))
    bound = float(best - 1.96 * error.sel(parameter="slope"))
    assert slope(tree.drop_nodes("posterior"), "profiles") == f"above {bound:.4g} mV"


def test_draws_are_those_of_the_scan_and_their_likelihood_that_of_scipy(tree):
    problem = straight_line()
    draws = scanned(problem).draws
    assert np.array_equal(tree["posterior/slope"].values.ravel(), draws[:, 1])
    predicted = draws @ problem.design.T
    expected = stats.norm(predicted, problem.sd).logpdf(problem.y)
    found = tree["log_likelihood/V"].values.reshape(4000, 12)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    scores = draws / problem.spread
    lp = expected.sum(axis=1) - (scores**2).sum(axis=1) / 2
    np.testing.assert_allclose(tree["sample_stats/lp"].values.ravel(), lp, rtol=1e-12)


def test_effective_size_of_draws_is_what_scatters_their_mean():
    """Resampling 500 points in 800 draws: the mean scatters by 1/500 + 1/800 of the variance."""
    random, found = np.random.default_rng(0), []
    for _ in range(3000):
        points = random.normal(size=500)
        found.append(random.choice(points, 800).mean())
    problem = straight_line()
    draws = independent(problem, Scanned(problem.draws(800, 1), 0.0, ess=500.0, unique=79))
    assert draws.ess_bulk == pytest.approx(1 / np.var(found), rel=4.5 * np.sqrt(2 / 3000))
    assert draws.values.shape == (4, 200, 2)
    assert draws.rhat is None
    assert draws.remarks[0].startswith("the 800 draws are of 79 different points")


def test_best_fit_has_its_errors_profiles_and_residuals(tree):
    problem = straight_line()
    best = tree["best"]
    assert float(best["slope"]) == problem.mean()[1]
    at = {"parameter": "slope", "other_parameter": "offset"}
    assert float(best["covariance"].sel(at)) == problem.covariance()[1, 0]
    residual = (problem.y - problem.design @ problem.mean()) / problem.sd
    assert best["V_residual"].values == pytest.approx(residual, rel=1e-12)
    assert float(best["chi2"]) == pytest.approx(residual @ residual)
    assert np.isinf(best["upper_95"].values).all()
    assert best["profile_chi2"].dims == ("parameter", "step")
    assert tree["scan/pair"].dims == (
        "parameter", "other_parameter", "coarse_bin", "other_coarse_bin",
    )  # fmt: skip
    assert tree["scan"].sizes["coarse_bin_edge"] == 5
    assert int(tree["scan/n_failed"]) == 3


def test_what_is_one_for_each_text_is_one_variable():
    unknowns = [
        Toy("ratio"),
        Toy("K_in", label="nitrate", dimension="medium", unit="mmol/L"),
        Toy("K_in", label="ammonium", dimension="medium", unit="mmol/L"),
        Toy("Cl_in", label="ammonium", dimension="medium"),
        Toy("Cl_in", label="nitrate", dimension="medium"),
    ]
    problem = Linear(np.ones((3, 5)), np.ones(3), 1.0, unknowns)
    found = variables_of(problem, np.arange(10.0).reshape(1, 2, 5), ("chain", "draw"))
    assert found["K_in"].dims == ("chain", "draw", "medium")
    assert list(found["medium"].values) == ["nitrate", "ammonium"]
    assert found["K_in"].sel(medium="ammonium").values.tolist() == [[2.0, 7.0]]
    assert found["Cl_in"].sel(medium="ammonium").values.tolist() == [[3.0, 8.0]]
    assert found["ratio"].dims == ("chain", "draw")
    assert found["K_in"].attrs["units"] == "mmol/L"


def test_a_cell_without_a_datum_is_nan_and_a_fit_by_least_squares_has_no_posterior():
    problem = straight_line()
    there = np.ones((12, 1), bool)
    there[3] = False
    rows = Rows(units={"V": "mV"}, there=there)
    parts = Parts(best=BestOfLinear(problem), best_errors=problem.error)
    tree = tree_of(problem, rows, {"name": "x", "fit": "{}"}, parts)
    assert set(tree.children) == {"observed_data", "best"}
    assert np.flatnonzero(np.isnan(tree["observed_data/V"].values)).tolist() == [3]
    assert np.isnan(tree["best/V_residual"].values[3])
    assert isinstance(tree, xr.DataTree)
