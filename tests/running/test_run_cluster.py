"""Laws of clusters: the same bits as threads, whatever happens to workers, and closed doors."""

from __future__ import annotations

import contextlib
import os
import signal

import psutil
import pytest
from worker_processes import workers

from leakscape import store as stores
from leakscape.errors import BusyError, StorageError
from leakscape.running import processes, sweep


class Saboteur:
    """Kills one worker at the first chunk and notes every address that workers listen on."""

    def __init__(self):
        self.addresses, self.killed = set(), 0

    def started(self, total, done, points_per_task): ...

    def advanced(self, done):
        found = workers()
        for process in found:
            # One that has just ended, as the killed one has, listens nowhere.
            with contextlib.suppress(psutil.NoSuchProcess):
                self.addresses |= {
                    c.laddr.ip for c in process.net_connections() if c.status == "LISTEN"
                }
        if not self.killed:
            self.killed = found[-1].pid
            os.kill(self.killed, signal.SIGKILL)

    def finished(self, report): ...


def test_workers_give_the_bits_of_threads_and_survive_a_kill(toy, tmp_path, contents, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["sweep", "kernels"]))
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")
    sweep(toy(), tmp_path / "threads.zarr")
    saboteur = Saboteur()
    report = sweep(toy(), tmp_path / "workers.zarr", scheduler="local:2", observer=saboteur)
    assert saboteur.killed
    assert report.complete
    assert contents(tmp_path / "workers.zarr") == contents(tmp_path / "threads.zarr")
    assert stores.verify(tmp_path / "workers.zarr").sound
    assert saboteur.addresses == set()  # nobody else can give them work
    assert not workers()


def test_a_cluster_without_workers_is_busy_and_not_waited_for_for_ever(toy, tmp_path, program):
    address, _ = program("dask_cluster", "0")
    with pytest.raises(BusyError, match=r"no workers after 0.5 s; .* 0 of 13 chunks done; run the"):
        sweep(toy(), tmp_path / "a.zarr", scheduler=address, patience=0.5)


@pytest.mark.slow
def test_a_lost_scheduler_never_counts_as_complete(toy, tmp_path, program, contents):
    address, process = program("dask_cluster", "1")

    class Assassin(Saboteur):
        def advanced(self, done):
            process.kill()

    with pytest.raises(StorageError, match=r"lost the scheduler; \d+ of 13 chunks done; run the"):
        sweep(toy(), tmp_path / "a.zarr", scheduler=address, observer=Assassin())
    assert sweep(toy(), tmp_path / "a.zarr").complete
    sweep(toy(), tmp_path / "b.zarr")
    assert contents(tmp_path / "a.zarr") == contents(tmp_path / "b.zarr")


def test_processes_that_never_start_end_the_run(toy, tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "BOOT", "raise SystemExit(7)")
    text = r"worker processes end before they are ready \(exit status 7\); 0 of 13 chunks done; run"
    with pytest.raises(StorageError, match=text):
        sweep(toy(), tmp_path / "a.zarr", scheduler="local:2")
