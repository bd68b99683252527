"""What went wrong in code that a user wrote, as one sentence with its file and line.

A kernel is traced: its arguments stand for every value at once, so that Python's `if`, `float`,
`math` and NumPy's functions cannot take them. That is the commonest mistake, and JAX's words for
it are long; here it is told with what to write instead.
"""

from __future__ import annotations

import functools
import inspect
import linecache
import re
import sys
import sysconfig
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

from leakscape.declare import remedy
from leakscape.errors import KernelError, SweepError

_CELL = re.compile(r"ipykernel_\d+|<ipython-input")
_LONGEST = 200


@contextmanager
def blamed(who: str, *, own: Any = None, batched: bool = False) -> Iterator[None]:
    """Turn whatever a user's code raises into one sentence.

    An error with a text `sentence` is told by it.

    Args:
        who: whose code runs, such as "kernel my_cell".
        own: the function that runs: its file is the user's, wherever it lies.
        batched: the code ran already for one point, and is now made to take many.

    Raises:
        KernelError: what the code raised, with the user's file and line where there is one.
    """
    try:
        yield
    except (SweepError, KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # a user's code can raise anything, SystemExit too
        if isinstance(sentence := getattr(error, "sentence", None), str):
            raise KernelError(f"{who}: {sentence}") from error  # it says its place itself
        place = where(error.__traceback__, file_of(own))
        text = "" if place is None else f"{place.name}, line {place.line}: "
        if batched:
            text += f"{told(error)} for many points at once; use what jax.vmap can take"
        elif isinstance(error, SyntaxError):
            if error.filename and error.lineno:
                text = f"{named(error.filename)}, line {error.lineno}: "
            text += f"not Python, got {_one_line(error.msg)}; correct it"
        elif place is not None and (tried := remedy.of(error, place.frame, place.code, place.at)):
            text += tried
        else:
            text += f"{told(error)}; {_way_out(error)}"
        raise KernelError(f"{who}: {text}") from error


def told(error: BaseException) -> str:
    """Say in a few words what was raised."""
    if isinstance(error, SystemExit):
        return "ends the program by sys.exit"
    if isinstance(error, RecursionError):
        return "calls itself without end"
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"imports {error.name!r}, which is not there"
    text = _one_line(str(error))
    return f"raises {type(error).__name__}{f' ({text})' if text else ''}"


def _way_out(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return "leave that out"
    if isinstance(error, RecursionError):
        return "write a loop, jax.lax.fori_loop where its end is a parameter"
    if isinstance(error, ModuleNotFoundError):
        return "install it, or put its file beside this one"
    return "correct it"


class Place:
    """Where in a user's file something happened.

    Args:
        frame: the frame.
        summary: what the traceback tells of it.
    """

    def __init__(self, frame: FrameType, summary: traceback.FrameSummary) -> None:
        self.frame, self.line = frame, summary.lineno
        self.name = named(summary.filename)
        self.code = ""
        self.at: tuple[int | None, ...] | None = None
        span = (summary.lineno, summary.colno, summary.end_lineno, summary.end_colno)
        if None not in span:
            self.code = "".join(linecache.getlines(summary.filename, frame.f_globals))
            self.at = span


def where(trace: TracebackType | None, own: str) -> Place | None:
    """Return the innermost frame of a traceback that lies in a file of the user's.

    Args:
        trace: the traceback.
        own: a file that counts as the user's in any case.

    Returns:
        The place, None where there is none.
    """
    frames = [frame for frame, _ in traceback.walk_tb(trace)]
    for frame, summary in zip(reversed(frames), reversed(traceback.extract_tb(trace)), strict=True):
        if summary.filename == own or not foreign(summary.filename):
            linecache.checkcache(summary.filename)
            return Place(frame, summary)
    return None


def file_of(function: Any) -> str:
    """Return the file that a function was written in, "" where that is not known."""
    for held in ("evaluate", "build"):  # a kernel or factory of the protocol
        function = getattr(function, held, function)
    while isinstance(function, functools.partial):
        function = function.func
    if not hasattr(function, "__code__") and not hasattr(function, "__wrapped__"):
        function = vars(type(function)).get("__call__")  # an object that can be called
    code = getattr(inspect.unwrap(function), "__code__", None) if callable(function) else None
    return str(code.co_filename) if code is not None else ""


def foreign(file: str) -> bool:
    """Tell whether a file belongs to Python, to an installed package or to this project."""
    if file.startswith("<"):
        return not (file.startswith("<ipython-input") or file == "<stdin>")
    path = Path(file)
    if {"site-packages", "dist-packages"} & set(path.parts):
        return True
    return any(path.is_relative_to(folder) for folder in _libraries())


@lru_cache(maxsize=1)
def _libraries() -> tuple[Path, ...]:
    found = {Path(sysconfig.get_path(kind)) for kind in ("stdlib", "platstdlib", "purelib")}
    for package in ("leakscape", "leakscape_kernels", "jax", "jaxlib", "numpy"):
        place = getattr(sys.modules.get(package), "__file__", None)
        if place:
            found.add(Path(place).parent)
    return tuple(found | {folder.resolve() for folder in found})


def named(file: str) -> str:
    """Name a file of the user's in a few words."""
    return "a cell of the notebook" if _CELL.search(file) else Path(file).name


def _one_line(text: str) -> str:
    """Return a message on one line, without what a terminal would obey."""
    first = text.strip().split("\n\n")[0]
    plain = "".join(c if c.isprintable() else " " for c in first)
    short = " ".join(plain.split()).rstrip(".")
    return short if len(short) <= _LONGEST else f"{short[: _LONGEST - 3]}..."
