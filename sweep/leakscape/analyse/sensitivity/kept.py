"""An analysis on disk: the result as a Zarr v3 dataset, and beside it the sums to go on from.

The sums are one file, replaced in one step, so that a process may be killed at any moment. The
result appears, and is replaced, by renaming a folder that is complete; where a kill falls between
the two renames, the next run writes it anew from the sums.
"""

from __future__ import annotations

import io
import json
import shutil
import time
import uuid
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from leakscape.analyse.sensitivity.tally import Tally
from leakscape.declare.study import canonical_json
from leakscape.declare.table import TEXT
from leakscape.errors import (
    DamageError,
    DeclarationError,
    KernelError,
    OtherStudyError,
    StorageError,
    StoreError,
)
from leakscape.shown import shown
from leakscape.store.durable import put
from leakscape.store.layout import sidecar
from leakscape.store.lock import lock
from leakscape.store.metadata import attributes, located

SUMS = "sums.npz"
SECONDS = 20.0
"""Between two times that sums are written while a doubling is under way [s]."""
_HEAD = "head"
_SLASH = "/"


@dataclass
class Kept:
    """Where an analysis is kept.

    Args:
        path: of the result.
        identity: what an analysis must have in common with the one that is kept.
    """

    path: Path
    identity: Mapping[str, Any]
    written: float = field(default_factory=time.monotonic)

    def begun(self) -> Tally | None:
        """Return what an earlier run summed; None where there was none.

        Raises:
            OtherStudyError: another analysis is kept there.
            StoreError: something else is there.
            DamageError: the sums cannot be read.
        """
        file = sidecar(self.path) / SUMS
        refuse_foreign(self.path)
        if not file.exists():
            return None
        try:
            with file.open("rb") as stream, np.load(stream, allow_pickle=False) as held:
                head = json.loads(str(held[_HEAD]))
                tally = Tally(int(head["scrambles"]), int(head["done"]), int(head["task"]))
                for key in held.files:
                    if key == _HEAD:
                        continue
                    outcome, _, name = key.rpartition(_SLASH)
                    if name == "centre":
                        tally.centres[outcome] = held[key]
                    else:
                        tally.sums.setdefault(outcome, {})[name] = held[key]
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
            raise DamageError(
                f"{file}: is damaged, got {type(error).__name__}; remove it and the result beside "
                "it, and run the analysis again"
            ) from error
        if head["identity"] != canonical_json(self.identity):
            raise OtherStudyError(
                f"{self.path}: holds another analysis ({_difference(head, self.identity)}); "
                "choose another --store, or remove it"
            )
        return tally

    def save(self, tally: Tally, *, now: bool = False) -> None:
        """Write the sums, unless that was done a moment ago.

        Args:
            tally: the sums.
            now: whether it may not wait.
        """
        if not now and time.monotonic() - self.written < SECONDS:
            return
        head = {
            "identity": canonical_json(self.identity),
            "scrambles": tally.scrambles,
            "done": tally.done,
            "task": tally.task,
        }
        arrays: dict[str, Any] = {_HEAD: np.array(json.dumps(head))}
        for outcome, fields in tally.sums.items():
            arrays |= {f"{outcome}{_SLASH}{name}": values for name, values in fields.items()}
        arrays |= {f"{name}{_SLASH}centre": values for name, values in tally.centres.items()}
        content = io.BytesIO()
        np.savez(content, **arrays)
        folder = sidecar(self.path)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            put(folder / SUMS, content.getvalue(), folder / f"tmp-{uuid.uuid4().hex}.npz")
        except OSError as error:
            raise StorageError(f"{folder}: cannot be written, got {error.strerror}") from error
        self.written = time.monotonic()

    def publish(self, dataset: xr.Dataset) -> None:
        """Write the result, or replace it."""
        write(self.path, dataset)


@contextmanager
def claimed(store: str | Path) -> Iterator[Path]:
    """Hold the place of an analysis; a first run that is refused there leaves nothing.

    Args:
        store: of the result.

    Yields:
        Its absolute path.

    Raises:
        StoreError: something else is there, or an analysis cannot be.
        BusyError: another process writes there.
    """
    if not isinstance(store, str | Path):
        raise StoreError(f"store: expected a path, got {shown(store)}; give one")
    if "://" in str(store):
        raise StoreError(f"{store}: remote stores are not supported; give a path on a file system")
    path = located(store)
    refuse_foreign(path)
    folder = sidecar(path)
    begun = folder.exists()
    with lock(path):
        try:
            yield path
        except BaseException as error:
            refused = isinstance(error, DeclarationError | KernelError)
            if not begun and (refused or not (folder / SUMS).exists()):
                shutil.rmtree(folder, ignore_errors=True)
            raise


def refuse_foreign(path: Path) -> None:
    """Refuse a path that holds something else than an analysis.

    Raises:
        StoreError: it does.
    """
    if path.exists() and not (path.is_dir() and (_is_analysis(path) or not any(path.iterdir()))):
        raise StoreError(f"{path}: holds something that is no analysis; choose another path")


def publish(store: str | Path, dataset: xr.Dataset) -> None:
    """Write a result that follows from nothing that has to be kept, or replace it.

    Args:
        store: where.
        dataset: what.

    Raises:
        StoreError: something else is there.
        OtherStudyError: the result of another method is there.
        BusyError: another process writes there.
    """
    with claimed(store) as path:
        if (sidecar(path) / SUMS).exists():
            raise OtherStudyError(
                f"{path}: holds another analysis, with its sums; choose another --store"
            )
        write(path, dataset)


def write(path: Path, dataset: xr.Dataset) -> None:
    """Write a dataset as a Zarr v3 store, which appears or is replaced when it is complete.

    Args:
        path: where.
        dataset: what.

    Raises:
        StorageError: it cannot be written.
    """
    folder = sidecar(path)
    aside, old = (folder / f"{kind}-{uuid.uuid4().hex}" for kind in ("new", "old"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for left in (*folder.glob("new-*"), *folder.glob("old-*"), *folder.glob("tmp-*")):
            shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink()
        _stored(dataset).to_zarr(aside, zarr_format=3, consolidated=False, mode="w")
        if path.exists():
            path.rename(old)
        aside.rename(path)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise StorageError(f"{path}: cannot be written, got {error.strerror or error}") from error


def _stored(dataset: xr.Dataset) -> xr.Dataset:
    """Return it with texts in the one type that Zarr v3 has for them, of any length."""
    texts = {n: c.astype(TEXT) for n, c in dataset.coords.items() if c.dtype.kind == "U"}
    return dataset.assign_coords(texts)


def is_result(given: object) -> bool:
    """Tell whether something is the result of an analysis, or its path."""
    if isinstance(given, xr.Dataset):
        return "outcomes" in given.attrs
    return isinstance(given, str | Path) and _is_analysis(Path(given))


def _is_analysis(path: Path) -> bool:
    try:
        found = attributes(path) or {}
    except (StoreError, OSError):
        return False
    return "method" in found and "fit" not in found


def _difference(head: Mapping[str, Any], identity: Mapping[str, Any]) -> str:
    """Name what differs first."""
    held = json.loads(head["identity"])
    plain = json.loads(canonical_json(identity))
    for key in plain:
        if held.get(key) != plain[key]:
            if key == "chunks":
                return "of another population size"
            if isinstance(plain[key], str | int | list) and key != "code":
                return f"{key} {held.get(key)!r}, not {plain[key]!r}"[:200]
            return f"another {key}"
    return "of another version"
