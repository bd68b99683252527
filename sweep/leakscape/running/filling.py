"""Filling a store: makes or resumes it, and sees to it that every chunk gets computed.

The driver alone writes the journal. What is done is read from the store, never from a worker's
word, so that any kill, at any moment, costs no more than the chunks then being computed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from leakscape import interrupt
from leakscape.declare.study import Study
from leakscape.errors import BusyError, StorageError
from leakscape.evaluation.plan import Plan
from leakscape.running import work
from leakscape.running.agreement import comparable, refuse_other_numbers
from leakscape.running.cluster import cluster
from leakscape.running.crew import Computing
from leakscape.running.foreman import Foreman
from leakscape.running.job import Job, job_of
from leakscape.running.pace import Pace
from leakscape.running.processes import processes
from leakscape.running.progress import Progress
from leakscape.running.report import Interrupted, Observer, Report
from leakscape.running.scheduler import Scheduler
from leakscape.running.threads import threads
from leakscape.store.layout import Store
from leakscape.store.lock import lock
from leakscape.store.metadata import standing
from leakscape.store.repair import restore
from leakscape.store.room import refuse_too_large
from leakscape.store.template import create
from leakscape.store.words import place_of, take_over


@dataclass(frozen=True, kw_only=True)
class Way:
    """How a sweep is run, whatever it computes.

    Args:
        scheduler: who computes chunks.
        observer: who follows the run.
        compression: name of the codec; a store that exists keeps its own.
        patience: how long to wait for workers, and for one that falls silent [s].
        pace: how long a chunk may take.
        command: what to record as the command that was run.
        study_file: what to record as the file that the study is in.
        force: begin on a disk that is too small.
        started: when the run began, by time.perf_counter [s].
    """

    scheduler: Scheduler
    observer: Observer | None
    compression: str
    patience: float
    pace: Pace
    command: str
    study_file: Path | None
    force: bool
    started: float


Planned = Callable[[Store | None], Plan]
"""Plans for the store that is there, or refuses it; for a new one where there is none."""


def fill(planned: Planned, place: Path, way: Way, *, locked: bool = False) -> Report:
    """Fill a store with every chunk of a plan.

    Args:
        planned: makes the plan.
        place: the store.
        way: how.
        locked: whether the caller holds the lock of the store already.

    Returns:
        How it ended; failed chunks are in the report and not raised.

    Raises:
        SweepError: the store or the disk does not allow it.
        Interrupted: Ctrl-C; the same call resumes.
    """
    store, plan = _laid_out(planned, place, way)
    held: AbstractContextManager[None] = nullcontext() if locked else lock(place)
    with held:
        if standing(place) != (store if store.identity else None):
            store, plan = _laid_out(planned, place, way)  # another was faster
        if not store.identity:
            more = place_of(way.study_file, place)
            store = create(place, plan, compression=way.compression, command=way.command, more=more)
        told, rewritten = restore(store, plan)
        retold = take_over(store, plan, way.study_file)
        work.resume(store.identity)
        with Progress(
            store, plan, way.observer, way.command, way.started, way.pace, told, rewritten
        ) as progress:
            try:
                if progress.todo:
                    share = len(progress.todo) / store.grid.tasks
                    refuse_too_large(store, share, force=way.force)
                    _compute(progress, plan.space.study, way.scheduler, way.patience)
            except KeyboardInterrupt:
                work.stop(store.identity)
                progress.look()
                raise Interrupted(progress.report()) from None
            report = replace(progress.finish(), retold=retold)
            if work.stopped(store.identity):
                raise Interrupted(report)
            return report


def _laid_out(planned: Planned, place: Path, way: Way) -> tuple[Store, Plan]:
    """Plan for the store that is there, or lay out a new one (without identity)."""
    store = standing(place)
    plan = planned(store)
    if store is None:
        store = Store.of(plan, place, identity="", compression=way.compression)
        refuse_too_large(store, force=way.force)
    return store, plan


def _compute(progress: Progress, study: Study, scheduler: Scheduler, patience: float) -> None:
    store, plan = progress.store, progress.plan
    job = job_of(store, study, plan)
    committed = progress.committed
    if committed is not None and not comparable(store, plan):
        evaluator, seconds = work.prepare(job, plan)
        progress.note_compilation(seconds)
        refuse_other_numbers(store, plan, evaluator, committed)
    if scheduler.kind == "threads":
        progress.note_compilation(work.prepare(job, plan)[1])
    try:
        with (
            _crew(progress, job, scheduler, patience) as crew,
            interrupt.drained(lambda: work.stop(store.identity)),
        ):
            progress.compute(crew)
    except (StorageError, BusyError) as error:
        progress.look()
        raise type(error)(
            f"{store.path}: {error}; {progress.done} of {store.grid.tasks} chunks done; "
            "run the same command to resume"
        ) from error


@contextmanager
def _crew(
    progress: Progress, job: Job, scheduler: Scheduler, patience: float
) -> Iterator[Computing]:
    if scheduler.kind == "threads":
        with threads(job, progress.pace) as pool:
            yield pool
    elif scheduler.kind == "local":
        with processes(job, scheduler.processes, patience) as local:
            yield Foreman(local, job, progress.store, progress.pace, patience)
    else:
        with cluster(job, scheduler, patience) as remote:
            yield Foreman(remote, job, progress.store, progress.pace, patience)
