"""A key of a table within a mechanism's row: what there is to say of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class InnerKey:
    """What there is to say of one key.

    Args:
        unit: of its numbers, in their order; "" where it takes none.
        meaning: what it takes, and what holds without it.
        example: what a study may write.
    """

    unit: str
    meaning: str
    example: str
