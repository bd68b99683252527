"""What XLA compiled, kept for the next command: JAX's persistent cache, in the user's cache folder.

JAX reads its settings when it is loaded, so they are made before, and only where there are none.
"""

from __future__ import annotations

import os
import tempfile

FOLDER = "JAX_COMPILATION_CACHE_DIR"
ENABLED = "JAX_ENABLE_COMPILATION_CACHE"
LARGEST_BYTES = 300_000_000
"""Past this size JAX drops what was used longest ago."""
_SETTINGS = {
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    "JAX_COMPILATION_CACHE_MAX_SIZE": str(LARGEST_BYTES),
}


def keep_compiled() -> None:
    """Let JAX keep what it compiles for the next command; silently not, where that cannot be."""
    if FOLDER in os.environ or ENABLED in os.environ:
        return
    from platformdirs import user_cache_path

    try:
        folder = user_cache_path("leakscape", appauthor=False) / "compiled"
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except (OSError, RuntimeError):  # a home that is read-only, full, or not there
        return
    os.environ[FOLDER] = str(folder)
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)


def keep_nothing() -> None:
    """Let JAX neither read nor write what was compiled before."""
    os.environ[ENABLED] = "false"
