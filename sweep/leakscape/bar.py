"""A bar for work that lasts: how far it is, what it is at, and nothing left of it at the end.

On a terminal it is drawn on standard error, in a notebook as a display below the cell, which is
updated in place. Elsewhere nothing is shown: a file gets no bars.
"""

from __future__ import annotations

import sys
import threading
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from html import escape
from typing import TYPE_CHECKING, Any, Protocol

from leakscape.amounts import amount, seconds

if TYPE_CHECKING:
    from rich.progress import Progress

SECONDS = 1.0
"""What takes no longer needs no bar [s]."""
PAUSE_SECONDS = 0.1
"""Between two drawings [s]."""

Vanish = Callable[[], None]
"""Takes away what was shown."""


class Surface(Protocol):
    """Where a bar is drawn."""

    def draw(self, share: float | None, told: str) -> None:
        """Draw it, or draw it anew.

        Args:
            share: how much is done, from 0 to 1; None where nobody knows.
            told: the words beside it.
        """

    def remove(self) -> None:
        """Take it away."""


class Bar:
    """Shows how far work is, once it has lasted a while; safe to call from any thread.

    Args:
        surface: where it is drawn; None draws nothing.
        warn: says what cannot wait for the end.
    """

    def __init__(self, surface: Surface | None, warn: Callable[[str], None] | None = None) -> None:
        self._surface, self._warn = surface, warn
        self._lock = threading.RLock()
        self._timer: threading.Timer | None = None
        self._visible = self._closed = False
        self._total = self._done = self._first = self._points = 0
        self._words = self._beside = ""
        self._born = self._began = time.monotonic()
        self._drawn = 0.0

    def started(self, total: int, done: int, points_per_task: int) -> None:
        """Say how much there is to do, and show it if that takes long."""
        self._began = time.monotonic()
        self._total, self._done, self._first, self._points = total, done, done, points_per_task
        if self._surface is None or done == total:
            return
        wait = self._born + SECONDS - self._began
        if wait <= 0.0:
            self._appear()
            return
        self._timer = threading.Timer(wait, self._appear)
        self._timer.daemon = True
        self._timer.start()

    def advanced(self, done: int) -> None:
        """Move the bar."""
        self._done = done
        if self._visible and time.monotonic() - self._drawn >= PAUSE_SECONDS:
            self._draw()

    def says(self, text: str) -> None:
        """Put words beside the count, until others come."""
        self._beside = text

    def compiling(self, text: str) -> Vanish:
        """Say in the bar that something compiles; it appears for that alone, too."""
        self._words = text
        self._appear()
        return self._compiled

    def warned(self, text: str) -> None:
        """Say it at once."""
        if self._warn is not None:
            self._warn(text)
        else:
            warnings.warn(text, stacklevel=2)

    def finished(self, report: object) -> None:
        """Take the bar away."""
        self.close()

    def close(self) -> None:
        """Take the bar away for good, also where the work broke off."""
        if self._timer is not None:
            self._timer.cancel()
        with self._lock:
            self._closed = True
            self._remove()

    def _appear(self) -> None:
        with self._lock:
            if not self._closed:
                self._visible = True
                self._draw()

    def _compiled(self) -> None:
        self._words = ""
        with self._lock:
            if self._total:
                self._draw()
            else:
                self._remove()

    def _draw(self) -> None:
        with self._lock:
            if self._surface is None or self._closed or not self._visible:
                return
            self._drawn = time.monotonic()
            share = self._done / self._total if self._total > 1 else None
            self._surface.draw(share, self._told())

    def _remove(self) -> None:
        if self._surface is not None and self._visible:
            self._visible = False
            self._surface.remove()

    def _told(self) -> str:
        if not self._total:
            return self._words
        passed = time.monotonic() - self._began
        pace = pace_of(self._done, self._total, self._first, self._points, passed)
        chunks = f"{self._done} of {self._total} chunk{'' if self._total == 1 else 's'}"
        return ", ".join(filter(None, [chunks, self._beside, self._words or pace]))


def pace_of(done: int, total: int, first: int, points: int, passed: float) -> str:
    """Say how fast work goes and how long it will last, while both can be known.

    Args:
        done: chunks that are done.
        total: chunks in all.
        first: chunks that were done at the beginning.
        points: of a chunk.
        passed: time since the beginning [s].
    """
    rate = (done - first) / max(1e-9, passed)
    if not rate or done == total:
        return ""
    left = seconds((total - done) / rate)
    return f"{amount(rate * points)} points a second, about {left} left"


class Terminal:
    """A bar on standard error, which is a terminal."""

    def __init__(self) -> None:
        self._bar: Progress | None = None
        self._task: Any = None

    def draw(self, share: float | None, told: str) -> None:
        """Draw it in the last line."""
        if self._bar is None:
            from rich import progress
            from rich.console import Console

            self._bar = progress.Progress(
                progress.BarColumn(bar_width=None),
                progress.TextColumn("{task.fields[told]}", markup=False),
                console=Console(stderr=True),
                transient=True,
                redirect_stdout=False,  # it may go into a file
            )
            self._task = self._bar.add_task("", total=None, told=told)
            self._bar.start()
        total = None if share is None else 1.0
        self._bar.update(self._task, total=total, completed=share or 0.0, told=told)

    def remove(self) -> None:
        """Take the line away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


class Notebook:
    """A bar below the cell of a notebook, without widgets: one display, updated in place."""

    def __init__(self) -> None:
        self._handle: Any = None

    def draw(self, share: float | None, told: str) -> None:
        """Draw it as the browser's own bar."""
        done = "" if share is None else f' value="{share:.4f}"'
        html = f"<progress{done} style='width:40%'></progress> {escape(told)}"
        self._show({"text/html": html, "text/plain": told})

    def remove(self) -> None:
        """Leave an empty display behind: there is no way to take one out."""
        self._show({"text/html": "", "text/plain": ""})

    def _show(self, data: dict[str, str]) -> None:
        with suppress(Exception):  # a display is no reason to fail
            if self._handle is not None:
                self._handle.update(data, raw=True)
                return
            from IPython import display

            show: Any = display.display
            self._handle = show(data, raw=True, display_id=True)


def notebook() -> Notebook | None:
    """Return where a notebook shows a bar, None elsewhere."""
    if "ipykernel" not in sys.modules or "IPython" not in sys.modules:
        return None
    with suppress(Exception):
        from IPython import get_ipython

        if getattr(get_ipython(), "kernel", None) is not None:
            return Notebook()
    return None


def surface() -> Surface | None:
    """Return where a bar suits whoever runs this, None where nobody would see it."""
    if (found := notebook()) is not None:
        return found
    return Terminal() if sys.stderr is not None and sys.stderr.isatty() else None
