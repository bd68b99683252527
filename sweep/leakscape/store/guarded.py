"""A store that says which chunk is damaged when it is read, where Zarr would return "not there".

Zarr reads a missing chunk as NaN, and its checksum codec names no chunk.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from zarr.storage import LocalStore

from leakscape.store.codec import checksum
from leakscape.store.damage import Damage, refuse
from leakscape.store.layout import Store
from leakscape.store.scan import parse


class Guarded(LocalStore):
    """Reads the files of a sweep; zarr offers no other place to look at them than a subclass.

    Args:
        sweep: the store.
    """

    def __init__(self, sweep: Store) -> None:
        super().__init__(sweep.path, read_only=True)
        self._sweep = sweep

    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
        """Read a file as zarr does.

        Raises:
            DamageError: it is a committed chunk's, and missing, or its checksum does not hold.
        """
        found = await super().get(key, prototype, byte_range)
        if found is None and self._is_committed(key):  # written since, or gone
            found = await super().get(key, prototype, byte_range)
        if byte_range is None:
            self._check(key, found)
        return found

    def get_sync(self, key: str, **how: Any) -> Any:
        """Read a file as zarr does, in the calling thread.

        Raises:
            DamageError: as `get`.
        """
        found = super().get_sync(key, **how)
        if found is None and self._is_committed(key):
            found = super().get_sync(key, **how)
        if how.get("byte_range") is None:
            self._check(key, found)
        return found

    def _task(self, key: str) -> int | None:
        name, _, file = key.partition("/")
        array = next((array for array in self._sweep.variables if array.name == name), None)
        place = parse(file, array.counts) if array is not None else None
        return (
            self._sweep.grid.task_of(array, place)
            if array is not None and place is not None
            else None
        )

    def _is_committed(self, key: str) -> bool:
        task = self._task(key)
        status = self._sweep.variables[-1]
        return task is not None and (self._sweep.path / self._sweep.key(status, task)).exists()

    def _check(self, key: str, found: Any) -> None:
        what = "missing"
        if found is not None:
            computed, stored = checksum(found.as_numpy_array().view(np.uint8))
            what = "" if computed == stored else "its bytes do not have the checksum at their end"
        elif not self._is_committed(key):
            return
        task = self._task(key)
        if what and task is not None:
            name, _, file = key.partition("/")
            refuse(self._sweep, [Damage(name, file, what, task)])
