"""A worker process: computes what comes in by a pipe until the pipe closes.

It listens on no port, so that nobody else can give it work. It never runs the user's program: a
kernel of the main module travels by value. Whatever a kernel prints goes to standard error, for
standard output is the way back.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import Any, BinaryIO

BEAT_SECONDS = 1.0
"""How often a process says that it lives [s]."""
BOOT = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); "
    "from leakscape.running.worker import main; main()"
)
"""The program of the process: it finds modules where the driver does."""


def main() -> None:
    """Compute until the driver is no more."""
    for name in ("SIGINT", "SIGTTOU"):  # a terminal sends them to everybody
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    way_back = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    given: SimpleQueue[Any] = SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, given), daemon=True).start()
    back = _Back(way_back)
    threading.Thread(target=back.beat, daemon=True).start()
    from leakscape.running import work
    from leakscape.store.flight import Flight
    from leakscape.store.layout import sidecar

    _, name, job = given.get()
    back.send(("ready",))
    while True:
        message = given.get()
        if message[0] == "run":
            _, task, (first, last) = message
            flight = Flight(sidecar(Path(job.path)), job.worker(name))
            back.send(("done", task, work.run_chunks(job, first, last, flight)))


def _listen(stream: BinaryIO, given: SimpleQueue[Any]) -> None:
    """Take what the driver sends; where it is no more, nobody wants the rest."""
    from leakscape.running import work

    job = None
    with suppress(EOFError, OSError, pickle.UnpicklingError):
        while True:
            message = pickle.load(stream)
            job = message[2] if message[0] == "job" else job
            if message[0] == "stop" and job is not None:  # heard while a chunk is computed
                work.stop(job.identity)
            given.put(message)
    os._exit(0)


class _Back:
    """The way back to the driver, one message at a time.

    Args:
        stream: where to.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._lock = stream, threading.Lock()

    def send(self, message: tuple[Any, ...]) -> None:
        """Send a message; a driver that is no more ends the process."""
        try:
            with self._lock:
                pickle.dump(message, self._stream)
                self._stream.flush()
        except OSError:
            os._exit(0)

    def beat(self) -> None:
        """Say now and then that the process lives."""
        while True:
            self.send(("alive",))
            threading.Event().wait(BEAT_SECONDS)
