"""What computes the chunks of a plan: the points themselves, or a stage of their reduction."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

from numpy.typing import NDArray


class Blocks(Protocol):
    """Evaluates the chunks of a plan; safe to share between threads."""

    def block(self, task: int) -> AbstractContextManager[dict[str, NDArray[Any]]]:
        """Evaluate one chunk: variable -> its whole chunk, which ends with the context."""


class Stage(Protocol):
    """A stage of a reduction, whose chunks are no chunks of points."""

    @property
    def division(self) -> Mapping[str, Any]:
        """What decides the numbers besides the study, as JSON-able data."""

    def blocks(self) -> Blocks:
        """Return what evaluates the chunks."""
