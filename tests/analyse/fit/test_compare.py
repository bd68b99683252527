"""Fits of one table are ranked by evidence and by leave-one-out, and disagreement is said."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from normal_toys import Linear, packed, straight_line
from scipy import stats

from leakscape.analyse.fit import compare as compare_module
from leakscape.analyse.fit import loo as loo_module
from leakscape.analyse.fit.compare import compare
from leakscape.analyse.fit.compared_table import comparison_table
from leakscape.analyse.fit.loo import Loo, loo
from leakscape.errors import DeclarationError

LINE, CONSTANT = straight_line(), straight_line(slope=False)


def exact(problem, k=0.3):
    """The leave-one-out scores of a linear problem, in closed form."""
    told = problem.leave_one_out()
    error = np.sqrt(len(told) * told.var())
    return Loo(told.sum(), error, 1.0, told, np.full(len(told), k))


@pytest.fixture(scope="module")
def trees():
    return {"line": packed(LINE, "line"), "constant": packed(CONSTANT, "constant")}


@pytest.fixture
def scores(monkeypatch):
    """Leave-one-out in closed form in place of ArviZ's."""
    known = {"line": exact(LINE), "constant": exact(CONSTANT)}
    monkeypatch.setattr(compare_module, "loo", lambda tree: known[tree.attrs["name"]])
    return known


def test_bayes_factor_of_nested_models_is_that_of_savage_and_dickey(trees, scores):
    """p(slope = 0 | data) / p(slope = 0) (Dickey 1971, doi:10.1214/aoms/1177693507)."""
    told = compare([trees["constant"], trees["line"]])
    sd = np.sqrt(LINE.covariance()[1, 1])
    posterior = stats.norm(LINE.mean()[1], sd).logpdf(0.0)
    expected = posterior - stats.norm(0.0, LINE.spread[1]).logpdf(0.0)
    assert list(told["fit"].values) == ["line", "constant"]
    assert told["log_bayes_factor"].values == pytest.approx([0.0, expected], abs=1e-9)
    gap = CONSTANT.leave_one_out() - LINE.leave_one_out()
    assert float(told["elpd_difference"][1]) == pytest.approx(gap.sum())
    assert float(told["elpd_difference_error"][1]) == pytest.approx(np.sqrt(12 * gap.var()))


def test_widths_of_priors_stand_beside_the_evidence(trees, scores):
    told = compare(list(trees.values()))
    width = told["prior_upper"] - told["prior_lower"]
    at = {"fit": "line", "parameter": "slope"}
    assert float(width.sel(at)) == pytest.approx(2 * 1.96 * 1.5, rel=0.05)
    assert np.isnan(width.sel(fit="constant", parameter="slope"))
    assert list(told["unit"].values) == ["mV", "mV"]
    remarks = json.loads(told.attrs["remarks"])
    assert remarks == [
        "the evidence depends on the width of the priors: one that is ten times as wide as the "
        "data ask for lowers its logarithm by 2.3"
    ]


def test_loo_is_refused_where_a_single_datum_decides(trees, scores):
    k = np.full(12, 0.3)
    k[4] = 0.83
    scores["line"] = replace(scores["line"], pareto_k=k)
    told = compare(list(trees.values()))
    assert told["loo_refused"].sel(fit="line")
    assert not told["loo_refused"].sel(fit="constant")
    assert json.loads(told.attrs["remarks"])[0] == (
        "line: LOO is refused, for Pareto k of 1 of 12 data is above 0.7 (the largest is 0.83): "
        "single data decide this fit"
    )
    assert "refused" in comparison_table(told).splitlines()[1]


def test_a_wide_prior_makes_the_rankings_disagree(trees, scores):
    """LOO hardly sees the width; the evidence falls by the logarithm of it."""
    wide = straight_line(rows=150, true=0.35, spread=1e13)
    constant = straight_line(slope=False, rows=150, true=0.35)
    scores |= {"wide": exact(wide), "constant": exact(constant)}
    told = compare([packed(wide, "wide"), packed(constant, "constant")])
    assert list(told["fit"].values) == ["constant", "wide"]
    remarks = json.loads(told.attrs["remarks"])
    assert any(r.startswith("the rankings disagree: the evidence is for constant") for r in remarks)


def test_equal_evidences_and_small_differences_are_no_ranking(trees, scores):
    scores["again"] = replace(scores["line"], elpd=scores["line"].elpd + 0.001)
    again = trees["line"].copy()
    again.attrs["name"] = "again"
    told = compare([again, trees["line"]])
    remarks = json.loads(told.attrs["remarks"])
    assert "the evidences of again and line differ by 0, no more than their error" in remarks[0]


def test_a_fit_without_a_scan_is_ranked_by_loo(trees, scores):
    unscanned = xr.DataTree.from_dict(
        {f"/{name}": group for name, group in trees["line"].children.items() if name != "scan"}
    )
    unscanned.attrs = {**trees["line"].attrs, "name": "chains"}
    scores["chains"] = scores["line"]
    told = compare([unscanned, trees["constant"]])
    assert list(told["fit"].values) == ["constant", "chains"]
    assert told["has_evidence"].values.tolist() == [True, False]
    assert "its evidence is not known" in told.attrs["remarks"]


def test_the_table_says_it_all(trees, scores):
    lines = comparison_table(compare(list(trees.values()))).splitlines()
    assert lines[0].split("  ")[0] == "fit"
    assert lines[1].split()[:4] == ["line", f"{LINE.log_evidence():.3f}", "+-", "0.01"]
    assert lines[4].split() == ["prior,", "central", "95", "%", "offset", "[mV]", "slope", "[mV]"]
    assert lines[6].endswith("-")
    assert max(map(len, lines[:7])) <= 100


def test_bad_input_is_one_sentence(trees, scores, monkeypatch):
    line = trees["line"]
    with pytest.raises(DeclarationError, match="needs at least two fits, got 1"):
        compare([line])
    with pytest.raises(DeclarationError, match="names must differ, got 'line' twice"):
        compare([line, line])
    moved = Linear(LINE.design, LINE.y + 1e-9, 0.5, LINE.unknowns)
    with pytest.raises(DeclarationError, match="line and moved are not fits of the same data"):
        compare([line, packed(moved, "moved")])
    bare = xr.DataTree.from_dict({"/observed_data": line["observed_data"].to_dataset()})
    bare.attrs = {"name": "bare"}
    with pytest.raises(DeclarationError, match="bare has no posterior"):
        loo(bare)
    monkeypatch.setattr(loo_module, "find_spec", lambda name: None)
    with pytest.raises(DeclarationError, match=r"arviz.*pip install 'leakscape\[bayes\]'"):
        loo(line)
