"""Verifying a store: every checksum, all metadata, every coordinate's values, nothing missing."""

from __future__ import annotations

from collections.abc import Iterator, Set
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leakscape import content
from leakscape.errors import StoreError
from leakscape.sizes import LARGEST_METADATA_BYTES
from leakscape.store.checks import checked
from leakscape.store.damage import Damage, journal_damage, template_damage, told_by_listing
from leakscape.store.disk_errors import disk_errors
from leakscape.store.journal import History, history
from leakscape.store.layout import METADATA, Store
from leakscape.store.lock import held
from leakscape.store.metadata import located, read, standing
from leakscape.store.recover import unproven
from leakscape.store.root import COPY, seal_holds
from leakscape.store.scan import Scan, parse, scan
from leakscape.store.studied import studied
from leakscape.store.values import reading


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What verifying a store showed.

    Args:
        path: the store.
        chunks: files checked.
        nbytes: their bytes.
        journalled: how many of them the journal knows; swapped files are found among these.
        damage: what is wrong.
        unchecked: what could not be checked, and why.
    """

    path: Path
    chunks: int
    nbytes: int
    journalled: int
    damage: tuple[Damage, ...]
    unchecked: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.damage


@disk_errors()
def verify(path: str | Path) -> Verification:
    """Check every checksum of a store, also while a run writes it.

    Args:
        path: the store.

    Returns:
        What was checked, and every damage.

    Raises:
        StoreError: no sweep there, or its root metadata is damaged and has no copy.
        StorageError: a file cannot be read.
    """
    place = located(path)
    store = standing(place) or read(place)
    told, seen = history(store), scan(store)
    damage = list(sealed_damage(store, told))
    sealed = {found.file for found in damage}
    damage += [found for found in template_damage(store, told) if found.file not in sealed]
    damage += told_by_listing(store, told, seen)
    arrays = {array.name: array for array in store.variables}
    known = {found.file for found in damage}
    chunks = nbytes = journalled = 0
    for (name, file), size, told_of, what in checked(store, told):
        chunks, nbytes, journalled = chunks + 1, nbytes + size, journalled + told_of
        grid = parse(file, arrays[name].counts) if name in arrays else None
        task = store.grid.task_of(arrays[name], grid) if grid is not None else None
        found = Damage(name, file, what, task)
        if what and found.file not in known:
            damage.append(found)
    broken = {found.variable for found in damage}
    damage += label_damage(store, broken)
    return Verification(
        path=store.path,
        chunks=chunks,
        nbytes=nbytes,
        journalled=journalled,
        damage=tuple(damage),
        unchecked=tuple(_unchecked(store, told, seen)),
    )


def sealed_damage(store: Store, told: History) -> Iterator[Damage]:
    """Look at the seals: of the root, of its copy, and of the journal's lines."""
    try:
        read(store.path)
    except StoreError:
        yield Damage("", METADATA, "not what was written")
    copy = store.sidecar / COPY
    if store.documents:
        with suppress(FileNotFoundError):  # a store may be moved without its sidecar
            try:
                holds = seal_holds(content.read(copy, LARGEST_METADATA_BYTES, StoreError))
            except StoreError:
                holds = False
            if not holds:
                yield Damage("", f"../{store.sidecar.name}/{COPY}", "not what was written")
    yield from journal_damage(store, told)


def label_damage(store: Store, broken: Set[str]) -> Iterator[Damage]:
    """Compare the values of coordinates with those that the study decides.

    Args:
        store: the store.
        broken: what is damaged anyway, and shall not be opened.
    """
    import zarr

    for name, coordinate in studied(store).items():
        if name in broken:
            continue
        try:
            with reading(store.path / name):
                array = zarr.open_array(store.path / name, mode="r", zarr_format=3)
                held = np.asarray(array[...]) if array.shape == coordinate.values.shape else None
        except StoreError:
            held = None
        if held is None or not _same(held, coordinate.values):
            yield Damage(name, store.whole(name), "other values than the study's")


def _same(held: NDArray[Any], wanted: NDArray[Any]) -> bool:
    """Compare to rounding: another NumPy may space an axis otherwise in the last place."""
    if wanted.dtype.kind == "U":
        return list(map(str, held.flat)) == list(map(str, wanted.flat))
    if held.dtype.kind not in "fiu":
        return False
    scale = float(np.abs(wanted).max())
    return bool(np.allclose(held, wanted, rtol=1e-12, atol=1e-12 * scale))


def _unchecked(store: Store, told: History, seen: Scan) -> Iterator[str]:
    there = set(np.flatnonzero(seen.there).tolist())
    if held(store.path):  # a run adopts first: what the journal lacks now is just being committed
        there &= told.chunks.keys()
    if number := len(unproven(told, there)):
        why = "no commit in the journal" if told.known else "no journal"
        yield f"{why}: whether chunks changed places ({number} of {store.grid.tasks})"
    if told.damaged and not told.root:
        yield "a damaged line of the journal: whether the root was exchanged"
    elif told.known and not told.root:
        yield "a journal of an earlier version: whether the root was exchanged"
    if not store.documents:
        yield "a store of an earlier version: names and descriptions in attributes, the root's seal"
    rest = [name for name in store.coordinates if name not in studied(store)]
    if rest and not told.coordinates:
        yield f"values of {', '.join(rest)}: they come from a table or from the kernel"
