"""A file is there whole or not at all, says what its format holds, and reads back as it was."""

from __future__ import annotations

import importlib.util

import dask.array
import numpy as np
import pytest
import sweeps
import xarray as xr

from leakscape.errors import DeclarationError, StorageError, StoreError
from leakscape.export import export, rows
from leakscape.sweep import Sweep

BEFORE = b"what was there"


def broken(error: BaseException) -> Sweep:
    """A sweep whose last block cannot be read."""

    def values(block_info):
        if block_info[None]["chunk-location"] == (3,):
            raise error
        return np.zeros(10)

    lazy = dask.array.map_blocks(values, chunks=((10,) * 4,), dtype=float, meta=np.empty(0))
    return Sweep.of(xr.Dataset({"V": ("x", lazy)}))


@pytest.mark.parametrize("end", ["csv", "parquet", "nc"])
@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (KeyboardInterrupt(), KeyboardInterrupt),
        (ValueError("bad chunk"), StoreError),
        (OSError(28, "No space left on device"), StorageError),
    ],
    ids=["Ctrl-C", "damage", "disk"],
)
def test_what_breaks_off_leaves_the_file_as_it_was(tmp_path, monkeypatch, end, error, raised):
    monkeypatch.setattr(rows, "MOST_VALUES", 20)
    target = tmp_path / f"out.{end}"
    for before in (None, BEFORE):
        if before is not None:
            target.write_bytes(before)
        if end != "nc" and raised is StorageError:
            raised = StoreError  # the reader of a table calls whatever a chunk raises damage
        with pytest.raises(raised):
            export(broken(error), target)
        assert [file.name for file in tmp_path.iterdir()] == ([target.name] if before else [])
        assert before is None or target.read_bytes() == before


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(StorageError, match=r"none/out\.csv: cannot be written, got No such file"):
        export(sweeps.sweep(), tmp_path / "none" / "out.csv")


def test_a_file_that_is_there_is_replaced(tmp_path):
    (tmp_path / "out.csv").write_bytes(BEFORE)
    export(sweeps.sweep(), tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_bytes().startswith(b"x [mmol/L],set,")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("out.xls", "export: unknown format, got 'out.xls'; end it in .csv, .parquet, .nc"),
        ("out", "export: unknown format, got 'out'; end it in .csv, .parquet, .nc"),
        ("", "path: expected a path, got ''; write one"),
    ],
)
def test_a_format_that_there_is_not_is_refused(name, text):
    with pytest.raises(DeclarationError) as caught:
        export(sweeps.sweep(), name)
    assert str(caught.value) == text


def test_a_folder_is_no_file(tmp_path):
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(DeclarationError, match=r"a\.csv is a folder; give a file$"):
        export(sweeps.sweep(), tmp_path / "a.csv")


def test_more_rows_than_a_csv_should_hold_are_refused_before_any_is_read(tmp_path):
    lazy = dask.array.zeros((20_000, 10_000), chunks=(1000, 1000))
    with pytest.raises(DeclarationError) as caught:
        export(Sweep.of(xr.Dataset({"V": (("x", "y"), lazy)})), tmp_path / "a.csv")
    assert str(caught.value) == (
        "a.csv: at most 100 million rows in such a file, got 200 million; hold axes with --select "
        "AXIS=VALUE, or write .parquet or .nc"
    )


@pytest.mark.parametrize(
    ("end", "package", "extra"), [("parquet", "pyarrow", "tables"), ("nc", "h5netcdf", "netcdf")]
)
def test_a_package_that_is_missing_is_named_with_how_to_install_it(
    tmp_path, monkeypatch, end, package, extra
):
    found = importlib.util.find_spec
    lacking = lambda name, *rest: None if name == package else found(name, *rest)  # noqa: E731
    monkeypatch.setattr("leakscape.export.file.find_spec", lacking)
    with pytest.raises(DeclarationError) as caught:
        export(sweeps.sweep(), tmp_path / f"a.{end}")
    assert str(caught.value) == (
        f'a.{end}: needs {package} to be written; pip install "leakscape[{extra}]", or write .csv'
    )


def test_netcdf_holds_the_arrays_as_they_are(tmp_path):
    ds = sweeps.dataset()
    export(Sweep.of(ds.chunk({"x": 2})), tmp_path / "a.nc")
    with xr.open_dataset(tmp_path / "a.nc", engine="h5netcdf") as found:
        xr.testing.assert_identical(found.load(), ds)
    done = export(Sweep.of(ds), tmp_path / "b.nc", outputs=["roots", "E"], select={"t": "30 degC"})
    assert [place.value for place in done.held] == [37.0]
    with xr.open_dataset(tmp_path / "b.nc", engine="h5netcdf") as found:
        xr.testing.assert_identical(found.load(), ds[["roots", "E", "status"]].isel(t=1))


def test_netcdf_of_an_attribute_that_it_cannot_hold_is_refused(tmp_path):
    ds = sweeps.dataset().assign_attrs(study={"a": 1})
    with pytest.raises(StoreError, match=r"^export: not written, got TypeError "):
        export(Sweep.of(ds), tmp_path / "a.nc")
    assert not [*tmp_path.iterdir()]
