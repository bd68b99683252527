"""The worker processes that a test started, for tests that end or freeze them."""

from __future__ import annotations

import contextlib

import psutil


def workers():
    """Find the worker processes of this one."""
    found = []
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if "leakscape.running.worker" in " ".join(process.cmdline()):
                found.append(process)
    return found
