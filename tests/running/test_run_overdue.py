"""Laws of chunks given up on threads: whoever only waits behind them is not blamed."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from leakscape import store as stores
from leakscape.errors import SweepError
from leakscape.running import run, sweep, threads, work
from leakscape.store.metadata import read

CORES = 2


@pytest.fixture
def looping(monkeypatch):
    """Let chunks loop that keep one of two cores each; others wait while there is none."""
    end = threading.Event()
    cores = threading.Semaphore(CORES)
    monkeypatch.setattr(threads, "CPU_COUNT", CORES)

    def arm(*chunks):
        real = work.run_chunks

        def run_chunks(job, first, last, flight):
            with flight:
                flight.at(read(Path(job.path)), first)
                while not cores.acquire(timeout=0.1):
                    if end.is_set():
                        return work.Outcome()
                if first in chunks:
                    end.wait()
                    return work.Outcome()
            try:
                return real(job, first, last, flight)
            finally:
                cores.release()

        monkeypatch.setattr(work, "run_chunks", run_chunks)

    yield arm
    end.set()


@pytest.mark.slow
def test_chunks_that_wait_behind_those_given_up_are_left_and_not_failed(toy, path, looping):
    looping(6, 7)
    report = sweep(toy(), path, chunk_limit=2.0)
    assert [chunk for chunk, _ in report.failed] == [6, 7]
    assert all("runs for more than 2 s and was given up" in why for _, why in report.failed)
    assert report.done == 6
    assert not report.complete
    assert "use --scheduler local:N" in report.halted
    assert [chunk for chunk, _ in stores.state(path).failed] == [6, 7]
    assert stores.verify(path).sound


def test_while_a_thread_is_left_the_rest_is_computed(toy, path, looping):
    looping(6)
    report = sweep(toy(), path, chunk_limit=2.0)
    assert [chunk for chunk, _ in report.failed] == [6]
    assert report.done == 12
    assert report.halted == ""


@pytest.mark.slow
def test_a_script_is_told_why_the_rest_was_left(toy, path, looping):
    looping(6, 7)
    with pytest.raises(SweepError, match=r"7 of 13 chunks are missing, chunk 6 .*local:N; fix"):
        run(toy(), path, chunk_limit=2.0)
