"""Laws of clusters: the same bits as threads, whatever happens to workers, and closed doors."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys

import psutil
import pytest

from leakscape import store as stores
from leakscape.errors import BusyError, StorageError
from leakscape.running import sweep


class Saboteur:
    """Kills one worker at the first chunk and notes every address listened on."""

    def __init__(self):
        self.addresses, self.killed = set(), 0

    def started(self, total, done, points_per_task): ...

    def advanced(self, done):
        family = [psutil.Process(), *psutil.Process().children(recursive=True)]
        workers = []
        for process in family:
            # One that has just ended, as the killed one has, listens nowhere.
            with contextlib.suppress(psutil.NoSuchProcess):
                self.addresses |= {
                    c.laddr.ip for c in process.net_connections() if c.status == "LISTEN"
                }
                if process != family[0] and "spawn_main" in " ".join(process.cmdline()):
                    workers.append(process)
        if not self.killed:
            self.killed = workers[-1].pid
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
    assert saboteur.addresses == {"127.0.0.1"}
    left = psutil.Process().children(recursive=True)
    assert not [child for child in left if "spawn_main" in " ".join(child.cmdline())]
    assert saboteur.killed not in {child.pid for child in left}


CLUSTER = """
import sys, time
from distributed import LocalCluster
if __name__ == "__main__":
    addresses = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0", "protocol": "tcp"}
    workers = {"n_workers": int(sys.argv[1]), "threads_per_worker": 1, "processes": False}
    with LocalCluster(**workers, **addresses) as cluster:
        print(cluster.scheduler_address, flush=True)
        time.sleep(60)
"""


@pytest.fixture
def cluster():
    """Start a cluster in a process of its own; return how to, giving its address and process."""
    started = []

    def start(workers):
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
        process = subprocess.Popen(
            [sys.executable, "-c", CLUSTER, str(workers)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        return line, process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_a_cluster_without_workers_is_busy_and_not_waited_for_for_ever(toy, tmp_path, cluster):
    address, _ = cluster(0)
    with pytest.raises(BusyError, match=r"no workers after 0.5 s; .* 0 of 13 chunks done; run the"):
        sweep(toy(), tmp_path / "a.zarr", scheduler=address, patience=0.5)


def test_a_lost_scheduler_never_counts_as_complete(toy, tmp_path, cluster, contents):
    address, process = cluster(1)

    class Assassin(Saboteur):
        def advanced(self, done):
            process.kill()

    with pytest.raises(StorageError, match=r"lost the scheduler; \d+ of 13 chunks done; run the"):
        sweep(toy(), tmp_path / "a.zarr", scheduler=address, observer=Assassin())
    assert sweep(toy(), tmp_path / "a.zarr").complete
    sweep(toy(), tmp_path / "b.zarr")
    assert contents(tmp_path / "a.zarr") == contents(tmp_path / "b.zarr")
