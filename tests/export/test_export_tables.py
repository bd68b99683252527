"""A table says of every point where it is, what came out there, and why nothing did.

The oracle is the closed form of the sweep, point by point, and the csv module.
"""

from __future__ import annotations

import csv
import json
from itertools import product
from pathlib import Path
from typing import Any

import dask.array
import numpy as np
import pandas as pd
import pytest
import sweeps
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from leakscape.declare.tables.header import read_header
from leakscape.errors import DeclarationError
from leakscape.export import export, rows
from leakscape.status import GENERAL, Code
from leakscape.sweep import Sweep


def table(path: Path, sweep: Sweep, **wish: Any) -> list[dict[str, str]]:
    export(sweep, path / "out.csv", **wish)
    with (path / "out.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_there_is_a_row_for_each_point_with_units_in_the_header(tmp_path):
    found = table(tmp_path, sweeps.sweep())
    wanted = ["x [mmol/L]", "set", "g [mS/cm2]", "t [degC]", "V [mV]", "n", "E [mV]", "status"]
    assert list(found[0]) == wanted
    points = list(product(enumerate(sweeps.X), enumerate(sweeps.NAMES), enumerate(sweeps.T)))
    assert len(found) == len(points)
    for row, ((i, x), (j, name), (k, t)) in zip(found, points, strict=True):
        assert (float(row["x [mmol/L]"]), row["set"], float(row["t [degC]"])) == (x, name, t)
        g = float(row["g [mS/cm2]"])
        assert g == (1.0, 2.0)[j]
        if (i, j, k) in (sweeps.FAILED, sweeps.LEFT_OUT, sweeps.MISSING):
            assert (row["V [mV]"], row["n"], row["E [mV]"]) == ("", "", "")
        else:
            assert np.float32(row["V [mV]"]) == np.float32(sweeps.potential(x, g, t))  # every bit
            assert row["n"] == "3"
            assert float(row["E [mV]"]) == -0.3 * (t + 273.15)


def test_the_status_is_in_words(tmp_path):
    found = table(tmp_path, sweeps.sweep())
    status = np.array([row["status"] for row in found]).reshape(4, 2, 2)
    assert status[sweeps.FAILED] == "not converged"
    assert status[sweeps.LEFT_OUT] == "left out by a condition"
    assert status[sweeps.MISSING] == "not computed"
    assert status[2, 0, 0] == "undefined output"
    assert np.sum(status == "ok") == 12
    assert rows.said(77, GENERAL) == "77"  # nobody says what it means
    assert rows.said(77, {77: Code("too_hot")}) == "too hot"


def test_an_output_with_a_dimension_of_its_own_has_a_row_for_each_value(tmp_path):
    done = export(sweeps.sweep(), tmp_path / "all.csv")
    assert done.apart == {"roots": "root"}
    found = table(tmp_path, sweeps.sweep(), outputs=["roots", "V"])
    assert len(found) == 16 * 3
    for number, row in enumerate(found):
        assert row["root"] == str(number % 3)
        if row["V [mV]"]:
            assert float(row["roots [mV]"]) - float(row["V [mV]"]) == pytest.approx(
                number % 3, abs=2e-5
            )


def test_outputs_with_different_dimensions_of_their_own_make_no_table(tmp_path):
    ds = sweeps.dataset().assign(trace=(("t", "time"), np.zeros((2, 5))))
    with pytest.raises(DeclarationError) as caught:
        table(tmp_path, Sweep.of(ds), outputs=["roots", "trace"])
    assert str(caught.value) == (
        "output: a table has room for one dimension beside the points', got roots along root, "
        "trace along time; export them apart"
    )
    assert not [*tmp_path.iterdir()]


def test_where_no_output_has_one_value_at_a_point_all_are_told(tmp_path):
    ds = sweeps.dataset()[["roots", "status"]]
    assert len(table(tmp_path, Sweep.of(ds))) == 48


@pytest.mark.parametrize(
    ("select", "kept"),
    [
        ({"t": 37}, {"t [degC]": 37.0}),
        ({"t": "310.15 K"}, {"t [degC]": 37.0}),
        ({"g": "2 mS/cm2"}, {"g [mS/cm2]": 2.0}),
        ({"set": "control", "x": "0.0006 mol/L"}, {"g [mS/cm2]": 1.0, "x [mmol/L]": 0.5}),
    ],
)
def test_a_dimension_that_is_held_stays_as_a_column(tmp_path, select, kept):
    found, whole = table(tmp_path, sweeps.sweep(), select=select), table(tmp_path, sweeps.sweep())
    assert found
    assert [*found] == [r for r in whole if all(float(r[c]) == v for c, v in kept.items())]


def test_the_value_that_was_taken_is_told(tmp_path):
    (place,) = export(sweeps.sweep(), tmp_path / "a.csv", select={"t": "30 degC"}).held
    assert (place.value, place.asked) == (37.0, 30.0)


@pytest.mark.parametrize(
    ("wish", "text"),
    [
        ({"select": {"tt": "1"}}, "select: unknown axis, got 'tt'; did you mean t?"),
        ({"select": {"t": "1 mV"}}, "select t=1 mV: unit: 'mV' is no unit of this quantity"),
        ({"select": {"g": "1", "set": "control"}}, "select: set is selected twice; keep one"),
        ({"outputs": ["W"]}, "output: unknown, got 'W'; "),
        ({"outputs": ["status"]}, "output: unknown, got 'status'; "),
        ({"outputs": "V"}, "outputs: expected names, got 'V'; write [\"V\"]"),
        ({"select": ["t=1"]}, "select: expected axis and value, got ['t=1']; write {axis: value}"),
    ],
)
def test_what_is_not_there_is_refused_in_one_sentence(tmp_path, wish, text):
    for name in ("a.csv", "a.nc"):
        with pytest.raises(DeclarationError) as caught:
            export(sweeps.sweep(), tmp_path / name, **wish)
        assert str(caught.value).startswith(text)
    assert not [*tmp_path.iterdir()]


def test_cells_without_a_coordinate_are_counted(tmp_path):
    ds = xr.Dataset(
        {"V": ("cell", [1.5, 2.5]), "status": ("cell", np.ones(2, np.uint8))},
        coords={"P": ("cell", [3.0, 4.0], {"units": "cm/s"})},
    )
    found = table(tmp_path, Sweep.of(ds))
    assert found[1] == {"cell": "1", "P [cm/s]": "4.0", "V": "2.5", "status": "ok"}
    assert table(tmp_path, Sweep.of(ds), select={"cell": 1}) == [found[1]]


def test_a_reduction_has_a_row_for_each_point_that_is_kept_and_no_status(tmp_path):
    found = table(tmp_path, Sweep.of(sweeps.reduced()))
    first = {"t [degC]": "5.0", "V_mean [mV]": "-70.0", "V_n_valid": "10", "n_failed": "0"}
    assert found[0] == first
    found = table(tmp_path, Sweep.of(sweeps.reduced()), outputs=["V_quantile"])
    told = [(r["t [degC]"], r["quantile"], r["V_quantile [mV]"]) for r in found]
    assert told == [
        *(("5.0", "0.05", "-80.0"), ("5.0", "0.95", "-60.0")),
        *(("37.0", "0.05", "-70.0"), ("37.0", "0.95", "-50.0")),
    ]


def test_another_program_s_arrays_are_a_table_too(tmp_path):
    days = np.array(["2020-01-01", "2020-01-02"], "M8[ns]")
    ds = xr.Dataset(
        {
            "T": (("day", "y"), [[1.0, np.nan], [3.0, 4.0]]),
            "z": (2 * 1j),
            "name": ("y", ["a", "b"]),
        },
        coords={"day": days},
    )
    found = table(tmp_path, Sweep.of(ds))
    wanted = {"day": "2020-01-01", "y": "1", "T": "", "name": "b"}
    assert found[1] == wanted


def test_another_program_s_status_is_an_output_like_others(tmp_path):
    ds = xr.Dataset({"V": ("x", [1.0, 2.0]), "status": ("x", [0.5, 1.5])})
    assert table(tmp_path, Sweep.of(ds))[1] == {"x": "1", "V": "2.0", "status": "1.5"}


def test_of_no_points_there_is_a_header_alone(tmp_path):
    ds = xr.Dataset({"V": (("x", "y"), np.empty((0, 3)))})
    export(Sweep.of(ds), tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text(encoding="utf-8") == "x,y,V\n"


def test_a_header_is_read_back_as_a_header_of_a_table_of_cells(tmp_path):
    for header in table(tmp_path, sweeps.sweep())[0]:
        name, unit = read_header(header, "t")
        assert header == (f"{name} [{unit}]" if unit else name)


@given(st.lists(st.integers(1, 6), max_size=4), st.integers(1, 30))
def test_blocks_cut_any_grid_in_its_order_and_are_never_larger_than_asked(shape, most):
    grid = np.arange(int(np.prod(shape, dtype=int))).reshape(shape)
    dims = [f"d{place}" for place in range(len(shape))]
    pieces = [grid[tuple(r[d] for d in dims)].ravel() for r in rows.regions(dims, shape, most)]
    assert np.concatenate(pieces).tolist() == [*range(grid.size)]
    assert max(piece.size for piece in pieces) <= most


@pytest.mark.parametrize("wish", [{}, {"outputs": ["roots"]}, {"select": {"x": 0.5}}])
def test_the_table_is_the_same_in_blocks_of_any_size_and_in_parquet(tmp_path, monkeypatch, wish):
    export(sweeps.sweep(), tmp_path / "whole.csv", **wish)
    whole = (tmp_path / "whole.csv").read_bytes()
    for most in (1, 50):
        monkeypatch.setattr(rows, "MOST_VALUES", most * 8)
        export(sweeps.sweep(), tmp_path / "cut.csv", **wish)
        assert (tmp_path / "cut.csv").read_bytes() == whole
        export(sweeps.sweep(), tmp_path / "cut.parquet", **wish)
        read = pd.read_parquet(tmp_path / "cut.parquet")
        assert read.to_csv(index=False, lineterminator="\n").encode() == whole


def test_a_block_holds_so_many_values_whatever_the_sweep(tmp_path, monkeypatch):
    monkeypatch.setattr(rows, "MOST_VALUES", 40_000)
    zeros = dask.array.zeros((40, 30, 50), chunks=(40, 10, 10), dtype=np.float32)
    ds = xr.Dataset({"V": (("a", "b", "c"), zeros)})
    seen = []

    class Watch:
        def started(self, total, done, points_per_task):
            seen.append((total, points_per_task))

        def advanced(self, done):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export(Sweep.of(ds), tmp_path / "a.csv", watch=Watch())
    ((total, points),) = seen
    assert total > 1
    assert points * 4 <= rows.MOST_VALUES  # four columns
    assert not [*tmp_path.iterdir()]


def test_the_study_names_are_of_no_matter_to_a_table(tmp_path):
    bare = sweeps.dataset().assign_attrs(study=json.dumps([1]))
    assert table(tmp_path, Sweep.of(bare)) == table(tmp_path, sweeps.sweep())
