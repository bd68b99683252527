"""Run a study, in Python or for the command line: into a store, or on with what is there."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import xarray as xr

from leakscape import interrupt
from leakscape.declare.catalogue import study_of
from leakscape.declare.notes import warn_of_table
from leakscape.declare.study import Study
from leakscape.errors import DeclarationError, SweepError
from leakscape.evaluation.announce import followed
from leakscape.evaluation.plan import Plan, make_plan
from leakscape.running.agreement import refuse_other_plan, refuse_other_study
from leakscape.running.filling import Way, fill
from leakscape.running.pace import Pace
from leakscape.running.reduction import fill_reduced
from leakscape.running.report import Observer, Report
from leakscape.running.scheduler import Scheduler
from leakscape.spelling import readable
from leakscape.store.codec import DEFAULT, codec
from leakscape.store.disk_errors import disk_errors
from leakscape.store.layout import Store
from leakscape.store.lock import settle
from leakscape.store.open import open as open_store
from leakscape.store.spelling import as_in_format, spelled_as_stored

PATIENCE_SECONDS = 60.0
"""How long to wait for workers, and for one that falls silent [s]."""


def run(
    study: Study | str | Path,
    path: str | Path | None = None,
    *,
    scheduler: str = "threads",
    observer: Observer | None = None,
    patience: float = PATIENCE_SECONDS,
    chunk_limit: float | None = None,
    insecure: bool = False,
    tls: Mapping[str, str] | None = None,
    force: bool = False,
    progress: bool = True,
) -> xr.Dataset:
    """Run a study, or resume it, and open the result.

    Args:
        study: the study, its name, or the path of its file.
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
        progress: whether a terminal or a notebook shows a bar, where it lasts more than a second;
            an observer is there instead of it.

    Returns:
        The dataset, opened lazily.

    Raises:
        SweepError: the study, the store or the disk does not allow it, or chunks failed.
        Interrupted: Ctrl-C; the same call resumes.
    """
    declared = study_of(study, "run")
    warn_of_table(declared)
    with followed(progress) as bar:
        report = sweep(
            declared,
            path or f"{declared.name}.zarr",
            scheduler=scheduler,
            observer=observer or bar,
            patience=patience,
            chunk_limit=chunk_limit,
            insecure=insecure,
            tls=tls,
            study_file=_file_of(study),
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
    if not patience > 0:
        raise DeclarationError(f"patience: must be above 0 s, got {patience:g} s; write 60")
    codec(compression)
    who, place = Scheduler.of(scheduler, insecure=insecure, tls=tls), settle(path)
    way = Way(
        scheduler=who,
        observer=observer,
        compression=compression,
        patience=patience,
        pace=Pace(chunk_limit),
        command=readable(command if command is not None else " ".join(sys.argv)),
        study_file=study_file,
        force=force,
        started=time.perf_counter(),
    )
    with interrupt.noticed(), disk_errors():
        if study.reduce is not None:
            return fill_reduced(study, place, way)
        return fill(partial(_planned, study), place, way)


def _file_of(study: Study | str | Path) -> Path | None:
    """Return the file that a study was asked for by, None where it was no file."""
    if isinstance(study, Study) or not str(study).endswith(".toml"):
        return None
    return Path(study).resolve()


def _planned(study: Study, store: Store | None) -> Plan:
    """Plan a study for the store that is there, or for a new one."""
    if store is None:
        return make_plan(study)
    study = spelled_as_stored(store.meaning, study)
    refuse_other_study(store, study)
    study = as_in_format(study, store.format)
    plan = make_plan(study, chunks=store.grid.chunks, format=store.format)
    refuse_other_plan(store, plan)
    return plan
