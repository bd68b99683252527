"""Progress on standard error: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from leakscape.cli import terminal
from leakscape.cli.streams import tell
from leakscape.shown import sentence

if TYPE_CHECKING:
    from rich.progress import Progress

    from leakscape.running import Report

TENTHS = 10
"""Without a terminal a line follows each tenth ..."""
PATIENCE_SECONDS = 10.0
"""... and each while of this length [s] ..."""
PAUSE_SECONDS = 0.5
"""... but none sooner than this after the one before [s]."""


_ERASED = "\r\x1b[K"
"""To the start of the line, and away with it."""


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
            rate = (done - self._first) / max(1e-9, now - self._began)
            left = terminal.seconds((self._total - done) / rate) if rate else "some time"
            _tell(
                f"{100 * done // self._total} %: {done} of {self._total} chunks, "
                f"{terminal.amount(rate * self._points)} points a second, about {left} left"
            )

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


class Bar:
    """Shows progress as a bar that vanishes at the end."""

    def __init__(self) -> None:
        self._bar: Progress | None = None
        self._task: Any = None
        self._points = self._first = 0
        self._began = time.monotonic()

    def started(self, total: int, done: int, points_per_task: int) -> None:
        """Show the bar."""
        from rich import progress
        from rich.console import Console

        self._points, self._first, self._began = points_per_task, done, time.monotonic()
        if done == total:
            return
        self._bar = progress.Progress(
            progress.BarColumn(bar_width=None),
            progress.TaskProgressColumn(),
            progress.TextColumn("{task.completed:.0f} of {task.total:.0f} chunks"),
            progress.TextColumn("{task.fields[rate]}"),
            progress.TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._bar.start()
        self._task = self._bar.add_task("", total=total, completed=done, rate="")

    def advanced(self, done: int) -> None:
        """Move the bar."""
        if self._bar is not None:
            rate = (done - self._first) / max(1e-9, time.monotonic() - self._began)
            words = f"{terminal.amount(rate * self._points)} points/s"
            self._bar.update(self._task, completed=done, rate=words)

    def warned(self, text: str) -> None:
        """Say it above the bar."""
        _tell(text)

    def compiling(self, text: str) -> Callable[[], None]:
        """Say in the bar that something compiles, or in a line of its own while there is none."""
        if self._bar is not None:
            self._bar.update(self._task, rate=text)
            return self._compiled
        print(text, end="", file=sys.stderr, flush=True)
        return lambda: print(_ERASED, end="", file=sys.stderr, flush=True)

    def _compiled(self) -> None:
        if self._bar is not None:
            self._bar.update(self._task, rate="")

    def finished(self, report: Report) -> None:
        """Take the bar away."""
        self.close()

    def close(self) -> None:
        """Take the bar away, also where the run broke off."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def observer() -> Lines | Bar:
    """Return what suits standard error."""
    return Bar() if sys.stderr.isatty() else Lines()


def _tell(text: str) -> None:
    tell(sentence(text), sys.stderr)
