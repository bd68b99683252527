"""A cluster: workers of a dask.distributed cluster, on this machine or elsewhere.

Outcomes come as events by the scheduler, and are never fetched from a worker, which may be gone
or frozen by then. A second thread asks the scheduler how its workers are: it may be frozen itself.
"""

from __future__ import annotations

import pickle
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from importlib import import_module
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from leakscape.errors import BusyError, StorageError
from leakscape.running import work
from leakscape.running.connect import LOST, connected
from leakscape.running.foreman import News, Run
from leakscape.running.job import Job, Outcome
from leakscape.running.scheduler import Scheduler
from leakscape.store.flight import Flight
from leakscape.store.layout import sidecar

_ASK_SECONDS = 1.0
_SILENCE_SECONDS = 10.0
"""Hearts beat every few seconds: no shorter silence tells anything [s]."""


class Cluster:
    """A crew of a cluster's workers.

    Args:
        job: what the tasks are of.
        client: a distributed.Client.
        patience: how long scheduler and workers may be silent, 10 s at least [s].
    """

    def __init__(self, job: Job, client: Any, patience: float) -> None:
        self._job, self._client = job, client
        self._silence = max(patience, _SILENCE_SECONDS)
        self._topic = f"leakscape-{uuid.uuid4().hex}"
        self._events: SimpleQueue[News] = SimpleQueue()
        self._futures: dict[int, tuple[str, Any]] = {}
        self._ended: dict[int, float] = {}
        self._jobs: dict[str, Any] = {}
        self._stuck: dict[str, int] = {}
        self._left_out: set[str] = set()
        self._silent: dict[str, float] = {}
        self._beats: dict[str, tuple[float, float]] = {}
        self._workers: dict[str, dict[str, Any]] = {}
        self._answered = time.monotonic()
        self._over = threading.Event()
        client.subscribe_topic(self._topic, self._event)
        threading.Thread(target=self._ask, daemon=True).start()

    def room(self) -> Mapping[str, int]:
        """Return the threads of each worker that lives and takes part."""
        self._look()
        found = {
            name: int(worker["nthreads"]) - self._stuck.get(name, 0)
            for name, worker in self._workers.items()
            if name not in self._left_out and name not in self._silent
        }
        return {name: threads for name, threads in found.items() if threads > 0}

    def give(self, worker: str, task: int, run: Run) -> None:
        """Give a worker a task: it alone, so that what it loses is known."""
        here = {"workers": [worker], "allow_other_workers": False, "pure": False}
        name = f"{self._topic}-{task}"
        if worker not in self._jobs:  # a future and no literal: it travels once
            self._jobs[worker] = self._client.submit(_same, self._job, key=f"{name}-job", **here)
        call = (_task, self._jobs[worker], self._topic, worker, task, run)
        self._futures[task] = worker, self._client.submit(*call, key=name, **here)

    def news(self, seconds: float) -> Sequence[News]:
        """Return what is heard within some seconds, or nothing."""
        found: list[News] = []
        with suppress(Empty):
            found.append(self._events.get(timeout=seconds))
            while True:
                found.append(self._events.get(block=False))
        for news in found:
            self._futures.pop(news.task, None)
        return [*found, *self._gone(), *self._unheard()]

    def dismiss(self, worker: str, task: int) -> bool:
        """Leave a task to itself: no thread of another process can be ended."""
        self._stuck[worker] = self._stuck.get(worker, 0) + 1
        self._futures.pop(task, None)
        return False

    def refuse(self, worker: str) -> None:
        """Give a worker nothing any more."""
        self._left_out.add(worker)

    def stop(self) -> None:
        """Do nothing: what a worker is at are 0.2 s or one chunk."""

    def end(self) -> None:
        """Ask the scheduler nothing any more."""
        self._over.set()

    def _look(self) -> None:
        """See who is there, and whose heart beats.

        Raises:
            StorageError: the scheduler is lost.
        """
        now = time.monotonic()
        if now - self._answered > self._silence:
            raise StorageError(f"{LOST}, which was silent for {self._silence:g} s")
        if any(future.status == "cancelled" for _, future in self._futures.values()):
            raise StorageError(LOST)
        for name, worker in self._workers.items():
            seen = float(worker.get("last_seen", 0.0))
            if seen != self._beats.get(name, (None, 0.0))[0]:
                self._beats[name] = seen, now
                self._silent.pop(name, None)

    def _gone(self) -> list[News]:
        """Say which workers are no more, or fell silent."""
        self._look()
        now, found = time.monotonic(), []
        for name in {worker for worker, _ in self._futures.values()}:
            why = ""
            if name not in self._workers:
                why = "is gone"
            elif now - self._beats[name][1] > self._silence:
                why = f"was silent for {self._silence:g} s"
                self._silent[name] = now
            if why:
                found.append(News(name, gone=why))
                self._futures = {t: f for t, f in self._futures.items() if f[0] != name}
                self._jobs.pop(name, None)
        return found

    def _unheard(self) -> list[News]:
        """Say which tasks ended otherwise than with an outcome: their code is missing there."""
        found, now = [], time.monotonic()
        for task, (worker, future) in tuple(self._futures.items()):
            if future.status not in ("error", "finished"):
                continue
            if now - self._ended.setdefault(task, now) < _ASK_SECONDS:
                continue  # its event is on the way
            del self._futures[task]
            found.append(News(worker, task, Outcome(refused=_refusal(future))))
        return found

    def _event(self, event: tuple[float, Any]) -> None:
        """Take an outcome; the client calls this in a thread of its own."""
        worker, task, outcome = pickle.loads(event[1])
        self._events.put(News(worker, task, outcome))

    def _ask(self) -> None:
        """Ask the scheduler who is there, until it is over."""
        while not self._over.is_set():
            with suppress(Exception):  # whatever it is, it counts as no answer
                answer = self._client.sync(
                    self._client.scheduler.identity, n_workers=-1, callback_timeout=self._silence
                )
                self._workers, self._answered = dict(answer["workers"]), time.monotonic()
            self._over.wait(_ASK_SECONDS)


