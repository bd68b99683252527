"""Laws of a store of format 2: it goes on with the values of its axes, to the last bit.

`numpy.linspace(0, 1, 11)` has 0.30000000000000004; what is made now has 0.3 there. How the stores
were made stands beside them.
"""

from __future__ import annotations

import tarfile
from pathlib import Path

import numpy as np
import pytest

import leakscape as ls
from leakscape import store
from leakscape.running import sweep
from leakscape.store.metadata import read
from leakscape.store.repair import repair
from leakscape.store.verify import verify

STUDIES = Path(__file__).parent / "rounded_study"
MADE = np.linspace(0.0, 1.0, 11)


@pytest.fixture
def old(tmp_path):
    with tarfile.open(STUDIES / "stores.tar.gz") as held:
        held.extractall(tmp_path, filter="data")
    return tmp_path


def study(name):
    """Load a study that a store was made of."""
    return ls.load(STUDIES / f"{name}.toml")


def test_a_study_finds_its_store_complete(old):
    for name in ("whole", "reduced"):
        report = sweep(study("rounded" if name == "whole" else name), old / f"{name}.zarr")
        assert (report.complete, report.computed) == (True, 0)


def test_a_chunk_that_is_lost_comes_back_from_the_same_values(old):
    path = old / "whole.zarr"
    lost = path / "total" / "c.0.0"
    before = lost.read_bytes()
    lost.unlink()
    report = sweep(study("rounded"), path, scheduler="threads")
    assert (report.complete, report.computed) == (True, 1)
    assert lost.read_bytes() == before
    ds = store.open(path)
    assert ds.x.values.tolist() == MADE.tolist() == ds.same.values.tolist()
    assert ds.x.attrs["units"] == "mS/cm2"
    assert read(path).format == 2
    assert verify(path).sound


def test_repair_writes_its_coordinate_and_document_as_they_were(old):
    path = old / "whole.zarr"
    files = [path / "x" / "c.0", path / "x" / "zarr.json", path / "total" / "zarr.json"]
    before = [file.read_bytes() for file in files]
    for file in files:
        file.write_bytes(b"")
    assert repair(path).dropped == ()
    assert [file.read_bytes() for file in files] == before


def test_what_is_made_now_has_the_decimals_that_were_meant():
    ds = ls.evaluate(study("rounded"))
    assert ds.x.values.tolist() == [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]
    assert float(ds.same.sel(x=0.3)) == 0.3
    assert ds.x.attrs["units"] == "mS/cm**2"
