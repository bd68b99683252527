"""The study that a sweep carries, to be looked at, and where it may be evaluated again.

A store may come from anyone, and its study may name code: a file, or a module. Only installed
kernels and types of mechanisms are called here, which their packages registered by name. To read
the study calls nothing, and opens no file: measured cells are those of the dataset.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from itertools import islice, permutations
from typing import Any

from leakscape.declare.catalogue import from_canonical, from_tables
from leakscape.declare.find import registered
from leakscape.declare.population import CELL, Population
from leakscape.declare.study import Study
from leakscape.declare.table import table_of
from leakscape.errors import DeclarationError, SweepError
from leakscape.sweep import Sweep


def carried_study(sweep: Sweep) -> Study | None:
    """Return the study that a sweep says it is of, with its kernel by name.

    Args:
        sweep: the sweep.

    Returns:
        The study, which shares nothing with the dataset; None where this carries none.

    Raises:
        DeclarationError: what it carries is no study, or its cells are not in the dataset.
    """
    if not sweep.study:
        return None
    tables = copy.deepcopy(dict(sweep.study))
    measured = _cells(sweep) if "table" in sweep.population else None
    if measured is not None:
        del tables["population"]
    study = from_tables(tables, "study of the dataset")
    return study if measured is None else replace(study, population=measured)


def stored_study(sweep: Sweep) -> Study | None:
    """Return the study that a sweep is of, where it may be evaluated.

    Args:
        sweep: the sweep.

    Returns:
        The study; None where it has none, where it names code of its own, a kernel that is not
        installed here or a table of cells.
    """
    kernel = sweep.study.get("kernel", {})
    if kernel.get("name") not in registered() or _names_code(kernel):
        return None
    if "table" in sweep.population:
        return None
    try:
        return from_canonical(sweep.says("study", "{}"))
    except (SweepError, TypeError, ValueError, KeyError):
        return None


_MOST_ORDERS, _MOST_BYTES = 120, 200_000_000
"""Orders of columns that are tried, and bytes that are read for it: all of five columns."""


def _cells(sweep: Sweep) -> Population:
    """Return the measured cells, under the name of their table if they are all of its."""
    held = [str(name) for name, found in sweep.dataset.coords.items() if found.dims == (CELL,)]
    if not held:
        raise DeclarationError(
            "study of the dataset: its cells come from a table and are not in the dataset; "
            "load the study from its file"
        )
    cells = sweep.dataset[held].reset_coords().compute()
    declared, digest = sweep.population["table"], sweep.population.get("digest")
    if isinstance(declared, str):
        # The digest is of the columns in the table's order, which no store tells.
        most = max(1, min(_MOST_ORDERS, _MOST_BYTES // max(1, cells.nbytes)))
        for order in islice(permutations(held), most):
            table = table_of(cells[list(order)])
            if digest == table.digest:
                return Population(table=replace(table, name=declared))
    return Population(table=table_of(cells))


def _names_code(part: Any) -> bool:
    """Tell whether a text somewhere in a kernel's table may name a module or a file."""
    if isinstance(part, str):
        return ":" in part
    if isinstance(part, Mapping):
        return any(map(_names_code, part.values()))
    return isinstance(part, list | tuple) and any(map(_names_code, part))
