"""Durable: what was written is on the disk, and not only in the memory of the operating system.

Renaming makes a file whole for every process; only fsync makes it whole after a power cut. One
fsync costs milliseconds, many at a time little more, so that a run does them in batches, aside.
What a short run has not flushed when it ends, the system does within half a minute: a power cut in
between costs chunks, which the next run finds and computes anew.
"""

from __future__ import annotations

import errno
import math
import os
import shutil
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from leakscape.errors import StorageError

INTERVAL_SECONDS = 5.0
"""How often a run flushes a batch [s]."""
AGE_SECONDS = 40.0
"""How old a file is when it is flushed [s]: the system writes what is half a minute old by itself,
so that little is left to wait for. Flushed at once, a run that writes fast takes a quarter longer.
"""
MOST_SHARE = 0.03
"""Which part of its time a run waits at its end for the disk."""
_AT_A_TIME = 16
"""Disks take many flushes for the price of one: 0.1 ms each instead of 4."""
_UNABLE = frozenset({errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EACCES, errno.EPERM})
"""File systems, and Windows for folders, that know no such thing."""


def flush(path: Path) -> None:
    """Put a file or a folder on the disk; one that is gone, or cannot be, is passed over."""
    try:
        # Windows flushes only what is open for writing.
        handle = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _UNABLE:
            raise
    finally:
        os.close(handle)


def put(file: Path, content: bytes, aside: Path) -> None:
    """Write a file so that at any moment, power cuts included, it is the old or the new one.

    Args:
        file: the file.
        content: what it shall hold.
        aside: a file on the same disk that does not exist.
    """
    aside.write_bytes(content)
    flush(aside)
    if file.is_dir() and not file.is_symlink():  # no file of ours: it stands in the way of one
        shutil.rmtree(file)
    aside.replace(file)
    flush(file.parent)


class Flusher:
    """Puts files on the disk in batches, in a thread of its own; use it as a context.

    Args:
        last: flushed at the end of each batch: a journal of what the others hold.
    """

    def __init__(self, last: Path) -> None:
        self._last = last
        self._pending: dict[Path, float] = {}
        self._lock, self._ending = threading.Lock(), threading.Event()
        self._error: OSError | None = None
        self._enough = False
        self._thread = threading.Thread(target=self._work, name="leakscape-flush", daemon=True)

    def __enter__(self) -> Flusher:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._enough = True
        self._ending.set()

    def add(self, files: Iterable[Path]) -> None:
        """Take files for the next batch."""
        now = time.monotonic()
        with self._lock:
            self._pending |= dict.fromkeys(files, now)

    def settle(self, most: float) -> None:
        """Flush what was added, and leave to the system what takes longer.

        Args:
            most: how long that may take [s].

        Raises:
            StorageError: the disk refuses it.
        """
        self._ending.set()
        self._thread.join(most)
        self._enough = True
        if self._error is not None:
            raise StorageError(
                f"{self._error.filename or 'disk'}: cannot be put on the disk, got "
                f"{self._error.strerror}; check the disk"
            ) from self._error

    def _work(self) -> None:
        with ThreadPoolExecutor(_AT_A_TIME, thread_name_prefix="leakscape-flush") as pool:
            while True:
                ending = self._ending.wait(INTERVAL_SECONDS)
                batch = self._due(math.inf if ending else time.monotonic() - AGE_SECONDS)
                try:
                    if batch:
                        for _ in pool.map(self._flush, batch):
                            pass
                        for folder in {file.parent for file in batch}:
                            self._flush(folder)
                        self._flush(self._last)
                except OSError as error:
                    self._error = error
                    return
                if ending:
                    return

    def _due(self, until: float) -> list[Path]:
        with self._lock:
            batch = [path for path, since in self._pending.items() if since <= until]
            for path in batch:
                del self._pending[path]
        return batch

    def _flush(self, path: Path) -> None:
        if not self._enough:
            flush(path)
