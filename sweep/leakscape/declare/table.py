"""Tables of measured cells: a row for each cell, from a file or from Python."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from leakscape.declare import units
from leakscape.declare.tables.column import Column, Reading
from leakscape.declare.tables.frames import from_frame, from_parquet, is_frame
from leakscape.declare.tables.gather import ID, LARGEST_TABLE, Gathered, gather
from leakscape.declare.tables.separated import separated
from leakscape.declare.tables.workbook import workbook
from leakscape.errors import DeclarationError
from leakscape.shown import shown

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

TEXT = np.dtypes.StringDType()
"""Type of labels, in memory as in a store."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """Measured cells, one row each.

    Args:
        name: the file's name as the study gives it.
        digest: SHA-256 of the columns.
        columns: column -> (unit, values); those that are parameters, once a kernel is known.
        id: the `id` column, or empty.
        labels: column of texts -> its labels.
        values: column of numbers that is no parameter -> (unit, values), NaN where there is none;
            empty until a kernel is known.
        gaps: column -> why it cannot be a parameter: the first of its cells without a number.
        assumed: how it was read, where that does not go without saying.
        sd: whether cells such as `-118±10` were read, into `<column>` and `<column>_sd`.
        first: number of the first row, as a file counts its rows; a DataFrame counts from 0.
    """

    name: str
    digest: str
    columns: Mapping[str, tuple[str, NDArray[np.float64]]] = field(compare=False)
    id: tuple[str, ...] = ()
    labels: Mapping[str, NDArray[Any]] = field(default_factory=dict, compare=False)
    values: Mapping[str, tuple[str, NDArray[np.float64]]] = field(
        default_factory=dict, compare=False
    )
    gaps: Mapping[str, str] = field(default_factory=dict, compare=False)
    assumed: tuple[str, ...] = field(default=(), compare=False)
    sd: bool = False
    first: int = field(default=0, compare=False)

    @property
    def size(self) -> int:
        """How many rows."""
        for _, values in (*self.columns.values(), *self.values.values()):
            return len(values)
        return max(len(self.id), *map(len, self.labels.values()))

    def declared(self) -> str | dict[str, Any]:
        """Return how a study writes it."""
        return {"file": self.name, "sd": True} if self.sd else self.name


def read_table(path: Path, name: str, *, sd: bool = False, lenient: bool = False) -> Table:
    """Read a table of measured cells.

    Args:
        path: a text file with headers such as `K_in [mmol/L]`, and optionally `id`; or a workbook
            (.xlsx), or .parquet.
        name: how messages call it.
        sd: whether cells may be such as `-118±10`.
        lenient: whether a text in a column with a unit is no number instead of a fault.

    Returns:
        The table.

    Raises:
        DeclarationError: not readable, ragged, or a cell with a unit that is no number.
    """
    try:
        size = path.stat().st_size
    except FileNotFoundError as error:
        raise DeclarationError(
            f"{name}: cannot be read, there is no such file; check it"
        ) from error
    except (OSError, ValueError):
        size = 0  # opening it says what is wrong
    if size > LARGEST_TABLE:
        raise DeclarationError(f"{name}: at most {LARGEST_TABLE} bytes, got {size}; split it")
    kind, reading = path.suffix.lower(), Reading(sd, lenient)
    if kind == ".parquet":
        return _made(from_parquet(path, name, reading), name, sd)
    if kind in (".xls", ".ods"):
        raise DeclarationError(f"{name}: is of a kind that is not read; save it as .xlsx or CSV")
    source = workbook(path, name) if kind == ".xlsx" else separated(path, name)
    dotted = getattr(source, "separator", "") == ";"
    found = gather(source.blocks, name, reading, dotted=dotted)
    return replace(_made(found, name, sd, source.assumed), first=found.above + 1)


def table_of(
    given: Table | pd.DataFrame | xr.Dataset | str | os.PathLike[str],
    *,
    sd: bool = False,
    lenient: bool = False,
) -> Table:
    """Make a table of what Python holds.

    Args:
        given: a table, a DataFrame, a Dataset along one dimension, or the path of a file.
        sd: whether cells may be such as `-118±10`.
        lenient: whether a text in a column with a unit is no number instead of a fault.

    Raises:
        DeclarationError: something else, or as `read_table`.
    """
    if isinstance(given, Table):
        return given
    if isinstance(given, str | os.PathLike):
        return read_table(Path(given), os.fspath(given), sd=sd, lenient=lenient)
    if is_frame(given):
        name = type(given).__name__
        return _made(from_frame(given, name, Reading(sd, lenient)), name, sd)
    raise DeclarationError(
        f"population.table: expected a file name, a DataFrame or a Dataset, got {shown(given)}"
    )


def _made(found: Gathered, name: str, sd: bool, assumed: tuple[str, ...] = ()) -> Table:
    """Make a table of its columns."""
    numbers: dict[str, tuple[str, NDArray[np.float64]]] = {}
    for column in found.columns:
        if column.text:
            continue
        numbers[column.name] = (column.unit or "1", np.frombuffer(column.numbers))
        if column.has_spread:
            spread, spread_name = np.frombuffer(column.spread), f"{column.name}_sd"
            if any(other.name == spread_name for other in found.columns):
                raise DeclarationError(
                    f"{name}: column {column.name} holds deviations, and {spread_name} is there "
                    "too; rename that"
                )
            numbers[spread_name] = _deviations(column.unit or "1", spread)
    if sd and not any(column.has_spread for column in found.columns):
        raise DeclarationError(f"{name}: has no cell such as -118±10; remove sd")
    labels = {c.name: np.array(c.labels, dtype=TEXT) for c in found.columns if c.text}
    ids = next((tuple(c.labels) for c in found.columns if c.name == ID), ())
    labels.pop(ID, None)
    if not numbers and not labels:
        raise DeclarationError(f"{name}: needs a parameter column, got only {ID}")
    return Table(
        name=name,
        digest=_digest(found.columns, numbers, ids),
        columns=numbers,
        id=ids,
        labels=labels,
        gaps={column.name: column.gap for column in found.columns if column.gap},
        assumed=(*assumed, *found.assumed),
        sd=sd,
    )


def _deviations(unit: str, values: NDArray[np.float64]) -> tuple[str, NDArray[np.float64]]:
    """Return standard deviations with their unit: that of a temperature is a difference [K]."""
    if unit == "1" or not units.same_dimension(unit, "K"):
        return unit, values
    factor, _ = units.linear_conversion(unit, "K")
    return "K", values * factor


def _digest(
    columns: Iterable[Column],
    numbers: Mapping[str, tuple[str, NDArray[np.float64]]],
    ids: tuple[str, ...],
) -> str:
    """Return the SHA-256 of what a table holds, in the order of its columns."""
    digest = hashlib.sha256()
    for column in columns:
        digest.update(repr((column.name, column.unit or "1")).encode())
        if column.text:
            digest.update(repr(list(ids) if column.name == ID else column.labels).encode())
            continue
        for name in (column.name, f"{column.name}_sd"):
            if name in numbers and (name == column.name or column.has_spread):
                digest.update(numbers[name][1].tobytes())
    return digest.hexdigest()
