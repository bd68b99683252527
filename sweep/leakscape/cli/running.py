"""The words of `run`: progress, what was found, where it is, how to go on."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from leakscape import amounts, interrupt
from leakscape.cli import leaving, streams, terminal
from leakscape.cli.again import changes, free_store
from leakscape.cli.findings import tell
from leakscape.cli.progress import observer
from leakscape.cli.terminal import note, say
from leakscape.errors import OtherStudyError, SweepError

if TYPE_CHECKING:
    from leakscape.declare.study import Study
    from leakscape.running import Report

FAILED = 3
RESUMABLE = frozenset({74, 75})
"""Exit statuses after which the same command may go on."""
TELLING = 1e6
"""Fewer points than this measure the start-up, not the speed."""
MOST_FAILURES = 5


DEFAULTS: Mapping[str, str | float | bool | None] = {"scheduler": "threads", "patience": 60.0}
"""Options of the scheduler that go without saying."""


def run(
    study: str,
    store: str | None,
    options: Mapping[str, str | float | bool | None],
    settings: Sequence[str],
) -> int:
    """Run a study.

    Args:
        study: name or path.
        store: the store's path; by default `<name>.zarr` here.
        options: how chunks are computed: scheduler, patience, chunk_limit, insecure, tls_ca,
            tls_cert, tls_key, force.
        settings: changes to the study.

    Returns:
        0 complete, 3 where chunks failed, 128 + the number of a signal that interrupted it.

    Raises:
        SweepError: whatever does not allow it.
    """
    from leakscape.declare.catalogue import load

    declared = load(study, settings)
    path = store if store is not None else f"{declared.name}.zarr"
    again = ["leakscape", "run", study]
    again += ["--store", store] if store is not None else []
    for name, value in options.items():
        if value not in (None, False) and value != DEFAULTS.get(name):
            given = f"{value:g}" if isinstance(value, float) else str(value)
            again += [f"--{name.replace('_', '-')}", *([] if value is True else [given])]
    again += changes(settings)
    resume = f"Resume with: {terminal.command(*again)}"
    from leakscape.declare.notes import notes
    from leakscape.declare.resolve import resolve
    from leakscape.evaluation import announce
    from leakscape.running import Interrupted, sweep

    watcher = observer()
    patience = cast("float", options["patience"])
    limit = cast("float | None", options["chunk_limit"])
    if options["scheduler"] == "threads":
        _warn_of_suspects(path)

    def stop() -> None:
        watcher.close()
        _broken_off(f"{path}: interrupted", resume)

    try:
        with leaving.saying(stop), announce.by(watcher.compiling):
            note(notes(resolve(declared)))
            report = sweep(
                declared,
                path,
                scheduler=str(options["scheduler"]),
                patience=patience,
                chunk_limit=limit,
                insecure=bool(options["insecure"]),
                tls={key: str(options[f"tls_{key}"] or "") for key in ("ca", "cert", "key")},
                observer=watcher,
                command=shlex.join(again),
                force=bool(options.get("force")),
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
        if isinstance(error, OtherStudyError):
            words = _elsewhere(again, free_store(declared.name, settings))
            streams.tell(f"{error}\nRun it into another store with: {words}", sys.stderr)
            return error.exit_status
        if error.exit_status not in RESUMABLE:
            raise
        streams.tell(f"{error}\n{resume}", sys.stderr)
        return error.exit_status
    if report.halted:  # the same command would come no further
        resume = f"Resume with: {terminal.command(*again, '--scheduler', 'local:2')}"
    return _conclude(report, declared, path, resume)


def _elsewhere(again: Sequence[str], store: str) -> str:
    """Return the same command with another store."""
    words = list(again)
    if "--store" in words:
        words[words.index("--store") + 1] = store
    else:
        words += ["--store", store]
    return terminal.command(*words)


def _warn_of_suspects(path: str) -> None:
    """Say what was computed when a run ended without a word: it may end this one too."""
    from leakscape.store import state

    try:
        standing = state(path)
    except SweepError:  # nothing there, or what the run itself will say
        return
    if standing.in_flight:
        chunks = "; ".join(standing.in_flight[:MOST_FAILURES])
        print(
            f"{path}: being computed when the last run ended without a word: {chunks}; now they "
            "come last; if one ends the process, use --scheduler local:2",
            file=sys.stderr,
            flush=True,
        )


def _broken_off(text: str, resume: str) -> int:
    streams.tell(f"{text}\n{resume}", sys.stderr)
    return interrupt.status()


def _conclude(report: Report, study: Study, path: str, resume: str) -> int:
    if report.computed:
        points = report.points * report.computed / report.total
        working = max(1e-9, report.seconds - report.compile_seconds)
        rate = (
            f": {amounts.amount(points / working)} points a second, after"
            if (points >= TELLING)
            else ", with"
        )
        say(
            f"Computed {amounts.amount(points)} point{'s' * (points != 1)} "
            f"in {amounts.seconds(report.seconds)}"
            f"{rate} {amounts.seconds(report.compile_seconds)} of compiling."
        )
    elif report.complete:
        say(f"Nothing to compute: {amounts.amount(report.points)} points are there already.")
    for text in report.repaired[:MOST_FAILURES]:
        say(f"Repaired: {text}")
    if len(report.repaired) > MOST_FAILURES:
        say(f"Repaired: {len(report.repaired) - MOST_FAILURES} more")
    if report.retold:
        words = ", ".join(report.retold)
        say(f"The study says otherwise than the store did, which took it over: {words}.")
    for remark in report.remarks[:MOST_FAILURES]:
        say(f"Remark: {remark}")
    if len(report.remarks) > MOST_FAILURES:
        say(f"Remark: {len(report.remarks) - MOST_FAILURES} more of that kind")
    tell(report.path, study)
    say()
    if not report.complete:
        for task, reason in report.failed[:MOST_FAILURES]:
            say(f"Failed: {reason if reason.startswith('chunk') else f'chunk {task}: {reason}'}")
        if len(report.failed) > MOST_FAILURES:
            say(f"Failed: {len(report.failed) - MOST_FAILURES} more")
        if report.halted:
            left = report.total - report.done - len(report.failed)
            say(f"Not computed: {left} chunk{'s' if left != 1 else ''}, as {report.halted}")
        say(f"Incomplete: {os.fspath(path)}, {report.done} of {report.total} chunks")
        say(resume)
        return FAILED
    say(f"Result: {os.fspath(path)}")
    say(f"Draw it with: {terminal.command('leakscape', 'plot', os.fspath(path))}")
    return 0
