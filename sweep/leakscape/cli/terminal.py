"""Tables and sentences on standard output, on a terminal or not."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from leakscape.cli.streams import tell
from leakscape.shown import printable

WIDE = 240
"""Columns of a table that goes into a file or a pipe: no name is cut there."""


def console() -> Console:
    """Return a console that prints texts as they are: brackets hold units here, not markup."""
    wide = None if sys.stdout.isatty() else WIDE
    return Console(markup=False, highlight=False, emoji=False, width=wide)


def say(text: str = "") -> None:
    """Print a sentence; a terminal wraps it as it likes, so that it can be copied whole."""
    tell("\n".join(map(printable, text.split("\n"))))


def paragraph(text: str) -> None:
    """Print a longer text, wrapped at words."""
    here = console()
    with here.capture() as captured:
        here.print(printable(" ".join(text.split())), width=min(100, here.width), soft_wrap=False)
    tell(captured.get().removesuffix("\n"))


def table(
    heads: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[str] = ()
) -> None:
    """Print a table without cutting anything off.

    Args:
        heads: heads of the columns; a column without any content is left out.
        rows: the cells.
        right: heads of the columns that are aligned to the right.
    """
    lines = [[printable(cell) for cell in row] for row in rows]
    kept = [place for place in range(len(heads)) if any(line[place] for line in lines)]
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 2, 0, 0))
    for place in kept:
        justify = "right" if heads[place] in right else "left"
        made.add_column(heads[place], overflow="fold", justify=justify)  # type: ignore[arg-type]
    for line in lines:
        made.add_row(*(line[place] for place in kept))
    here = console()
    with here.capture() as captured:
        here.print(made)
    tell("\n".join(line.rstrip() for line in captured.get().splitlines()))


def heading(text: str) -> None:
    """Print a heading with an empty line before it."""
    say()
    say(text)


def number(value: float, digits: int = 4) -> str:
    """Write a number, without an exponent where that is short."""
    return f"{value:.{digits}g}"


def quantity(value: float | str, unit: str = "1", digits: int = 4) -> str:
    """Write a number with its unit, or a label."""
    if isinstance(value, str):
        return value
    return f"{number(value, digits)}{'' if unit in ('', '1') else f' {unit}'}"


def percent(share: float) -> str:
    """Write a share; what is not all of it never reads 100 %."""
    if 0.0 < share < 1e-4:
        return "below 0.01 %"
    if 0.9999 < share < 1.0:
        return "above 99.99 %"
    return f"{100.0 * share:.4g} %"


def size(count: float) -> str:
    """Write a number of bytes."""
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if count < 1000.0 or unit == "TB":
            return f"{count:.3g} {unit}" if unit != "bytes" else f"{count:.0f} {unit}"
        count /= 1000.0
    raise AssertionError("unreachable")


def amount(count: float) -> str:
    """Write a number of points in words of millions and billions."""
    for limit, word in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if count >= limit:
            return f"{count / limit:.3g} {word}"
    return f"{count:,.0f}".replace(",", " ") if count >= 10.0 else f"{count:.3g}"


def seconds(duration: float) -> str:
    """Write a duration."""
    if duration < 0.01:
        return "less than 0.01 s"
    if duration < 100.0:
        return f"{duration:.2g} s" if duration < 10.0 else f"{duration:.0f} s"
    minutes = duration / 60.0
    return f"{minutes:.0f} min" if minutes < 100.0 else f"{minutes / 60.0:.1f} h"


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