def _same(job: Job) -> Job:
    return job


def _task(job: Job, topic: str, worker: str, task: int, run: Run) -> None:
    """Compute a run of chunks in a worker, and send the outcome by the scheduler."""
    flight = Flight(sidecar(Path(job.path)), job.worker(worker))
    outcome = work.run_chunks(job, *run, flight)
    get_worker = import_module("distributed").get_worker
    get_worker().log_event(topic, pickle.dumps((worker, task, outcome)))


def _refusal(future: Any) -> str:
    error = None
    if future.status == "error":
        with suppress(Exception):
            error = future.exception(timeout=_ASK_SECONDS)
    told = f"{type(error).__name__}: {error}" if error is not None else "no answer"
    return f"cannot run leakscape, got {' '.join(told.split())[:200]}; install the same on both"


@contextmanager
def cluster(job: Job, scheduler: Scheduler, patience: float) -> Iterator[Cluster]:
    """Connect to a cluster.

    Args:
        job: what the tasks will be of.
        scheduler: the scheduler.
        patience: how long to wait for the first worker, and for one that falls silent [s].

    Raises:
        DeclarationError: no certificates.
        BusyError: no worker joins in time.
        StorageError: the scheduler cannot be reached.
    """
    address = scheduler.address
    with connected(scheduler, patience) as client, ExitStack() as stack:
        crew = Cluster(job, client, patience)
        stack.callback(crew.end)
        since = time.monotonic()
        while not crew.room():
            if time.monotonic() - since > patience:
                raise BusyError(f"{address}: no workers after {patience:g} s; start some")
            time.sleep(min(0.1, patience))  # the client tells nobody that a worker came
        yield crew
