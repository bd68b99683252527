"""A fit on disk: its tree as a Zarr v3 store, which appears or is replaced when it is complete.

It is written beside its place and renamed: a process may be killed at any moment. Where a kill
falls between the two renames of a replacement, the fit before lies in the sidecar, and is put back
when the place is opened or written next.
"""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path
from typing import Any

import xarray as xr

from leakscape.declare.table import TEXT
from leakscape.errors import DamageError, OtherStudyError, StorageError, StoreError
from leakscape.store.layout import sidecar
from leakscape.store.lock import held, lock, refuse_unwritable
from leakscape.store.metadata import attributes, located

FIT = "fit"
"""Attribute of the root that only a fit has."""


def save(path: str | Path, tree: xr.DataTree) -> Path:
    """Write a fit, or replace the one that is there.

    Args:
        path: where.
        tree: what `leakscape.analyse.fit.tree.tree_of` made.

    Returns:
        The absolute path.

    Raises:
        StoreError: something else is there.
        BusyError: another process writes there.
        StorageError: it cannot be written.
    """
    place = located(path)
    refuse_foreign(place)
    with lock(place):
        _put_back(place)
        refuse_foreign(place)
        _write(place, tree)
    return place


def opened(path: str | Path) -> xr.DataTree:
    """Open a fit that was saved.

    Args:
        path: where it is.

    Returns:
        Its tree, read when it is asked for.

    Raises:
        StoreError: there is none.
        DamageError: it cannot be read.
        BusyError: a fit that was being replaced has to be put back, and another process writes.
    """
    place = located(path)
    if not place.exists() and _left(place):
        with lock(place):
            _put_back(place)
    if not is_fit(place):
        raise StoreError(f"{place}: holds no fit; leakscape fit FIT.toml --store {place} makes one")
    try:
        return xr.open_datatree(place, engine="zarr", consolidated=False)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DamageError(
            f"{place}: is damaged, got {type(error).__name__}; remove it and fit again"
        ) from error


def is_fit(path: Path) -> bool:
    """Tell whether a path holds a fit."""
    return FIT in _attributes(path)


def _attributes(path: Path) -> dict[str, Any]:
    """Return the attributes of a root that can be read; none of anything else."""
    try:
        return attributes(path) or {}
    except (StoreError, OSError):
        return {}


def refuse_foreign(path: Path) -> None:
    """Refuse a path that holds something else than a fit.

    Raises:
        StoreError: it does.
    """
    if path.exists() and not (path.is_dir() and (is_fit(path) or not any(path.iterdir()))):
        raise StoreError(f"{path}: holds something that is no fit; choose another path")


def refuse_other(path: Path, fit: str, digest: str) -> None:
    """Refuse a path that holds another fit, or one of another table.

    Args:
        path: where a result is to be kept.
        fit: the fit as canonical JSON.
        digest: SHA-256 of its table.

    Raises:
        OtherStudyError: it does.
    """
    told = _attributes(path)
    if FIT not in told:
        return
    if (told[FIT], told.get("table_digest")) != (fit, digest):
        what = "a fit of another table" if told[FIT] == fit else f"another fit ({told.get('name')})"
        raise OtherStudyError(f"{path}: holds {what}; choose another --store, or remove it")


def refuse_place(path: Path) -> None:
    """Refuse a path before the work, where it can be seen that nothing can be kept there.

    Raises:
        StoreError: it holds something else than a fit.
        StorageError: it cannot be written.
        BusyError: another process writes there.
    """
    refuse_foreign(path)
    refuse_unwritable(path)
    if held(path):
        with lock(path):  # says who holds it, or finds it free by now
            pass


def _write(path: Path, tree: xr.DataTree) -> None:
    if FIT not in tree.attrs:
        raise ValueError(f"the tree has no attribute {FIT}")
    folder = sidecar(path)
    aside, old = (folder / f"{kind}-{uuid.uuid4().hex}" for kind in ("new", "old"))
    try:
        for left in (*folder.glob("new-*"), *folder.glob("old-*")):
            shutil.rmtree(left)
        as_stored(tree).to_zarr(aside, zarr_format=3, consolidated=False, mode="w")
        if path.exists():
            path.rename(old)
        aside.rename(path)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise StorageError(f"{path}: cannot be written, got {error.strerror or error}") from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)  # half of it, where a disk is full or at Ctrl-C


def _left(path: Path) -> list[Path]:
    """Return what a replacement that was killed left of the fit before."""
    return [folder for folder in sidecar(path).glob("old-*") if is_fit(folder)]


def _put_back(path: Path) -> None:
    if not path.exists() and (left := _left(path)):
        left[0].rename(path)


def as_stored(tree: xr.DataTree) -> xr.DataTree:
    """Return it with texts in the one type that Zarr v3 has for them, of any length."""

    def texts(group: xr.Dataset) -> xr.Dataset:
        found: dict[Any, Any] = {
            name: variable.astype(TEXT)
            for name, variable in group.variables.items()
            if variable.dtype.kind == "U"
        }
        coords = {name: found[name] for name in found if name in group.coords}
        data = {name: found[name] for name in found if name not in group.coords}
        return group.assign_coords(coords).assign(data)

    groups = {
        node.path: texts(node.to_dataset(inherit=False)) for node in tree.subtree if node.path
    }
    made = xr.DataTree.from_dict(groups)
    made.attrs = dict(tree.attrs)
    return made
