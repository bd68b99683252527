"""Text tables: columns between commas, semicolons or tabs, as spreadsheets write them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from leakscape import content
from leakscape.declare.tables.encoding import encoding_of
from leakscape.declare.tables.gather import Block
from leakscape.errors import DeclarationError
from leakscape.shown import shown

SEPARATORS = {"\t": "tab", ";": "semicolon", ",": "comma", "|": "bar"}
ROWS = 1024
"""Rows read together."""
LONGEST_LINE = 1_000_000
"""Letters of a line that is looked at to find the separator."""
_TOLD = re.compile(r'"?sep=(.)"?[,;\t]*', re.IGNORECASE)
"""The line by which Excel is told the separator."""


@dataclass(frozen=True)
class Separated:
    """A table in a text file.

    Args:
        path: the file.
        name: how messages call it.
        encoding: of its letters.
        separator: between its columns.
        skip: lines above the header that tell the separator.
    """

    path: Path
    name: str
    encoding: str
    separator: str
    skip: int

    @property
    def assumed(self) -> tuple[str, ...]:
        """How it is read, where that does not go without saying."""
        told = []
        if self.separator != ("\t" if self.path.suffix.lower() in (".tsv", ".tab") else ","):
            word = SEPARATORS.get(self.separator, f"{shown(self.separator)}")
            told.append(f"as {word}-separated")
        if self.encoding != "utf-8-sig":
            told.append(f"in {'UTF-16' if self.encoding == 'utf-16' else 'Latin-1'}")
        return tuple(told)

    def blocks(self) -> Iterator[Block]:
        """Read the rows from the start, some at a time.

        Raises:
            DeclarationError: it is not readable, or quotes do not close.
        """
        try:
            with _opened(self.path, self.name, self.encoding) as stream:
                for _ in range(self.skip):
                    stream.readline()
                reader = csv.reader(
                    stream, delimiter=self.separator, strict=True, skipinitialspace=True
                )
                line = self.skip + 1
                while rows := list(islice(reader, ROWS)):
                    yield Block(line, rows)
                    line = self.skip + reader.line_num + 1
        except (OSError, UnicodeError, csv.Error) as error:
            raise DeclarationError(
                f"{self.name}: cannot be read as CSV, got {error}; check it"
            ) from error


def separated(path: Path, name: str) -> Separated:
    """Look at a text file, and find how its columns are separated.

    Args:
        path: the file.
        name: how messages call it.

    Raises:
        DeclarationError: no text.
    """
    with content.opened(path, DeclarationError, name) as file:
        encoding = encoding_of(file, name)
    try:
        with _opened(path, name, encoding) as stream:
            lines = iter(lambda: stream.readline(LONGEST_LINE), "")
            first = next(lines, "")
            if told := _TOLD.fullmatch(first.strip()):
                return Separated(path, name, encoding, told[1], 1)
            held = (line for line in (first, *islice(lines, 100)) if line.strip())
            header, row = next(held, ""), next(held, "")
    except (OSError, UnicodeError) as error:
        raise DeclarationError(f"{name}: cannot be read as CSV, got {error}; check it") from error
    return Separated(path, name, encoding, _separator(header, row), 0)


def _separator(header: str, row: str) -> str:
    """Return what cuts the header into columns, and the row below into as many if it can."""
    cuts = {mark: (_cells(header, mark), _cells(row, mark)) for mark in SEPARATORS}
    possible = [mark for mark, (columns, _) in cuts.items() if columns > 1]
    agreeing = [mark for mark in possible if cuts[mark][0] == cuts[mark][1]]
    return next(iter((*agreeing, *possible, ",")))


def _cells(line: str, mark: str) -> int:
    try:
        return len(next(csv.reader([line], delimiter=mark, skipinitialspace=True), []))
    except csv.Error:
        return 0


def _opened(path: Path, name: str, encoding: str) -> io.TextIOWrapper:
    file = content.opened(path, DeclarationError, name)
    return io.TextIOWrapper(file, encoding=encoding, newline="")
