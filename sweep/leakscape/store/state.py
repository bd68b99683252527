"""The state of a sweep on disk: how much is done, what failed, what was found.

Needs neither the kernel nor JAX.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from leakscape.status import Code, Status, told_codes
from leakscape.store.chunk_summary import Found, merge
from leakscape.store.damage import Damage, looked_at
from leakscape.store.disk_errors import disk_errors
from leakscape.store.flight import marks
from leakscape.store.layout import STATUS, Store, pass_place
from leakscape.store.lock import held
from leakscape.store.metadata import located, metadata, read
from leakscape.store.recover import adopt
from leakscape.store.studied import studied, where


@dataclass(frozen=True, kw_only=True)
class State:
    """The state of a sweep.

    Args:
        path: the store.
        fingerprint: of the study's meaning.
        done: chunks committed.
        total: chunks in all.
        points: combinations in all.
        failed: (chunk, why) of each that failed and was not computed since.
        damaged: what is missing of committed chunks, empty or of another size than was written.
        complete: whether every chunk is there.
        running: whether a run holds the store now.
        in_flight: names of the chunks that a run was at when it ended without a word.
        nbytes: bytes of the chunks on disk.
        found: output -> what was found in the committed chunks.
        status: code -> number of points.
        codes: code -> what it means.
        turn: which pass of a reduction this is about, whose result is not there yet; 0 otherwise.
    """

    path: Path
    fingerprint: str
    done: int
    total: int
    points: int
    failed: tuple[tuple[int, str], ...]
    damaged: tuple[Damage, ...]
    complete: bool
    running: bool
    in_flight: tuple[str, ...]
    nbytes: int
    found: Mapping[str, Found]
    status: Mapping[int, int]
    codes: Mapping[int, Code]
    turn: int = 0

    @property
    def n_left_out(self) -> int:
        """How many of the computed points a condition leaves out: they count nowhere else."""
        return self.status.get(Status.LEFT_OUT_BY_A_CONDITION, 0)


@disk_errors()
def state(path: str | Path) -> State:
    """Say how a sweep stands.

    Args:
        path: the store.

    Returns:
        Its state; of a reduction that is not finished that of its last pass. What was found comes
        from the journal; chunks that the journal does not know are read.

    Raises:
        StoreError: no sweep there.
        DamageError: a document or a coordinate is damaged.
        StorageError: a file cannot be read.
    """
    place = located(path)
    turn = 0 if place.exists() else _turn(place)
    store = read(pass_place(place, turn - 1) if turn else place)
    told, seen, damaged = looked_at(store)
    done = seen.there
    for task in {damage.task for damage in damaged}:
        done[task] = False
    there = [int(task) for task in np.flatnonzero(done)]
    known = {task: told.chunks[task] for task in there if task in told.chunks}
    for task, line in adopt(store, [task for task in there if task not in known]):
        done[task] = line is not None
        known |= {task: line} if line is not None else {}
    found, codes = merge(known.values())
    failed = tuple((task, why) for task, why in sorted(told.failures.items()) if not done[task])
    running = held(store.path)
    return State(
        path=place,
        fingerprint=store.fingerprint,
        done=len(known),
        total=store.grid.tasks,
        points=store.grid.points,
        failed=failed,
        damaged=damaged,
        complete=not turn and len(known) == store.grid.tasks,
        running=running,
        in_flight=() if running else _in_flight(store, done),
        nbytes=seen.nbytes,
        found=found,
        status=codes,
        codes=_meanings(store),
        turn=turn,
    )


def _meanings(store: Store) -> dict[int, Code]:
    """Return what codes mean in a store; one of before documents were kept has its own on disk."""
    held = store.documents.get(STATUS) or metadata(store.path / STATUS) or {}
    found = held.get("attributes")
    return told_codes(found if isinstance(found, Mapping) else {})


def _turn(place: Path) -> int:
    """Return how many passes of a reduction were begun."""
    turn = 0
    while pass_place(place, turn).is_dir():
        turn += 1
    return turn


def _in_flight(store: Store, done: NDArray[np.bool_]) -> tuple[str, ...]:
    chunks = sorted({mark.chunk for mark in marks(store) if not done[mark.chunk]})
    held = studied(store) if chunks else {}
    return tuple(where(store, chunk, held) for chunk in chunks)
