"""Repairing a store: what follows from its study is written anew, what does not is taken away.

Documents and coordinates follow from the study. A damaged chunk does not, without the kernel: it
is made "not computed", its `status` first, so that the next run computes it. Nothing else changes.
"""

from __future__ import annotations

import json
import shutil
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from leakscape.store.checks import coordinate_checksums
from leakscape.store.damage import (
    Damage,
    journal_damage,
    refuse,
    template_damage,
    told_by_checksums,
    told_by_listing,
)
from leakscape.store.disk_errors import disk_errors
from leakscape.store.documents import (
    coordinate_files,
    document_digests,
    template_files,
    written,
)
from leakscape.store.durable import put
from leakscape.store.journal import History, Journal, history
from leakscape.store.layout import METADATA, Store
from leakscape.store.lock import lock
from leakscape.store.metadata import attributes, located, read, rescued, standing
from leakscape.store.recover import done
from leakscape.store.root import lasting, settle_attributes, write_copy, write_root
from leakscape.store.scan import scan
from leakscape.store.studied import studied
from leakscape.store.template import versions
from leakscape.store.verify import label_damage, sealed_damage

if TYPE_CHECKING:
    from leakscape.evaluation.plan import Plan


@dataclass(frozen=True, kw_only=True)
class Repair:
    """What a repair did.

    Args:
        path: the store.
        rewritten: what was written anew.
        dropped: chunks that were damaged and count as not computed now.
        left: damage that only a run with the study, or a copy, can repair.
    """

    path: Path
    rewritten: tuple[Damage, ...]
    dropped: tuple[Damage, ...]
    left: tuple[Damage, ...]


@disk_errors()
def repair(path: str | Path) -> Repair:
    """Make a store sound again, as far as that needs no kernel.

    Args:
        path: the store.

    Returns:
        What was done, and what is left to a run with the study.

    Raises:
        StoreError: no sweep there, or both its root and the copy of that are damaged.
        BusyError: a run holds it.
        StorageError: a file cannot be read or written.
    """
    place = located(path)
    if standing(place) is None:
        read(place)  # which says what is wrong
    with lock(place):
        store = standing(place) or read(place)
        told = history(store)
        rewritten, left = _rewritten(store, told, None)
        harmed = told_by_listing(store, told, scan(store))
        files = {damage.file for damage in harmed}
        harmed += [found for found in told_by_checksums(store, told) if found.file not in files]
        if rewritten or harmed or told.damaged:
            with Journal(store, header(store, "leakscape repair", told, left)) as journal:
                drop(store, journal, harmed)
                if harmed:
                    settle_attributes(store, {"complete": 0})
                journal.write([{"ended": {"repaired": len(rewritten), "dropped": len(harmed)}}])
            rewritten += journal_damage(store, told)  # those lines are left out now
    return Repair(
        path=store.path, rewritten=tuple(rewritten), dropped=tuple(harmed), left=tuple(left)
    )


def restore(store: Store, plan: Plan) -> tuple[History, tuple[Damage, ...]]:
    """Write anew what is damaged besides chunks, before a run; the caller holds the lock.

    Args:
        store: the store.
        plan: of its study.

    Returns:
        Its journal, and what was written anew.

    Raises:
        DamageError: what does not follow from the study.
    """
    told = history(store)
    rewritten, left = _rewritten(store, told, plan)
    if left:
        refuse(store, left)
    return told, (*rewritten, *journal_damage(store, told))  # whose lines the run leaves out


def drop(store: Store, journal: Journal, harmed: Sequence[Damage]) -> None:
    """Make damaged chunks count as not computed; the caller holds the lock.

    Args:
        store: the store.
        journal: its journal.
        harmed: damage of chunks.
    """
    status = store.variables[-1]
    tasks = {damage.task: damage.what for damage in harmed if damage.task is not None}
    journal.write([{"chunk": task, "dropped": what} for task, what in tasks.items()])
    files = [store.path / store.key(status, task) for task in tasks]
    for file in (*files, *(store.path / damage.file for damage in harmed)):
        if file.is_dir() and not file.is_symlink():
            shutil.rmtree(file)
        else:
            file.unlink(missing_ok=True)


def header(
    store: Store, command: str, told: History | None = None, left: Sequence[Damage] = ()
) -> dict[str, Any]:
    """Return what the journal says of a run and of the store at its start.

    Args:
        store: the store.
        command: what was run.
        told: the journal so far.
        left: damage that is still there: of that the journal keeps what it knew.
    """
    broken = {damage.variable for damage in left}
    was = told or History()
    crcs = coordinate_checksums(store, skip=broken)
    digests = document_digests(store, skip=broken)
    return {
        "command": command,
        "time": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "versions": dict(versions()),
        "coordinates": {**{k: v for k, v in was.coordinates.items() if k in broken}, **crcs},
        "documents": {**{k: v for k, v in was.documents.items() if k in broken}, **digests},
        "root": was.root if "" in broken else lasting(attributes(store.path) or {}),
    }


def _rewritten(store: Store, told: History, plan: Plan | None) -> tuple[list[Damage], list[Damage]]:
    """Write anew what can be; return that, and the rest."""
    rewritten = list(_root_rewritten(store, told))
    found = list(template_damage(store, told))
    found += label_damage(store, {damage.variable for damage in found})
    if not found:
        return rewritten, []
    files = _follows(store, plan)
    for damage in found:
        if damage.file in files:
            _put(store, store.path / damage.file, files[damage.file])
            rewritten.append(damage)
    return rewritten, [damage for damage in found if damage.file not in files]


def _root_rewritten(store: Store, told: History) -> Iterator[Damage]:
    """Make root and copy agree, by whichever of them is as it was written."""
    copy = rescued(store.path)
    for damage in sealed_damage(store, History()):
        if damage.chunk == METADATA and copy is not None:
            _from_copy(store, copy[1], told)
        elif damage.chunk != METADATA:
            write_copy(store.path, (store.path / METADATA).read_bytes())
        yield damage
    held = attributes(store.path) or {}
    if copy is not None and told.root and lasting(held) != told.root:
        known = json.loads(copy[1])["attributes"]
        if lasting(known) == told.root:
            _from_copy(store, copy[1], told)
            yield Damage("", METADATA, "not the one that the journal knows")


def _from_copy(store: Store, content: bytes, told: History) -> None:
    """Write the root from its copy, and what runs set in it from the listing and the journal."""
    write_root(store.path, content)
    ran = {"device": told.device} if told.device else {}
    known = np.zeros(store.grid.tasks, dtype=np.bool_)
    known[list(told.chunks)] = True
    whole = done(store, scan(store).there, known).all()
    settle_attributes(store, {"complete": int(whole), **ran})


def _follows(store: Store, plan: Plan | None) -> dict[str, bytes]:
    """Make every file that follows from the study, as far as the study is at hand."""
    files = dict(template_files(store, plan)) if plan is not None else {}
    if plan is None:
        for coordinate in studied(store).values():
            made = coordinate_files(coordinate, store.compression)
            files |= {key: text for key, text in made.items() if not key.endswith(METADATA)}
    return files | {f"{name}/{METADATA}": written(d) for name, d in store.documents.items()}


def _put(store: Store, file: Path, content: bytes) -> None:
    file.parent.mkdir(exist_ok=True)
    put(file, content, store.sidecar / f"tmp-{uuid.uuid4().hex}")
