"""What lasts is said while it lasts: how far it is, and that something compiles.

Whoever calls says how: the command line by its own bar (`by`), Python by one on a terminal or in
a notebook (`followed`). A model that compiles outside of both says so in a notebook alone: the
output of a script is its author's.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from leakscape.bar import SECONDS, Bar, Vanish, notebook, surface

TEXT = "compiling ..."


@dataclass
class _Told:
    """How it is said."""

    show: Callable[[str], Vanish] | None = None


_told = _Told()


@contextmanager
def by(show: Callable[[str], Vanish]) -> Iterator[None]:
    """Say how it is said that something compiles.

    Args:
        show: shows a text, and returns what takes it away again.
    """
    before, _told.show = _told.show, show
    try:
        yield
    finally:
        _told.show = before


@contextmanager
def followed(progress: bool) -> Iterator[Bar]:
    """Show a bar while a context is open, if somebody sees it and it lasts.

    Args:
        progress: False shows nothing, not even that something compiles.

    Yields:
        What is told how far the work is.
    """
    # Another thread has no place of its own to draw in, and a caller's bar is not drawn over.
    alone = threading.current_thread() is threading.main_thread() and _told.show is None
    bar = Bar(surface() if progress and alone else None)
    if not alone:
        yield bar
        return
    try:
        with by(bar.compiling):
            yield bar
    finally:
        bar.close()


@contextmanager
def announced() -> Iterator[None]:
    """Say that something compiles, from a second on until the context ends."""
    show = _told.show or _in_a_notebook()
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


def _in_a_notebook() -> Callable[[str], Vanish] | None:
    found = notebook()
    return None if found is None else Bar(found).compiling
