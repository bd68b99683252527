"""Reading files that somebody else named: regular files alone, and never more than they hold.

A pipe has no end until its writer closes it, a device such as /dev/zero has none at all.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from leakscape.errors import SweepError


def read(path: Path, most: int, refusal: type[SweepError], where: str = "") -> bytes:
    """Read a regular file.

    Args:
        path: the file.
        most: how many bytes it may have.
        refusal: the error to raise.
        where: how messages call it; by default its path.

    Returns:
        Its content.

    Raises:
        FileNotFoundError: nothing is there.
        SweepError: as `refusal`: no regular file, larger than `most`, or not readable.
    """
    where = where or str(path)
    with opened(path, refusal, where) as file:
        size = os.fstat(file.fileno()).st_size
        if size > most:
            raise refusal(f"{where}: at most {_megabytes(most)}, got {_megabytes(size)}")
        try:
            return file.read(size)
        except OSError as error:
            raise refusal(f"{where}: cannot be read, got {error.strerror}") from error


def opened(path: Path, refusal: type[SweepError], where: str = "") -> BinaryIO:
    """Open a regular file to read its bytes.

    Args:
        path: the file.
        refusal: the error to raise.
        where: how messages call it; by default its path.

    Raises:
        FileNotFoundError: nothing is there.
        SweepError: as `refusal`: no regular file, or not readable.
    """
    where = where or str(path)
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise refusal(f"{where}: no regular file but {_kind(mode)}; give a file")
        return path.open("rb")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise FileNotFoundError(*error.args) from error
    except OSError as error:
        raise refusal(f"{where}: cannot be read, got {error.strerror}; check it") from error
    except ValueError as error:  # a NUL or half a letter in the name
        raise refusal(f"{where}: no file can have this name; check it") from error


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a folder"
    return "a pipe" if stat.S_ISFIFO(mode) else "a device or socket"


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.3g} MB"
