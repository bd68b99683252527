"""Copies of a finished sweep, to be harmed."""

from __future__ import annotations

import shutil
from pathlib import Path


def restored(made: Path, path: Path) -> Path:
    """Put a sound copy of the finished sweep at a path."""
    for end in ("", ".sweep"):
        shutil.rmtree(f"{path}{end}", ignore_errors=True)
        shutil.copytree(f"{made}{end}", f"{path}{end}")
    return path
