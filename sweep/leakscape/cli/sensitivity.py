"""The words of `sensitivity`: a table, a sentence, where the result is and how it is drawn."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leakscape import interrupt
from leakscape.cli import leaving, streams, terminal
from leakscape.cli.again import changes
from leakscape.cli.progress import observer
from leakscape.cli.terminal import say

if TYPE_CHECKING:
    from leakscape.declare.study import Study

RESUMABLE = frozenset({74, 75})
"""Exit statuses after which the same command may go on."""


def sensitivity(
    study: str,
    method: str,
    options: Mapping[str, Any],
    store: str | None,
    settings: Sequence[str],
    again: Sequence[str],
) -> int:
    """Analyse a study, or a stored sweep by `grid`.

    Args:
        study: name or path of a study, or the path of a sweep.
        method: the method.
        options: what else `leakscape.sensitivity` takes.
        store: where the result is kept; by default `<name>_<method>.zarr` here.
        settings: changes to the study.
        again: the words of the command.

    Returns:
        0, or 128 + the number of a signal that interrupted it.

    Raises:
        SweepError: whatever does not allow it.
    """
    from leakscape.analyse.sensitivity.analysis import sensitivity as analyse
    from leakscape.analyse.sensitivity.wording import card
    from leakscape.declare.catalogue import load
    from leakscape.errors import DeclarationError, SweepError
    from leakscape.evaluation import announce

    stored = method == "grid" or _is_store(study)
    if stored and settings:
        raise DeclarationError(
            f"--set: changes a study, and {study} is a sweep that is there already; leave it out"
        )
    subject: Study | str = study if stored else load(study, settings)
    name = Path(study).name.removesuffix(".zarr") if isinstance(subject, str) else subject.name
    path = store if store is not None else f"{name}_{method}.zarr"
    resume = f"Resume with: {terminal.command(*again, *changes(settings))}"
    watcher = observer()

    def stop() -> None:
        watcher.close()
        streams.tell(f"{path}: interrupted\n{resume}", sys.stderr)

    try:
        with leaving.saying(stop), announce.by(watcher.compiling):
            found = analyse(subject, method, **options, store=path, bar=watcher)
    except KeyboardInterrupt:
        stop()
        return interrupt.status()
    except SweepError as error:
        watcher.close()
        if error.exit_status not in RESUMABLE:
            raise
        streams.tell(f"{error}\n{resume}", sys.stderr)
        return error.exit_status
    watcher.close()
    terminal.show(card(found))
    say()
    say(f"Result: {path}")
    say(f"Draw it with: {terminal.command('leakscape', 'plot', path)}")
    return 0


def _is_store(path: str) -> bool:
    return (Path(path) / "zarr.json").exists()
