"""The words of `plan`: what a run would take, with the time measured on this machine."""

from __future__ import annotations

from collections.abc import Sequence

from leakscape.cli import terminal
from leakscape.cli.again import again
from leakscape.cli.progress import observer
from leakscape.cli.terminal import say


def plan(study: str, settings: Sequence[str]) -> int:
    """Plan a study and measure a chunk of it.

    Args:
        study: name or path.
        settings: changes to the study.

    Returns:
        0.

    Raises:
        SweepError: the study is not sound.
    """
    from leakscape.declare.catalogue import load
    from leakscape.evaluation import announce
    from leakscape.running import estimate

    declared = load(study, settings)
    with announce.by(observer().compiling):
        told = estimate.plan(declared)
    terminal.note(told.notes)
    terminal.show(told.card)
    say()
    say(f"Run it with: {terminal.command(*again(study, declared.name, settings))}")
    return 0
