"""Cells, tables and linked axes are reduced too, and say where an extreme lies."""

from __future__ import annotations

import numpy as np
import pytest
from points import ALL, AXES, agrees, cell, points

import leakscape as ls
from leakscape.evaluation import places, reduced
from leakscape.evaluation.in_memory import evaluate

TABLE = "id,a [mV],b [mV]\n" + "".join(f"n{i},{i % 5 - 2},{0.37 * i}\n" for i in range(23))


def test_a_table_and_a_linked_axis_say_where_the_extreme_is(tmp_path):
    (tmp_path / "cells.csv").write_text(TABLE)
    rows_ = {"label": ["low", "high"], "c": {"values": [-1, 1], "unit": "mV"}}
    one = ls.Study(
        name="table",
        kernel=cell,
        axes={"bath": rows_},
        population={"table": "cells.csv"},
        folder=tmp_path,
        reduce={"over": ["bath", "cell"], "V": ["argmin", "argmax", "min"]},
    )
    found = ls.reduce(one)
    a, b = np.array([i % 5 - 2 for i in range(23)]), 0.37 * np.arange(23)
    V = a * np.cos(3 * b) + np.array([[-1], [1]])
    for word, place in (("min", V.argmin()), ("max", V.argmax())):
        bath, index = divmod(place, 23)
        assert found[f"bath_at_V_{word}"].item() == ("low", "high")[bath]
        assert found[f"a_at_V_{word}"].item() == a[index]
        assert found[f"b_at_V_{word}"].item() == pytest.approx(b[index], rel=1e-12)
        assert "units" not in found[f"bath_at_V_{word}"].attrs
    assert "c_at_V_min" not in found
    assert found.V_min.item() == pytest.approx(V.min(), rel=1e-6)


def test_ties_go_to_the_lowest_place_and_none_valid_is_nan_and_empty_text(monkeypatch):
    monkeypatch.setattr(reduced, "TILE_POINTS", 2)
    bath = {"label": ["x", "y", "z"], "b": {"values": [0, 0, 0], "unit": "mV"}}
    one = ls.Study(
        name="ties",
        kernel=cell,
        axes={"a": ls.Axis.values([1, -20], unit="mV"), "bath": bath},
        reduce={"over": ["bath"], "V": ALL},
    )
    found = ls.reduce(one)
    assert found.bath_at_V_min.values.tolist() == ["x", ""]
    assert found.bath_at_V_max.values.tolist() == ["x", ""]
    assert found.V_n_valid.values.tolist() == [3, 0]
    assert found.n_failed.values.tolist() == [0, 3]
    lost = found.isel(a=1)
    for name in ("mean", "sd", "variance", "min", "max", "above", "below", "between", "quantile"):
        assert np.isnan(lost[f"V_{name}"]).all(), name
    assert lost.V_histogram.sum() == lost.V_below_range == lost.V_above_range == 0
    assert found.V_sd.values[0] == 0.0


@pytest.mark.repeats(quick=1)
@pytest.mark.parametrize("sampling", ["sobol", "latin_hypercube", "random"])
def test_sampled_cells_are_reduced_and_drawn_again_where_the_extreme_is(sampling, monkeypatch):
    monkeypatch.setattr(reduced, "TILE_POINTS", 2**9)
    drawn = {
        "a": {"normal": [1.0, 2.0], "unit": "mV"},
        "b": {"uniform": [0.0, 1.9], "unit": "mV"},
    }
    one = ls.Study(
        name="cells",
        kernel=cell,
        axes={"c": AXES["c"]},
        population={"size": 5000, "seed": 3, "sampling": sampling, "parameters": drawn},
        reduce={"over": ["cell"], "V": ALL},
    )
    whole, found = points(one), ls.reduce(one)
    agrees(found, whole, ["cell"], "V")
    for word in ("min", "max"):
        valid = whole.V.where(whole.status < 10)
        index = valid.argmin("cell") if word == "min" else valid.argmax("cell")
        for name in ("a", "b"):
            at = found[f"{name}_at_V_{word}"]
            np.testing.assert_allclose(at, whole[name][index], rtol=1e-6)
            assert at.attrs["units"] == "mV"


def test_kept_cells_bring_their_sampled_parameters_as_coordinates():
    drawn = {"a": {"normal": [1.0, 2.0], "unit": "mV"}, "b": {"uniform": [0, 1], "unit": "mV"}}
    cells = {"size": 50, "seed": 3, "parameters": drawn}
    fields = {"name": "kept", "kernel": cell, "population": cells}
    reduction = {"over": ["c"], "V": ["mean"]}
    found = ls.reduce(ls.Study(**fields, axes={"c": AXES["c"]}, reduce=reduction))
    assert found.V_mean.dims == ("cell",)
    whole = evaluate(ls.Study(**fields, outputs=["V"]))
    for name in ("a", "b"):
        np.testing.assert_allclose(found[name], whole[name], rtol=1e-6)
        assert found[name].attrs == whole[name].attrs


def test_places_of_many_cells_are_drawn_in_blocks():
    population = {"size": 3 * places.BLOCK, "parameters": {"a": {"uniform": [0, 1], "unit": "mV"}}}
    fields = {"name": "many", "kernel": cell, "population": population}
    plan = reduced.reduced_plan(ls.Study(**fields, reduce={"over": ["cell"], "V": ["mean"]}))
    whole = evaluate(ls.Study(**fields, outputs=["V"])).a.values
    cells = np.array([[0, 5000], [places.BLOCK, 3 * places.BLOCK - 1], [7, 5000]])
    np.testing.assert_allclose(places.drawn(plan.points.space, "a", cells), whole[cells], rtol=1e-6)
