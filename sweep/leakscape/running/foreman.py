"""The foreman: gives chunks to workers that may die, hang or fall silent, and waits for none.

Who a worker is - a process here, a worker of a cluster - is the crew's affair. The foreman keeps
as many tasks with each worker as it computes at a time, so that it knows what was lost with it;
the marks of the chunks in flight say which chunk it was at.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from leakscape.errors import BusyError, KernelError
from leakscape.running import work
from leakscape.running.job import Job, Outcome
from leakscape.running.pace import Pace
from leakscape.store.flight import Mark, marks
from leakscape.store.layout import Store

_LOOK_SECONDS = 0.25
_MARKS_SECONDS = 1.0
_MOST_NAMED = 3
Received = Callable[[Outcome], None]
Run = tuple[int, int]


@dataclass(frozen=True)
class News:
    """What is heard of a worker.

    Args:
        worker: its name.
        task: what it answers to.
        outcome: its answer.
        gone: why there is no such worker any more, "" where it answers.
        innocent: whether what it had been given had nothing to do with that.
    """

    worker: str
    task: int = -1
    outcome: Outcome | None = None
    gone: str = ""
    innocent: bool = False


class Crew(Protocol):
    """Workers."""

    def room(self) -> Mapping[str, int]:
        """Return how many tasks each worker computes at a time; none but those that can."""

    def give(self, worker: str, task: int, run: Run) -> None:
        """Give a worker a task."""

    def news(self, seconds: float) -> Sequence[News]:
        """Return what is heard within some seconds, or nothing."""

    def dismiss(self, worker: str, task: int) -> bool:
        """Part with a worker that hangs in a task; tell whether all of its tasks are lost."""

    def refuse(self, worker: str) -> None:
        """Part for good with a worker that computes something else."""

    def stop(self) -> None:
        """Let workers end after the chunk that they are at."""


class Foreman:
    """Runs rounds of tasks on a crew.

    Args:
        crew: the workers.
        job: what the tasks are of.
        store: the store.
        pace: how long a chunk may take.
        patience: how long to wait where there is no worker [s].
    """

    def __init__(self, crew: Crew, job: Job, store: Store, pace: Pace, patience: float) -> None:
        self._crew, self._job, self._store = crew, job, store
        self._pace, self._patience = pace, patience
        self._at: dict[str, dict[int, Run]] = {}
        self._tasks = 0
        self._seen = self._looked = time.monotonic()
        self._first_seen: dict[tuple[Path, int], float] = {}
        self._refused: dict[str, str] = {}

    @property
    def width(self) -> int:
        """How many tasks run at a time."""
        return max(1, sum(self._crew.room().values()))

    def compute(self, runs: Sequence[Run], received: Received) -> None:
        """Run a round.

        Args:
            runs: (first, last) of each task.
            received: called with each outcome as it comes; tasks without one are lost.

        Raises:
            BusyError: no worker is left for as long as `patience`.
            KernelError: every worker computes something else than the driver.
        """
        waiting, identity, told = deque(runs), self._store.identity, False
        self._seen = time.monotonic()
        while waiting or any(self._at.values()):
            if work.stopped(identity):
                waiting.clear()
                if not told:
                    self._crew.stop()
                    told = True
                if work.stopped_long_ago(identity):
                    self._at.clear()
                    return
            self._hand_out(waiting)
            for news in self._crew.news(_LOOK_SECONDS):
                self._hear(news, waiting, received)
            now = time.monotonic()
            if now - self._looked > _MARKS_SECONDS:
                self._looked = now
                self._give_up_overdue(received)

    def _hand_out(self, waiting: deque[Run]) -> None:
        room = self._crew.room()
        if room:
            self._seen = time.monotonic()
        elif self._refused and not any(self._at.values()):
            worker, why = next(iter(self._refused.items()))
            raise KernelError(f"{worker}: {why}")
        elif time.monotonic() - self._seen > self._patience:
            raise BusyError(f"no workers for {self._patience:g} s; start some")
        for worker, most in room.items():
            mine = self._at.setdefault(worker, {})
            while waiting and len(mine) < most:
                self._tasks += 1
                mine[self._tasks] = waiting.popleft()
                self._crew.give(worker, self._tasks, mine[self._tasks])

    def _hear(self, news: News, waiting: deque[Run], received: Received) -> None:
        if news.gone:
            held = self._at.pop(news.worker, {})
            if news.innocent:
                waiting.extend(held.values())
            elif held:
                self._mourn(news, held, received)
            return
        run = self._at.get(news.worker, {}).pop(news.task, None)
        if run is None or news.outcome is None:  # given up meanwhile
            return
        if news.outcome.refused:
            self._refused[news.worker] = news.outcome.refused
            self._crew.refuse(news.worker)
            waiting.extend([run, *self._at.pop(news.worker, {}).values()])
            received(Outcome(remark=f"{news.worker} takes no part: it {news.outcome.refused}"))
            return
        received(news.outcome)

    def _mourn(self, news: News, held: Mapping[int, Run], received: Received) -> None:
        """Say which chunks were at a worker: those of its marks, or else all that it had."""
        seen = [mark for mark in marks(self._store) if mark.by == self._job.worker(news.worker)]
        chunks = [mark.chunk for mark in seen if _within(mark, held)]
        if not chunks:
            chunks = [chunk for first, last in held.values() for chunk in range(first, last + 1)]
        for mark in seen:
            mark.file.unlink(missing_ok=True)
        named = ", ".join(map(str, chunks[:_MOST_NAMED]))
        received(
            Outcome(
                lost=tuple((chunk, news.gone) for chunk in chunks),
                remark=f"{news.worker} {news.gone} while it computed chunk {named}",
            )
        )

    def _give_up_overdue(self, received: Received) -> None:
        """Fail the chunks that take too long; their workers are given up with them."""
        now, found = time.monotonic(), marks(self._store)
        known = {(mark.file, mark.chunk) for mark in found}
        self._first_seen = {key: since for key, since in self._first_seen.items() if key in known}
        workers = {self._job.worker(name): name for name in self._at}
        for mark in found:
            since = self._first_seen.setdefault((mark.file, mark.chunk), now)
            name = workers.get(mark.by, "")
            held = self._at.get(name, {})
            if now - since <= self._pace.limit or not _within(mark, held):
                continue
            task = next(task for task, run in held.items() if run[0] <= mark.chunk <= run[1])
            if self._crew.dismiss(name, task):
                held.clear()
            else:
                del held[task]
            mark.file.unlink(missing_ok=True)
            received(Outcome(lines=({"chunk": mark.chunk, "failed": self._pace.words()},)))


def _within(mark: Mark, held: Mapping[int, Run]) -> bool:
    return any(first <= mark.chunk <= last for first, last in held.values())
