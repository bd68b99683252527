"""Shares: counted apart under each condition, and told with what was counted."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xarray as xr

import leakscape as ls
from leakscape.analyse import shares
from leakscape.analyse.shares import count_above
from leakscape.evaluation import plan
from leakscape.sweep import Sweep


def dataset(values, dims, axes, *, swept=None, chunks=None):
    """A sweep as a store would open it; coordinates and study follow from the axes' tables."""
    coords = {}
    for name, table in axes.items():
        if "label" in table:
            coords[name] = (name, table["label"])
        elif "values" in table:
            coords[name] = (name, table["values"])
        else:
            space = np.linspace if "linear" in table else np.geomspace
            coords[name] = (name, space(*table.get("linear", table.get("log")), table["size"]))
    swept = swept or dims
    sizes = dict(zip(dims, np.shape(values), strict=True))
    status = np.ones([sizes[dim] for dim in swept], np.uint8)
    found = xr.Dataset(
        {"V": (dims, np.asarray(values)), "status": (swept, status)},
        coords=coords,
        attrs={"study": json.dumps({"axes": [list(item) for item in axes.items()]})},
    )
    if chunks:
        found["V"].encoding["chunks"] = chunks
    return found


X = {"linear": [0.0, 1.0], "size": 4}
R = {"log": [0.01, 10.0], "size": 4}


def test_labels_and_picked_values_are_conditions_and_even_axes_are_counted():
    axes = {"x": X, "set": {"label": ["a", "b"]}, "t": {"values": [5.0, 37.0]}, "r": R}
    values = np.random.default_rng(1).normal(size=(4, 2, 2, 4))
    found = count_above(Sweep.of(dataset(values, ("x", "set", "t", "r"), axes)), "V", 0.25)
    assert (found.what, found.linear, found.logarithmic) == ("grid points", ("x",), ("r",))
    told = {tuple(p.value for p in share.condition): share for share in found.shares}
    assert len(told) == 4
    for i, label in enumerate("ab"):
        for j, t in enumerate((5.0, 37.0)):
            share = told[label, t]
            assert share.above == np.mean(values[:, i, j] > 0.25)
            assert (share.counted, share.lost, share.exact) == (16, 0, True)


def test_what_has_no_value_is_counted_apart():
    values = np.array([[1.0, np.nan, np.inf, -1.0], [1.0, 1.0, -1.0, -1.0]])
    found = count_above(
        Sweep.of(dataset(values, ("set", "x"), {"set": {"label": ["a", "b"]}, "x": X})), "V", 0
    )
    assert [(s.above, s.counted, s.lost) for s in found.shares] == [(0.5, 4, 2), (0.5, 4, 0)]
    empty = count_above(Sweep.of(dataset(np.full(4, np.nan), ("x",), {"x": X})), "V", 0.0)
    assert np.isnan(empty.shares[0].above)
    assert empty.shares[0].lost == 4


def test_a_value_at_the_level_is_not_above_it_whatever_rounding_made_of_it():
    values = (np.float32(-53.0) + np.float32(4e-6) * np.array([-1, 0, 1, 400])).astype(np.float32)
    (share,) = count_above(Sweep.of(dataset(values, ("x",), {"x": X})), "V", -53.0).shares
    assert share.above == 0.25


def test_of_a_population_cells_are_counted_at_every_point_of_the_axes():
    values = np.random.default_rng(2).normal(size=(4, 1000))
    found = count_above(Sweep.of(dataset(values, ("x", "cell"), {"x": X})), "V", 0.5)
    assert (found.what, found.linear) == ("cells", ())
    assert [s.counted for s in found.shares] == [1000] * 4
    np.testing.assert_array_equal([s.above for s in found.shares], (values > 0.5).mean(axis=1))


def test_an_axis_of_too_many_conditions_is_held_and_named():
    axes = {"x": {"linear": [0.0, 1.0], "size": 31}, "set": {"label": ["a", "b"]}}
    values = np.random.default_rng(3).normal(size=(31, 2, 50))
    found = count_above(Sweep.of(dataset(values, ("x", "set", "cell"), axes)), "V", 0.0)
    assert [[p.value for p in s.condition] for s in found.shares] == [[0.5, "a"], [0.5, "b"]]
    np.testing.assert_array_equal([s.above for s in found.shares], (values[15] > 0.0).mean(axis=1))


