"""Memory: how much is free, and what is refused because it needs more."""

from __future__ import annotations

from pathlib import Path

from leakscape.errors import PlanError


def refuse_too_much(study: str, needed: int, remedy: str) -> None:
    """Refuse what does not fit in memory.

    Args:
        study: the study's name.
        needed: bytes that it takes.
        remedy: what to do instead.

    Raises:
        PlanError: it needs more than is free.
    """
    available = _available()
    if needed > available:
        raise PlanError(
            f"study {study}: needs {needed / 1e9:.3g} GB in memory, "
            f"{available / 1e9:.3g} GB are free; {remedy}"
        )


def _available() -> int:
    """Return the free memory in bytes, as the kernel of the operating system estimates it."""
    try:
        with Path("/proc/meminfo").open(encoding="ascii") as stream:
            lines = dict(line.split(":", 1) for line in stream)
        return int(lines["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        return 2**62
