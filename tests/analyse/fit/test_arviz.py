"""ArviZ, 0.23 as well as 1, opens a fit from memory and from disk, and agrees with our numbers."""

from __future__ import annotations

import numpy as np
import pytest
from normal_toys import Linear, packed, straight_line
from test_convergence import chains

from leakscape.analyse.fit.compare import compare
from leakscape.analyse.fit.convergence import convergence
from leakscape.analyse.fit.loo import import_arviz, loo
from leakscape.analyse.fit.on_disk import opened, save

pytestmark = pytest.mark.slow  # importing ArviZ takes seconds


@pytest.fixture(scope="module")
def arviz():
    return import_arviz()


@pytest.fixture(scope="module")
def tree():
    return packed(straight_line(), "line")


def given(arviz, tree):
    """A tree as this ArviZ takes it."""
    old = hasattr(arviz, "InferenceData")
    return arviz.InferenceData.from_datatree(tree) if old else tree


def loo_of(arviz, tree):
    found = arviz.loo(given(arviz, tree), pointwise=True, var_name="V")
    return getattr(found, "elpd_loo", None) or found.elpd, found.se, found.pareto_k.values


def test_arviz_opens_a_fit_from_memory_and_from_disk(arviz, tree, tmp_path):
    stored = opened(save(tmp_path / "fit.zarr", tree))
    problem = straight_line()
    for one in (given(arviz, tree), given(arviz, stored)):
        summary = arviz.summary(one, round_to="none")
        assert set(summary.index) == {"offset", "slope"}
        error = np.sqrt(problem.covariance()[1, 1])
        assert float(summary.loc["slope", "mean"]) == pytest.approx(
            problem.mean()[1], abs=4.5 * error / np.sqrt(4000) + 0.005
        )
        assert one["posterior"]["slope"].attrs["units"] == "mV"
        assert list(map(str, one["observed_data"]["medium"].values[[0, 6]])) == ["a", "ammonium"]


def test_loo_is_that_of_arviz_and_near_the_exact_one(arviz, tree):
    told, (elpd, error, k) = loo(tree), loo_of(arviz, tree)
    assert told.elpd == pytest.approx(elpd, rel=1e-12)
    assert told.error == pytest.approx(error, rel=1e-12)
    assert told.pareto_k == pytest.approx(k, rel=1e-12)
    exact = straight_line().leave_one_out()
    assert told.elpd == pytest.approx(exact.sum(), abs=0.1 * told.error)
    assert told.pointwise == pytest.approx(exact, abs=0.1)


@pytest.mark.filterwarnings("ignore:The inplace keyword")
def test_comparison_is_that_of_arviz(arviz, tree):
    constant = packed(straight_line(slope=False), "constant")
    told = compare([tree, constant]).sel(fit="constant")
    both = {"line": given(arviz, tree), "constant": given(arviz, constant)}
    exact = {} if hasattr(arviz, "InferenceData") else {"round_to": "none"}
    table = arviz.compare(both, var_name="V", **exact)
    # From 1.0 on a worse fit has a negative difference, and the variance is by n - 1.
    difference = table.loc["constant", "elpd_diff"]
    assert abs(float(told["elpd_difference"])) == pytest.approx(abs(difference), rel=0.01)
    dse = table.loc["constant", "dse"]
    assert float(told["elpd_difference_error"]) == pytest.approx(dse, rel=0.06)


def test_loo_is_refused_where_a_single_datum_decides(arviz):
    """Three recordings, one of which alone knows the slope: leaving it out moves everything."""
    design = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 30.0]])
    problem = straight_line()
    alone = Linear(design, np.array([0.1, -0.2, 60.0]), 0.5, problem.unknowns)
    told = loo(packed(alone, "alone"))
    assert told.pareto_k[2] > 0.7
    assert told.refused


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.95, -0.6])
def test_convergence_is_that_of_arviz(arviz, correlation):
    for draws in (500, 501):
        values = chains(correlation, draws=draws)
        told, column = convergence(values), values[..., 0]
        assert told.rhat[0] == pytest.approx(float(arviz.rhat(column)), rel=1e-9)
        bulk = float(arviz.ess(column, method="bulk"))
        tail = float(arviz.ess(column, method="tail", prob=(0.05, 0.95)))
        assert told.ess_bulk[0] == pytest.approx(bulk, rel=1e-6)
        assert told.ess_tail[0] == pytest.approx(tail, rel=1e-3)  # the last pair of a sum
