"""Claiming a path: where a store may be, and the lock that keeps a second run away."""

from __future__ import annotations

import errno
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import zarr

from leakscape.errors import BusyError, StorageError, StoreError
from leakscape.store.layout import METADATA, sidecar
from leakscape.store.reading import attributes, located

_LOCK = "lock"
_ZARR_MARKS = (METADATA, ".zgroup", ".zarray")


def settle(path: str | Path) -> Path:
    """Check that a path is one where a sweep may be written; touch nothing.

    Args:
        path: where the store is or shall be.

    Returns:
        The absolute path.

    Raises:
        StoreError: a remote address, a link, a file, something foreign, or inside another store.
        StorageError: the folder cannot be written.
    """
    if "://" in str(path):
        raise StoreError(f"{path}: remote stores are not supported; give a path on a file system")
    pipeline = str(zarr.config.get("codec_pipeline.path", ""))
    if pipeline.startswith("zarrs"):
        raise StoreError(
            f"zarr.config: codec_pipeline.path is {pipeline}, which leaves half-written chunks "
            "when it is interrupted; unset it (ZARR_CODEC_PIPELINE__PATH)"
        )
    place = located(path)
    for part in (place, sidecar(place)):
        if part.is_symlink():
            raise StoreError(f"{part}: is a symbolic link; give the path that it points to")
        if part.exists() and not part.is_dir():
            raise StoreError(f"{part}: is a file, not a store; choose another path")
    if place == Path.cwd() and attributes(place) is None:
        raise StoreError(f"{place}: is the working directory; give a folder inside it")
    for folder in Path(os.path.realpath(place)).parents:
        if any((folder / mark).exists() for mark in _ZARR_MARKS):
            raise StoreError(f"{place}: lies inside the Zarr store {folder}; choose another path")
    if place.is_dir() and any(place.iterdir()) and "sweep" not in (attributes(place) or {}):
        raise StoreError(f"{place}: holds something that is no sweep; choose another path")
    ground = next(folder for folder in place.parents if folder.exists())
    if not ground.is_dir():
        raise StorageError(f"{ground}: is a file, so nothing can be put below it; choose another")
    if not os.access(ground, os.W_OK | os.X_OK):
        raise StorageError(f"{ground}: may not be written by this user; choose another path")
    return place


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Hold a store against every other run, on this machine or another.

    The kernel drops the lock when the process ends, however it ends.

    Args:
        path: the store, which need not exist yet.

    Raises:
        BusyError: another run holds it; who, where and since when.
        StorageError: the sidecar cannot be made, or the file system knows no locks.
    """
    file = sidecar(path) / _LOCK
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StorageError(f"{file}: cannot be made, got {error.strerror}") from error
    try:
        if not _try(handle, file):
            raise BusyError(f"{path}: {_words(holder(path))} holds it; wait for it, or stop it")
        mine = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        }
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps(mine).encode(), 0)
        yield
    finally:
        os.close(handle)


def held(path: Path) -> bool:
    """Tell whether a run holds a store at this moment."""
    try:
        handle = os.open(sidecar(path) / _LOCK, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return not _try(handle, path)
    except StorageError:
        return False
    finally:
        os.close(handle)


def holder(path: Path) -> dict[str, Any]:
    """Return pid, host and since of the run that took the lock last; empty if none did."""
    try:
        found = json.loads((sidecar(path) / _LOCK).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _words(found: dict[str, Any]) -> str:
    if not found:
        return "another run"
    return f"another run (pid {found['pid']} on {found['host']}, since {found['since']})"


def _try(handle: int, file: Path) -> bool:
    import fcntl  # Unix alone has it; reading a store works without

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return False
        raise StorageError(
            f"{file}: the file system knows no locks, got {error.strerror}; use a local disk"
        ) from error
    return True
