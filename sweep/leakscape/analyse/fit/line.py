"""Unknowns of a fit, put in line: which number of the vector every row of the table takes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from leakscape.analyse.fit.places import Place, Shift
from leakscape.analyse.fit.unknown import Unknown
from leakscape.declare import names, units
from leakscape.declare.fit import SERIES, Fit
from leakscape.declare.prior import Prior
from leakscape.declare.recordings import Recordings
from leakscape.errors import DeclarationError

ROW = "row"
"""The dimension of a table's rows."""
RESERVED = frozenset(
    {ROW, "chain", "draw", "parameter", "other_parameter", "unit", "step", "direction", "bin"}
    | {"bin_edge", "coarse_bin", "other_coarse_bin", "coarse_bin_edge", "curve_point"}
)
"""Dimensions of a result, which no column of groups may be called."""


class Line:
    """The unknowns while they are put in line, in the order of the fit's tables."""

    def __init__(self, fit: Fit, recordings: Recordings) -> None:
        self.fit, self.recordings = fit, recordings
        self.unknowns: list[Unknown] = []
        self._held: dict[str, NDArray[np.int64]] = {}
        for name in sorted(fit.free, key=lambda name: name not in fit.hyperparameters):
            self.add(name, fit.free[name], "parameter")

    def add(self, name: str, prior: Prior, role: str) -> NDArray[np.int64]:
        """Put an unknown, or one for each text, in line; return which it is along the rows."""
        above = tuple(
            int(self._held[n][0]) if isinstance(n, str) else None
            for n in (prior.numbers if prior.names else ())
        )
        rows, first = self.recordings.rows, len(self.unknowns)
        if not prior.per:
            self.unknowns.append(Unknown(name=name, prior=prior, role=role, above=above))
            found = np.full(rows, first)
        else:
            if prior.per in RESERVED:
                raise DeclarationError(
                    f"{name}.per: the result keeps this name for itself, got {prior.per}; "
                    "rename the column"
                )
            texts = self.recordings.labels.get(prior.per)
            if texts is None:
                raise DeclarationError(
                    f"{name}.per: {self.recordings.table} has no column {prior.per!r}; "
                    f"{names.nearest(prior.per, self.recordings.labels)}"
                )
            groups = list(dict.fromkeys(texts))
            self.unknowns += [
                Unknown(name=name, prior=prior, label=group, role=role, above=above)
                for group in groups
            ]
            found = first + np.array([groups.index(text) for text in texts])
        self._held[name] = found
        return found

    def free(self, name: str) -> Place:
        """Return where a free parameter comes from."""
        return Place(unknowns=self._held[name])

    def one(self, name: str, prior: Prior, role: str) -> int:
        """Put one number in line and return its place."""
        return int(self.add(name, prior, role)[0])

    def offset(self, column: str, unit: str) -> Shift | None:
        """Put the offset of a column in line, if the fit has one."""
        given = self.fit.offsets.get(column)
        if given is None:
            return None
        own = self.unit_of(given)
        if not units.same_dimension(own, unit):
            raise DeclarationError(
                f"offsets.{column}: {column} is in {unit}, got {own}; use {unit} or alike"
            )
        return self.shift(column, units.linear_conversion(own, unit)[0])

    def shift(self, column: str, factor: float) -> Shift:
        """Put what stands under `[offsets]` in line, unless it is a number."""
        given = self.fit.offsets[column]
        if isinstance(given, str):
            return Shift(unknowns=None, factor=units.split_quantity(given)[0] * factor)
        name = column if column == SERIES else f"offset_{column}"
        return Shift(unknowns=self.add(name, given, "offset"), factor=factor)

    @staticmethod
    def unit_of(given: Prior | str) -> str:
        """Return the unit of an offset, which is a prior or a text such as "3 mV"."""
        return given.unit if isinstance(given, Prior) else units.split_quantity(given)[1]
