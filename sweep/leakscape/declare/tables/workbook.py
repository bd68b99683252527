"""Tables in Excel workbooks: the first sheet, read row by row."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from leakscape.declare.tables.gather import LARGEST_TABLE, Block
from leakscape.declare.tables.reader import needs
from leakscape.errors import DeclarationError
from leakscape.shown import shown

ROWS = 1024
"""Rows read together."""


@dataclass(frozen=True)
class Workbook:
    """A table in the first sheet of a workbook.

    Args:
        path: the file.
        name: how messages call it.
        sheets: the names of all sheets.
    """

    path: Path
    name: str
    sheets: tuple[str, ...]

    @property
    def assumed(self) -> tuple[str, ...]:
        """How it is read, where that does not go without saying."""
        if len(self.sheets) == 1:
            return ()
        return (f"from the first of {len(self.sheets)} sheets, {shown(self.sheets[0])}",)

    def blocks(self) -> Iterator[Block]:
        """Read the rows from the start, some at a time.

        Raises:
            DeclarationError: it is damaged.
        """
        book = _opened(self.path, self.name)
        try:
            rows, first, width = book.worksheets[0].iter_rows(), 1, 0
            while taken := [[_text(cell) for cell in row] for row in islice(rows, ROWS)]:
                width = width or next((len(row) for row in taken if any(row)), 0)
                yield Block(first, [[*row, *[""] * (width - len(row))] for row in taken])
                first += len(taken)
        except DeclarationError:
            raise
        except Exception as error:  # what a damaged sheet raises is anything
            raise _unreadable(self.name, error) from error
        finally:
            book.close()


def workbook(path: Path, name: str) -> Workbook:
    """Look at a workbook.

    Args:
        path: the file.
        name: how messages call it.

    Raises:
        DeclarationError: openpyxl is not installed, or it cannot read the file.
    """
    needs("openpyxl", name)
    try:
        with zipfile.ZipFile(path) as packed:
            size = sum(part.file_size for part in packed.infolist())
    except (OSError, zipfile.BadZipFile) as error:
        raise _unreadable(name, error) from error
    if size > LARGEST_TABLE:
        raise DeclarationError(
            f"{name}: at most {LARGEST_TABLE} bytes unpacked, got {size}; split it"
        )
    book = _opened(path, name)
    try:
        sheets = tuple(sheet.title for sheet in book.worksheets)
    finally:
        book.close()
    if not sheets:
        raise DeclarationError(f"{name}: has no sheet of cells; add one, or save it as CSV")
    return Workbook(path, name, sheets)


def _opened(path: Path, name: str) -> Any:
    import openpyxl

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and validations, which are not read
            return openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # what a damaged workbook raises is anything
        raise _unreadable(name, error) from error


def _unreadable(name: str, error: Exception) -> DeclarationError:
    return DeclarationError(
        f"{name}: cannot be read as a workbook, got {shown(str(error))}; check it"
    )


def _text(cell: Any) -> str:
    """Return a cell as text; of a number the one that is read as the same number.

    What is shown in percent is held as a fraction: 50% as 0.5.
    """
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, int | float) and "%" in str(getattr(cell, "number_format", "")):
        return f"{100.0 * value:.12g}%"
    moment = getattr(value, "isoformat", None)
    return str(moment() if moment is not None else value)
