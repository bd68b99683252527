"""Recordings: a table read as a fit asks for it - conditions, what was recorded, how well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leakscape.declare import names, units
from leakscape.declare.fit import Fit
from leakscape.declare.prior import Prior
from leakscape.declare.recorded import Recorded
from leakscape.declare.table import Table, read_table, table_of
from leakscape.declare.tables.frames import is_frame
from leakscape.declare.tables.gather import ID
from leakscape.errors import DeclarationError
from leakscape.shown import shown
from leakscape.spelling import openable

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Recordings:
    """What a table holds for a fit; all arrays along its rows.

    Args:
        table: how messages call the table.
        digest: SHA-256 of the table.
        numbers: the row in the table of every row here, as messages count rows.
        conditions: parameter -> (unit, values).
        labels: column of texts -> its texts, numbers without a unit included.
        units: column that was recorded -> its unit.
        values: column -> what was recorded [its unit], NaN where there is none.
        scatter: column -> standard deviation of one recording [its unit]; none where it is free.
        behind: column -> how many recordings are behind a value.
        remarks: what is worth saying of the table.
    """

    table: str
    digest: str
    numbers: NDArray[np.int64] = field(repr=False)
    conditions: Mapping[str, tuple[str, Floats]] = field(repr=False)
    labels: Mapping[str, tuple[str, ...]] = field(repr=False)
    units: Mapping[str, str]
    values: Mapping[str, Floats] = field(repr=False)
    scatter: Mapping[str, Floats] = field(repr=False)
    behind: Mapping[str, Floats] = field(repr=False)
    remarks: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """How many rows."""
        return len(self.numbers)

    def error(self, column: str) -> Floats | None:
        """Return the standard error of what was recorded [its unit]; None where sd is free."""
        if column not in self.scatter:
            return None
        return self.scatter[column] / np.sqrt(self.behind[column])


def table_for(fit: Fit, given: Any = None) -> Table:
    """Return the table of a fit.

    Args:
        fit: the fit.
        given: a DataFrame, a Dataset along one dimension, a path or a Table in place of the one
            that the fit names.

    Raises:
        DeclarationError: there is none, or it cannot be read.
    """
    entry = fit.data["table"] if given is None else given
    sd = False
    if isinstance(entry, Mapping) and not is_frame(entry):
        if extra := sorted(set(entry) - {"file", "sd"}):
            raise DeclarationError(
                f"data.table: unknown key, got {shown(extra[0])}; use file and sd"
            )
        entry, sd = entry.get("file", ""), entry.get("sd", False)
        if not isinstance(sd, bool):
            raise DeclarationError(f"data.table.sd: expected true or false, got {shown(sd)}")
    if isinstance(entry, Table):
        return entry
    if is_frame(entry):
        return table_of(entry, sd=sd, lenient=fit.data["skip"])
    if isinstance(entry, Path) or (isinstance(entry, str) and entry):
        folder = Path() if given is not None else fit.folder or Path()
        path = folder / openable(str(entry))
        return read_table(path, str(entry), sd=sd, lenient=fit.data["skip"])
    if entry == "" or entry is None:
        raise DeclarationError(
            'data.table: is missing; write table = "recordings.csv", or pass a DataFrame'
        )
    raise DeclarationError(
        f"data.table: expected a file name, a DataFrame or a Dataset, got {shown(entry)}"
    )


def read_recordings(fit: Fit, given: Any = None) -> Recordings:
    """Read the table of a fit as the fit asks for it.

    Args:
        fit: the fit.
        given: a table in place of the one that the fit names.

    Returns:
        The recordings. With `skip`, rows that lack a condition are left out, and a cell without a
        number is no recording.

    Raises:
        DeclarationError: a column is missing, or a cell is no number, or an error is not above 0.
    """
    return _Reader(fit, table_for(fit, given)).read()


class _Reader:
    """Holds a fit and its table while the one is read as the other asks."""

    def __init__(self, fit: Fit, table: Table) -> None:
        self.fit, self.table, self.skip = fit, table, bool(fit.data["skip"])
        self.labels: dict[str, tuple[str, ...]] = {
            name: tuple(map(str, texts)) for name, texts in table.labels.items()
        }
        if table.id:
            self.labels[ID] = tuple(table.id)

    def read(self) -> Recordings:
        fit, table = self.fit, self.table
        conditions = {name: self._numbers(name, "data.conditions") for name in fit.conditions}
        values, scatter, behind, told = {}, {}, {}, {}
        for column, one in fit.recorded.items():
            where = f"data.outputs.{column}"
            unit, values[column] = self._numbers(column, where)
            told[column] = unit
            counted = self._behind(one, where, np.isfinite(values[column]))
            behind[column] = counted
            if not isinstance(one.sd, Prior):
                scatter[column] = self._scatter(one, one.sd, unit, where, values[column])
        keep = np.ones(table.size, bool)
        for _, column_values in conditions.values():
            keep &= np.isfinite(column_values)
        keep &= np.any([np.isfinite(v) for v in values.values()], axis=0)
        if not keep.any():
            raise DeclarationError(f"{table.name}: no row has a number to fit; check the columns")
        self._label_columns()
        where_kept = np.flatnonzero(keep)
        return Recordings(
            table=table.name,
            digest=table.digest,
            numbers=where_kept + table.first,
            conditions={n: (unit, v[keep]) for n, (unit, v) in conditions.items()},
            labels={n: tuple(t[i] for i in where_kept) for n, t in self.labels.items()},
            units=told,
            values={n: v[keep] for n, v in values.items()},
            scatter={n: v[keep] for n, v in scatter.items()},
            behind={n: v[keep] for n, v in behind.items()},
            remarks=tuple(self._remarks(conditions, keep)),
        )

    def _numbers(self, name: str, where: str) -> tuple[str, Floats]:
        """Return unit and values of a column, in which NaN is no number and `skip` allows it."""
        table = self.table
        if name in self.labels:
            raise DeclarationError(self._gap(name, where))
        held = {**table.columns, **table.values}
        if name not in held:
            known = [*held, *self.labels]
            raise DeclarationError(
                f"{where}: {table.name} has no column {name!r}; {names.nearest(name, known)}"
            )
        unit, values = held[name]
        bad = np.flatnonzero(~np.isfinite(values))
        if len(bad) and not self.skip:
            raise DeclarationError(self._gap(name, where, int(bad[0])))
        return unit, np.where(np.isfinite(values), values, np.nan)

    def _gap(self, name: str, where: str, row: int | None = None) -> str:
        told = self.table.gaps.get(name, "")
        if not told:
            place = f"row {row + self.table.first}, " if row is not None else ""
            told = f"{self.table.name}: {place}column {name}: expected numbers, got texts"
        return f"{told.partition(';')[0]}; write a number, or skip = true under [data]"

    def _behind(self, one: Recorded, where: str, recorded: NDArray[np.bool_]) -> Floats:
        if not isinstance(one.n, str):
            return np.full(self.table.size, one.n)
        unit, n = self._numbers(one.n, f"{where}.n")
        if unit != "1":
            raise DeclarationError(f"{where}.n: a number of recordings has no unit, got {unit}")
        lacking = recorded & ~np.isfinite(n)
        self._refuse(lacking, n, one.n, "must be a number where there is a recording")
        self._refuse(n < 1.0, n, one.n, "must be 1 or more")
        return n

    def _scatter(self, one: Recorded, sd: str, unit: str, where: str, values: Floats) -> Floats:
        columns = {**self.table.columns, **self.table.values}
        if unit == "1" and sd not in columns and not sd.replace(".", "", 1).isdigit():
            raise DeclarationError(
                f"{self.table.name}: column {one.column} has no unit, and its sd is {shown(sd)}; "
                f'write the unit in its header, such as "{one.column} [mV]"'
            )
        if sd in columns or sd in self.labels:
            given, found = self._numbers(sd, f"{where}.sd")
            factor = self._factor(given, unit, f"{where}.sd")
            lacking = np.isfinite(values) & ~np.isfinite(found)
            self._refuse(lacking, found, sd, "must be a number where there is a recording")
            self._refuse(found <= 0.0, found, sd, "must be above 0")
            return found * factor
        if not sd[:1].isdigit() and sd[:1] not in "+-.":
            raise DeclarationError(
                f"{where}.sd: {self.table.name} has no column {sd!r}; "
                f'{names.nearest(sd, columns)} Or write a number, such as "2 {unit}"'
            )
        try:
            number, given = units.split_quantity(sd)
        except DeclarationError as error:
            raise DeclarationError(f"{where}.sd: {error}") from error
        number *= self._factor(given or "1", unit, f"{where}.sd")
        if number <= 0.0:
            raise DeclarationError(f"{where}.sd: must be above 0, got {shown(sd)}")
        return np.full(self.table.size, number)

    def _factor(self, given: str, unit: str, where: str) -> float:
        """Return how a difference in one unit is told in another."""
        if unit == "1" and given != "1":
            column = where.split(".")[2]
            raise DeclarationError(
                f"{self.table.name}: column {column} has no unit, and its sd is in {given}; write "
                f'"{column} [{given}]" in its header'
            )
        if not units.same_dimension(given, unit):
            raise DeclarationError(
                f"{where}: {given} is no unit of what is recorded in {unit}; use {unit}"
            )
        return units.linear_conversion(given, unit)[0]

    def _refuse(self, wrong: NDArray[np.bool_], values: Floats, column: str, rule: str) -> None:
        if len(rows := np.flatnonzero(wrong)):
            raise DeclarationError(
                f"{self.table.name}: row {rows[0] + self.table.first}, column {column}: {rule}, "
                f"got {values[rows[0]]:g}"
            )

    def _label_columns(self) -> None:
        """Let columns of numbers without a unit name groups too, as `cell` 1, 2, 3 does."""
        free = (*self.fit.free.items(), *self.fit.offsets.items())
        for name, prior in free:
            per = getattr(prior, "per", "")
            if not per or per in self.labels:
                continue
            held = {**self.table.columns, **self.table.values}
            if per not in held:
                known = [*self.labels, *held]
                raise DeclarationError(
                    f"{name}.per: {self.table.name} has no column {per!r}; "
                    f"{names.nearest(per, known)}"
                )
            unit, values = held[per]
            if unit != "1" or not np.isfinite(values).all():
                raise DeclarationError(
                    f"{name}.per: {per} must be a column of texts, got numbers in {unit}"
                )
            self.labels[per] = tuple(f"{value:g}" for value in values)

    def _remarks(self, conditions: Mapping[str, tuple[str, Floats]], keep: Any) -> list[str]:
        found = list(self.table.assumed)
        if lost := int(self.table.size - keep.sum()):
            found.append(f"{lost} of {self.table.size} rows lack a number and are left out")
        columns: list[Any] = [values for _, values in conditions.values()]
        texts = [texts for name, texts in self.labels.items() if name != ID]
        seen: dict[Any, int] = {}
        first = self.table.first
        for row in np.flatnonzero(keep):
            place = (*(float(c[row]) for c in columns), *(text[row] for text in texts))
            if place in seen:
                found.append(
                    f"rows {seen[place] + first} and {row + first} have the same conditions and "
                    "labels; they count as independent recordings"
                )
                break
            seen[place] = int(row)
        return found
