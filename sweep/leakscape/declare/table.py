"""Tables of measured cells: a CSV file with a row for each cell, read row by row."""

from __future__ import annotations

import csv
import hashlib
import io
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from leakscape import content
from leakscape.declare import units
from leakscape.errors import DeclarationError
from leakscape.shown import shown

LARGEST_TABLE = 200_000_000
"""Bytes of a table: two million cells with ten columns."""
MOST_COLUMNS = 1000


@dataclass(frozen=True, kw_only=True)
class Table:
    """Measured cells, one row each: the content of a CSV file.

    Args:
        name: the file's name as the study gives it.
        digest: SHA-256 of the columns.
        columns: parameter -> (unit, values).
        id: the `id` column, or empty.
    """

    name: str
    digest: str
    columns: Mapping[str, tuple[str, NDArray[np.float64]]] = field(compare=False)
    id: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """How many rows."""
        return len(next(iter(self.columns.values()))[1])


def read_table(path: Path, name: str) -> Table:
    """Read a table of measured cells.

    Args:
        path: a CSV file with headers such as `K_in [mmol/L]`, and optionally `id`.
        name: how messages call it.

    Returns:
        The table.

    Raises:
        DeclarationError: not readable, ragged, or a cell that is no finite number.
    """
    try:
        file = content.opened(path, DeclarationError, name)
    except FileNotFoundError as error:
        raise DeclarationError(f"{name}: cannot be read as CSV, no such file; check it") from error
    with io.TextIOWrapper(file, encoding="utf-8-sig", newline="") as stream:
        if (size := path.stat().st_size) > LARGEST_TABLE:
            raise DeclarationError(f"{name}: at most {LARGEST_TABLE} bytes, got {size}; split it")
        try:
            return _table(csv.reader(stream, strict=True), name)
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise DeclarationError(
                f"{name}: cannot be read as CSV, got {error}; check it"
            ) from error


def _table(lines: Iterator[list[str]], name: str) -> Table:
    """Read rows as they come: only their numbers are kept."""
    rows = (row for row in lines if row)
    header = [_header(cell, name) for cell in next(rows, [])[: MOST_COLUMNS + 1]]
    found = [column for column, _ in header]
    if len(set(found)) != len(found) or len(found) > MOST_COLUMNS:
        raise DeclarationError(f"{name}: columns must be distinct and few, got {shown(found)}")
    numbers = {column: array("d") for column in found if column != "id"}
    identities: list[str] = []
    count = int(bool(header))
    for count, row in enumerate(rows, start=2):
        if len(row) != len(header):
            raise DeclarationError(
                f"{name}: row {count} has {len(row)} cells, the header {len(header)}; fix it"
            )
        for column, cell in zip(found, row, strict=True):
            if column == "id":
                identities.append(cell.strip())
            else:
                numbers[column].append(_cell(cell.strip(), name, count, column))
    if count < 2:
        raise DeclarationError(f"{name}: needs a header and at least one row, got {count} rows")
    if not numbers:
        raise DeclarationError(f"{name}: needs a parameter column, got only id")
    digest = hashlib.sha256()
    columns = {}
    for column, unit in header:
        digest.update(repr((column, unit)).encode())
        if column == "id":
            digest.update(repr(identities).encode())
            continue
        columns[column] = (unit, np.array(numbers[column], dtype=np.float64))
        digest.update(columns[column][1].tobytes())
    return Table(name=name, digest=digest.hexdigest(), columns=columns, id=tuple(identities))


def _header(cell: str, name: str) -> tuple[str, str]:
    column, bracket, rest = cell.strip().partition("[")
    unit, closing, tail = rest.partition("]")
    if (bracket and not closing) or tail.strip():
        raise DeclarationError(f"{name}: header {shown(cell)} is not of the form K_in [mmol/L]")
    units.check_unit(unit)
    return column.strip(), unit.strip() or "1"


def _cell(cell: str, name: str, row: int, column: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = np.nan
    if not np.isfinite(value):
        raise DeclarationError(
            f"{name}: row {row}, column {column}: not a finite number, got {shown(cell)}; fix it"
        )
    return value
