"""Laws of whole numbers in a store: they come back as they were, and -1 where none is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

import leakscape as ls
from leakscape import store as stores
from leakscape.evaluation.plan import make_plan
from leakscape.store.commit import Committer
from leakscape.store.journal import Journal
from leakscape.store.lock import lock
from leakscape.store.metadata import read
from leakscape.store.repair import header
from leakscape.store.template import create

CHUNK, SIZE = 4, 10


@pytest.mark.parametrize("compression", ["default", "none"])
@pytest.mark.parametrize("dtype", ["int32", "int64", "int8"])
def test_counts_come_back_as_they_were_and_as_minus_one_where_none_is(
    toy, tmp_path, dtype, compression
):
    """Fill is -1 and no `_FillValue`: xarray would make floats of the numbers, and round them."""
    axes = {"x": {"linear": [0.1, 1.0], "size": SIZE, "unit": "1"}}
    plan = make_plan(toy(axes=axes, outputs=["V"]), chunks=(CHUNK,))
    V, status = plan.variables
    plan = replace(plan, variables=(replace(V, name="V", dtype=dtype), status))
    path = tmp_path / "a.zarr"
    most = np.iinfo(dtype).max
    numbers = np.array([0, most, most - 1, -1, 7, 1, 0, 3, most, 5], dtype)
    with lock(path):
        store = create(path, plan, compression=compression, command="test")
        with Committer(store) as committer, Journal(store, header(store, "test")) as journal:
            for task in (0, 2):
                start = task * CHUNK
                piece = np.resize(numbers[start : start + CHUNK], CHUNK)
                chunks = {"V": piece, "status": np.ones(CHUNK, np.uint8)}
                journal.write([committer.commit(task, chunks)])
    expected = numbers.copy()
    expected[4:8] = -1
    for opening in (ls.open, lambda p: xr.open_zarr(p, consolidated=False)):
        with opening(path) as found:
            assert found.V.dtype == np.dtype(dtype)
            assert "_FillValue" not in {*found.V.attrs, *found.V.encoding}
            np.testing.assert_array_equal(found.V.values, expected)
            np.testing.assert_array_equal(found.status.values, [1] * 4 + [0] * 4 + [1] * 2)
    assert read(path).variables[0].dtype == dtype
    assert stores.verify(path).sound
    state = stores.state(path)
    assert (state.done, state.found["V"].finite, state.found["V"].minimum) == (2, 6, -1.0)
