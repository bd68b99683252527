"""Worker processes: they never run the user's program, and never hear Ctrl-C.

`multiprocessing` has a new process import the main module of its parent, so that what is defined
there can be found by name. A script that runs a sweep at its top level would be run again by every
worker. Nothing of ours is found that way: a kernel defined in the main module travels by value. And
a terminal sends Ctrl-C to every process, while it is the driver that ends its workers.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import spawn
from typing import Any

_NANNY = "from Nanny"
"""In the name of every process that a nanny of Dask starts."""
_lock = threading.Lock()
_users = 0
_original = spawn.get_preparation_data


@contextmanager
def strangers() -> Iterator[None]:
    """Keep the main module and Ctrl-C from the processes that nannies start or start again."""
    global _users
    with _lock:
        _users += 1
        spawn.get_preparation_data = _prepared
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if not _users:
                spawn.get_preparation_data = _original


def _prepared(name: str) -> dict[str, Any]:
    """Return what a new process is told; called in a thread that is there for this process."""
    told = _original(name)
    if _NANNY in name:
        told.pop("init_main_from_path", None)
        told.pop("init_main_from_name", None)
        if hasattr(signal, "pthread_sigmask"):  # a process inherits what its thread blocks
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    return told
