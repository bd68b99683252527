"""The default scheduler: dask's threads in this process.

XLA spreads one call over all cores by itself, yet encoding and writing do not: as many threads
as cores keep both busy.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from dask.base import compute
from dask.callbacks import Callback
from dask.delayed import delayed
from dask.system import CPU_COUNT

from leakscape.running import work
from leakscape.running.work import Job, Outcome
from leakscape.store.layout import MOST_CHUNKS


class Threads:
    """Runs rounds of tasks on threads.

    Args:
        job: what the tasks are of.
        pool: where they run.
        width: how many run at a time.
    """

    def __init__(self, job: Job, pool: ThreadPoolExecutor, width: int) -> None:
        self.width = width
        self._job, self._pool = job, pool

    def compute(self, runs: Sequence[tuple[int, int]], received: Callable[[Outcome], None]) -> None:
        """Run a round.

        Args:
            runs: (first, last) of each task.
            received: called with each outcome as it comes; tasks without one are lost.
        """
        tasks = tasks_of(self._job, self._job.identity, runs)
        mine = {task.key for task in tasks}

        def heard(key: Any, result: Any, *_: Any) -> None:
            if key in mine:  # callbacks are global: another thread may be using dask too
                received(result)

        with Callback(posttask=heard):  # type: ignore[no-untyped-call]
            compute(  # type: ignore[no-untyped-call]
                *tasks, scheduler="threads", pool=self._pool, optimize_graph=False, traverse=False
            )


def tasks_of(job: Any, identity: str, runs: Sequence[tuple[int, int]]) -> list[Any]:
    """Make dask's tasks of a round.

    Args:
        job: the job, or a future of it.
        identity: of the sweep.
        runs: (first, last) of each task.

    Returns:
        A delayed call of run_chunks for each.
    """
    task: Any = delayed(work.run_chunks, pure=False, traverse=False)
    once = uuid.uuid4().hex  # a key that was used before would return the result of then
    # Of equal tasks dask takes the last name first; the short ones at the end must come last.
    names = [f"leakscape-{identity}-{once}-{MOST_CHUNKS - first:08d}" for first, _ in runs]
    return [
        task(job, first, last, dask_key_name=name)
        for (first, last), name in zip(runs, names, strict=True)
    ]


@contextmanager
def threads(job: Job) -> Iterator[Threads]:
    """Hold a pool of threads, one for each core."""
    pool = ThreadPoolExecutor(CPU_COUNT, thread_name_prefix="leakscape")
    try:
        yield Threads(job, pool, CPU_COUNT)
    except BaseException:
        work.stop(job.identity)  # what still runs ends after its chunk
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    else:
        pool.shutdown()
