"""File names as texts, where the locale knows fewer letters than the names have.

Python then holds the bytes that it cannot decode as lone surrogates. The file system takes them
back, JSON and fonts do not; and a name that stands in a UTF-8 file cannot be opened as it is.
"""

from __future__ import annotations

import os


def readable(name: str) -> str:
    """Return a name as people and other programs read it: as UTF-8."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def openable(name: str) -> str:
    """Return a name out of a UTF-8 text as this process can open it."""
    try:
        os.fsencode(name)
    except UnicodeEncodeError:
        return os.fsdecode(name.encode("utf-8", "surrogateescape"))
    return name
