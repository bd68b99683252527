"""However an analysis ends, what stands on disk is whole: to go on from, or nothing at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import leakscape as ls
from leakscape.analyse.sensitivity.kept import SUMS
from leakscape.store.lock import lock

ENVIRONMENT = os.environ | {
    "PYTHONPATH": os.pathsep.join(part for part in sys.path if part),
    "JAX_PLATFORMS": "cpu",
}
STUDY = """
name = "own"
kernel = "own.py:kernel"
[population]
size = 4096
parameters.a = { uniform = [0, 1], unit = "1" }
parameters.b = { uniform = [0, 1], unit = "1" }
"""
KERNEL = """
import jax.numpy as jnp

def kernel(*, a, b):
    return {"y": jnp.exp(a) * (1.0 + b)}

kernel.parameters = {"a": {"unit": "1"}, "b": {"unit": "1"}}
kernel.outputs = {"y": {"unit": "mV"}}
"""
SLOWED = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
from leakscape.analyse.sensitivity import kept, tally
kept.SECONDS = 0.0
add = tally._add
def slow(*given):
    add(*given)
    print("summed", flush=True)
    time.sleep(0.1)
tally._add = slow
from leakscape.cli import main
sys.argv = ["leakscape", "sensitivity", "own.toml", "--store", "own.zarr"]
sys.exit(main())
"""


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A working directory with a study that takes sixteen steps."""
    (tmp_path / "own.toml").write_text(STUDY, encoding="utf-8")
    (tmp_path / "own.py").write_text(KERNEL, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ended(how: signal.Signals, steps: int) -> tuple[int, str]:
    """Run the analysis, end it after so many steps; return exit status and standard error."""
    with subprocess.Popen(
        [sys.executable, "-c", SLOWED],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            for _ in range(steps):
                assert process.stdout.readline() == "summed\n"
            process.send_signal(how)
            _, err = process.communicate(timeout=120.0)
        finally:
            process.kill()
    return process.returncode, err


@pytest.mark.slow
def test_killed_or_interrupted_it_goes_on_to_the_same_bits(folder):
    status, _ = ended(signal.SIGKILL, 4)
    assert status == -signal.SIGKILL
    assert (folder / "own.zarr.sweep" / SUMS).exists()
    status, err = ended(signal.SIGINT, 3)
    assert status == 130
    assert err.splitlines()[-2:] == [
        "own.zarr: interrupted",
        "Resume with: leakscape sensitivity own.toml --store own.zarr",
    ]
    assert not (folder / "own.zarr").exists()
    steps = []

    class Bar:
        def started(self, total: int, done: int, points_per_task: int) -> None:
            steps.append((done, total))

        def advanced(self, done: int) -> None: ...

        def says(self, text: str) -> None: ...

    found = ls.sensitivity("own.toml", store="own.zarr", bar=Bar())
    ((done, total),) = steps
    assert 5 <= done < total  # 3 of 4 at least, and 2 of the next 3, were not summed again
    xr.testing.assert_identical(found, ls.sensitivity("own.toml"))
    stored = xr.open_zarr("own.zarr", consolidated=False).load()
    for name in found.data_vars:
        np.testing.assert_array_equal(stored[name], found[name])


def test_two_at_once_are_refused_and_the_first_keeps_its_place(folder):
    with lock(folder / "own.zarr"):
        with pytest.raises(ls.BusyError, match=r"own\.zarr: another run \(pid \d+ on") as refused:
            ls.sensitivity("own.toml", store="own.zarr")
        assert refused.value.exit_status == 75
        assert (folder / "own.zarr.sweep" / "lock").exists()


REFUSED = {
    "an output that is not there": {"output": "z"},
    "a constant": {"output": "y > 100 mV"},
    "a remote store": {"store": "s3://bucket/own.zarr"},
    "a file": {"store": "own.py"},
    "the working directory": {"store": "."},
}


@pytest.mark.parametrize("wrong", REFUSED)
def test_a_first_run_that_is_refused_leaves_nothing(folder, wrong):
    small = ls.load("own.toml").with_(population={"size": 16})
    before = sorted(folder.rglob("*"))
    beside = set(folder.parent.iterdir())
    with pytest.raises(ls.SweepError):
        ls.sensitivity(small, **({"store": "own.zarr"} | REFUSED[wrong]), scrambles=2)
    assert sorted(folder.rglob("*")) == before
    assert set(folder.parent.iterdir()) == beside


@pytest.mark.slow
def test_what_an_earlier_run_summed_stays_when_a_later_one_is_refused(folder):
    small = ls.load("own.toml").with_(population={"size": 64})
    ls.sensitivity(small, store="own.zarr")
    sums = (folder / "own.zarr.sweep" / SUMS).read_bytes()
    with pytest.raises(ls.OtherStudyError, match="holds another analysis"):
        ls.sensitivity(small, store="own.zarr", seed=5)
    assert (folder / "own.zarr.sweep" / SUMS).read_bytes() == sums
