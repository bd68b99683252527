"""Local processes: workers that this process starts, hears, ends and starts again.

They hang on pipes: no port is open, so that no other user of the machine can reach them, and each
ends by itself when this process does.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from leakscape.errors import StorageError
from leakscape.running.foreman import News, Run
from leakscape.running.job import Job
from leakscape.running.worker import BOOT

_STILLBORN = 3
"""So many processes in a row that end before they are ready end the run."""
_STARTING_SECONDS = 300.0
"""How long a process may take until it is ready: importing JAX is slow where much else runs [s]."""
_GAP_SECONDS = 5.0
"""A driver that has not looked for so long was stopped itself, and blames no process [s]."""


@dataclass
class _Worker:
    """A process.

    Args:
        name: its name.
        place: which of the N it is.
        process: the process.
        heard: when it last said anything, by time.monotonic [s].
        awake: when it was last seen not to be stopped, while it starts, by time.monotonic [s].
        ready: whether it has begun to take tasks.
        outbox: what it shall be sent; None is the end.
    """

    name: str
    place: int
    process: subprocess.Popen[bytes]
    heard: float = field(default_factory=time.monotonic)
    awake: float = field(default_factory=time.monotonic)
    ready: bool = False
    outbox: SimpleQueue[Any] = field(default_factory=SimpleQueue)


class Processes:
    """A crew of processes.

    Args:
        job: what the tasks are of.
        width: how many.
        patience: how long a process may be silent [s].
    """

    def __init__(self, job: Job, width: int, patience: float) -> None:
        self._job, self._width, self._patience = job, width, patience
        self._heard: SimpleQueue[tuple[str, tuple[Any, ...] | None]] = SimpleQueue()
        self._workers: dict[str, _Worker] = {}
        self._started = self._stillborn = 0
        self._devices = _accelerators()
        self._looked = time.monotonic()
        for place in range(width):
            self._start(place)

    def room(self) -> Mapping[str, int]:
        """Return 1 for each process: XLA spreads a call over all cores by itself."""
        return dict.fromkeys(self._workers, 1)

    def give(self, worker: str, task: int, run: Run) -> None:
        """Give a process a task."""
        self._workers[worker].outbox.put(("run", task, run))

    def news(self, seconds: float) -> Sequence[News]:
        """Return what is heard within some seconds, or nothing."""
        found: list[News] = []
        wait = seconds
        while not found:
            try:
                name, message = self._heard.get(timeout=wait) if wait else self._heard.get(False)
            except Empty:
                break
            wait = 0.0  # take what is there, wait no more
            worker = self._workers.get(name)
            if worker is None:  # parted with
                continue
            worker.heard = time.monotonic()
            if message is None:
                found.append(self._ended(worker))
            elif message[0] == "ready":
                worker.ready, self._stillborn = True, 0
            elif message[0] == "done":
                found.append(News(name, message[1], message[2]))
        return [*found, *self._silent()]

    def dismiss(self, worker: str, task: int) -> bool:
        """End a process, and start another in its place."""
        self._start(self._end(worker).place)
        return True

    def refuse(self, worker: str) -> None:
        """End a process, and start no other: it would be the same."""
        self._end(worker)

    def stop(self) -> None:
        """Let processes end after the chunk that they are at."""
        for worker in tuple(self._workers.values()):
            worker.outbox.put(("stop",))

    def end(self) -> None:
        """End every process at once: what counts is on disk."""
        for name in tuple(self._workers):
            self._end(name)

    def _silent(self) -> list[News]:
        now = time.monotonic()
        if now - self._looked > _GAP_SECONDS:
            for worker in self._workers.values():
                worker.heard = worker.awake = now
        self._looked = now
        found = []
        for worker in tuple(self._workers.values()):
            patience, since = self._patience, worker.heard
            if not worker.ready and _is_stopped(worker.process.pid):
                since = worker.awake  # it may have started for long before
            elif not worker.ready:
                worker.awake = now
                patience = max(patience, _STARTING_SECONDS)
            if now - since > patience:
                self._end(worker.name)
                if not worker.ready:
                    self._count_stillborn(f"silent for {patience:g} s")
                self._start(worker.place)
                gone = f"was silent for {patience:g} s"
                found.append(News(worker.name, gone=gone, innocent=not worker.ready))
        return found

    def _count_stillborn(self, words: str) -> None:
        self._stillborn += 1
        if self._stillborn >= max(_STILLBORN, self._width + 1):  # each may fall silent once
            raise StorageError(f"worker processes end before they are ready ({words})")

    def _ended(self, worker: _Worker) -> News:
        status = self._end(worker.name).process.returncode
        if not worker.ready:
            self._count_stillborn(_words(status))
        self._start(worker.place)
        return News(worker.name, gone=f"ended ({_words(status)})", innocent=not worker.ready)

    def _end(self, name: str) -> _Worker:
        worker = self._workers.pop(name)
        worker.process.kill()  # whatever state it is in, stopped too
        worker.process.wait()
        worker.outbox.put(None)
        return worker

    def _start(self, place: int) -> None:
        self._started += 1
        environment = dict(os.environ)
        if self._devices:  # JAX takes whatever it sees when it is loaded
            environment["CUDA_VISIBLE_DEVICES"] = self._devices[place % len(self._devices)]
            environment["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"
        # Ctrl-C at a terminal goes to a group of processes: it is the driver that ends its workers.
        apart: dict[str, Any] = {"process_group": 0}
        if os.name == "nt":
            apart = {"creationflags": 0x200}  # CREATE_NEW_PROCESS_GROUP
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", BOOT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            **apart,
        )
        worker = _Worker(f"worker process {self._started}", place, process)
        self._workers[worker.name] = worker
        for message in (list(sys.path), ("job", worker.name, self._job)):
            worker.outbox.put(message)
        for work in (self._listen, _post):
            threading.Thread(target=work, args=(worker,), daemon=True).start()

    def _listen(self, worker: _Worker) -> None:
        stream = worker.process.stdout
        assert stream is not None
        with stream, suppress(EOFError, OSError, pickle.UnpicklingError):
            while True:
                self._heard.put((worker.name, pickle.load(stream)))
        self._heard.put((worker.name, None))


def _post(worker: _Worker) -> None:
    """Send a process what it shall get; one that reads nothing holds nobody up."""
    stream = worker.process.stdin
    assert stream is not None
    with suppress(OSError), stream:
        while (message := worker.outbox.get()) is not None:
            pickle.dump(message, stream)
            stream.flush()


@contextmanager
def processes(job: Job, width: int, patience: float) -> Iterator[Processes]:
    """Hold worker processes."""
    crew = Processes(job, width, patience)
    try:
        yield crew
    finally:
        crew.end()


def _is_stopped(pid: int) -> bool:
    """Tell whether a process is stopped, by a signal or a debugger; only Linux says so here."""
    with suppress(OSError, IndexError):
        after_name = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2]
        return after_name.split()[0] in (b"T", b"t")
    return False


def _words(status: int) -> str:
    if status >= 0:
        return f"exit status {status}"
    with suppress(ValueError):
        return signal.Signals(-status).name
    return f"signal {-status}"


def _accelerators() -> list[str]:
    """Name the visible NVIDIA devices without loading JAX, which would take memory on them."""
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if chosen is not None:
        return [name for name in chosen.split(",") if name.strip() not in ("", "-1")]
    try:
        return [str(place) for place, _ in enumerate(os.scandir("/proc/driver/nvidia/gpus"))]
    except OSError:
        return []
