"""What runs tasks, and what takes their outcomes: as a run sees them, whatever they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from leakscape.running.job import Outcome


class Computing(Protocol):
    """Whatever runs tasks."""

    @property
    def width(self) -> int:
        """How many tasks run at a time."""

    def compute(self, runs: Sequence[tuple[int, int]], received: Received) -> None:
        """Run a round; tasks that no outcome was received of are lost."""


class Received(Protocol):
    """Takes the outcome of a task."""

    def __call__(self, outcome: Outcome) -> None:
        """Take it."""
