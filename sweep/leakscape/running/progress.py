"""The progress of a run: what is done, missing and failed while it is computed, and its journal."""

from __future__ import annotations

import math
import time
import warnings
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from leakscape.errors import StorageError
from leakscape.evaluation.plan import Plan
from leakscape.running import rounds, work
from leakscape.running.crew import Computing
from leakscape.running.job import Outcome
from leakscape.running.pace import Pace
from leakscape.running.report import Observer, Report
from leakscape.store.damage import Damage, chunk_damage, is_doubtful, named
from leakscape.store.durable import MOST_SHARE, Flusher
from leakscape.store.flight import forget, marks
from leakscape.store.journal import NAME, History, Journal, history
from leakscape.store.layout import METADATA, Store
from leakscape.store.recover import adopt, done, remark, seen
from leakscape.store.repair import drop, header
from leakscape.store.room import Forecast
from leakscape.store.root import settle_attributes
from leakscape.store.scan import scan, sweep_away
from leakscape.store.studied import where

ATTEMPTS = 3
"""How often a chunk is tried that gets lost with its worker, or that the disk fails."""
_GUESSED_SECONDS = 0.01


class Progress:
    """The state of a run under the lock; use it as a context.

    Args:
        store: the store.
        plan: its plan.
        observer: who follows the run.
        command: what is recorded as the command.
        started: when the run began, by time.perf_counter [s].
        pace: how long a chunk may take.
        told: the store's journal.
        rewritten: what was damaged besides chunks.
    """

    def __init__(
        self,
        store: Store,
        plan: Plan,
        observer: Observer | None,
        command: str,
        started: float,
        pace: Pace,
        told: History,
        rewritten: Sequence[Damage] = (),
    ) -> None:
        self.store, self.plan, self.pace = store, plan, pace
        self._observer, self._command, self._started = observer, command, started
        self._told, self._harmed = told, list(rewritten)
        self._journal: Journal | None = None
        self._flusher = Flusher(store.sidecar / NAME)
        self._again: dict[int, str] = {}
        self._failed: dict[int, str] = {}
        self._tries: Counter[int] = Counter()
        self._suspects: frozenset[int] = frozenset()
        self._remarks: dict[str, None] = {}  # in order, each once
        self._fatal = self._halted = self._device = ""
        self._computed, self._compile_seconds = 0, 0.0
        self._chunk_seconds: float | None = None
        self._nbytes, self._done = 0, np.zeros(0, dtype=np.bool_)
        self._forecast = Forecast(store, self._warn)

    def __enter__(self) -> Progress:
        found = scan(self.store)
        sweep_away(self.store, found)
        self._suspects = frozenset(mark.chunk for mark in marks(self.store))
        self._nbytes, self._done = found.nbytes, found.there
        self._drop(chunk_damage(self.store, self._told, found))
        self._adopt(np.flatnonzero(self._done), self._told)
        if self._observer is not None:
            grid = self.store.grid
            self._observer.started(grid.tasks, self.done, math.prod(grid.chunks))
        return self

    def __exit__(self, *exception: object) -> None:
        forget(self.store)
        if self._journal is not None:
            self._flusher.__exit__(*exception)
            self._journal.__exit__(*exception)

    @property
    def done(self) -> int:
        """How many chunks are committed."""
        return int(np.count_nonzero(self._done))

    @property
    def todo(self) -> list[int]:
        """The chunks that are neither committed nor failed, ascending.

        Those that a run was at when it ended without a word come last: one may end this run too.
        """
        left = [int(task) for task in np.flatnonzero(~self._done) if task not in self._failed]
        return sorted(left, key=lambda task: (task in self._suspects, task))

    @property
    def committed(self) -> int | None:
        """Some committed chunk, None where there is none."""
        return int(np.argmax(self._done)) if self._done.any() else None

    @property
    def _stopped(self) -> bool:
        return bool(self._halted) or work.stopped(self.store.identity)

    def note_compilation(self, seconds: float) -> None:
        """Remember what the slowest compilation took [s]."""
        self._compile_seconds = max(self._compile_seconds, seconds)

    def compute(self, crew: Computing) -> None:
        """Compute every chunk that is still to do.

        Args:
            crew: who runs the tasks.

        Raises:
            StorageError: the disk is full, or something else that ends the run.
        """
        todo, place = self.todo, 0
        while place < len(todo) and not self._stopped:
            width, left = crew.width, todo[place:]
            if self._chunk_seconds is None:
                runs = rounds.first_round(left, width)
            else:
                runs = rounds.next_round(left, width, self._chunk_seconds)
            self._round(crew, runs)
            self._chunk_seconds = self._chunk_seconds or _GUESSED_SECONDS
            place += sum(last - first + 1 for first, last in runs)
        while (lost := self._lost()) and not self._stopped:
            for task in lost:
                if self._tries[task] >= ATTEMPTS:
                    self._fail(task, self._again[task])
            left = [task for task in lost if task not in self._failed]
            fresh = [task for task in left if self._tries[task] < 2]
            # Whichever ends its worker twice shall not take others along.
            for tasks in [fresh] if fresh else [[task] for task in left]:
                before = self._tries.copy()
                self._round(crew, [(task, task) for task in tasks])
                for task in tasks:
                    if self._tries[task] == before[task]:  # in vain, or done: then it is no matter
                        self._try(task, "gave no answer")

    def finish(self) -> Report:
        """Look at the store, record how the run ended, and report."""
        if self._journal is not None:
            self.look()
        report = self.report()
        changes: dict[str, object] = {"complete": int(report.complete)}
        settle_attributes(self.store, changes | ({"device": self._device} if self._device else {}))
        if self._journal is not None:
            ended: dict[str, object] = {"device": self._device} if self._device else {}
            ended |= {"done": report.done, "total": report.total, "complete": report.complete}
            now = time.strftime("%Y-%m-%dT%H:%M:%S%z")
            self._write([{"ended": ended | {"seconds": report.seconds, "time": now}}])
            self._flusher.add([self.store.path / METADATA])
            self._flusher.settle(MOST_SHARE * report.seconds)
        if self._observer is not None:
            self._observer.finished(report)
        return report

    def report(self) -> Report:
        """Return how far the run came."""
        failed = {task: why for task, why in self._failed.items() if not self._done[task]}
        return Report(
            path=self.store.path,
            done=self.done,
            total=self.store.grid.tasks,
            computed=self._computed,
            failed=tuple(sorted(failed.items())),
            complete=bool(self._done.all()),
            points=self.store.grid.points,
            nbytes=self._nbytes,
            seconds=time.perf_counter() - self._started,
            compile_seconds=self._compile_seconds,
            remarks=tuple(self._remarks),
            repaired=tuple(named(self.store, damage) for damage in self._harmed),
            halted=self._halted,
        )

    def _round(self, crew: Computing, runs: Sequence[tuple[int, int]]) -> None:
        crew.compute(runs, self._receive)
        if self._fatal:
            raise StorageError(self._fatal)

    def _receive(self, outcome: Outcome) -> None:
        if outcome.fatal:
            self._fatal = self._fatal or outcome.fatal
            work.stop(self.store.identity)
        self._halted = self._halted or outcome.halted
        self._device = outcome.device or self._device
        self.note_compilation(outcome.compile_seconds)
        good = [line for line in outcome.lines if "failed" not in line]
        for line in good:
            self._done[line["chunk"]] = True
        for line in outcome.lines:
            if "failed" in line and line["chunk"] not in outcome.again:
                self._fail(line["chunk"], line["failed"])
            elif "failed" in line:
                self._try(line["chunk"], line["failed"])
        for task, why in outcome.lost:
            self._try(task, f"its worker {why}, {self._tries[task] + 1} times")
        if outcome.remark:
            self._remarks[outcome.remark] = None
        self._write(good)
        self._computed += len(good)
        for line in good:
            self.pace.note(line["seconds"])
        if good:
            self._chunk_seconds = sum(line["seconds"] for line in good) / len(good)
            nbytes = sum(sum(line["size"].values()) for line in good)
            self._forecast.note(len(good), nbytes, self.store.grid.tasks - self.done)
        if good and self._observer is not None:
            self._observer.advanced(self.done)

    def _try(self, task: int, why: str) -> None:
        """Count an attempt in vain."""
        self._tries[task] += 1
        self._again[task] = why

    def look(self) -> None:
        """Look at the store: what is done counts, reported or not."""
        found = scan(self.store)
        self._nbytes, self._done = found.nbytes, done(self.store, found.there, self._done)

    def _warn(self, text: str) -> None:
        if self._observer is not None:
            self._observer.warned(text)
        else:
            warnings.warn(text, stacklevel=2)

    def _fail(self, task: int, reason: str) -> None:
        self._failed[task] = f"{where(self.store, task)}: {reason}"
        self._write([{"chunk": task, "failed": self._failed[task]}])

    def _lost(self) -> list[int]:
        """Look at the store again: which chunks got lost, with the worker or on its way here."""
        if not self.todo:
            return []
        known, self._done = self._done, scan(self.store).there
        self._adopt(np.flatnonzero(self._done & ~known))
        self._computed += int(np.count_nonzero(self._done & ~known))
        return self.todo

    def _drop(self, harmed: Sequence[Damage]) -> None:
        """Make damaged chunks count as not computed, and note a look at what was not sure."""
        told = self._told
        if harmed or self._harmed or told.damaged or is_doubtful(told):
            self._write([])
        if harmed and self._journal is not None:
            drop(self.store, self._journal, harmed)
            self._done[[damage.task for damage in harmed if damage.task is not None]] = False
            self._harmed += harmed

    def _adopt(self, tasks: NDArray[np.intp], told: History | None = None) -> None:
        """Journal committed chunks that it does not know; a damaged one counts as not done."""
        known = (told or history(self.store)).chunks
        adopted = 0
        for task, line in adopt(self.store, [t for t in tasks.tolist() if t not in known]):
            self._done[task] = line is not None
            if line is not None:
                self._write([line if told else seen(line)])
                adopted += 1
        if told and adopted:
            self._remarks[remark(adopted)] = None

    def _write(self, lines: Sequence[dict[str, object]]) -> None:
        if self._journal is None:
            self._journal = Journal(self.store, header(self.store, self._command))
            self._flusher.__enter__()
            names = self.store.names
            self._flusher.add(file for n in names for file in (self.store.path / n).glob("*.json"))
            files = (self.store.path / n for n in self.store.coordinates)
            self._flusher.add(file for folder in files for file in folder.glob("c*"))
            self._flusher.add([self.store.path, self.store.path / METADATA])
        self._journal.write(lines)
        for line in lines:
            if isinstance(task := line.get("chunk"), int) and "crc" in line:
                arrays = self.store.written_by(task)
                self._flusher.add(self.store.path / self.store.key(a, task) for a in arrays)
