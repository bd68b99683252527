"""DataFrames, Datasets, workbooks and Parquet files are the table that a CSV file would be."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from leakscape.declare.population import Population
from leakscape.declare.resolve import resolve
from leakscape.declare.study import Study
from leakscape.declare.tables import reader
from leakscape.errors import DeclarationError

CONTENT = "id,genotype,K_in [mM],V_m [mV]\na,wt,140.5,-70\nb,,138.2,\nc,ko,120,-65.25\n"


def frame() -> pd.DataFrame:
    return pd.read_csv(io.StringIO(CONTENT))


def met(population, folder=None):
    study = Study(name="t", kernel="ghk_voltage", population=population, folder=folder)
    return resolve(study).population.table


def same(table, other) -> bool:
    assert table.id == other.id
    for one, two in ((table.columns, other.columns), (table.values, other.values)):
        assert [*one] == [*two]
        for name, (unit, values) in one.items():
            assert two[name][0] == unit
            np.testing.assert_array_equal(two[name][1], values)
    return {k: v.tolist() for k, v in table.labels.items()} == {
        k: v.tolist() for k, v in other.labels.items()
    }


@pytest.fixture
def from_csv(tmp_path):
    (tmp_path / "cells.csv").write_text(CONTENT)
    return met({"table": "cells.csv"}, tmp_path)


@pytest.mark.parametrize(
    "given",
    {
        "a frame": lambda: frame(),
        "in a population": lambda: Population(table=frame()),
        "in a table": lambda: {"table": frame()},
        "with ids as its index": lambda: frame().set_index("id"),
        "with an index that has no name": lambda: frame().set_index("id").rename_axis(None),
        "whose index only counts": lambda: frame().set_index(pd.Index([5, 7, 9])),
        "a dataset": lambda: xr.Dataset(
            {
                "genotype": ("cell", ["wt", "", "ko"]),
                "K_in": ("cell", [140.5, 138.2, 120.0], {"units": "mM"}),
                "V_m": ("cell", [-70.0, np.nan, -65.25], {"units": "mV"}),
            },
            coords={"cell": ["a", "b", "c"]},
        ),
    }.values(),
)
def test_what_python_holds_is_the_table_that_a_file_would_be(given, from_csv):
    assert same(met(given()), from_csv)


def test_the_path_of_a_file_is_a_table_too(from_csv, tmp_path):
    assert same(met(Population(table=tmp_path / "cells.csv")), from_csv)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (lambda: frame().drop(index=[0, 1, 2]), r"DataFrame: needs at least one row"),
        (lambda: frame().assign(**{"K_in [mM]": [140, np.nan, 120]}), r"row 1, column K_in: not a"),
        (
            lambda: frame().assign(**{"V_m [mV]": [1, np.inf, 2]}),
            r"row 1, column V_m: not a finite",
        ),
        (lambda: frame().assign(id=["a", "b", "a"]), r"row 2, column id: 'a' is that of row 0"),
        (lambda: frame().assign(**{"K_in [mM]": "much"}), r"row 0, column K_in: .*'much'"),
        (lambda: pd.concat({"x": frame()}, axis=1), r"headers have several levels"),
        (lambda: frame().rename_axis("id"), r"id is the index and a column; drop one"),
        (lambda: xr.Dataset({"K_in": (("a", "b"), [[1.0]])}), r"has one dimension, got a, b"),
        (lambda: Population(table=3), r"population.table: expected a file name, a DataFrame"),
    ],
)
def test_what_is_no_table_of_cells_is_refused(given, wanted):
    with pytest.raises(DeclarationError, match=wanted):
        met(given())


def test_deviations_in_a_frame_are_read_where_that_is_asked_for():
    given = pd.DataFrame({"K_in [mM]": ["140±2.5", "120"]})
    table = met({"table": {"file": given, "sd": True}})
    assert table.columns["K_in"][1].tolist() == [140.0, 120.0]
    np.testing.assert_array_equal(table.values["K_in_sd"][1], [2.5, np.nan])


@pytest.mark.parametrize("kind", ["xlsx", "parquet"])
def test_a_file_of_another_kind_is_the_table_that_a_csv_file_would_be(kind, from_csv, tmp_path):
    pytest.importorskip({"xlsx": "openpyxl", "parquet": "pyarrow"}[kind])
    path = tmp_path / f"cells.{kind}"
    if kind == "xlsx":
        with pd.ExcelWriter(path) as book:
            frame().to_excel(book, sheet_name="Cells", index=False)
            pd.DataFrame({"x": [1]}).to_excel(book, sheet_name="Notes")
    else:
        frame().to_parquet(path)
    table = met({"table": path.name}, tmp_path)
    assert same(table, from_csv)
    told = ("from the first of 2 sheets, 'Cells'",) if kind == "xlsx" else ()
    assert table.assumed == told


@pytest.mark.parametrize("kind", ["xlsx", "parquet"])
def test_a_damaged_file_of_another_kind_is_told_in_a_sentence(kind, tmp_path):
    pytest.importorskip({"xlsx": "openpyxl", "parquet": "pyarrow"}[kind])
    (tmp_path / f"cells.{kind}").write_bytes(b"PK\x03\x04 no such thing")
    with pytest.raises(DeclarationError, match=rf"cells.{kind}: cannot be read as .*; check it"):
        met({"table": f"cells.{kind}"}, tmp_path)


@pytest.mark.parametrize(("kind", "package"), [("xlsx", "openpyxl"), ("parquet", "pyarrow")])
def test_a_reader_that_is_not_installed_is_named(kind, package, tmp_path, monkeypatch):
    (tmp_path / f"cells.{kind}").write_bytes(b"")
    monkeypatch.setattr(reader, "find_spec", lambda name: None)
    with pytest.raises(DeclarationError) as caught:
        met({"table": f"cells.{kind}"}, tmp_path)
    assert str(caught.value) == (
        f'cells.{kind}: needs {package} to be read; pip install "leakscape[tables]", or save as CSV'
    )


def test_an_old_workbook_is_to_be_saved_anew(tmp_path):
    (tmp_path / "cells.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    with pytest.raises(DeclarationError, match=r"cells.xls: .*; save it as .xlsx or CSV"):
        met({"table": "cells.xls"}, tmp_path)
