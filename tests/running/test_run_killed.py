"""Laws of kills: at any moment the store is sound, and what it holds is never computed again."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from leakscape import store as stores
from leakscape.store.metadata import read

HERE = Path(__file__).parent
NEVER_SECONDS = 300.0


@pytest.fixture
def forks():
    """Start the program that forks; return how to have it run a sweep, giving the fork's id."""
    environment = {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p), "JAX_PLATFORMS": "cpu"}
    with subprocess.Popen(
        [sys.executable, HERE / "forked_sweeps.py", HERE],
        env=os.environ | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        assert program.stdout.readline() == "imported\n"

        def start(path, scheduler):
            print(path, scheduler, file=program.stdin, flush=True)
            return int(program.stdout.readline()), lambda: int(program.stdout.readline())

        yield start
        program.stdin.close()


def committed(path):
    """Return when and as which file each chunk came to be that counts as done."""
    if not (path / "zarr.json").exists():
        return {}
    store, found = read(path), {}
    for task in stores.scan.scan(store).there.nonzero()[0]:
        for array in store.written_by(int(task)):
            seen = (path / store.key(array, int(task))).stat()
            found[store.key(array, int(task))] = seen.st_ino, seen.st_mtime_ns
    return found


def family(pid):
    with contextlib.suppress(psutil.NoSuchProcess):
        return [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return []


def wait_for_more(path, more, pid):
    """Wait until some more chunks are there, or the sweep has ended."""
    before, end = len(committed(path)), time.monotonic() + NEVER_SECONDS
    while len(committed(path)) < before + more and time.monotonic() < end:
        if not psutil.pid_exists(pid):
            return
        time.sleep(0.005)


@pytest.mark.parametrize(
    ("kills", "scheduler"),
    [
        (20, "threads"),
        pytest.param(160, "threads", marks=pytest.mark.slow),
        pytest.param(40, "local:2", marks=pytest.mark.slow),
    ],
)
def test_kills_at_random_moments_lose_nothing_that_was_there(
    forks, tmp_path, contents, kills, scheduler
):
    _, status = forks(tmp_path / "whole.zarr", scheduler)
    assert status() == 0
    whole = contents(tmp_path / "whole.zarr")
    moments = random.Random(kills)
    done = place = 0
    before = {}
    while done < kills or before:
        path = tmp_path / f"{place}.zarr"
        pid, status = forks(path, scheduler)
        if done < kills:
            if moments.random() < 0.7:
                wait_for_more(path, moments.choice([1, 3, 5]), pid)
                time.sleep(moments.uniform(0.0, 0.1))
            else:
                time.sleep(moments.uniform(0.0, 2.0))
            processes = family(pid)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        ended = status()
        assert ended in (0, -signal.SIGKILL)
        psutil.wait_procs(processes, timeout=NEVER_SECONDS)
        assert not [one for one in processes if one.is_running()]  # nobody is left behind
        done += ended != 0
        now = committed(path)
        assert {key: now[key] for key in before} == before  # none was made anew
        if (path / "zarr.json").exists():
            assert stores.verify(path).sound
        before = now
        if ended == 0:
            assert contents(path) == whole
            before, place = {}, place + 1
    assert place
