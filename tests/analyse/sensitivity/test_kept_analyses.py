"""An analysis on disk goes on where it was, whenever it ended, and gives the same bits."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from published import g_function, ishigami

import leakscape as ls
from leakscape.analyse.sensitivity import kept


class Broken:
    """A bar that is pulled out after so many steps."""

    def __init__(self, after: int) -> None:
        self.left = after

    def started(self, total: int, done: int, points_per_task: int) -> None:
        self.first = done

    def advanced(self, done: int) -> None:
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt

    def says(self, text: str) -> None:
        pass


@pytest.mark.slow
def test_an_analysis_that_was_interrupted_goes_on_to_the_same_bits(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "SECONDS", 0.0)
    path, small = tmp_path / "one.zarr", ishigami(size=64)
    asked = {"until": 0.03}
    whole = ls.sensitivity(small, **asked)
    after = [5, 20, 30]  # within the first doubling, and within later ones
    for number in after:
        with pytest.raises(KeyboardInterrupt):
            ls.sensitivity(small, **asked, store=path, bar=Broken(number))
        assert (tmp_path / "one.zarr.sweep" / "sums.npz").exists()
    found = ls.sensitivity(small, **asked, store=path)
    xr.testing.assert_identical(found, whole)
    stored = xr.open_zarr(path, consolidated=False).load()
    assert stored.attrs["base_points"] > 64
    for name in whole.data_vars:
        np.testing.assert_array_equal(stored[name], whole[name])
    assert stored.parameter.values.tolist() == whole.parameter.values.tolist()
    untouched = path.stat().st_mtime_ns
    again = ls.sensitivity(small, **asked, store=path, bar=Broken(1))  # nothing is left to do
    xr.testing.assert_identical(again, whole)
    assert path.stat().st_mtime_ns == untouched
    # A result that a kill took away between two renames comes back from the sums.
    for file in sorted(path.rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    path.rmdir()
    xr.testing.assert_identical(ls.sensitivity(small, **asked, store=path), whole)
    assert path.exists()


@pytest.mark.slow
def test_a_path_that_holds_something_else_is_refused_and_stays(tmp_path):
    path = tmp_path / "one.zarr"
    ls.sensitivity(ishigami(size=64), store=path)
    for other in ({"seed": 2}, {"second_order": True}, {"output": "y > 1"}, {"scrambles": 8}):
        with pytest.raises(ls.OtherStudyError, match=r"holds another analysis .*another --store"):
            ls.sensitivity(ishigami(size=64), store=path, **other)
    with pytest.raises(ls.OtherStudyError, match="holds another analysis"):
        ls.sensitivity(g_function(size=64), store=path)
    sums = tmp_path / "one.zarr.sweep" / "sums.npz"
    sums.write_bytes(sums.read_bytes()[:100])
    with pytest.raises(ls.DamageError, match=r"sums\.npz: is damaged.*remove it"):
        ls.sensitivity(ishigami(size=64), store=path)
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "letter.txt").write_text("mine")
    with pytest.raises(ls.StoreError, match="holds something that is no analysis"):
        ls.sensitivity(ishigami(size=64), store=foreign)
    assert (foreign / "letter.txt").read_text() == "mine"
