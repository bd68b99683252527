"""The words of `run`: progress, what was found, where it is, how to go on."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from leakscape import interrupt
from leakscape.cli import leaving, terminal
from leakscape.cli.findings import tell
from leakscape.cli.progress import observer
from leakscape.cli.terminal import say
from leakscape.errors import SweepError

if TYPE_CHECKING:
    from leakscape.declare.study import Study
    from leakscape.running import Report

FAILED = 3
RESUMABLE = frozenset({74, 75})
"""Exit statuses after which the same command may go on."""
TELLING = 1e6
"""Fewer points than this measure the start-up, not the speed."""
MOST_FAILURES = 5


def run(study: str, store: str | None, scheduler: str, settings: Sequence[str]) -> int:
    """Run a study.

    Args:
        study: name or path.
        store: the store's path; by default `<name>.zarr` here.
        scheduler: how chunks are computed.
        settings: changes to the study.

    Returns:
        0 complete, 3 where chunks failed, 130 interrupted.

    Raises:
        SweepError: whatever does not allow it.
    """
    from leakscape.declare.catalogue import load

    declared = load(study, settings)
    path = store if store is not None else f"{declared.name}.zarr"
    again = ["leakscape", "run", study]
    again += ["--store", store] if store is not None else []
    again += ["--scheduler", scheduler] if scheduler != "threads" else []
    for setting in settings:
        again += ["--set", setting]
    resume = f"Resume with: {terminal.command(*again)}"
    from leakscape.running import Interrupted, sweep

    watcher = observer()

    def stop() -> None:
        watcher.close()
        _broken_off(f"{path}: interrupted", resume)

    try:
        with leaving.saying(stop):
            report = sweep(
                declared,
                path,
                scheduler=scheduler,
                observer=watcher,
                command=shlex.join(again),
                study_file=Path(study).resolve() if study.endswith(".toml") else None,
            )
    except Interrupted as stopped:
        watcher.close()
        done, total = stopped.report.done, stopped.report.total
        return _broken_off(f"{path}: interrupted, {done} of {total} chunks are there", resume)
    except KeyboardInterrupt:
        watcher.close()
        return _broken_off(f"{path}: interrupted", resume)
    except SweepError as error:
        watcher.close()
        if error.exit_status not in RESUMABLE:
            raise
        print(error, file=sys.stderr)
        print(resume, file=sys.stderr, flush=True)
        return error.exit_status
    return _conclude(report, declared, path, resume)


def _broken_off(text: str, resume: str) -> int:
    print(text, file=sys.stderr)
    print(resume, file=sys.stderr, flush=True)
    return interrupt.STATUS


def _conclude(report: Report, study: Study, path: str, resume: str) -> int:
    if report.computed:
        points = report.points * report.computed / report.total
        working = max(1e-9, report.seconds - report.compile_seconds)
        rate = (
            f": {terminal.amount(points / working)} points a second, after"
            if (points >= TELLING)
            else ", with"
        )
        say(
            f"Computed {terminal.amount(points)} points in {terminal.seconds(report.seconds)}"
            f"{rate} {terminal.seconds(report.compile_seconds)} of compiling."
        )
    elif report.complete:
        say(f"Nothing to compute: {terminal.amount(report.points)} points are there already.")
    for text in report.repaired[:MOST_FAILURES]:
        say(f"Repaired: {text}")
    if len(report.repaired) > MOST_FAILURES:
        say(f"Repaired: {len(report.repaired) - MOST_FAILURES} more")
    if report.retold:
        words = ", ".join(report.retold)
        say(f"The study says otherwise than the store did, which took it over: {words}.")
    tell(report.path, study)
    say()
    if not report.complete:
        for task, reason in report.failed[:MOST_FAILURES]:
            say(f"Failed: {reason if reason.startswith('chunk') else f'chunk {task}: {reason}'}")
        if len(report.failed) > MOST_FAILURES:
            say(f"Failed: {len(report.failed) - MOST_FAILURES} more")
        say(f"Incomplete: {os.fspath(path)}, {report.done} of {report.total} chunks")
        say(resume)
        return FAILED
    say(f"Result: {os.fspath(path)}")
    say(f"Draw it with: {terminal.command('leakscape', 'plot', os.fspath(path))}")
    return 0
