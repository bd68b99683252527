"""A reduced study is what NumPy makes of the same points, however they are cut into tiles."""

from __future__ import annotations

import itertools

import jax.numpy as jnp
import numpy as np
import pytest
from points import ALL, AXES, agrees, cell, points, study

import leakscape as ls
from leakscape.evaluation import reduced
from leakscape.evaluation.compile import Evaluator
from leakscape.evaluation.in_memory import evaluate
from leakscape.evaluation.partial import Reducer

SPLITS = {
    "one tile": (2**20, 1000),
    "tiles of kept points": (64, 1000),
    "blocks of several tiles": (40, 3),
    "tiles along what is reduced": (5, 1000),
    "runs of several tiles": (4, 4),
}


@pytest.mark.parametrize("split", SPLITS)
def test_every_statistic_is_numpys_on_a_grid_however_it_is_cut(split, monkeypatch):
    tile, tasks = SPLITS[split]
    monkeypatch.setattr(reduced, "TILE_POINTS", tile)
    monkeypatch.setattr(reduced, "TASKS", tasks)
    one = study(["c", "b"])
    whole, found = points(one), ls.reduce(one)
    assert found.V_mean.dims == ("a",)
    for name in ("V", "E"):
        agrees(found, whole, ["c", "b"], name)
    failed = (whole.status >= 10).sum(["b", "c"])
    assert failed.sum() > 0
    np.testing.assert_array_equal(found.n_failed, failed)
    valid = whole.status < 10
    for value in found.number_value.values:
        share = ((whole.number == value) & valid).sum(["b", "c"]) / valid.sum(["b", "c"])
        np.testing.assert_allclose(found.number_share.sel(number_value=value), share, rtol=1e-15)
    np.testing.assert_array_equal(found.number_value, np.unique(whole.number.values[valid.values]))


@pytest.mark.parametrize("over", [["a"], ["c", "a"], ["a", "b", "c"]])
def test_any_dimensions_are_reduced_in_study_order_in_both_precisions(over, monkeypatch):
    monkeypatch.setattr(reduced, "TILE_POINTS", 48)
    one = study(over, precision="float64", reduce={"over": over, "V": ALL})
    whole, found = points(one), ls.reduce(one)
    assert set(found.V_mean.dims) == set(AXES) - set(over)
    agrees(found, whole, over, "V")


def test_bits_are_the_same_however_many_threads_merge_whatever_runs(monkeypatch):
    monkeypatch.setattr(reduced, "TILE_POINTS", 5)
    plan = reduced.reduced_plan(study(["b", "c"]))
    assert plan.runs > 1
    evaluator = Evaluator(plan.points)
    first, second = Reducer(plan, evaluator), Reducer(plan, evaluator)
    forward = [first.partial(task) for task in range(plan.grid.tasks)]
    for task in reversed(range(plan.grid.tasks)):
        again = second.partial(task)
        for name, fields in again.items():
            for part, values in fields.items():
                np.testing.assert_array_equal(values, forward[task][name][part])


def test_partials_have_the_shapes_that_the_plan_says(monkeypatch):
    monkeypatch.setattr(reduced, "TILE_POINTS", 5)
    plan = reduced.reduced_plan(study(["b", "c"]))
    task = plan.grid.tasks - 1
    found = Reducer(plan, Evaluator(plan.points)).partial(task)
    wanted = {v.name: v for v in plan.partials(0)}
    for name, fields in found.items():
        for part, values in fields.items():
            variable = wanted.pop("_".join((*name, part)).removeprefix("_"))
            region = plan.grid.within(variable, task)
            assert values.shape == tuple(
                r.stop for r, dim in zip(region, variable.dims, strict=True) if dim != reduced.RUN
            )
            assert values.dtype == variable.dtype
    assert not wanted


def test_a_spread_far_from_zero_keeps_its_digits():
    axes = {"b": ls.Axis.linear(0, 1.9, size=301, unit="mV")}
    far = ls.Study(
        name="far",
        kernel=cell,
        axes=axes | {"a": ls.Axis.linear(1e-3, 2e-3, size=300, unit="mV")},
        fixed={"c": "4000 mV"},
        reduce={"over": ["a", "b"], "V": ["mean", "sd"]},
    )
    whole, found = points_of_far(far), ls.reduce(far)
    wide = whole.astype(float)
    assert 0 < wide.std() < 2e-3
    assert float(found.V_mean) == pytest.approx(wide.mean(), abs=1e-6 * wide.std())
    assert float(found.V_sd) == pytest.approx(wide.std(ddof=1), rel=1e-6)


