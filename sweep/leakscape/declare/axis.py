"""Axes: the values that a parameter takes along one dimension of the grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from leakscape.card import html_of, text_of
from leakscape.declare import spacing, units
from leakscape.errors import DeclarationError
from leakscape.shown import shown

LARGEST_AXIS = spacing.LARGEST_AXIS


@dataclass(frozen=True, kw_only=True)
class Axis:
    """Values of one parameter, distinct and finite; end points included, but for Gauss' nodes.

    Args:
        spacing: linear, log, gauss, log_gauss or values.
        span: first and last value, or the ends that nodes lie between; every value for values
            [unit].
        size: how many values.
        unit: the unit of the values.
        given: whether values stay in an order that neither rises nor falls.
        rounded: whether linear and log values are those of float arithmetic, as stores of format
            2 and before hold them, and not the decimals that were meant.
    """

    spacing: str
    span: tuple[float, ...]
    size: int
    unit: str = "1"
    given: bool = False
    rounded: bool = field(default=False, compare=False)

    @classmethod
    def linear(cls, first: float, last: float, *, size: int, unit: str = "1") -> Axis:
        """Space `size` values evenly from first to last, both included [unit]."""
        return cls.of({"linear": [first, last], "size": size, "unit": unit})

    @classmethod
    def log(cls, first: float, last: float, *, size: int, unit: str = "1") -> Axis:
        """Space `size` values evenly in the logarithm from first to last [unit]."""
        return cls.of({"log": [first, last], "size": size, "unit": unit})

    @classmethod
    def gauss(cls, first: float, last: float, *, size: int, unit: str = "1") -> Axis:
        """Take the `size` Gauss-Legendre nodes between two ends [unit]."""
        return cls.of({"gauss": [first, last], "size": size, "unit": unit})

    @classmethod
    def log_gauss(cls, first: float, last: float, *, size: int, unit: str = "1") -> Axis:
        """Take the `size` Gauss-Legendre nodes between two ends, in the logarithm [unit]."""
        return cls.of({"log_gauss": [first, last], "size": size, "unit": unit})

    @classmethod
    def values(cls, values: Sequence[float], *, unit: str = "1", order: str | None = None) -> Axis:
        """Take the values as they are [unit], rising unless they fall or order is "given"."""
        kept = {} if order is None else {"order": order}
        return cls.of({"values": list(values), "unit": unit} | kept)

    @classmethod
    def of(cls, table: object) -> Axis:
        """Read an axis from its TOML table.

        Args:
            table: `{linear = [a, b], size = n, unit = u}`, the same with log, gauss or log_gauss,
                or `{values, unit}`.
                Values that neither rise nor fall are sorted, unless `order = "given"` stands there.

        Returns:
            The axis.

        Raises:
            DeclarationError: whatever is wrong with it, in one sentence.
        """
        if isinstance(table, Axis):
            return table
        if not isinstance(table, Mapping):
            raise DeclarationError(
                f"expected a table, got {shown(table)}; "
                'write { linear = [0, 1], size = 11, unit = "1" }, log or values'
            )
        spacings = [name for name in (*spacing.SPACED, "values") if name in table]
        if len(spacings) != 1:
            raise DeclarationError(
                f"needs exactly one of linear, log, values, gauss and log_gauss, got "
                f"{shown([*table])}"
            )
        kind = spacings[0]
        allowed = {kind, "unit", "order" if kind == "values" else "size"}
        if extra := sorted(set(map(str, table)) - allowed):
            raise DeclarationError(f"unknown key, got {shown(extra[0])}; use {sorted(allowed)}")
        span = table[kind]
        span = span.tolist() if hasattr(span, "tolist") else span  # of NumPy, pandas or xarray
        if not isinstance(span, Sequence) or isinstance(span, str):
            raise DeclarationError(
                f"{kind}: expected a list, got {shown(span)}; write one such as [1, 2.5]"
            )
        if texts := [value for value in span if isinstance(value, str)]:
            raise DeclarationError(
                f"{kind}: expected numbers, got {shown(texts[0])}; write digits alone, and the "
                'unit beside them: unit = "mV"'
            )
        numbers = tuple(units.finite(value) for value in span)
        unit = table.get("unit", "")
        if not isinstance(unit, str):
            raise DeclarationError(f'unit: expected text, got {shown(unit)}; write unit = "mV"')
        units.check_unit(unit)
        size = len(numbers) if kind == "values" else spacing.size_of(table.get("size"))
        spacing.check(kind, numbers, size)
        given = spacing.given(table.get("order"), numbers)
        if not (given or spacing.monotone(numbers)):
            numbers = tuple(sorted(numbers))
        return cls(spacing=kind, span=numbers, size=size, unit=unit or "1", given=given)

    def points(self) -> NDArray[np.float64]:
        """Return the values, shape (size,) [unit]."""
        if self.spacing == "values":
            return np.asarray(self.span, dtype=np.float64)
        if self.size == 1:
            return np.asarray(self.span[:1], dtype=np.float64)
        space: Any = spacing.SPACED[self.spacing]
        if self.rounded and self.spacing in ("linear", "log"):
            space = np.linspace if self.spacing == "linear" else np.geomspace
        with np.errstate(all="ignore"):
            values: NDArray[np.float64] = space(self.span[0], self.span[1], self.size)
        if not np.all(np.isfinite(values)):
            raise DeclarationError(f"{self.spacing}: span is too wide, got {list(self.span)}")
        if np.any(np.diff(values) == 0.0):
            raise DeclarationError(
                f"values are not distinct, got {self.size} between {self.span[0]:g} and "
                f"{self.span[1]:g}; ask for fewer"
            )
        return values

    def __repr__(self) -> str:
        entry = self.table()
        span = entry.pop(self.spacing)
        ends = shown(span) if self.spacing == "values" else ", ".join(f"{x:.15g}" for x in span)
        rest = ", ".join(f"{key}={value!r}" for key, value in entry.items())
        return f"Axis.{self.spacing}({ends}, {rest})"

    def _repr_html_(self) -> str:
        from leakscape.declare.portrait import portrait

        return html_of(portrait(self))

    def table(self) -> dict[str, Any]:
        """Return the axis as its TOML table."""
        entry: dict[str, Any] = {self.spacing: list(self.span)}
        if self.spacing != "values":
            entry["size"] = self.size
        return entry | {"unit": self.unit} | ({"order": "given"} if self.given else {})


@dataclass(frozen=True, kw_only=True)
class LinkedAxis:
    """One dimension along which several parameters change together, row by row.

    Args:
        parameters: name -> axis, all of one length; need be neither distinct nor monotone.
        label: one text for each row, or empty.
    """

    parameters: Mapping[str, Axis]
    label: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """How many rows."""
        return next(iter(self.parameters.values())).size

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> LinkedAxis:
        """Read a linked axis from its TOML table: parameter tables and an optional label list.

        Raises:
            DeclarationError: lengths differ, no parameter, or a label that is no text.
        """
        parameters = {}
        for name, entry in table.items():
            if name == "label":
                continue
            try:
                parameters[name] = _row_axis(entry)
            except DeclarationError as error:
                raise DeclarationError(f"{name}: {error}") from error
        label = table.get("label", ())
        if not isinstance(label, list | tuple) or not all(isinstance(t, str) for t in label):
            raise DeclarationError(f"label: expected a list of texts, got {shown(label)}")
        lengths = {name: axis.size for name, axis in parameters.items()}
        if label:
            lengths["label"] = len(label)
        if not parameters:
            raise DeclarationError("a linked axis needs at least one parameter, got none")
        if len(set(lengths.values())) != 1:
            raise DeclarationError(f"lengths differ, got {shown(lengths)}; make them equal")
        if len(set(label)) != len(label):
            raise DeclarationError(f"label: must be distinct, got {shown(list(label))}")
        return cls(parameters=parameters, label=tuple(label))

    def __repr__(self) -> str:
        from leakscape.declare.portrait import portrait

        return text_of(portrait(self))

    def _repr_html_(self) -> str:
        from leakscape.declare.portrait import portrait

        return html_of(portrait(self))

    def table(self) -> dict[str, Any]:
        """Return the axis as its TOML table."""
        label = {"label": list(self.label)} if self.label else {}
        return label | {name: axis.table() for name, axis in self.parameters.items()}


AnyAxis = TypeVar("AnyAxis", Axis, LinkedAxis)


def rounded(axis: AnyAxis) -> AnyAxis:
    """Return an axis with the evenly spaced values of float arithmetic."""
    if isinstance(axis, Axis):
        return replace(axis, rounded=True)
    return replace(axis, parameters={name: rounded(row) for name, row in axis.parameters.items()})


def _row_axis(entry: object) -> Axis:
    """Read a parameter of a linked axis, whose values may repeat."""
    if isinstance(entry, Mapping) and isinstance(entry.get("values"), list | tuple):
        numbers = tuple(units.finite(value) for value in entry["values"])
        unit = entry.get("unit", "")
        if extra := sorted(set(entry) - {"values", "unit"}):
            raise DeclarationError(f"unknown key, got {shown(extra[0])}; use values and unit")
        if not numbers:
            raise DeclarationError("values: must not be empty, got []; give at least one value")
        if not isinstance(unit, str):
            raise DeclarationError(f'unit: expected text, got {shown(unit)}; write unit = "mV"')
        units.check_unit(unit)
        return Axis(spacing="values", span=numbers, size=len(numbers), unit=unit or "1")
    return Axis.of(entry)
