"""A sweep with conditions is stored, resumed and kept apart like any other."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xarray as xr

import leakscape as ls
from leakscape import store
from leakscape.errors import StoreError
from leakscape.evaluation.plan import make_plan
from leakscape.running import sweep
from leakscape.store.journal import NAME

CONDITIONS = ("V > -60.5 mV", "x between 0.2 and 8", "y * x < 20.01")


def test_what_is_stored_is_what_is_evaluated(toy, path):
    assert sweep(toy(where=CONDITIONS), path).complete
    wanted = ls.evaluate(toy(where=CONDITIONS))
    with xr.open_zarr(path, consolidated=False) as held:
        assert {*held.data_vars} == {*wanted.data_vars}
        for name in held.data_vars:
            np.testing.assert_array_equal(held[name], wanted[name])
        assert 0 < int((held.status == 16).sum()) < held.status.size
    assert store.verify(path).sound


def test_interrupted_and_resumed_it_has_the_same_bits(toy, path, tmp_path, contents, computed):
    sweep(toy(where=CONDITIONS), tmp_path / "whole.zarr")
    sweep(toy(where=CONDITIONS), path)
    found = store.state(path)
    assert found.n_left_out == found.status[16] > 0
    for chunk in sorted((path / "status").glob("c*"))[2:7]:
        chunk.unlink()
    computed.clear()
    assert sweep(toy(where=CONDITIONS), path).complete
    assert len(computed) == 5
    assert contents(path) == contents(tmp_path / "whole.zarr")


def test_chunks_read_back_are_described_as_they_were_when_committed(toy, path):
    sweep(toy(where=CONDITIONS), path)
    before = store.state(path)
    assert any(entry.left_out for entry in before.found.values())
    (path.parent / f"{path.name}.sweep" / NAME).unlink()
    after = store.state(path)
    assert (after.found, after.status) == (before.found, before.status)


@pytest.mark.parametrize("other", [(), CONDITIONS[:2], ("V > -61 mV", *CONDITIONS[1:])])
def test_other_conditions_are_another_study(toy, path, other):
    sweep(toy(where=CONDITIONS), path)
    with pytest.raises(StoreError, match="holds another study: where"):
        sweep(toy(where=other), path)


def test_blanks_make_no_other_study(toy, path, computed):
    sweep(toy(where=["V > -60 mV + 2 mV"]), path)
    computed.clear()
    assert sweep(toy(where=["V  > -60 mV+2 mV"]), path).complete
    assert computed == []
    with pytest.raises(StoreError, match="holds another study: where"):
        sweep(toy(where=["V > -60 mV + 3 mV"]), path)


def test_without_conditions_nothing_of_them_is_stored(toy, path):
    """So a store of before has the fingerprint that it had."""
    sweep(toy(), path)
    root = json.loads((path / "zarr.json").read_text())["attributes"]
    assert "where" not in json.loads(root["study"])
    lines = (path.parent / f"{path.name}.sweep" / NAME).read_text()
    assert '"left_out"' not in lines
    assert "where" not in make_plan(toy()).meaning.identity
    assert store.state(path).n_left_out == 0
