"""Tables and sentences on standard output, on a terminal or not."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from leakscape import card
from leakscape.cli.streams import tell
from leakscape.shown import printable

WIDE = 240
"""Columns of a table that goes into a file or a pipe: no name is cut there."""


def width() -> int:
    """Return how many columns there are."""
    from rich.console import Console

    return Console().width if sys.stdout.isatty() else WIDE


def say(text: str = "") -> None:
    """Print a sentence; a terminal wraps it as it likes, so that it can be copied whole."""
    tell("\n".join(map(printable, text.split("\n"))))


def note(texts: Iterable[str]) -> None:
    """Say on standard error what does not belong to the answer."""
    for text in texts:
        tell(printable(text), sys.stderr)


def paragraph(text: str) -> None:
    """Print a longer text, wrapped at words."""
    tell(card.wrapped(text, min(100, width())))


def table(
    heads: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[str] = ()
) -> None:
    """Print a table without cutting anything off.

    Args:
        heads: heads of the columns; a column without any content is left out.
        rows: the cells.
        right: heads of the columns that are aligned to the right.
    """
    made = card.Table(heads=tuple(heads), rows=tuple(map(tuple, rows)), right=tuple(right))
    tell(card.table_text(made, width()))


def show(told: card.Card) -> None:
    """Print a card."""
    say(told.title)
    for text in told.texts:
        paragraph(text)
    for section in told.sections:
        heading(section.heading)
        for text in section.texts:
            paragraph(text)
        for line in (*section.verbatim.splitlines(), *card.fact_lines(section.facts)):
            say(line)
        if section.table is not None:
            tell(card.table_text(section.table, width()))


def heading(text: str) -> None:
    """Print a heading with an empty line before it."""
    say()
    say(text)


def command(*words: str) -> str:
    """Write a command that can be copied into the shell that this program was called from."""
    return shlex.join([_program() if word == "leakscape" else word for word in words])


def _program() -> str:
    """Return how the shell finds this program: by name, or by the path that was typed."""
    typed = Path(sys.argv[0])
    if typed.name != "leakscape":
        return "leakscape"
    found = shutil.which("leakscape")
    same = found is not None and Path(found).resolve() == typed.resolve()
    return "leakscape" if same else str(typed)
