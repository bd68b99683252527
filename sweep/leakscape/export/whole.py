"""A file that is there whole or not at all, whatever ends its writing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from leakscape.errors import StorageError


def aside(target: Path) -> Path:
    """Return the file beside a target that is written first, and renamed when it is whole."""
    return target.with_name(f".{os.getpid()}.{target.name[-200:]}")


@contextmanager
def whole(target: Path) -> Iterator[Path]:
    """Write a file so that its name never means half of it.

    Args:
        target: the file; one that is there is replaced when the new one is whole.

    Yields:
        Where to write.

    Raises:
        StorageError: it cannot be written.
    """
    partial = aside(target)
    try:
        yield partial
        partial.replace(target)
    except OSError as error:
        raise StorageError(
            f"{target}: cannot be written, got {error.strerror or error}; check disk and "
            "permissions"
        ) from error
    finally:  # Ctrl-C too
        with suppress(OSError):
            partial.unlink()
