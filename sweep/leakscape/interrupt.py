"""Ctrl-C and its kin: never lost, never inside XLA, and work in flight may end first.

On the command line SIGTERM (a batch system ends the job) and SIGHUP (the terminal is gone) do what
Ctrl-C does.

Python raises KeyboardInterrupt wherever the main thread happens to be: inside a callback of the
garbage collector it is printed and lost, inside XLA it can end the process, and while XLA compiles
nobody hears it. So it is also remembered and raised again at the next checkpoint, and XLA compiles
beside the main thread, which waits in short steps.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import TypeVar

from leakscape.where_raised import shown_shortly

SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
EXIT_SECONDS = 3.0
"""How long what runs at the end of a process may take: XLA may hang in what was given up [s]."""
STEP_SECONDS = 0.05
"""How long the main thread waits before it looks whether Ctrl-C was pressed [s]."""
STACK_BYTES = 64 * 2**20
"""Stack of a thread that compiles: elsewhere than on Linux the default is 0.5 MB [bytes]."""
T = TypeVar("T")


@dataclass
class _Watch:
    """What is known of Ctrl-C in this process."""

    presses: int = 0
    number: int = signal.SIGINT
    starting: bool = False
    drains: list[Callable[[], None]] = field(default_factory=list)
    leave: Callable[[], None] | None = None


_watch = _Watch()


def _pressed(number: int, frame: FrameType | None) -> None:
    _watch.presses += 1
    _watch.number = number
    if _watch.presses == 1 and _watch.drains:
        for drain in tuple(_watch.drains):
            drain()
        return
    if _watch.leave is not None:
        _watch.leave()
    if not _watch.starting:
        raise KeyboardInterrupt


@contextmanager
def noticed() -> Iterator[None]:
    """Remember Ctrl-C until it is acted on, at the end at the latest.

    Does nothing in other threads, which Python delivers no signals to, and under a handler that
    is not Python's own.

    Raises:
        KeyboardInterrupt: it was pressed.
    """
    before = signal.getsignal(signal.SIGINT)
    if not _in_main_thread() or before is not signal.default_int_handler:
        yield
        return
    _watch.presses = 0
    signal.signal(signal.SIGINT, _pressed)
    try:
        yield
        checkpoint()
    except KeyboardInterrupt as pressed:
        shown_shortly(pressed)
        raise
    finally:
        signal.signal(signal.SIGINT, before)
        _watch.presses = 0


def checkpoint() -> None:
    """Raise a Ctrl-C again that got lost.

    Raises:
        KeyboardInterrupt: it was pressed.
    """
    if _in_main_thread() and _watch.presses and not _watch.drains:
        raise KeyboardInterrupt


def status() -> int:
    """Return the exit status of a process that was interrupted: 128 + the signal's number."""
    return 128 + _watch.number


def pressed() -> bool:
    """Tell whether Ctrl-C was pressed in the context that is open."""
    return _watch.presses > 0


@contextmanager
def drained(by: Callable[[], None]) -> Iterator[None]:
    """Let work in flight end at the first Ctrl-C.

    Args:
        by: makes the work end; called by the handler.
    """
    checkpoint()
    _watch.drains.append(by)
    try:
        yield
    finally:
        _watch.drains.remove(by)


def beside(work: Callable[[], T]) -> T:
    """Do long work beside the main thread, so that Ctrl-C is heard meanwhile.

    Args:
        work: what to do; where Ctrl-C is pressed it goes on unused.

    Returns:
        What it returned.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed.
    """
    if not _in_main_thread():
        return work()
    results: list[T] = []
    errors: list[BaseException] = []

    def working() -> None:
        try:
            results.append(work())
        except BaseException as error:
            errors.append(error)

    with noticed():
        try:
            with unheard():
                done = start(working)
            while not done.wait(STEP_SECONDS):
                checkpoint()
        except KeyboardInterrupt:
            atexit.register(_outlast, done)
            raise
    if errors:
        raise errors[0]
    return results[0]


@contextmanager
def unheard() -> Iterator[None]:
    """Let Ctrl-C wait for the next checkpoint while threads start.

    One that is half started could not be waited for.
    """
    _watch.starting = True
    try:
        yield
    finally:
        _watch.starting = False


def _outlast(done: threading.Event) -> None:
    """Keep the interpreter until work that nobody waits for is done, or end the process before.

    XLA that comes back to an interpreter that is no more ends in an abort.
    """
    try:
        if not done.is_set() and getattr(sys, "last_type", None) is KeyboardInterrupt:
            raise KeyboardInterrupt  # it is what ends the program: no more waiting
        while not done.wait(STEP_SECONDS):
            pass
    except KeyboardInterrupt:
        end(status())


def end(status: int) -> None:
    """End the process without taking the interpreter and XLA apart: that takes seconds.

    Args:
        status: its exit status.
    """
    try:
        atexit.unregister(_outlast)
        start(atexit._run_exitfuncs).wait(EXIT_SECONDS)
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
    finally:
        os._exit(status)


@contextmanager
def left(by: Callable[[], None]) -> Iterator[None]:
    """Leave at Ctrl-C and its kin: at the first where nothing is in flight, at the second anyhow.

    A signal that the process was started to ignore, as by nohup, stays ignored.

    Args:
        by: ends the process; called by the handler, in the main thread.
    """
    usual = (signal.default_int_handler, signal.SIG_DFL)
    before = {number: signal.getsignal(number) for number in SIGNALS}
    if not _in_main_thread() or before[signal.SIGINT] is not signal.default_int_handler:
        yield
        return
    _watch.presses, _watch.leave = 0, by
    for number, handler in before.items():
        if handler in usual:
            signal.signal(number, _pressed)
    try:
        yield
    finally:
        for number, handler in before.items():
            if handler in usual:
                signal.signal(number, handler)
        _watch.presses, _watch.leave = 0, None


def start(work: Callable[[], None]) -> threading.Event:
    """Start work in a thread that the end of the process does not wait for.

    Returns:
        What is set when it is done. An interrupted join would call the thread dead that lives.
    """
    done = threading.Event()

    def working() -> None:
        try:
            work()
        finally:
            done.set()

    before = threading.stack_size(STACK_BYTES)
    try:
        threading.Thread(target=working, name="leakscape-work", daemon=True).start()
    finally:
        threading.stack_size(before)
    return done


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
