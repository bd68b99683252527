"""Rows of texts become columns: the header, a row of units, then cells, some rows at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

from leakscape.declare.tables.column import Column, Reading
from leakscape.declare.tables.header import read_header, units_row
from leakscape.errors import DeclarationError
from leakscape.shown import shown

LARGEST_TABLE = 200_000_000
"""Bytes of a table: two million cells with ten columns."""
MOST_COLUMNS = 1000
ID = "id"
"""The column that names the cells, in any case."""
_BREAK = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class Block:
    """Some rows as they follow one another in a file.

    Args:
        first: number of the first row, as the file counts its lines.
        rows: the cells of each; a blank line has none.
    """

    first: int
    rows: Sequence[Sequence[str]]

    def numbered(self) -> Iterator[tuple[int, Sequence[str]]]:
        """Return every row that is not blank, with its number: a quoted line break counts."""
        line = self.first
        for row in self.rows:
            if _holds(row):
                yield line, row
            line += 1 + sum(len(_BREAK.findall(cell)) for cell in row)


@dataclass(frozen=True)
class Gathered:
    """The columns of a table.

    Args:
        columns: in the file's order, `id` among them.
        assumed: how it was read, where that does not go without saying.
        above: how many rows the header takes.
    """

    columns: tuple[Column, ...]
    assumed: tuple[str, ...]
    above: int = 0


def gather(
    blocks: Callable[[], Iterator[Block]], name: str, reading: Reading, *, dotted: bool = False
) -> Gathered:
    """Read columns.

    Args:
        blocks: begins to read the file; it is read again where a column of numbers turns out to
            hold labels, since only numbers are kept.
        name: how messages call the table.
        reading: what cells may be.
        dotted: whether points may stand between thousands, as where semicolons separate.

    Returns:
        The columns.

    Raises:
        DeclarationError: ragged, without cells, or a cell that is none.
    """
    gaps: dict[str, str] = {ID: ""}  # of the columns that are known to hold labels
    while True:
        found = _once(blocks(), name, reading, gaps)
        turned = {column.name: column.gap for column in found.columns if column.turned}
        if not turned:
            break
        gaps |= turned

    def rows() -> Iterator[int]:
        """Return the number of every row of a cell."""
        numbered = (line for block in blocks() for line, _ in block.numbered())
        return islice(numbered, found.above, None)

    if dotted:
        _refuse_unclear_points(found.columns, name)
    return replace(settled(found.columns, found.assumed, name, rows), above=found.above)


def settled(
    columns: tuple[Column, ...],
    assumed: tuple[str, ...],
    name: str,
    rows: Callable[[], Iterable[int]],
) -> Gathered:
    """Check columns that were read.

    Args:
        columns: the columns.
        assumed: how they were read.
        name: how messages call the table.
        rows: returns the number of every row, for messages.

    Raises:
        DeclarationError: commas that may be decimal ones or not, or ids that name no one cell.
    """
    _refuse_unclear_marks(columns, name)
    for column in columns:
        if column.name == ID:
            _refuse_alike(column.labels, rows, name)
    commas = any(column.comma for column in columns if not column.text)
    return Gathered(columns, (*assumed, *(("with decimal commas",) if commas else ())))


def _once(
    blocks: Iterator[Block], name: str, reading: Reading, gaps: Mapping[str, str]
) -> Gathered:
    kept: list[Block] = []
    numbered = chain.from_iterable(block.numbered() for block in _firsts(blocks, kept))
    columns, width, above, assumed = _head(numbered, name, reading, gaps)
    skip, count = above, 0
    for block in chain(kept, blocks):
        rows = [row for row in block.rows if (row and row[0].strip()) or _holds(row)]
        dropped = min(skip, len(rows))
        rows, skip = rows[dropped:], skip - dropped
        if not rows:
            continue
        if {*map(len, rows)} != {width}:
            rows = [_fitted(row, width, line, name) for line, row in block.numbered()][dropped:]
        lines: list[int] = []

        def row_of(
            place: int, lines: list[int] = lines, block: Block = block, dropped: int = dropped
        ) -> int:
            lines.extend([line for line, _ in block.numbered()][dropped:] if not lines else ())
            return lines[place]

        for column, cells in zip(columns, zip(*rows, strict=True), strict=True):
            column.add(cells, row_of)
        count += len(rows)
    if not count:
        raise DeclarationError(f"{name}: needs a header and at least one row, got no row of cells")
    for column in columns:
        column.finish()
    return Gathered(columns, assumed, above)


def _firsts(blocks: Iterator[Block], kept: list[Block]) -> Iterator[Block]:
    """Pass blocks on, and keep them to be read again."""
    for block in blocks:
        kept.append(block)
        yield block


def _head(
    rows: Iterator[tuple[int, Sequence[str]]], name: str, reading: Reading, gaps: Mapping[str, str]
) -> tuple[tuple[Column, ...], int, int, tuple[str, ...]]:
    """Read the header, and the row of units; return how many rows they take, too."""
    _, titles = next(rows, (0, []))
    width = max((place for place, cell in enumerate(titles, start=1) if cell.strip()), default=0)
    header = read_headers(titles[:width], name)
    _, row = next(rows, (0, []))
    below = units_row(header, list(row)) if len(row) >= width and width else None
    if below is not None:
        header = [(title, unit) for (title, _), unit in zip(header, below, strict=False)]
    columns = tuple(
        Column(title, unit, name, reading, title in gaps, gap=gaps.get(title, ""))
        for title, unit in header
    )
    told = () if below is None else ("with units in the row below the header",)
    return columns, width, 1 if below is None else 2, told


def read_headers(titles: Sequence[str], name: str) -> list[tuple[str, str]]:
    """Read the headers of all columns.

    Args:
        titles: as they stand in the table.
        name: how messages call it.

    Returns:
        Name and unit of each.

    Raises:
        DeclarationError: too many, one without a name, or one name for two.
    """
    if len(titles) > MOST_COLUMNS:
        raise DeclarationError(
            f"{name}: at most {MOST_COLUMNS} columns, got {len(titles)}; drop some"
        )
    header = [read_header(cell, name) for cell in titles]
    for place, (title, _) in enumerate(header, start=1):
        if not title:
            raise DeclarationError(
                f"{name}: column {place} has no header; write id if it names the cells, else a "
                "name, or remove it"
            )
    header = [(ID if title.lower() == ID else title, unit) for title, unit in header]
    found = [title for title, _ in header]
    if twice := sorted({title for title in found if found.count(title) > 1}):
        raise DeclarationError(f"{name}: columns must be distinct, got {shown(twice[0])} twice")
    return header


def _holds(row: Sequence[str]) -> bool:
    """Tell whether a row is not blank: spreadsheets write `,,,` for blank ones."""
    return any(row) and any(map(str.strip, row))


def _fitted(row: Sequence[str], width: int, line: int, name: str) -> Sequence[str]:
    """Leave out what a comma at the end of a line makes."""
    if len(row) < width or any(map(str.strip, row[width:])):
        raise DeclarationError(
            f"{name}: row {line} has {len(row)} cells, the header {width}; fix it"
        )
    return row[:width]


def _refuse_unclear_marks(columns: Sequence[Column], name: str) -> None:
    """Refuse commas in numbers that may stand between thousands."""
    numbers = [column for column in columns if not column.text]
    commas = [column for column in numbers if column.comma]
    if not commas:
        return
    points = [column for column in numbers if column.point]
    where = f"{name}: column {commas[0].name}: got {commas[0].comma}"
    if points:
        raise DeclarationError(
            f"{where}, and {points[0].point} in column {points[0].name}; write one decimal mark, "
            "and nothing between thousands"
        )
    if not any(column.settled for column in commas):
        raise DeclarationError(
            f"{where}, where the comma may be a decimal one or stand between thousands; write "
            "decimal points, and nothing between thousands"
        )


def _refuse_unclear_points(columns: Sequence[Column], name: str) -> None:
    """Refuse points in numbers that may all stand between thousands: 140.000 is 140 or 140000."""
    points = [column for column in columns if not column.text and column.point]
    if not points or any(column.decimal or column.comma for column in points):
        return
    raise DeclarationError(
        f"{name}: column {points[0].name}: got {points[0].point}, where the point may be a decimal "
        "one or stand between thousands; write 140,0 or 140000"
    )


def _refuse_alike(ids: Sequence[str], rows: Callable[[], Iterable[int]], name: str) -> None:
    """Refuse ids that are empty, or name two cells."""
    if all(ids) and len(set(ids)) == len(ids):
        return
    seen: dict[str, int] = {}
    for label, row in zip(ids, rows(), strict=True):
        if not label:
            raise DeclarationError(
                f"{name}: row {row}, column id: is empty; write an id in each row, or leave the "
                "column out"
            )
        if label in seen:
            raise DeclarationError(
                f"{name}: row {row}, column id: {shown(label)} is that of row {seen[label]} too; "
                "make ids distinct, or call the column otherwise"
            )
        seen[label] = row
