"""The default scheduler: dask's threads in this process.

XLA spreads one call over all cores by itself, yet encoding and writing do not: as many threads
as cores keep both busy. No thread can be ended from outside. So the threads of the pool only wait,
each for one of ours that computes: what hangs is left behind, and the end of the process does not
wait for it. Yet XLA's own threads are as many as cores, and each of those left behind keeps one:
what begins after it may wait without ever being run, and is not blamed for that.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from threading import Event
from typing import Any

from dask.base import compute
from dask.callbacks import Callback
from dask.delayed import delayed
from dask.system import CPU_COUNT
from dask.threaded import get

from leakscape import interrupt
from leakscape.running import work
from leakscape.running.job import Job, Outcome
from leakscape.running.pace import Pace
from leakscape.store.flight import Flight
from leakscape.store.layout import MOST_CHUNKS, sidecar

_LOOK_SECONDS = 0.25
CROWDED = (
    "chunks that were given up keep the threads of this process, and others wait in vain; use "
    "--scheduler local:N"
)
"""Why chunks are left that nothing is wrong with."""


class Threads:
    """Runs rounds of tasks on threads.

    Args:
        job: what the tasks are of.
        pool: where they are waited for.
        width: how many run at a time.
        pace: how long a chunk may take.
    """

    def __init__(self, job: Job, pool: ThreadPoolExecutor, width: int, pace: Pace) -> None:
        self.width = width
        self._job, self._pool, self._pace = job, pool, pace
        self._hands: list[_Hand] = []
        self._given_up: list[tuple[float, Event]] = []  # when, and what is set if it ends after all
        self._closed = self._crowded = False

    def compute(self, runs: Sequence[tuple[int, int]], received: Callable[[Outcome], None]) -> None:
        """Run a round.

        Args:
            runs: (first, last) of each task.
            received: called with each outcome as it comes; tasks without one are lost.
        """
        task: Any = delayed(self._watched, pure=False, traverse=False)
        once = uuid.uuid4().hex  # a key that was used before would return the result of then
        # Of equal tasks dask takes the last name first; the short ones at the end must come last.
        tasks = [
            task(first, last, dask_key_name=f"leakscape-{once}-{MOST_CHUNKS - first:08d}")
            for first, last in runs
        ]
        mine = {task.key for task in tasks}

        def heard(key: Any, result: Any, *_: Any) -> None:
            if key in mine:  # callbacks are global: another thread may be using dask too
                received(result)

        with Callback(posttask=heard):  # type: ignore[no-untyped-call]
            # The scheduler itself: to look it up by its name, dask would load all of distributed.
            compute(  # type: ignore[no-untyped-call]
                *tasks, scheduler=get, pool=self._pool, optimize_graph=False, traverse=False
            )

    def dismiss(self) -> None:
        """Let the computing threads end, each after what it is at."""
        self._closed = True
        for hand in self._hands:
            hand.give(None)

    def _watched(self, first: int, last: int) -> Outcome:
        """Have a thread of ours compute a run of chunks, and give up what takes too long."""
        if self._crowded:
            return Outcome(halted=CROWDED)
        hand = self._hands.pop() if self._hands else _Hand()
        flight = Flight(sidecar(Path(self._job.path)))
        answer: list[Outcome] = []
        done = Event()

        def run() -> None:
            try:
                answer.append(work.run_chunks(self._job, first, last, flight))
            finally:
                done.set()

        hand.give(run)
        given_up = Outcome()
        while not done.wait(_LOOK_SECONDS):
            chunk, since = flight.chunk, flight.since
            overdue = chunk is not None and time.monotonic() - since > self._pace.limit
            if overdue and self._behind_others(since):
                self._crowded, given_up = True, Outcome(halted=CROWDED)
            elif overdue:
                given_up = Outcome(lines=({"chunk": chunk, "failed": self._pace.words()},))
                self._given_up.append((time.monotonic(), done))
            if overdue or work.stopped_long_ago(self._job.identity):
                flight.given_up = True
                break
        if flight.given_up or self._closed:
            hand.give(None)
        else:
            self._hands.append(hand)  # its buffers serve the next run of chunks
        return answer[0] if answer else given_up

    def _behind_others(self, since: float) -> bool:
        """Tell whether what began then met others, given up before, that still keep threads."""
        return any(when <= since and not done.is_set() for when, done in self._given_up)


class _Hand:
    """A thread that computes one thing after another, and that nobody has to wait for."""

    def __init__(self) -> None:
        self._given: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        interrupt.start(self._work)

    def give(self, task: Callable[[], None] | None) -> None:
        """Give it something to do; None lets it end."""
        self._given.put(task)

    def _work(self) -> None:
        while (task := self._given.get()) is not None:
            task()


@contextmanager
def threads(job: Job, pace: Pace) -> Iterator[Threads]:
    """Hold a pool of threads, one for each core."""
    pool = ThreadPoolExecutor(CPU_COUNT, thread_name_prefix="leakscape")
    crew = Threads(job, pool, CPU_COUNT, pace)
    try:
        yield crew
    except BaseException:
        work.stop(job.identity)  # what still runs ends after its chunk
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    else:
        pool.shutdown()
    finally:
        crew.dismiss()
