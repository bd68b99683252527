"""An error as a notebook shows it: the lines that the reader wrote, and our sentence.

The exception keeps its whole traceback: `%debug` and `traceback.print_exception(sys.last_value)`
work on it, and after `%xmode Verbose` a notebook shows all of it.
"""

from __future__ import annotations

import linecache
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

_OURS = f"{Path(__file__).resolve().parent}{os.sep}"


def lines(error: BaseException) -> list[str]:
    """Return what a notebook prints of an error.

    Args:
        error: the error, as it was caught.

    Returns:
        The lines: for each call of the reader's its place and its text, and last the sentence.
    """
    shell = _shell()
    if shell is not None and getattr(shell.InteractiveTB, "mode", "") == "Verbose":
        told = shell.InteractiveTB.structured_traceback(type(error), error, error.__traceback__)
        return [str(line) for line in told]
    told = []
    for place, number in _readers(error):
        told.append(f"{_named(place, shell)}, line {number}")
        told.append(f"----> {number} {linecache.getline(place, number).strip()}")
        told.append("")
    return [*told, f"{type(error).__name__}: {error}".removesuffix(": ")]


def shown_shortly(error: BaseException) -> None:
    """Make a notebook show an error of Python's own as it shows ours."""
    setattr(error, "_render_traceback_", lambda: lines(error))  # noqa: B010 - IPython's protocol


def _readers(error: BaseException) -> Iterator[tuple[str, int]]:
    """Return the lines on the way to the first of this package, without those of the notebook."""
    for frame, number in traceback.walk_tb(error.__traceback__):
        place = frame.f_code.co_filename
        if place.startswith(_OURS):
            return
        if frame.f_globals.get("__name__", "").partition(".")[0] not in ("IPython", "ipykernel"):
            yield place, number


def _named(place: str, shell: Any) -> str:
    """Return how a notebook calls a cell, or the name of a file."""
    with suppress(Exception):  # IPython may call its cells otherwise one day
        kind, name = shell.compile.format_code_name(place)
        return f"{kind} {name}"
    return place


def _shell() -> Any:
    """Return the shell of a notebook or of IPython, None elsewhere."""
    if "IPython" not in sys.modules:
        return None
    from IPython import get_ipython

    return get_ipython()
