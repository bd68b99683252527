"""Laws of what a missing chunk of a coordinate reads as: NaN, and 0 in a store of before."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from leakscape import store as stores
from leakscape.running import sweep
from leakscape.store import documents

SMALL = {
    "x": {"log": [0.1, 10.0], "size": 12, "unit": "1"},
    "t": {"values": [5.0, 25.0], "unit": "degC"},
    "s": {"label": ["one", "two"], "y": {"values": [1.0, 2.0], "unit": "1"}},
}


@pytest.fixture
def study(toy):
    return toy(axes=SMALL)


def test_a_coordinate_whose_chunk_is_gone_reads_as_nan_in_plain_xarray(study, tmp_path):
    path = tmp_path / "a.zarr"
    sweep(study, path)
    for name in ("x", "t", "y"):
        (path / name / "c.0").unlink()
        with xr.open_zarr(path, consolidated=False) as found:
            assert np.isnan(found[name].values).all()


@pytest.mark.parametrize("old", [False, True], ids=["with documents", "before digests"])
def test_a_store_whose_coordinates_are_filled_with_zeros_works_as_before(
    study, tmp_path, aged, contents, monkeypatch, old
):
    path = tmp_path / "b.zarr"
    with monkeypatch.context() as before:
        before.setattr(documents, "math", SimpleNamespace(nan=0.0))
        sweep(study, path)
    whole, document = contents(path), path / "x" / "zarr.json"
    assert json.loads(document.read_bytes())["fill_value"] == 0.0
    if old:
        aged(path)
    assert stores.verify(path).sound
    assert stores.repair(path).rewritten == ()
    assert sweep(study, path).repaired == ()
    (path / "x" / "c.0").unlink()
    assert [damage.file for damage in stores.repair(path).rewritten] == ["x/c.0"]
    if not old:
        document.unlink()
        assert stores.repair(path).left == ()
    assert contents(path) == whole
    assert stores.verify(path).sound
