"""Measured cells of a study against those that a store was made of, by rows and columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leakscape.declare.population import CELL
from leakscape.declare.table import Table
from leakscape.declare.unit_attribute import attribute, spelled
from leakscape.errors import SweepError
from leakscape.store.layout import Store
from leakscape.store.open import labelled
from leakscape.store.values import loaded

_Columns = Mapping[str, tuple[str, NDArray[Any]]]


@dataclass(frozen=True)
class Difference:
    """How two tables of cells differ.

    Args:
        columns: texts about which columns there are, and their units.
        rows: texts about how many rows there are, and what they hold.
    """

    columns: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()


def difference(store: Store, table: Table) -> Difference:
    """Compare a table of cells with the one that a store was made of.

    Args:
        store: the store; where the cells were reduced away it does not hold them.
        table: of the study, whose content is another one, its parameters told from what is kept.
    """
    unknown = Difference(rows=(f"{table.name}: not the cells that the store was made of",))
    try:
        held = _held(store)
    except SweepError:  # damage, which whoever resumes that store is told
        return unknown
    given: _Columns = {
        **({"id": ("", np.array(table.id, dtype=np.str_))} if table.id else {}),
        **table.columns,
        **table.values,
        **{name: ("", labels) for name, labels in table.labels.items()},
    }
    columns, rows = _columns(held, given), _rows(held, given)
    found = Difference(
        *(tuple(f"{table.name}: {text}" for text in part) for part in (columns, rows))
    )
    return found if held and (found.columns or found.rows) else unknown


def _held(store: Store) -> _Columns:
    """Read what a store holds along its cells: a number or a text for each."""
    dataset = labelled(store.path, times=False)
    return {
        name: (str(dataset[name].attrs.get("units", "")), loaded(dataset[name]))
        for name in store.coordinates
        if name in dataset.variables and dataset[name].dims == (CELL,)
    }


def _columns(held: _Columns, given: _Columns) -> Iterator[str]:
    for name in [*held, *(name for name in given if name not in held)]:
        if name not in given:
            yield f"column {name} in the store alone"
        elif name not in held:
            yield f"column {name} in the study alone"
        elif attribute(held[name][0]) != attribute(given[name][0]):
            unit = spelled(held[name][0])
            yield f"column {name} in {unit} in the store, in {given[name][0]} in the study"
    shared, order = ([n for n in one if n in held and n in given] for one in (held, given))
    if shared != order:
        yield f"columns {', '.join(shared)} in the store, {', '.join(order)} in the study"


def _rows(held: _Columns, given: _Columns) -> Iterator[str]:
    (was, now) = ({len(values) for _, values in one.values()} for one in (held, given))
    if was != now:
        yield f"{_told(now)} rows, {_told(was)} in the store"
    for name in held:
        if name not in given or held[name][0] != given[name][0]:
            continue
        one, other = held[name][1], given[name][1]
        shared = min(len(one), len(other))
        same = (one[:shared] == other[:shared]) | (_absent(one[:shared]) & _absent(other[:shared]))
        if not np.all(same):
            row = int(np.argmin(same))
            yield (
                f"column {name} differs from cell number {row + 1} on, {_shown(one[row])} in the "
                f"store, {_shown(other[row])} in the study"
            )


def _absent(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell which measured numbers are missing; a text never is."""
    return np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), bool)


def _told(lengths: set[int]) -> str:
    return " or ".join(map(str, sorted(lengths)))


def _shown(value: Any) -> str:
    return repr(str(value)) if isinstance(value, str) else f"{value:.10g}"
