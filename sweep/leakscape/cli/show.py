"""The words of `show`: studies, kernels, membranes and mechanisms as they are declared."""

from __future__ import annotations

from collections.abc import Sequence

from leakscape.cli import terminal
from leakscape.cli.again import again
from leakscape.cli.terminal import say
from leakscape.declare import description


def show(name: str, settings: Sequence[str]) -> int:
    """Print a study, a kernel, a membrane or a type of mechanism.

    Args:
        name: of any of them, a path that ends in .toml, package.module:attribute or file.py:name.
        settings: changes to the study.

    Returns:
        0.

    Raises:
        SweepError: there is none of that name, or it is not sound.
    """
    told = description.show(name, settings)
    terminal.note(told.notes)
    terminal.show(told.card)
    say()
    say(told.use or f"Run it with: {terminal.command(*again(name, told.name, settings))}")
    return 0