def points_of_far(far):
    fields = {k: getattr(far, k) for k in ("name", "kernel", "axes", "fixed")}
    return evaluate(ls.Study(**fields, outputs=["V"])).V.values


def test_an_output_that_lacks_a_kept_dimension_is_the_same_along_it():
    fields = {
        "name": "lacks",
        "kernel": "ghk_voltage",
        "axes": {
            "P_Na_over_P_K": {"values": [0.1, 0.2], "unit": "1"},
            "K_out": {"linear": [1, 9], "size": 7, "unit": "mmol/L"},
        },
    }
    asked = {"over": ["K_out"], "V_rest": ["mean"], "E_K": ["mean", "argmax"]}
    whole = evaluate(ls.Study(**fields, outputs=["V_rest", "E_K"]))
    found = ls.reduce(ls.Study(**fields, reduce=asked))
    assert whole.E_K.dims == ("K_out",)
    for name in ("V_rest", "E_K"):
        wanted = whole[name].astype(float).mean("K_out").broadcast_like(found[f"{name}_mean"])
        np.testing.assert_allclose(found[f"{name}_mean"], wanted, rtol=1e-12)
    assert found.K_out_at_E_K_max.values.tolist() == [9.0, 9.0]


@pytest.mark.parametrize("over", [["a"], ["b"], ["a", "b"]])
def test_a_value_that_is_not_finite_is_a_failed_point_along_any_dimensions(over):
    def lame(a, b):
        return {"y": jnp.where(a > 0.9, jnp.nan, a + b)}

    lame.parameters, lame.outputs = {"a": "1", "b": "1"}, {"y": "1"}
    axes = {name: {"linear": [0, 1], "size": 50, "unit": "1"} for name in ("a", "b")}
    found = ls.reduce(
        ls.Study(name="lame", kernel=lame, axes=axes, reduce={"over": over, "y": ["mean"]})
    )
    a, b = np.meshgrid(np.linspace(0, 1, 50), np.linspace(0, 1, 50), indexing="ij")
    fails, along = a > 0.9, tuple("ab".index(name) for name in over)
    np.testing.assert_array_equal(found.n_failed, fails.sum(axis=along))
    there = ~fails.all(axis=along)
    wanted = np.ma.masked_array(a + b, fails).mean(axis=along)
    np.testing.assert_allclose(found.y_mean.values[there], wanted[there], rtol=1e-6)


def test_units_long_names_and_attributes_are_on_everything():
    found = ls.reduce(study(["c", "b"]))
    for name, variable in {**found.data_vars, **found.coords}.items():
        assert variable.attrs["units"], name
        assert variable.attrs["long_name"], name
    assert found.V_variance.attrs["units"] == "mV**2"
    assert found.V_mean.attrs["long_name"] == "mean of potential"
    assert found.V_above_level.attrs["units"] == "mV"
    assert found.V_above.attrs["units"] == "1"
    words = "grid points of b count equally, grid points of c count equally"
    assert found.V_mean.attrs["comment"] == words
    assert found.attrs["study"] == study(["c", "b"]).canonical()
    assert found.attrs["title"] == "small"


def test_evaluate_gives_the_reduced_dataset_and_the_model_knows_nothing_of_it():
    one = study(["a", "b", "c"], reduce={"over": ["a", "b", "c"], "V": ["mean"]})
    assert evaluate(one).identical(ls.reduce(one))
    model = ls.model(one)
    assert set(model.outputs) == {"V", "E", "number"}  # what is kept where nothing is reduced
    assert float(model(a=1.0, b=0.0, c=2.0)["V"]) == 3.0


def test_every_split_counts_every_point_once(monkeypatch):
    for tile, tasks in itertools.product((1, 7, 30, 200), (1, 2, 5, 1000)):
        monkeypatch.setattr(reduced, "TILE_POINTS", tile)
        monkeypatch.setattr(reduced, "TASKS", tasks)
        plan = reduced.reduced_plan(study(["a", "c"]))
        seen = np.zeros(plan.points.grid.counts, int)
        for task in range(plan.grid.tasks):
            for _, tiles in plan.tiles(task):
                for one in tiles:
                    seen[plan.points.grid.index(one)] += 1
        assert (seen == 1).all()
