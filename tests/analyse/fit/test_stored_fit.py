"""A fit on disk is whole or not there, is what it was, and replaces nothing but a fit."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from normal_toys import packed, straight_line

from leakscape.analyse.fit.on_disk import is_fit, opened, save
from leakscape.analyse.sensitivity.kept import refuse_foreign as refuse_for_analysis
from leakscape.errors import BusyError, DamageError, StorageError, StoreError
from leakscape.store.layout import sidecar
from leakscape.store.lock import lock


@pytest.fixture(scope="module")
def tree():
    return packed(straight_line())


@pytest.fixture
def small():
    """A tree of the least that a fit has."""

    def made(value):
        made = xr.DataTree.from_dict({"/best": xr.Dataset({"a": ((), value)})})
        made.attrs = {"fit": "{}", "name": "small", "method": "lm"}
        return made

    return made


def test_a_tree_comes_back_as_it_was(tree, tmp_path):
    place = save(tmp_path / "fit.zarr", tree)
    back = opened(place)
    assert place == tmp_path / "fit.zarr"
    assert dict(back.attrs) == dict(tree.attrs)
    assert {g.path for g in back.subtree} == {g.path for g in tree.subtree}
    for group in tree.subtree:
        before, after = (t.to_dataset(inherit=False) for t in (group, back[group.path]))
        assert set(before.variables) == set(after.variables)
        for name, variable in before.variables.items():
            assert np.array_equal(variable.values, after[name].values.astype(variable.dtype))
            assert dict(variable.attrs) == dict(after[name].attrs)
    assert back["observed_data"].coords["medium"].dtype == np.dtypes.StringDType()
    assert list(back["observed_data"].coords["medium"].values) == ["a"] * 6 + ["ammonium"] * 6


def test_a_fit_replaces_a_fit(small, tmp_path):
    path = tmp_path / "fit.zarr"
    save(path, small(1.0))
    save(path, small(2.0))
    assert float(opened(path)["best/a"]) == 2.0
    assert [f.name for f in sidecar(path).iterdir() if f.is_dir()] == []


def test_nothing_else_is_replaced_and_no_analysis_replaces_a_fit(small, tmp_path):
    path = tmp_path / "fit.zarr"
    path.mkdir()
    (path / "notes.txt").write_text("mine")
    with pytest.raises(StoreError, match="holds something that is no fit; choose another path"):
        save(path, small(1.0))
    assert (path / "notes.txt").read_text() == "mine"
    with pytest.raises(StoreError, match="holds no fit; leakscape fit"):
        opened(path)
    file = tmp_path / "file"
    file.write_text("mine")
    with pytest.raises(StoreError, match="is no fit"):
        save(file, small(1.0))
    other = tmp_path / "analysis.zarr"
    xr.Dataset(attrs={"method": "sobol"}).to_zarr(other, zarr_format=3, consolidated=False)
    refuse_for_analysis(other)
    with pytest.raises(StoreError, match="is no fit"):
        save(other, small(1.0))
    save(tmp_path / "kept.zarr", small(1.0))
    with pytest.raises(StoreError, match="is no analysis"):
        refuse_for_analysis(tmp_path / "kept.zarr")


def test_a_place_that_is_written_is_busy(small, tmp_path):
    path = tmp_path / "fit.zarr"
    with lock(path), pytest.raises(BusyError):
        save(path, small(1.0))
    assert not path.exists()


def test_a_write_that_fails_leaves_the_fit_before(small, tmp_path, monkeypatch):
    path = tmp_path / "fit.zarr"
    save(path, small(1.0))

    def full(*given, **named):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(xr.DataTree, "to_zarr", full)
    with pytest.raises(StorageError, match="cannot be written, got No space left on device"):
        save(path, small(2.0))
    assert float(opened(path)["best/a"]) == 1.0


def test_a_kill_between_two_renames_loses_nothing(small, tmp_path):
    path = tmp_path / "fit.zarr"
    save(path, small(1.0))
    path.rename(sidecar(path) / "old-1")
    assert not is_fit(path)
    assert float(opened(path)["best/a"]) == 1.0


def test_damage_is_said(small, tmp_path):
    path = tmp_path / "fit.zarr"
    save(path, small(1.0))
    (path / "best" / "a" / "zarr.json").write_text("{")
    with pytest.raises(DamageError, match=r"is damaged, got .*; remove it and fit again"):
        opened(path)
