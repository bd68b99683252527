"""The errors that a user can meet, each with the exit status of the command line."""

from __future__ import annotations

from leakscape.shown import sentence


class SweepError(Exception):
    """Root of Leakscape's errors; the text is one sentence: where: rule, got value; remedy.

    Whatever the sentence repeats of a file, it stays on one line, bounded and printable.
    """

    exit_status = 65

    def __str__(self) -> str:
        return sentence(super().__str__())

    def _render_traceback_(self) -> list[str]:
        """Return what IPython prints: the reader's lines and the sentence, not our internals."""
        from leakscape.where_raised import lines

        return lines(self)


class DeclarationError(SweepError):
    """A study, axis, unit, distribution, expression or kernel reference is not well formed."""


class PlanError(SweepError):
    """A well-formed study that cannot be evaluated as it stands (too large, unused axis)."""


class KernelError(SweepError):
    """A kernel returned something that its own declaration does not promise."""


class StoreError(SweepError):
    """A store holds another study, something foreign, or damage."""


class OtherStudyError(StoreError):
    """A store holds another study, or other code, than the one that is run."""


class DamageError(StoreError):
    """A file of a store is missing, or is not what was written."""

    exit_status = 3


class StorageError(SweepError):
    """Reading or writing failed: disk full, no permission, lost scheduler."""

    exit_status = 74


class BusyError(SweepError):
    """Another run holds the store."""

    exit_status = 75