def test_labels_are_told_apart_before_picked_values():
    axes = {"x": {"values": list(np.arange(12.0))}, "set": {"label": ["a", "b"]}}
    found = count_above(Sweep.of(dataset(np.ones((12, 2)), ("x", "set"), axes)), "V", 0.0)
    assert [[p.value for p in s.condition] for s in found.shares] == [[6.0, "a"], [6.0, "b"]]


def test_entries_along_a_dimension_of_the_outputs_own_are_values():
    values = np.array([[1.0, np.nan], [1.0, -1.0], [2.0, np.nan], [3.0, 4.0]])
    found = count_above(Sweep.of(dataset(values, ("x", "slot"), {"x": X}, swept=("x",))), "V", 1.5)
    assert found.what == "values"
    assert (found.shares[0].above, found.shares[0].counted, found.shares[0].lost) == (0.5, 8, 2)


def test_a_dimension_of_one_entry_is_no_condition():
    axes = {"x": X, "t": {"values": [37.0]}}
    (share,) = count_above(Sweep.of(dataset(np.ones((4, 1)), ("x", "t"), axes)), "V", 0.0).shares
    assert (share.condition, share.counted) == ((), 4)


def test_a_single_value_is_its_own_share():
    (share,) = count_above(Sweep.of(dataset(-50.0, (), {})), "V", -55.0).shares
    assert (share.above, share.counted, share.condition) == (1.0, 1, ())


@pytest.mark.parametrize("chunks", [(1, 1, 1), (3, 2, 7), (31, 2, 50), (5, 1, 50), (31, 1, 1)])
def test_how_an_output_is_cut_changes_no_exact_share(monkeypatch, chunks):
    monkeypatch.setattr(shares, "MOST_CHUNKS", 10**6)
    axes = {"x": {"linear": [0.0, 1.0], "size": 31}, "set": {"label": ["a", "b"]}}
    axes["r"] = {"log": [1.0, 9.0], "size": 50}
    values = (
        np.random.default_rng(4).normal(size=(31, 2, 50)) + np.linspace(-1, 1, 31)[:, None, None]
    )
    found = count_above(Sweep.of(dataset(values, ("x", "set", "r"), axes, chunks=chunks)), "V", 0.1)
    assert [s.exact for s in found.shares] == [True, True]
    np.testing.assert_array_equal([s.above for s in found.shares], (values > 0.1).mean(axis=(0, 2)))


@pytest.mark.parametrize("order", [("set", "x", "r"), ("x", "set", "r"), ("x", "r", "set")])
def test_of_many_chunks_some_are_read_as_many_for_each_condition(order):
    sizes = {"set": 3, "x": 40, "r": 40}
    axes = {"x": {"linear": [0.0, 1.0], "size": 40}, "set": {"label": ["a", "b", "c"]}}
    axes["r"] = {"log": [1.0, 9.0], "size": 40}
    levels = xr.DataArray([0.2, 0.5, 0.8], dims="set")
    noise = np.random.default_rng(5).random([sizes[dim] for dim in order])
    chunks = tuple(1 if dim == "set" else 4 for dim in order)
    values = xr.DataArray(noise, dims=order) - levels
    held = dataset(values.transpose(*order).values, order, axes, chunks=chunks)
    found = count_above(Sweep.of(held), "V", 0)
    for share, level in zip(found.shares, levels.values, strict=True):
        assert not share.exact
        assert share.counted == 1600
        assert share.above == pytest.approx(1 - level, abs=5 * 0.5 / 16)  # 16 chunks of 16 values


@pytest.mark.slow
def test_a_stored_sweep_has_the_shares_of_its_values(monkeypatch, tmp_path):
    monkeypatch.setattr(plan, "CHUNK_BYTES", 1000)
    settings = ["axes.blocked_K.size=51", "axes.temperature.size=3", "axes.K_out.size=5"]
    study = ls.load("resting_landscape", settings)
    stored = ls.run(study, tmp_path / "a.zarr")
    assert stored.V_rest.variable.encoding["chunks"] != stored.V_rest.shape
    monkeypatch.setattr(shares, "MOST_CHUNKS", 10**6)
    (share,) = count_above(Sweep.of(stored), "V_rest", -55.0).shares
    assert share.exact
    assert share.counted == 51 * 151 * 3 * 5
    assert share.above == float((stored.V_rest > -55.0 + 5e-5).mean())
