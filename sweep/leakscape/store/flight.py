"""Chunks in flight: which are being computed now, or were when a run ended without a word.

Every thread that computes, of whatever process, keeps a file in the sidecar that names its chunk.
A chunk that ends its process cannot say so afterwards: the file is what is left of it.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from leakscape.store.layout import Store
from leakscape.store.lines import named, task_of

FOLDER = "flight"
LARGEST_MARK = 4096
"""Bytes of a file that names a chunk."""


class Flight:
    """What a thread computes at the moment; use it as a context, in that thread.

    Args:
        sidecar: of the store.
        by: the name of the worker.
    """

    def __init__(self, sidecar: Path, by: str = "") -> None:
        self._folder, self._by = sidecar / FOLDER, by
        self._file: BinaryIO | None = None
        self.chunk: int | None = None
        self.since = 0.0
        self.given_up = False

    def __enter__(self) -> Flight:
        name = f"{socket.gethostname()}-{os.getpid()}-{threading.get_ident()}"
        with suppress(OSError):  # on a full disk the run goes on without
            self._folder.mkdir(exist_ok=True)
            self._file = (self._folder / name).open("wb", buffering=0)
        return self

    def at(self, store: Store, chunk: int) -> None:
        """Say which chunk is begun, in one write."""
        self.chunk, self.since = chunk, time.monotonic()
        if self._file is not None:
            mark = json.dumps({"by": self._by, "chunk": named(store, chunk)}).encode()
            with suppress(OSError):
                self._file.seek(0)
                self._file.write(mark.ljust(len(self._by) + 256))  # a shorter one leaves no rest

    def __exit__(self, *exception: object) -> None:
        self.chunk = None
        if self._file is not None:
            self._file.close()
            with suppress(OSError):
                Path(self._file.name).unlink()


@dataclass(frozen=True)
class Mark:
    """A file that names a chunk.

    Args:
        file: the file.
        by: the name of the worker.
        chunk: number of the chunk.
    """

    file: Path
    by: str
    chunk: int


def marks(store: Store) -> list[Mark]:
    """Return what is in flight, or was when a run ended without a word.

    Args:
        store: the store.

    Returns:
        The marks, by chunk; a file that is none is left out.
    """
    found = []
    try:
        files = list(os.scandir(store.sidecar / FOLDER))
    except OSError:
        return []
    for entry in files:
        try:
            if not entry.is_file() or entry.stat().st_size > LARGEST_MARK:
                continue
            told = json.loads(Path(entry.path).read_bytes())
            chunk, by = task_of(store, told), str(told["by"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError, AttributeError):
            continue  # gone meanwhile, not written yet, or a stranger's
        if chunk is not None:
            found.append(Mark(Path(entry.path), by, chunk))
    return sorted(found, key=lambda mark: (mark.chunk, str(mark.file)))


def forget(store: Store) -> None:
    """Remove every mark; only the holder of the lock may."""
    shutil.rmtree(store.sidecar / FOLDER, ignore_errors=True)
