"""What is said of a table of cells: how it was read, and which columns are no parameters."""

from __future__ import annotations

import warnings

from leakscape.declare.study import Study

MOST_NAMED = 8


def warn_of_table(study: Study) -> None:
    """Warn in Python of columns of numbers that are no parameters, and of how a file was read.

    Args:
        study: as it was declared.

    Raises:
        SweepError: the study does not fit its kernel.
    """
    if study.population is None or study.population.table is None:
        return
    from leakscape.declare.resolve import resolve

    met = resolve(study).study
    table = met.population.table if met.population is not None else None
    if table is not None and (table.values or table.assumed):
        for note in table_notes(met):
            warnings.warn(note, stacklevel=4)


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
