"""Reading values out of a store: where zarr and its codecs are called, and what they may raise.

A damaged chunk, or one that a stranger made, lets them raise almost anything.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from leakscape import content
from leakscape.errors import StoreError
from leakscape.sizes import LARGEST_FILE_BYTES

if TYPE_CHECKING:
    import xarray as xr

_MOST_AT_ONCE = 2**30
_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


@contextmanager
def reading(what: object) -> Iterator[None]:
    """Turn whatever zarr, xarray and the codecs raise into one error.

    Args:
        what: how the message calls what is read.

    Raises:
        StoreError: it cannot be read.
    """
    try:
        yield
    except StoreError:
        raise
    except Exception as error:  # ValueError, KeyError, RuntimeError, MemoryError and others
        kind = type(error).__name__
        raise StoreError(
            f"{what}: damaged, cannot be read, got {kind} {error}; see leakscape verify"
        ) from error


def loaded(array: xr.DataArray | xr.Variable) -> NDArray[Any]:
    """Return the values of a lazy array, read now.

    Args:
        array: of a dataset that `open` returned.

    Raises:
        StoreError: they cannot be read.
    """
    with reading(getattr(array, "name", None) or "store"):
        return np.asarray(array.values)


def chunk_content(file: str | Path) -> NDArray[np.uint8]:
    """Read the bytes of a chunk's file.

    Raises:
        FileNotFoundError: it is not there.
        StoreError: it is no regular file, or larger than any chunk.
    """
    handle = os.open(file, _READ)  # a pipe does not block; there may be a million files
    try:
        told = os.fstat(handle)
        if not stat.S_ISREG(told.st_mode) or told.st_size > _MOST_AT_ONCE:
            whole = content.read(Path(file), LARGEST_FILE_BYTES, StoreError)  # or says why not
            return np.frombuffer(whole, dtype=np.uint8)
        return np.frombuffer(os.read(handle, told.st_size), dtype=np.uint8)
    finally:
        os.close(handle)
