"""Claiming a path: where a store may be, and the lock that keeps a second run away.

The lock is the operating system's, which drops it when the process ends, however it ends. A Python
without any (no `fcntl`, and no Windows) leaves a mark with its process instead: the next run on
the same machine sees whether that one still lives. Windows lets nobody read a locked file, so that
who holds it stands in a file beside it.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import BaseFileLock, FileLock, SoftFileLock, Timeout, has_fcntl, lock_descriptor

from leakscape import content
from leakscape.errors import BusyError, StorageError, StoreError
from leakscape.shown import shown
from leakscape.store.layout import METADATA, sidecar
from leakscape.store.metadata import attributes, located, rescued

_LOCK, _MARK, _HOLDER = "lock", "lock.process", "holder.json"
_LONGEST_HOLDER = 10_000
"""Bytes of the file that says who holds the lock."""
_NATIVE = has_fcntl or os.name == "nt"
_PATIENCE_SECONDS = 0.3
"""How long to wait for the lock: one who only looks holds it for microseconds [s]."""
_UNLOCKABLE = frozenset({errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP})
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
    import zarr  # not for those who only ask whether a store is held

    if "://" in str(path):
        raise StoreError(f"{path}: remote stores are not supported; give a path on a file system")
    pipeline = str(zarr.config.get("codec_pipeline.path", ""))
    if pipeline.startswith("zarrs"):
        raise StoreError(
            f"zarr.config: codec_pipeline.path is {pipeline}, which leaves half-written chunks "
            "when it is interrupted; unset it (ZARR_CODEC_PIPELINE__PATH)"
        )
    place = located(path)
    if (link := content.located(path, StoreError)) != place:
        raise StoreError(f"{link}: is a symbolic link; give the path that it points to")
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
    if place.is_dir() and any(place.iterdir()) and not _is_sweep(place):
        raise StoreError(f"{place}: holds something that is no sweep; choose another path")
    refuse_unwritable(place)
    return place


def refuse_unwritable(place: Path) -> None:
    """Refuse an absolute path below which nothing can be written.

    Raises:
        StorageError: it lies below a file, or in a folder that may not be written.
    """
    ground = next(folder for folder in place.parents if folder.exists())
    if not ground.is_dir():
        raise StorageError(f"{ground}: is a file, so nothing can be put below it; choose another")
    if not os.access(ground, os.W_OK | os.X_OK):
        raise StorageError(f"{ground}: may not be written by this user; choose another path")


def _is_sweep(place: Path) -> bool:
    return rescued(place) is not None or "sweep" in (attributes(place) or {})


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Hold a store against every other run.

    Args:
        path: the store, which need not exist yet.

    Raises:
        BusyError: another run holds it; who, where and since when.
        StorageError: the sidecar cannot be made, or the file system knows no locks.
    """
    file = sidecar(path) / _LOCK
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        taken = _lock(path)
        taken.acquire(timeout=_PATIENCE_SECONDS)
    except Timeout as error:
        raise BusyError(
            f"{path}: {_words(holder(path))} holds it; wait for it, or stop it"
        ) from error
    except OSError as error:
        if error.errno in _UNLOCKABLE:
            raise StorageError(
                f"{file}: the file system knows no locks, got {error.strerror}; use a local disk"
            ) from error
        raise StorageError(f"{file}: cannot be made, got {error.strerror}") from error
    try:
        mine = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        }
        with suppress(OSError):  # a full disk: the run itself says so
            (sidecar(path) / _HOLDER).write_text(json.dumps(mine), encoding="utf-8")
        yield
    finally:
        taken.release()


def _lock(path: Path) -> BaseFileLock:
    folder = sidecar(path)
    if not _NATIVE:
        return SoftFileLock(folder / _MARK)
    return FileLock(folder / _LOCK, fallback_to_soft=False, preserve_lock_file=True)


def held(path: Path) -> bool:
    """Tell whether a run holds a store at this moment, and disturb none that starts now."""
    if not _NATIVE:
        if not (sidecar(path) / _MARK).exists():
            return False
        try:
            with _lock(path).acquire(blocking=False):
                return False
        except Timeout:
            return True
        except OSError:
            return False
    for mode in (os.O_RDWR, os.O_RDONLY):  # a reader may have no right to write
        try:
            handle = os.open(sidecar(path) / _LOCK, mode)
        except OSError:
            continue
        try:
            return not lock_descriptor(handle, blocking=False)
        except OSError:
            return False
        finally:
            os.close(handle)
    return False


def holder(path: Path) -> dict[str, Any]:
    """Return pid, host and since of the run that took the lock last; empty if none did."""
    try:
        found = json.loads(content.read(sidecar(path) / _HOLDER, _LONGEST_HOLDER, StoreError))
    except (OSError, ValueError, RecursionError, StoreError):
        return {}
    return found if isinstance(found, dict) else {}


def _words(found: dict[str, Any]) -> str:
    pid, host, since = (shown(found.get(key)).strip("'") for key in ("pid", "host", "since"))
    if not {"pid", "host", "since"} <= set(found):
        return "another run"
    return f"another run (pid {pid} on {host}, since {since})"
