"""Forks: a process that was forked off one in which JAX works waits for threads that it lacks.

XLA computes on threads of its own, which `os.fork` does not copy. What a forked process asks of JAX
is then never done; and where it is, another thread's lock may have been copied while it was held.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

from leakscape.errors import SweepError


@dataclass
class _Process:
    """What is known of this process: whether JAX was at work where it was forked off."""

    stranded: bool = False


_process = _Process()


def refuse_after_fork() -> None:
    """Refuse to compute where JAX would wait for ever.

    Raises:
        SweepError: this process was forked off one that had used JAX.
    """
    if _process.stranded:
        raise SweepError(
            f"process {os.getpid()}: was forked off one in which JAX is at work, and would wait "
            'for its threads for ever; start it by multiprocessing.get_context("spawn")'
        )


def _forked() -> None:
    bridge = sys.modules.get("jax._src.xla_bridge")
    at_work = getattr(bridge, "backends_are_initialized", None)
    _process.stranded = _process.stranded or (at_work is not None and bool(at_work()))


if hasattr(os, "register_at_fork"):  # Windows forks nothing
    os.register_at_fork(after_in_child=_forked)
