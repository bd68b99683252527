"""What a table tells of cells besides parameters is in every result, and changes none of it."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import leakscape as ls

pytestmark = pytest.mark.filterwarnings("ignore:.*kept beside the cells:UserWarning")

ROWS = [("a", "wt", 1.0, -70.0), ("b", "ko", 2.0, np.nan), ("c", "", 4.0, -61.5)]


def kernel(*, x, y):
    return {"V": -60.0 + 2.0 * x + y}


kernel.parameters = {"x": {"unit": "mV"}, "y": {"unit": "mV", "default": 0.0}}
kernel.outputs = {"V": {"unit": "mV", "headline": True}}


def study(folder: Path, **changes) -> ls.Study:
    lines = [",".join("" if cell != cell else str(cell) for cell in row) for row in ROWS]
    text = "\n".join(["ID,genotype,x [mV],V_m [mV]", *lines])
    (folder / "cells.csv").write_text(text, encoding="utf-8")
    given = {"name": "t", "kernel": kernel, "population": {"table": "cells.csv"}}
    return ls.Study(**given | changes, folder=folder)


def told(dataset: xr.Dataset) -> None:
    """Compare what a result says of its cells with the table."""
    for name, column in zip(("id", "genotype", "x", "V_m"), zip(*ROWS, strict=True), strict=True):
        assert name in dataset.coords
        assert dataset[name].dims == ("cell",)
        if isinstance(column[0], str):
            assert dataset[name].dtype == np.dtypes.StringDType()
            assert dataset[name].values.tolist() == list(column)
        else:
            np.testing.assert_array_equal(dataset[name], column)
            assert dataset[name].dtype == np.float64
            assert dataset[name].attrs["units"] == "mV"


def test_what_a_table_tells_is_alike_in_memory_in_a_store_and_in_plain_zarr(tmp_path):
    one = study(tmp_path)
    ls.run(one, tmp_path / "t.zarr")
    memory = ls.evaluate(one)
    told(memory)
    told(ls.open(tmp_path / "t.zarr").load())
    told(xr.open_zarr(tmp_path / "t.zarr", consolidated=False).load())
    np.testing.assert_allclose(memory.V, [-58.0, -56.0, -52.0])
    assert memory.V.groupby("genotype").max().sel(genotype="ko") == -56.0


def test_it_changes_no_number(tmp_path):
    plain = ls.Axis.values([row[2] for row in ROWS], unit="mV")
    expected = ls.evaluate(ls.Study(name="t", kernel=kernel, axes={"x": plain}))
    np.testing.assert_array_equal(ls.evaluate(study(tmp_path)).V, expected.V)


def test_a_reduction_keeps_it_with_the_cells_and_drops_it_with_them(tmp_path):
    axes = {"y": ls.Axis.values([0.0, 2.0], unit="mV")}
    along = study(tmp_path, axes=axes, reduce={"over": ["y"], "V": ["mean"]})
    told(ls.reduce(along))
    ls.run(along, tmp_path / "r.zarr")
    told(ls.open(tmp_path / "r.zarr").load())
    across = ls.reduce(study(tmp_path, reduce={"over": ["cell"], "V": ["mean", "argmax"]}))
    assert not {"id", "genotype", "V_m"} & {*across.variables}
    assert across.x_at_V_max == 4.0
    assert "V_m_at_V_max" not in across


def test_it_travels_to_another_process(tmp_path):
    table = pickle.loads(pickle.dumps(study(tmp_path).population)).table
    assert table.labels["genotype"].tolist() == [row[1] for row in ROWS]
    assert table.columns["x"][1].tolist() == [row[2] for row in ROWS]


def test_a_frame_is_run_and_goes_on_where_it_stopped(tmp_path):
    frame = pd.DataFrame(ROWS, columns=["id", "genotype", "x [mV]", "V_m [mV]"])
    one = ls.Study(name="t", kernel=kernel, population=frame)
    ls.run(one, tmp_path / "t.zarr")
    chunk = tmp_path / "t.zarr" / "V" / "c.0"
    written = chunk.stat()
    ls.run(one, tmp_path / "t.zarr")
    assert chunk.stat() == written
    told(ls.open(tmp_path / "t.zarr").load())
    other = ls.Study(name="t", kernel=kernel, population=frame.iloc[::-1])
    with pytest.raises(ls.SweepError, match="column id differs from cell number 1 on"):
        ls.run(other, tmp_path / "t.zarr")


def test_labels_of_a_store_group_and_select_as_they_do_in_memory(tmp_path):
    frame = pd.DataFrame(ROWS, columns=["id", "genotype", "x [mV]", "V_m [mV]"])
    linked = {"dish": {"label": ["warm", "cold"], "y": {"values": [37.0, 20.0], "unit": "mV"}}}
    study = ls.Study(
        name="t", kernel=kernel, population=frame.drop(columns="V_m [mV]"), axes=linked
    )
    for found in (ls.evaluate(study), ls.run(study, tmp_path / "t.zarr")):
        assert found.dish.dtype.kind == "U"
        sizes = {str(name): part.sizes["cell"] for name, part in found.groupby("genotype")}
        assert sizes == frame.groupby("genotype").size().to_dict()
        assert found.where(found.genotype == "wt", drop=True).sizes["cell"] == sizes["wt"]
