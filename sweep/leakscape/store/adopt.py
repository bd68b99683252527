"""Adopting chunks that the journal does not know: checked and described from the store itself.

A kill between commit and journal leaves a few of them, a lost journal leaves all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from leakscape.errors import StoreError
from leakscape.store.codec import checksum
from leakscape.store.found import describe
from leakscape.store.layout import Store
from leakscape.store.values import chunk_content, reading

if TYPE_CHECKING:
    import zarr


def adopt(store: Store, tasks: Iterable[int]) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """Read committed chunks back.

    Args:
        store: the store.
        tasks: which, all committed.

    Yields:
        Each task with its journal's line, or with None where a chunk is damaged.
    """
    opened: dict[str, zarr.Array[Any]] = {}
    for task in tasks:
        import zarr  # mostly there is nothing to adopt, and `status` starts sooner

        line: dict[str, Any] = {"chunk": task, "crc": {}, "size": {}, "found": {}}
        line["adopted"] = True
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
                    values = np.asarray(opened[array.name][store.region(array, task)])
                describe(array, values, line)
        except (OSError, ValueError, StoreError):
            yield task, None
        else:
            yield task, line
