"""What was compiled, kept for the next command in the user's cache folder."""

from __future__ import annotations

import os
import tempfile

ENABLED = "JAX_ENABLE_COMPILATION_CACHE"
THEIRS = ("JAX_COMPILATION_CACHE_DIR", ENABLED)
"""Who set one of these has decided."""


def keep_compiled() -> None:
    """Let what is compiled be kept for the next command; silently not, where that cannot be."""
    if any(name in os.environ for name in THEIRS):
        return
    from platformdirs import user_cache_path

    from leakscape.evaluation.shelf import FOLDER

    try:
        folder = user_cache_path("leakscape", appauthor=False) / "compiled"
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except (OSError, RuntimeError):  # a home that is read-only, full, or not there
        return
    os.environ[FOLDER] = str(folder)


def keep_nothing() -> None:
    """Neither read nor write what was compiled before; JAX reads the setting when it is loaded."""
    os.environ[ENABLED] = "false"
