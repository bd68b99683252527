"""Adopting chunks that the journal does not know: checked and described from the store itself.

A kill between commit and journal leaves a few of them, a lost journal leaves all. Such a chunk is
done if its status is 0 nowhere inside the grid. That none of them changed places nobody can tell
any more: their lines say for ever that they were adopted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from leakscape.errors import KernelError, StoreError
from leakscape.store.chunk_summary import describe, describe_left_out, refuse_uncomputed
from leakscape.store.codec import checksum
from leakscape.store.journal import History
from leakscape.store.layout import Store
from leakscape.store.values import chunk_content, reading

if TYPE_CHECKING:
    import zarr

_SEEN = "in its run"


def unproven(told: History, done: Iterable[int]) -> list[int]:
    """Return the chunks of which no commit says that they are at their places.

    Args:
        told: the journal.
        done: the chunks that are there.
    """
    return [
        task for task in done if told.chunks.get(task, {"adopted": True}).get("adopted") is True
    ]


def remark(number: int) -> str:
    """Say that a run took over so many chunks of which the journal knew nothing."""
    what = "1 chunk was" if number == 1 else f"{number} chunks were"
    return (
        f"{what} there without a commit in the journal, and taken over: whether chunks changed "
        "places cannot be told; where a run was not just killed, use a new store to be sure"
    )


def seen(line: dict[str, Any]) -> dict[str, Any]:
    """Return the line of a chunk that appeared while a run looked on: its place is not in doubt.

    Args:
        line: as `adopt` makes it.
    """
    return {**line, "adopted": _SEEN}


def done(store: Store, there: NDArray[np.bool_], known: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which chunks are done, of those that are there.

    Args:
        store: the store.
        there: task -> whether everything that it writes is there.
        known: task -> whether it is known to be done; the others are read.
    """
    found = there & known
    for task, line in adopt(store, map(int, np.flatnonzero(there & ~known))):
        found[task] = line is not None
    return found


def adopt(store: Store, tasks: Iterable[int]) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """Read committed chunks back.

    Args:
        store: the store.
        tasks: which, all of them there.

    Yields:
        Each task with its journal's line, or with None where a chunk is damaged or not done.
    """
    opened: dict[str, zarr.Array[Any]] = {}
    for task in tasks:
        import zarr  # mostly there is nothing to adopt, and `status` starts sooner

        line: dict[str, Any] = {"chunk": task, "crc": {}, "size": {}, "found": {}}
        line["adopted"] = True
        inside: dict[str, NDArray[Any]] = {}
        try:
            for array in store.written_by(task):
                content = chunk_content(store.path / store.key(array, task))
                computed, stored = checksum(content)
                if computed != stored:
                    raise ValueError(array.name)
                line["crc"][array.name] = stored
                line["size"][array.name] = content.size
                with reading(store.path / array.name):
                    if array.name not in opened:
                        found = zarr.open_array(store.path / array.name, mode="r", zarr_format=3)
                        opened[array.name] = found
                    region = store.grid.region(array, task)
                    inside[array.name] = np.asarray(opened[array.name][region])
                describe(array, inside[array.name], line)
            refuse_uncomputed(store, line["status"])
            describe_left_out(store.written_by(task), inside, line)
        except (OSError, ValueError, StoreError, KernelError):
            yield task, None
        else:
            yield task, line
