"""Laws of a cluster whose workers keep ending: every chunk is there, and the same bits."""

from __future__ import annotations

from select import select

import pytest

from leakscape import store as stores
from leakscape.running import sweep

AXES = {
    "x": {"log": [0.1, 10.0], "size": 160, "unit": "1"},
    "t": {"values": [5.0, 25.0, 37.0], "unit": "degC"},
    "y": {"linear": [0.1, 3.0], "size": 10, "unit": "1"},
}
MOST_RUNS = 10
MOST_STORES = 10


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["sys.exit", "graceful", "segfault"])
def test_workers_that_keep_ending_lose_nothing(toy, path, program, contents, mode):
    study = toy(kernel="slow_kernel.py:kernel", axes=AXES)
    sweep(study, path.with_name("whole.zarr"))
    address, _ = program("dask_cluster", "0")
    _, mortal = program("dask_mortal", address, mode, "4")
    for number in range(MOST_STORES):  # a quick machine is through before the first worker ends
        store = path.with_name(f"{number}.zarr")
        for _ in range(MOST_RUNS):
            report = sweep(study, store, scheduler=address, patience=60.0)
            assert stores.verify(store).sound
            assert all("its worker " in why for _, why in report.failed)  # three times in a row
            if report.complete:
                break
        assert report.complete
        assert contents(store) == contents(path.with_name("whole.zarr"))
        if select([mortal.stdout], [], [], 0)[0]:
            break
    else:
        raise AssertionError(f"no worker ended during {MOST_STORES} runs")
    assert mortal.stdout.readline().startswith("ended ")
