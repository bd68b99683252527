"""Work done on threads and handed over in order, so that what follows may depend on the order."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Generator
from typing import Generic, TypeVar

from leakscape import interrupt

T = TypeVar("T")
AHEAD = 4
"""How many results a thread may have ready before they are asked for."""


def in_order(
    number: int, work: Callable[[int, Callable[[], bool]], T], *, threads: int | None = None
) -> Generator[T, None, None]:
    """Do numbered work on as many threads as there are cores.

    Args:
        number: how many pieces there are.
        work: does one, given its number and what tells that nobody waits for it any more.
        threads: how many, by default one for each core.

    Yields:
        The results, in the order of their numbers. Close it to let the threads end.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed; what is being done ends first.
    """
    width = max(1, min(number, threads or os.cpu_count() or 1))
    shared = _Shared(number, AHEAD * width, work)
    hands: list[_Hand] = []
    try:
        with interrupt.unheard():
            for _ in range(width):
                hands.append(_Hand(shared.working))
        while shared.given < number:
            ready = shared.waited()
            interrupt.checkpoint()
            yield from ready
    finally:
        shared.stop()
        for hand in hands:
            hand.dismiss()


class _Hand:
    """A thread that is waited for to its very end.

    What it holds of XLA's dies with it; together with the interpreter it would end in an abort.
    """

    def __init__(self, work: Callable[[], None]) -> None:
        self._work, self._done = work, threading.Event()
        self._thread = threading.Thread(target=self._working, name="leakscape-order", daemon=True)
        self._thread.start()

    def dismiss(self) -> None:
        """Wait for its end. An interrupted join would call the thread dead that lives."""
        self._done.wait()
        self._thread.join()

    def _working(self) -> None:
        try:
            self._work()
        finally:
            self._done.set()


class _Shared(Generic[T]):
    """What the threads and the one that asks share.

    Args:
        number: how many pieces there are.
        ahead: how many may be begun before the first of them is asked for.
        work: does one.
    """

    def __init__(self, number: int, ahead: int, work: Callable[[int, Callable[[], bool]], T]):
        self.given = 0
        self._number, self._ahead, self._work = number, ahead, work
        self._changed = threading.Condition()
        self._results: dict[int, T] = {}
        self._error: BaseException | None = None
        self._taken, self._stopped = 0, False

    def working(self) -> None:
        """Do pieces until there are none, one fails, or nobody wants them."""
        while (mine := self._next()) is not None:
            try:
                result = self._work(mine, lambda: self._stopped)
            except BaseException as error:  # it is raised where the results are asked for
                with self._changed:
                    self._error = self._error or error
                    self._stopped = True
                    self._changed.notify_all()
                return
            with self._changed:
                self._results[mine] = result
                self._changed.notify_all()

    def waited(self) -> list[T]:
        """Wait a moment for the next result, and return it if it came."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._error is not None or self.given in self._results,
                interrupt.STEP_SECONDS,
            )
            if self._error is not None:
                raise self._error
            if self.given not in self._results:
                return []
            result = self._results.pop(self.given)
            self.given += 1
            self._changed.notify_all()
            return [result]

    def stop(self) -> None:
        """Let the threads end, each after what it is at."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _next(self) -> int | None:
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or self._taken < self.given + self._ahead)
            if self._stopped or self._taken == self._number:
                return None
            self._taken += 1
            return self._taken - 1
