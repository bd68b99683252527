"""Progress on standard error: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from leakscape.bar import Bar, Terminal, pace_of
from leakscape.cli.streams import tell
from leakscape.shown import sentence

if TYPE_CHECKING:
    from leakscape.running import Report

TENTHS = 10
"""Without a terminal a line follows each tenth ..."""
PATIENCE_SECONDS = 10.0
"""... and each while of this length [s] ..."""
PAUSE_SECONDS = 0.5
"""... but none sooner than this after the one before [s]."""


class Lines:
    """Tells progress in lines."""

    def __init__(self) -> None:
        self._total = self._first = self._shown = 0
        self._points = 0
        self._began = self._last = time.monotonic()

    def started(self, total: int, done: int, points_per_task: int) -> None:
        """Say what is there already."""
        self._total, self._first, self._shown, self._points = total, done, done, points_per_task
        self._began = self._last = time.monotonic()
        if 0 < done < total:
            _tell(f"resuming: {done} of {total} chunks are there")

    def advanced(self, done: int) -> None:
        """Write a line where enough happened since the last."""
        now = time.monotonic()
        tenth = done * TENTHS // self._total > self._shown * TENTHS // self._total
        waited = now - self._last
        if done < self._total and waited >= PAUSE_SECONDS and (tenth or waited > PATIENCE_SECONDS):
            self._shown, self._last = done, now
            passed = now - self._began
            pace = pace_of(done, self._total, self._first, self._points, passed)
            chunks = f"{100 * done // self._total} %: {done} of {self._total} chunks"
            _tell(", ".join(filter(None, [chunks, pace])))

    def says(self, text: str) -> None:
        """Say how far it is in other terms than chunks, where there is something to say."""
        if text:
            _tell(text)

    def warned(self, text: str) -> None:
        """Say it."""
        _tell(text)

    def compiling(self, text: str) -> Callable[[], None]:
        """Say nothing: a line could not vanish again."""
        return lambda: None

    def finished(self, report: Report) -> None:
        """Say nothing: the command has the last word."""

    def close(self) -> None:
        """Say nothing: lines need no tidying up."""


def observer() -> Lines | Bar:
    """Return what suits standard error."""
    return Bar(Terminal(), _tell) if sys.stderr.isatty() else Lines()


def _tell(text: str) -> None:
    tell(sentence(text), sys.stderr)
