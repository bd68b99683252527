"""The driver: makes or resumes a store and sees to it that every chunk gets computed.

It alone writes the journal. What is done is read from the store, never from a worker's word, so
that any kill, at any moment, costs no more than the chunks then being computed.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import xarray as xr

from leakscape import interrupt
from leakscape.declare.study import Study
from leakscape.errors import BusyError, DeclarationError, StorageError, SweepError
from leakscape.evaluation.plan import Plan, make_plan
from leakscape.running import work
from leakscape.running.agreement import (
    comparable,
    refuse_other_numbers,
    refuse_other_plan,
    refuse_other_study,
)
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
from leakscape.spelling import readable
from leakscape.store.codec import DEFAULT, codec
from leakscape.store.disk_errors import disk_errors
from leakscape.store.layout import Store
from leakscape.store.lock import lock, settle
from leakscape.store.metadata import standing
from leakscape.store.open import open as open_store
from leakscape.store.repair import restore
from leakscape.store.room import refuse_too_large
from leakscape.store.spelling import spelled_as_stored
from leakscape.store.template import create
from leakscape.store.words import place_of, take_over

PATIENCE_SECONDS = 60.0
"""How long to wait for workers, and for one that falls silent [s]."""


def run(
    study: Study,
    path: str | Path | None = None,
    *,
    scheduler: str = "threads",
    observer: Observer | None = None,
    patience: float = PATIENCE_SECONDS,
    chunk_limit: float | None = None,
    insecure: bool = False,
    tls: Mapping[str, str] | None = None,
    force: bool = False,
) -> xr.Dataset:
    """Run a study, or resume it, and open the result.

    Args:
        study: the study.
        path: the store; by default `<name>.zarr` in the working directory.
        scheduler: threads, local:N, tcp://host:port or tls://host:port.
        observer: who follows the run.
        patience: how long to wait for workers, and for a worker or scheduler that falls silent [s].
        chunk_limit: after how long a chunk is given up; None: 100 times what the others take, at
            least 10 minutes, and an hour while none is done [s].
        insecure: allow tcp:// to another machine, where anyone who reaches the port can run code.
        tls: files of certificates for tls://: ca, cert and key; by default Dask's configuration
            names them.
        force: begin on a disk that is too small.

    Returns:
        The dataset, opened lazily.

    Raises:
        SweepError: the study, the store or the disk does not allow it, or chunks failed.
        Interrupted: Ctrl-C; the same call resumes.
    """
    report = sweep(
        study,
        path or f"{study.name}.zarr",
        scheduler=scheduler,
        observer=observer,
        patience=patience,
        chunk_limit=chunk_limit,
        insecure=insecure,
        tls=tls,
        force=force,
    )
    if not report.complete:
        first = f", {report.failed[0][1]}" if report.failed else ""
        first += f"; {report.halted}" if report.halted else ""
        raise SweepError(
            f"{report.path}: {report.total - report.done} of {report.total} chunks are missing"
            f"{first}; fix that and run again"
        )
    return open_store(report.path)


def sweep(
    study: Study,
    path: str | Path,
    *,
    scheduler: str = "threads",
    observer: Observer | None = None,
    compression: str = DEFAULT,
    patience: float = PATIENCE_SECONDS,
    chunk_limit: float | None = None,
    insecure: bool = False,
    tls: Mapping[str, str] | None = None,
    command: str | None = None,
    study_file: Path | None = None,
    force: bool = False,
) -> Report:
    """Run a study into a store, or resume what is there.

    Args:
        study: the study.
        path: the store.
        scheduler: threads, local:N, tcp://host:port or tls://host:port.
        observer: who follows the run.
        compression: default or none; a store that exists keeps its own.
        patience: how long to wait for workers, and for a worker or scheduler that falls silent [s].
        chunk_limit: after how long a chunk is given up; None: 100 times what the others take, at
            least 10 minutes, and an hour while none is done [s].
        insecure: allow tcp:// to another machine, where anyone who reaches the port can run code.
        tls: files of certificates for tls://: ca, cert and key; by default Dask's configuration
            names them.
        command: what to record as the command that was run.
        study_file: what to record as the file that the study is in.
        force: begin on a disk that is too small.

    Returns:
        How it ended; failed chunks are in the report and not raised.

    Raises:
        SweepError: the study, the store or the disk does not allow it.
        Interrupted: Ctrl-C; the same call resumes.
    """
    started = time.perf_counter()
    who = Scheduler.of(scheduler, insecure=insecure, tls=tls)
    if not patience > 0:
        raise DeclarationError(f"patience: must be above 0 s, got {patience:g} s; write 60")
    pace = Pace(chunk_limit)
    codec(compression)
    place = settle(path)
    command = readable(command if command is not None else " ".join(sys.argv))
    with interrupt.noticed(), disk_errors():
        store, plan = _agree(study, place, compression, force)
        with lock(place):
            if standing(place) != (store if store.identity else None):
                store, plan = _agree(study, place, compression, force)  # another was faster
            if not store.identity:
                more = place_of(study_file, place)
                store = create(place, plan, compression=compression, command=command, more=more)
            told, rewritten = restore(store, plan)
            retold = take_over(store, plan, study_file)
            work.resume(store.identity)
            with Progress(
                store, plan, observer, command, started, pace, told, rewritten
            ) as progress:
                try:
                    if progress.todo:
                        refuse_too_large(store, len(progress.todo) / store.grid.tasks, force=force)
                        _compute(progress, plan.space.study, who, patience)
                except KeyboardInterrupt:
                    work.stop(store.identity)
                    progress.look()
                    raise Interrupted(progress.report()) from None
                report = replace(progress.finish(), retold=retold)
                if work.stopped(store.identity):
                    raise Interrupted(report)
                return report


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


def _agree(study: Study, place: Path, compression: str, force: bool) -> tuple[Store, Plan]:
    """Plan a study for the store that is there, or lay out a new one (without identity)."""
    store = standing(place)
    if store is None:
        plan = make_plan(study)
        store = Store.of(plan, place, identity="", compression=compression)
        refuse_too_large(store, force=force)
        return store, plan
    study = spelled_as_stored(store.meaning["study"], study)
    refuse_other_study(store, study)
    plan = make_plan(study, chunks=store.grid.chunks, format=store.format)
    refuse_other_plan(store, plan)
    return store, plan
