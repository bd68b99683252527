"""Room: what a store takes on its disk: at the least before a run, and about, while it goes on."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from dataclasses import dataclass

from leakscape.errors import PlanError, StorageError
from leakscape.plain import MOST_PARTS, crowded
from leakscape.sizes import LARGEST_METADATA_BYTES
from leakscape.store.codec import codec
from leakscape.store.layout import MOST_CHUNKS, Store

ENOUGH = 5
"""Chunks whose bytes tell what the others will take."""


def refuse_too_large(store: Store, remaining: float = 1.0, *, force: bool = False) -> None:
    """Refuse what no store can hold, and what cannot fit on the disk however well it shrinks.

    Args:
        store: the layout.
        remaining: fraction of the chunks that is still to be written.
        force: whether to begin on a disk that is too small.

    Raises:
        PlanError: more chunks, or more metadata, than a store may have.
        StorageError: more bytes than the disk has room for.
    """
    chunks = sum(math.prod(array.counts) for array in store.variables)
    if chunks > MOST_CHUNKS:
        raise PlanError(
            f"{store.path}: at most {MOST_CHUNKS} chunks, got {chunks}; "
            "shorten an axis or keep fewer outputs"
        )
    told = json.dumps([store.meaning.tables(), store.division])
    if 2 * len(told) > LARGEST_METADATA_BYTES or crowded(told):  # the study is written twice
        raise PlanError(
            f"{store.path}: a study may take {LARGEST_METADATA_BYTES / 2e6:.0f} MB in "
            f"{MOST_PARTS} entries, got {len(told) / 1e6:.0f} MB; write axes as linear or log, or "
            "their values as a table"
        )
    size = sum(math.prod(array.counts) * array.chunk_bytes for array in store.variables)
    needed, free = size * remaining / codec(store.compression).best, _free(store)
    if needed > free and not force:
        raise StorageError(
            f"{store.path}: needs at least {needed / 1e9:.3g} GB, the disk has {free / 1e9:.3g} GB "
            "free; make room, shorten an axis, keep fewer outputs, or begin all the same (--force)"
        )


@dataclass
class Forecast:
    """What the chunks still to come will take, told once where the disk has no room for it.

    Args:
        store: the store.
        warn: who is told.
    """

    store: Store
    warn: Callable[[str], None]
    chunks: int = 0
    nbytes: int = 0
    told: bool = False

    def note(self, chunks: int, nbytes: int, left: int) -> None:
        """Learn what some chunks took.

        Args:
            chunks: how many were written.
            nbytes: the bytes of their files.
            left: how many are still to come.
        """
        self.chunks, self.nbytes = self.chunks + chunks, self.nbytes + nbytes
        if self.told or self.chunks < ENOUGH:
            return
        needed, free = self.nbytes / self.chunks * left, _free(self.store)
        if needed > free:
            self.told = True
            self.warn(
                f"{self.store.path}: the {left} chunks still to come need about "
                f"{needed / 1e9:.3g} GB, the disk has {free / 1e9:.3g} GB free; make room meanwhile"
            )


def _free(store: Store) -> int:
    ground = next(folder for folder in (store.path, *store.path.parents) if folder.exists())
    return shutil.disk_usage(ground).free
