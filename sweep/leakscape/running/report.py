"""What a run says of itself: the report, progress for an observer, and interruption."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class Report:
    """How a run ended.

    Args:
        path: the store.
        done: chunks in the store, of this run and earlier ones.
        total: chunks in all.
        computed: chunks that this run computed.
        failed: (chunk, why) of each that could not be computed.
        complete: whether every chunk is there, by a look at the store.
        points: combinations in all.
        nbytes: bytes of the chunks on disk.
        seconds: what the run took [s].
        compile_seconds: what compiling took of it, of the slowest process [s].
        retold: what the store took over from a study that says other words: name, question,
            expect, picture.
        remarks: what happened that did no harm: workers that were lost or take no part.
        repaired: what was damaged and was written anew, or computed again.
        halted: why chunks are left that nothing is wrong with.
    """

    path: Path
    done: int
    total: int
    computed: int
    failed: tuple[tuple[int, str], ...]
    complete: bool
    points: int
    nbytes: int
    seconds: float
    compile_seconds: float
    retold: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    repaired: tuple[str, ...] = ()
    halted: str = ""


class Observer(Protocol):
    """Whoever wants to follow a run; called from the thread that runs it."""

    def started(self, total: int, done: int, points_per_task: int) -> None:
        """Say how many chunks there are, how many are done, and the points of a whole one."""

    def advanced(self, done: int) -> None:
        """Say how many chunks are done now."""

    def warned(self, text: str) -> None:
        """Say what the user had better know while the run goes on."""

    def finished(self, report: Report) -> None:
        """Say how it ended."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C: what was computed is kept, and the same command resumes.

    Args:
        report: how far the run came.
    """

    exit_status = 130

    def __init__(self, report: Report) -> None:
        super().__init__(
            f"{report.path}: interrupted, {report.done} of {report.total} chunks done; "
            "run the same command to resume"
        )
        self.report = report

    def _render_traceback_(self) -> list[str]:
        """Return what IPython prints: the reader's lines and the sentence, not our internals."""
        from leakscape.where_raised import lines

        return lines(self)
