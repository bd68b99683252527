"""Damage: what is wrong with a store, named; and what a listing and the journal show of it.

A listing tells what is missing, empty or of another size than was written; damage inside a file
only its checksum tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np

from leakscape.errors import DamageError, StoreError
from leakscape.store.checks import checked, coordinate_faults, file_name
from leakscape.store.documents import document_faults
from leakscape.store.journal import NAME, History, boot, history
from leakscape.store.layout import METADATA, STATUS, Store, chunk_key
from leakscape.store.metadata import attributes, remedy
from leakscape.store.root import lasting
from leakscape.store.scan import Scan, parse, scan
from leakscape.store.studied import where


@dataclass(frozen=True)
class Damage:
    """One thing that is wrong with a store.

    Args:
        variable: the array or coordinate; empty for the root and the journal.
        chunk: the file in the array's directory.
        what: what is wrong.
        task: number of the chunk that it is of; None for what belongs to no chunk.
    """

    variable: str
    chunk: str
    what: str
    task: int | None = field(default=None, compare=False)

    @property
    def file(self) -> str:
        """The file, seen from the store."""
        return f"{self.variable}/{self.chunk}" if self.variable else self.chunk


def told_by_listing(store: Store, told: History, seen: Scan) -> list[Damage]:
    """Look for chunks that are missing, empty or of another size than was written.

    Args:
        store: the store.
        told: its journal, read before the listing was made.
        seen: the listing.

    Returns:
        The damage, `status` last in each chunk.
    """
    found: list[Damage] = []
    committed = np.zeros(store.grid.tasks, dtype=np.bool_)
    committed[list(told.chunks)] = True
    marked = seen.sizes[STATUS].reshape(store.grid.counts) >= 0
    committed = committed.reshape(store.grid.counts) | marked
    for array in store.variables:
        sizes = seen.sizes[array.name]
        wanted = np.full(store.grid.tasks, -1, dtype=np.int64)
        for task, line in told.chunks.items():
            wanted[task] = line.get("size", {}).get(array.name, -1)
        want = wanted.reshape(store.grid.counts)[store.grid.along(array)].reshape(sizes.shape)
        here = committed[store.grid.along(array)].reshape(sizes.shape)
        bad = here & ((sizes <= 0) | ((want >= 0) & (sizes != want)))
        for index in np.argwhere(bad):
            place = tuple(map(int, index))
            size, wrote = int(sizes[place]), int(want[place])
            what = f"{size} bytes, {wrote} were written"
            if size <= 0:
                what = "empty file" if size == 0 else "missing"
            if size < 0 and array.name == STATUS:
                what = "missing, and the journal has it as committed"
            file = file_name(chunk_key("", place))
            found.append(Damage(array.name, file, what, store.grid.task_of(array, place)))
    return found


def told_by_checksums(store: Store, told: History) -> Iterator[Damage]:
    """Read every file of every array, and compare its checksums."""
    arrays = {array.name: array for array in store.variables}
    for (name, file), _, _, what in checked(store, told):
        if what and name in arrays:
            place = parse(file, arrays[name].counts)
            assert place is not None  # only such are checked
            yield Damage(name, file, what, store.grid.task_of(arrays[name], place))


def chunk_damage(store: Store, told: History, seen: Scan) -> list[Damage]:
    """Look for damaged chunks as a run does before it goes on.

    Where the last run may have been cut off, or the machine was started since, every checksum is
    looked at: a power cut leaves files that are there and full of zeros.
    """
    found = told_by_listing(store, told, seen)
    if is_doubtful(told):
        known = {damage.file for damage in found}
        found += [d for d in told_by_checksums(store, told) if d.file not in known]
    return found


def is_doubtful(told: History) -> bool:
    """Tell whether the last run was cut off, or the machine was started since."""
    return told.known and not (told.ended and told.boot == boot())


def template_damage(store: Store, told: History) -> Iterator[Damage]:
    """Look for damage of what stands in a store besides chunks: its documents and coordinates."""
    with suppress(StoreError):  # a root that is no JSON is told by its seal
        if told.root and lasting(attributes(store.path) or {}) != told.root:
            yield Damage("", METADATA, "not the one that the journal knows")
    for name, what in document_faults(store, told.documents):
        yield Damage(name, METADATA, what)
    for name, what in coordinate_faults(store, told):
        yield Damage(name, store.whole(name), what)


def journal_damage(store: Store, told: History) -> Iterator[Damage]:
    """Tell which lines of the journal are not what was written."""
    for number in told.damaged:
        yield Damage("", f"../{store.sidecar.name}/{NAME}", f"line {number + 1} is not as written")


def looked_at(store: Store) -> tuple[History, Scan, tuple[Damage, ...]]:
    """Look at everything but the inside of chunks.

    Args:
        store: the store.

    Returns:
        Its journal, a listing of it, and the damage of chunks.

    Raises:
        DamageError: a document or a coordinate is damaged.
    """
    for _ in range(2):  # a run that repairs a store at this moment is no damage: look twice
        told = history(store)
        template = list(template_damage(store, told))
        seen = scan(store)
        chunks = tuple(told_by_listing(store, told, seen))
        if not template and not chunks:
            break
    if template:
        refuse(store, [*template, *chunks])
    return told, seen, chunks


def refuse(store: Store, found: Iterable[Damage]) -> None:
    """Refuse a store for its damage.

    Raises:
        DamageError: names the first, and how many there are.
    """
    first, *others = found
    more = f" (and {len(others)} more)" if others else ""
    raise DamageError(
        f"{store.path}: damaged, {named(store, first)}{more}; {remedy(store.path)} makes it sound"
    )


def named(store: Store, damage: Damage) -> str:
    """Say what is damaged: the file, where in the sweep it lies, and what is wrong."""
    place = f" of {where(store, damage.task)}" if damage.task is not None else ""
    return f"{damage.file}{place}: {damage.what}"
