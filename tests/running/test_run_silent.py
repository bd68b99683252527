"""Laws of silence: who is frozen or gone holds up no run, and what it had goes to others."""

from __future__ import annotations

import contextlib
import os
import signal
import time

import psutil
import pytest
from worker_processes import workers

from leakscape import store as stores
from leakscape.errors import BusyError, StorageError
from leakscape.running import processes, sweep
from leakscape.running.processes import Processes

SIGNALS = {"frozen": signal.SIGSTOP, "killed": signal.SIGKILL}


class Striking:
    """Sends a signal to processes at the first chunk."""

    def __init__(self, number, *processes):
        self.number, self.processes, self.struck = number, processes, []

    def started(self, total, done, points_per_task): ...

    def advanced(self, done):
        if not self.struck:
            for pid in self.processes or [workers()[0].pid]:
                os.kill(pid, self.number)
                self.struck.append(pid)

    def finished(self, report): ...


@pytest.mark.slow
def test_chunks_of_a_frozen_process_go_to_others(toy, path, contents, whole):
    striking = Striking(signal.SIGSTOP)
    report = sweep(toy(), path, scheduler="local:2", observer=striking, patience=5.0)
    assert striking.struck
    assert report.complete
    assert contents(path) == whole
    assert not psutil.pid_exists(striking.struck[0])


class Freezing:
    """Freezes each of the first processes as soon as it is started."""

    def __init__(self, monkeypatch, number):
        self.struck = []
        start = Processes._start

        def started(crew, place):
            start(crew, place)
            if len(self.struck) < number:
                newest = list(crew._workers.values())[-1]
                self.struck.append(newest.process.pid)
                os.kill(newest.process.pid, signal.SIGSTOP)

        monkeypatch.setattr(Processes, "_start", started)


@pytest.mark.slow
def test_processes_frozen_while_they_start_are_replaced_after_patience(
    toy, path, monkeypatch, contents, whole
):
    freezing = Freezing(monkeypatch, 2)
    since = time.monotonic()
    report = sweep(toy(), path, scheduler="local:2", patience=2.0)
    # One that is awake may take this long to start; waiting so long for these would be in vain.
    assert time.monotonic() - since < processes._STARTING_SECONDS
    assert len(freezing.struck) == 2
    assert report.complete
    assert report.remarks == ()  # no chunk had to do with it
    assert contents(path) == whole


@pytest.mark.slow
def test_a_process_that_starts_is_not_silent_however_short_patience_is(
    toy, path, tmp_path, monkeypatch
):
    patience = 4.0  # as long as a beat takes on a machine that is at its limit
    (tmp_path / "sitecustomize.py").write_text(f"import time; time.sleep({patience + 2.0})")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    report = sweep(toy(), path, scheduler="local:1", patience=patience)
    assert report.complete
    assert report.remarks == ()


def test_processes_that_always_freeze_while_they_start_end_the_run(toy, path, monkeypatch):
    Freezing(monkeypatch, 99)
    words = r"end before they are ready \(silent for 0.5 s\); 0 of 13 chunks done"
    with pytest.raises(StorageError, match=words):
        sweep(toy(), path, scheduler="local:1", patience=0.5)


@pytest.mark.slow
@pytest.mark.parametrize("how", SIGNALS)
def test_chunks_of_a_cluster_worker_go_to_others(toy, path, program, contents, whole, how):
    address, _ = program("dask_cluster", "0")
    _, struck = program("dask_worker", address)
    program("dask_worker", address)
    striking = Striking(SIGNALS[how], struck.pid)
    report = sweep(toy(), path, scheduler=address, observer=striking, patience=10.0)
    assert striking.struck
    assert report.complete
    assert contents(path) == whole
    if how == "frozen":
        struck.send_signal(signal.SIGCONT)  # what it still writes are the same bits
        with contextlib.suppress(psutil.NoSuchProcess, psutil.TimeoutExpired):
            psutil.Process(struck.pid).wait(2.0)
        assert contents(path) == whole
        assert stores.verify(path).sound


@pytest.mark.slow
@pytest.mark.parametrize("how", SIGNALS)
def test_without_any_worker_left_the_run_ends_and_resumes(toy, path, program, contents, whole, how):
    address, _ = program("dask_cluster", "0")
    struck = [program("dask_worker", address)[1].pid for _ in range(2)]
    striking = Striking(SIGNALS[how], *struck)
    text = r"no workers for 10 s; start some; (\d+) of 13 chunks done; run the same command"
    with pytest.raises(BusyError, match=text) as told:
        sweep(toy(), path, scheduler=address, observer=striking, patience=10.0)
    assert f"; {stores.state(path).done} of 13" in str(told.value)
    assert sweep(toy(), path).complete
    assert contents(path) == whole


@pytest.mark.slow
def test_a_frozen_scheduler_is_lost(toy, path, program, contents, whole):
    address, process = program("dask_cluster", "1")
    striking = Striking(signal.SIGSTOP, process.pid)
    text = r"lost the scheduler, which was silent for 10 s; \d+ of 13 chunks done; run the same"
    with pytest.raises(StorageError, match=text):
        sweep(toy(), path, scheduler=address, observer=striking, patience=10.0)
    assert sweep(toy(), path).complete
    assert contents(path) == whole
