"""Reading a store's metadata, and refusing what is no sweep of ours."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from leakscape import content
from leakscape.errors import DamageError, StoreError
from leakscape.plain import MOST_PARTS, crowded, fault
from leakscape.sizes import LARGEST_METADATA_BYTES
from leakscape.store.described import described
from leakscape.store.layout import METADATA, STATUS, Store, pass_place, sidecar
from leakscape.store.root import COPY, seal_holds


def located(path: str | Path) -> Path:
    """Return the absolute path of a store; where that is a link, of what it points to.

    The sidecar stands beside the store itself, so that a link to it leads to the journal too.

    Args:
        path: as somebody wrote it.

    Raises:
        StoreError: no folder can have this path, or none beside it.
    """
    place = content.located(path, StoreError)
    if not place.name:
        raise StoreError(f"{place}: is the root of the file system; choose a folder below it")
    content.located(sidecar(place), StoreError)
    return Path(os.path.realpath(place)) if place.is_symlink() else place


def attributes(path: Path) -> dict[str, Any] | None:
    """Read the root attributes of a Zarr group.

    Args:
        path: the group.

    Returns:
        The attributes, or None where there is no group.

    Raises:
        StoreError: the metadata is there and cannot be read as such.
    """
    return _attributes(metadata(path))


def _attributes(document: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if document is None or document.get("node_type") != "group":
        return None
    found = document.get("attributes", {})
    return dict(found) if isinstance(found, Mapping) else {}


def metadata(directory: Path, name: str = METADATA) -> dict[str, Any] | None:
    """Read the metadata of a Zarr group or array; None where there is none.

    Args:
        directory: the group or array.
        name: of the file.

    Raises:
        StoreError: it is there and cannot be read as such.
    """
    text = _text(directory / name)
    return None if text is None else parsed(directory / name, text)


def _text(file: Path) -> bytes | None:
    try:
        return content.read(file, LARGEST_METADATA_BYTES, StoreError)
    except FileNotFoundError:
        return None


def parsed(file: Path, text: bytes) -> dict[str, Any]:
    """Read a JSON document.

    Args:
        file: where it is from, for the message.
        text: its content.

    Raises:
        StoreError: it is none.
    """
    if crowded(text):
        raise StoreError(f"{file}: at most {MOST_PARTS} entries, got more; it is no sweep's")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise StoreError(f"{file}: damaged, not JSON; restore it from a copy") from error
    if not isinstance(document, dict):
        raise StoreError(f"{file}: damaged, no JSON object; restore it from a copy")
    if wrong := fault(document, json=True):
        raise StoreError(f"{file}: damaged, {wrong}")
    return document


def read(path: Path) -> Store:
    """Read the layout of a sweep.

    Args:
        path: the store.

    Returns:
        The store.

    Raises:
        StoreError: nothing there, no sweep of ours, of another format, or damaged.
        DamageError: its root is not what was written, and its copy is.
    """
    text: bytes | None = b""
    try:
        text = _text(path / METADATA)
        if text is None:
            raise nothing_there(path)
        return _read(path, path / METADATA, text)
    except StoreError as error:
        if (text and seal_holds(text)) or rescued(path) is None:
            raise
        what = "missing" if text is None else "not what was written"
        raise DamageError(
            f"{path}: damaged, {METADATA}: {what}; {remedy(path)} makes it sound"
        ) from error


def nothing_there(path: Path) -> StoreError:
    """Say that there is no store, or none yet."""
    if pass_place(path, 0).is_dir():
        return StoreError(
            f"{path}: a reduction that is not finished; run its study again, which goes on "
            f"with it (leakscape status {shlex.quote(str(path))} says how far it is)"
        )
    return StoreError(f"{path}: no sweep there; leakscape run makes one")


def _read(path: Path, file: Path, text: bytes) -> Store:
    found = _attributes(parsed(file, text))
    if found is None:
        raise nothing_there(path)
    holds = seal_holds(text)
    refuse_result(path, found)
    if "sweep" not in found and holds is None:
        raise StoreError(f"{path}: a Zarr group, but no sweep of Leakscape's; check the path")
    if holds is False:
        raise DamageError(f"{file}: damaged, not what was written; restore it from a copy")
    store = described(path, found)
    if store.documents and not holds:
        raise DamageError(f"{file}: damaged, its digest is missing; restore it from a copy")
    return store


def refuse_result(path: Path, found: Mapping[str, Any]) -> None:
    """Refuse what was made of a sweep, a population or a table, and is no sweep itself.

    Args:
        path: where it is.
        found: the attributes of its root.

    Raises:
        StoreError: it is the result of a fit or of an analysis.
    """
    if "sweep" in found or "method" not in found:
        return
    draws = f"{shlex.join(['leakscape', 'plot', str(path)])} draws it"
    if "fit" in found:
        raise StoreError(
            f"{path}: is the result of a fit, which has no chunks or points; {draws}, and "
            "xarray.open_datatree reads it"
        )
    if "outcomes" in found:
        raise StoreError(
            f"{path}: is the result of an analysis, which has no chunks; {draws}, and "
            "xarray.open_zarr reads it"
        )


def remedy(path: Path) -> str:
    """Return the command that repairs a store."""
    return shlex.join(["leakscape", "repair", str(path)])


def rescued(path: Path) -> tuple[Store, bytes] | None:
    """Read the layout of a sweep from the copy of its root, where its root is damaged.

    Args:
        path: the store.

    Returns:
        The store and the content of its root; None where the copy is damaged or missing too, or
        where what is at the path is something else.
    """
    file = sidecar(path) / COPY
    try:
        text = _text(file)
        if text is None or not seal_holds(text):
            return None
        store = _read(path, file, text)
    except StoreError:
        return None
    # Who deleted a store and left its sidecar wants a new one; a foreign group is not overwritten.
    return (store, text) if (path / STATUS).is_dir() and not _foreign(path) else None


def _foreign(path: Path) -> bool:
    try:
        found = attributes(path)
    except StoreError:
        return False
    return found is not None and not {"sweep", "digest", "fingerprint"} & set(found)


def standing(path: Path) -> Store | None:
    """Read the layout of a sweep that a run goes on with.

    Args:
        path: the store.

    Returns:
        The store, from the copy of its root where that is damaged; None where nothing is there.

    Raises:
        StoreError: something else is there, or it is damaged and has no copy.
    """
    try:
        return read(path)
    except DamageError:
        found = rescued(path)
        if found is None:
            raise
        return found[0]
    except StoreError:
        if attributes(path) is None:
            return None
        raise
