"""What is said of a table of cells: how it was read, and which columns are no parameters."""

from __future__ import annotations

from leakscape.declare.study import Study

MOST_NAMED = 8


def table_notes(study: Study) -> tuple[str, ...]:
    """Return what goes without saying of no table.

    Args:
        study: as it met its kernel; without a table nothing is said.
    """
    table = None if study.population is None else study.population.table
    if table is None:
        return ()
    notes = []
    if table.assumed:
        notes.append(f"{table.name}: read {', '.join(table.assumed)}")
    kept = [*table.labels, *table.values]
    if kept:
        more = f" and {len(kept) - MOST_NAMED} more" if len(kept) > MOST_NAMED else ""
        listed = f"{', '.join(kept[:MOST_NAMED])}{more}"
        notes.append(f"{table.name}: no parameters, kept beside the cells: {listed}")
    return tuple(notes)
