"""A column of a table while it is read: numbers as long as all of it are numbers, else labels."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from leakscape.declare.tables import cells
from leakscape.errors import DeclarationError

MOST_SHARED = 10_000
"""Labels of a column that are looked for among those before, so that each is held once."""
_LEADING_ZERO = re.compile(r"^[+-]?0\d", re.MULTILINE)
"""Of `007`, which is the name of an animal and no number."""
_NO_THOUSANDS = re.compile(r",(?!\d{3}(?!\d))|^[+-]?0*,", re.MULTILINE)
"""A comma that can only be a decimal one."""
_NO_DOTTED = re.compile(r"\.(?!\d{3}(?!\d))|^[+-]?0*\.|[eE]", re.MULTILINE)
"""A point that can only be a decimal one."""


@dataclass(frozen=True)
class Reading:
    """What the cells of a table may be besides numbers.

    Args:
        deviations: such as `-118±10`.
        lenient: any text, which then is no number, in columns with a unit too.
    """

    deviations: bool = False
    lenient: bool = False


PLAIN = Reading()
"""Numbers, or what says that there is none."""


@dataclass
class Column:
    """A column while it is read, some rows at a time.

    Args:
        name: its name.
        unit: its unit; empty where it has none, and may be of labels.
        file: the table's name, for messages.
        reading: what its cells may be.
        text: whether it is known to hold labels.
        place: names a row in messages: `row 3`.
    """

    name: str
    unit: str
    file: str
    reading: Reading
    text: bool
    numbers: array[float] = field(default_factory=lambda: array("d"))
    spread: array[float] = field(default_factory=lambda: array("d"))
    labels: list[str] = field(default_factory=list)
    gap: str = ""
    """Why it is no parameter: its first cell without a number."""
    turned: bool = False
    """Whether it is of labels after all, the first of which were not kept."""
    comma: str = ""
    """The first number with a decimal comma, with its row."""
    point: str = ""
    """The first number with a decimal point, with its row, where others have commas."""
    settled: bool = False
    """Whether some comma of a number can be nothing but a decimal comma."""
    decimal: bool = False
    """Whether some point of a number can be nothing but a decimal point."""
    _seen: dict[str, str] = field(default_factory=dict)

    def add(self, rows: Sequence[str], row_of: Callable[[int], int]) -> None:
        """Take the cells of some more rows.

        Args:
            rows: the cells.
            row_of: tells the number of a row in the file.

        Raises:
            DeclarationError: a cell of a column with a unit is neither a number nor empty.
        """
        if self.turned:
            return
        if not self.text and not self._quick(rows):
            for place, cell in enumerate(rows):
                if not self._one(cell.strip(), row_of(place)):
                    self._turn()
                    break
        if self.text:
            found: Iterable[str] = map(str.strip, rows)
            if (
                len(self._seen) < MOST_SHARED
            ):  # of a genotype there are a few, of an id there are not
                found = (self._seen.setdefault(cell, cell) for cell in found)
            self.labels.extend(found)

    def finish(self) -> None:
        """Settle what it is: without any number and unit it holds labels."""
        if not self.text and not self.unit and not np.isfinite(np.frombuffer(self.numbers)).any():
            self._turn()
            self.turned = True

    @property
    def has_spread(self) -> bool:
        """Whether any number came with its deviation."""
        return bool(self.spread) and bool(np.isfinite(np.frombuffer(self.spread)).any())

    def _turn(self) -> None:
        self.turned = bool(self.numbers)
        self.text = True

    def _quick(self, rows: Sequence[str]) -> bool:
        """Take cells that are all plain numbers, or empty, at the speed of C."""
        joined, empty = "\n".join(rows), rows.count("")
        if "_" in joined or (not self.unit and _LEADING_ZERO.search(joined)):
            return False
        texts = rows
        if commas := "," in joined:
            if "." in joined or joined.count(",") > len(rows):
                return False
            texts = joined.replace(",", ".").split("\n")
        try:
            found = array("d", map(float, [text or "nan" for text in texts] if empty else texts))
        except ValueError:
            return False
        finite = int(np.isfinite(np.frombuffer(found)).sum())
        if len(found) != len(rows) or finite != len(rows) - empty:
            return False
        if (commas and not self.comma) or (empty and not self.gap):
            return False  # once cell by cell, which finds the row
        if commas and not self.settled:
            self.settled = _NO_THOUSANDS.search(joined) is not None
        if not self.point and "." in joined:
            self.point = next(cell.strip() for cell in rows if "." in cell)
        if not self.decimal and "." in joined:
            self.decimal = _NO_DOTTED.search(joined) is not None
        self.numbers.extend(found)
        if self.reading.deviations:
            self.spread.extend(array("d", [np.nan]) * len(found))
        return True

    def _one(self, cell: str, row: int) -> bool:
        """Take one cell; tell whether it is a number, or there is none."""
        where = f"{self.file}: row {row}, column {self.name}:"
        pair = cells.with_deviation(cell) if self.reading.deviations else None
        value = pair[0] if pair is not None else cells.number_in(cell, self.unit)
        if value is not None and not self.unit and _LEADING_ZERO.search(cell):
            value = None
        if value is None:
            self.gap = self.gap or f"{where} {cells.fault(cell, self.file)}"
            if cell.lower() not in cells.MISSING:
                if self.unit and not self.reading.lenient:
                    raise DeclarationError(f"{where} {cells.fault(cell, self.file)}")
                if not self.unit:
                    return False
        elif "," in cell:
            self.comma = self.comma or f"{cell} in row {row}"
            self.settled = self.settled or not cells.may_be_thousands(cell)
        elif "." in cell:
            self.point = self.point or cell
            self.decimal = self.decimal or _NO_DOTTED.search(cell) is not None
        self.numbers.append(np.nan if value is None else value)
        if self.reading.deviations:
            self.spread.append(np.nan if pair is None else pair[1])
        return True
