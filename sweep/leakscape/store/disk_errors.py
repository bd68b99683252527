"""Errors of the disk: whatever file the system could not read or write, it is named."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from leakscape.errors import StorageError


@contextmanager
def disk_errors() -> Iterator[None]:
    """Tell an error of the system as one sentence with the file's name; a decorator as well.

    Raises:
        StorageError: a file or folder could not be read or written.
    """
    try:
        yield
    except OSError as error:
        if error.filename is None:  # no file's: a pipe that nobody reads, a connection
            raise
        file = os.fsdecode(error.filename)
        raise StorageError(f"{file}: {error.strerror}; check disk and permissions") from error
