"""That something compiles is said while it lasts, if it lasts: on a terminal and in a notebook.

The command line says how (`by`). In a notebook a display appears and vanishes again. In a plain
script nothing is said: its output is its author's.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

SECONDS = 1.0
"""What takes no longer is not worth a word [s]."""
TEXT = "compiling ..."

Vanish = Callable[[], None]
"""Takes away what was shown."""


@dataclass
class _Told:
    """How it is said."""

    show: Callable[[str], Vanish] | None = None


_told = _Told()


@contextmanager
def by(show: Callable[[str], Vanish]) -> Iterator[None]:
    """Say how it is said.

    Args:
        show: shows a text, and returns what takes it away again.
    """
    before, _told.show = _told.show, show
    try:
        yield
    finally:
        _told.show = before


@contextmanager
def announced() -> Iterator[None]:
    """Say that something compiles, from a second on until the context ends."""
    show = _told.show or _notebook()
    if show is None:
        yield
        return
    lock, over, shown = threading.Lock(), threading.Event(), list[Vanish]()

    def late() -> None:
        with lock:
            if not over.is_set():
                shown.append(show(TEXT))

    timer = threading.Timer(SECONDS, late)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        with lock:
            over.set()
            for vanish in shown:
                vanish()


def _notebook() -> Callable[[str], Vanish] | None:
    """Return what shows a text under the cell of a notebook, None elsewhere."""
    if "ipykernel" not in sys.modules or "IPython" not in sys.modules:
        return None
    with suppress(Exception):  # a display is no reason to fail
        from IPython import get_ipython

        if getattr(get_ipython(), "kernel", None) is not None:
            return _display
    return None


def _display(text: str) -> Vanish:
    from IPython import display

    show: Any = display.display
    handle = show({"text/plain": text}, raw=True, display_id=True)

    def vanish() -> None:
        with suppress(Exception):
            handle.update({"text/plain": ""}, raw=True)

    return vanish
