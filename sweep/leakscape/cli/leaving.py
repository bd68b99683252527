"""Leaving at once at Ctrl-C: the last words, and an end without the interpreter's own.

What still runs then - XLA compiling, chunks, a write to a pipe that nobody reads - would crash or
hold up an ordinary end. Standard output needs no flushing: each of its lines was.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from leakscape import interrupt
from leakscape.cli.streams import tell


def _again() -> None:
    tell("interrupted; run the same command again", sys.stderr)


_last_words: list[Callable[[], None]] = [_again]


@contextmanager
def saying(words: Callable[[], None]) -> Iterator[None]:
    """Set what is done and said before the process ends, while a context is open.

    Args:
        words: says how to go on; called in the main thread while the work still runs.
    """
    _last_words.append(words)
    try:
        yield
    finally:
        _last_words.remove(words)


def leave() -> None:
    """Say the last words and end the process."""
    try:
        _last_words[-1]()
    finally:
        os._exit(interrupt.status())
