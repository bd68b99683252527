"""Paths and files that somebody else named: regular files alone, and never more than they hold.

A pipe has no end until its writer closes it, a device such as /dev/zero has none at all.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from leakscape.errors import SweepError
from leakscape.shown import shown

LONGEST_NAME, LONGEST_PATH = 255, 4000
"""Bytes that file systems take in one name, and in a path with a file inside."""


def located(path: str | Path, refusal: type[SweepError]) -> Path:
    """Return the absolute path of what somebody named; links are not followed.

    Args:
        path: as it was written.
        refusal: the error to raise.

    Raises:
        SweepError: as `refusal`: no file or folder can have this path.
    """
    text = os.fspath(path)
    if not text or "\0" in text:
        raise refusal(f"path: expected a path, got {shown(text)}; write one")
    if text.startswith("~"):
        raise refusal(f"{text}: the shell left ~ as it is; write the folder in full")
    try:
        longest = max((len(os.fsencode(part)) for part in Path(text).parts), default=0)
    except UnicodeEncodeError as error:
        raise refusal(
            f"path: no file has such a name, got {shown(text)}; choose another"
        ) from error
    if longest > LONGEST_NAME or len(text) > LONGEST_PATH:
        raise refusal(f"path: too long for a file system, got {shown(text)}; shorten it")
    return Path(os.path.abspath(text))  # noqa: PTH100 - resolve() would follow links


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
