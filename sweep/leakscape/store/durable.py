"""Durable: what was written is on the disk, and not only in the memory of the operating system.

Renaming makes a file whole for every process; only fsync makes it whole after a power cut. One
fsync costs milliseconds, many at a time little more, so that a run does them in batches, aside.
"""

from __future__ import annotations

import errno
import os
import shutil
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

from leakscape.errors import StorageError

INTERVAL_SECONDS = 2.0
"""How much of a run a power cut may cost [s]."""
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
        after: called at the end of each batch, from that thread.
    """

    def __init__(self, after: Callable[[], None]) -> None:
        self._after = after
        self._pending: set[Path] = set()
        self._lock, self._ending = threading.Lock(), threading.Event()
        self._error: OSError | None = None
        self._thread = threading.Thread(target=self._work, name="leakscape-flush", daemon=True)

    def __enter__(self) -> Flusher:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ending.set()
        if kind is None:
            self.settle()

    def add(self, files: Iterable[Path]) -> None:
        """Take files for the next batch."""
        with self._lock:
            self._pending.update(files)

    def settle(self) -> None:
        """Wait until all that was added is on the disk.

        Raises:
            StorageError: the disk refuses it.
        """
        self._ending.set()
        self._thread.join()
        if self._error is not None:
            raise StorageError(
                f"{self._error.filename or 'disk'}: cannot be put on the disk, got "
                f"{self._error.strerror}; check the disk"
            ) from self._error

    def _work(self) -> None:
        with ThreadPoolExecutor(_AT_A_TIME, thread_name_prefix="leakscape-flush") as pool:
            while True:
                ending = self._ending.wait(INTERVAL_SECONDS)
                with self._lock:
                    batch, self._pending = self._pending, set()
                try:
                    if batch:
                        for _ in pool.map(flush, batch):
                            pass
                        for folder in {file.parent for file in batch}:
                            flush(folder)
                        self._after()
                except OSError as error:
                    self._error = error
                    return
                if ending:
                    return
