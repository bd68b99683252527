"""How long a chunk may take: a hundred times what they take, or what the user says."""

from __future__ import annotations

from bisect import insort

from leakscape.errors import DeclarationError

TIMES_MEDIAN = 100.0
SHORTEST_LIMIT = 600.0
"""No chunk is given up sooner, unless the user says so [s]."""
FIRST_LIMIT = 3600.0
"""... and while none is done, none sooner than this [s]."""
_MOST_KEPT = 1000


class Pace:
    """What chunks took so far, and how long one may take.

    Args:
        limit: seconds that a chunk may take; None lets it follow from the others [s].
    """

    def __init__(self, limit: float | None = None) -> None:
        if limit is not None and not limit > 0:
            raise DeclarationError(f"chunk_limit: must be above 0 s, got {limit:g} s; write 600")
        self._limit = limit
        self._taken: list[float] = []

    def note(self, seconds: float) -> None:
        """Note what a chunk took [s]."""
        insort(self._taken, seconds)
        if len(self._taken) > _MOST_KEPT:
            self._taken = self._taken[::2]  # of the sorted: the median stays where it is

    @property
    def limit(self) -> float:
        """Seconds after which a chunk is given up."""
        if self._limit is not None:
            return self._limit
        if not self._taken:
            return FIRST_LIMIT
        return max(SHORTEST_LIMIT, TIMES_MEDIAN * self._taken[len(self._taken) // 2])

    def words(self) -> str:
        """Say why a chunk was given up."""
        return (
            f"runs for more than {self.limit:g} s and was given up; look for an endless loop in "
            "the kernel, or allow more with --chunk-limit"
        )
