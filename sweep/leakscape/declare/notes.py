"""What is said of a study before it runs: what was assumed, and what of a table is no parameter."""

from __future__ import annotations

import warnings

from leakscape.declare.space import Space
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
        for note in _of_table(met):
            warnings.warn(note, stacklevel=4)


def notes(space: Space) -> tuple[str, ...]:
    """Return what goes without saying of no study: nothing of most."""
    return (*_of_table(space.study), *_of_whole_cells(space))


def _of_table(study: Study) -> tuple[str, ...]:
    table = None if study.population is None else study.population.table
    if table is None:
        return ()
    said = []
    if table.assumed:
        said.append(f"{table.name}: read {', '.join(table.assumed)}")
    kept = [*table.labels, *table.values]
    if kept:
        more = f" and {len(kept) - MOST_NAMED} more" if len(kept) > MOST_NAMED else ""
        listed = f"{', '.join(kept[:MOST_NAMED])}{more}"
        said.append(f"{table.name}: no parameters, kept beside the cells: {listed}")
    return tuple(said)


def _of_whole_cells(space: Space) -> tuple[str, ...]:
    """Say by which area or capacitance whole-cell values pass, where the study gives none."""
    return tuple(
        f"{scale} is {space.constants[scale]:g} {space.units[scale]} in this kernel: whole-cell "
        "values pass through it; [fixed] sets another"
        for scale in space.assumed
        if scale in space.constants
    )
