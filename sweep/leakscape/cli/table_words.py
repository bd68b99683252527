"""The words of a table of cells: how it was read, and which of its columns are no parameters."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from leakscape.cli import streams
from leakscape.shown import printable

if TYPE_CHECKING:
    from leakscape.declare.study import Study

MOST_NAMED = 8


def tell_of_table(study: Study) -> None:
    """Say on standard error what goes without saying of no table.

    Args:
        study: as it met its kernel; without a table nothing is said.
    """
    table = None if study.population is None else study.population.table
    if table is None:
        return
    if table.assumed:
        streams.tell(printable(f"{table.name}: read {', '.join(table.assumed)}"), sys.stderr)
    kept = [*table.labels, *table.values]
    if kept:
        more = f" and {len(kept) - MOST_NAMED} more" if len(kept) > MOST_NAMED else ""
        listed = f"{', '.join(kept[:MOST_NAMED])}{more}"
        text = f"{table.name}: no parameters, kept beside the cells: {listed}"
        streams.tell(printable(text), sys.stderr)
