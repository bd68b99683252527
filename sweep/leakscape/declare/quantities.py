"""What the names of a study stand for: their units inside, their bounds, their conversions."""

from __future__ import annotations

import math
import re

import numpy as np

from leakscape.declare import kernel, names, units
from leakscape.declare.axis import LinkedAxis
from leakscape.declare.kernel import Described
from leakscape.declare.population import Population
from leakscape.declare.study import Study
from leakscape.errors import DeclarationError


class Quantities:
    """The names that a study and its kernel share.

    Args:
        study: the study.
        described: its kernel.
    """

    def __init__(self, study: Study, described: Described) -> None:
        self.study, self.kernel = study, described
        self.largest = float(np.finfo(study.precision).max)
        self.units: dict[str, str] = {n: p.unit for n, p in described.parameters.items()}

    def conversion(self, name: str, unit: str, where: str) -> tuple[float, float]:
        """Return factor and offset from a unit to the one inside.

        Whole-cell values of a density pass through the cell's area or capacitance.
        """
        inside = self.units[name]
        if units.same_dimension(unit, inside):
            return units.linear_conversion(unit, inside)
        parameter = self.kernel.parameters.get(name)
        for scale, power in (
            (parameter.divide_by, -1) if parameter else (None, 0),
            (parameter.multiply_by, 1) if parameter else (None, 0),
        ):
            if scale is None or scale not in self.kernel.parameters:
                continue
            product = units.multiply(unit, self.units[scale], power)
            if units.same_dimension(product, inside):
                factor, _ = units.linear_conversion(product, inside)
                return factor * self._single(scale, name, unit, where) ** power, 0.0
        raise DeclarationError(
            f"{where}: {name} is in {inside or '1'}, got {unit or '1'}; "
            f"use {inside or '1'} or alike"
        )

    def _single(self, scale: str, name: str, unit: str, where: str) -> float:
        """Return the one value that area or capacitance has in this study."""
        population = self.study.population
        sampled = columns(population) if population is not None else {}
        linked = (a.parameters for a in self.study.axes.values() if isinstance(a, LinkedAxis))
        varied = {*self.study.axes, *sampled, *self.study.derived, *(n for p in linked for n in p)}
        if scale in varied:
            raise DeclarationError(
                f"{where}: {name} in {unit} needs one {scale}, but {scale} varies; "
                f"give {name} in {self.units[name]}"
            )
        value = self.study.fixed.get(scale, self.kernel.parameters[scale].default)
        if value is None:
            raise DeclarationError(f"{where}: {name} in {unit} needs {scale}; add it under [fixed]")
        return self.number(scale, value, f"fixed.{scale}")

    def number(self, name: str, value: object, where: str) -> float:
        """Return a declared constant in the unit inside, within its bounds."""
        try:
            if isinstance(value, str):
                number, unit = units.split_quantity(value)
                if not unit and not units.same_dimension("1", self.units[name]):
                    units.to_unit(value, self.units[name])  # says that the unit is missing
                factor, offset = self.conversion(name, unit or "1", where)
                number = number * factor + offset
            elif value is self.kernel.parameters.get(name, kernel.Parameter(unit="1")).default:
                number = units.finite(value)
            else:
                number = units.to_unit(value, self.units[name])
        except DeclarationError as error:
            text = str(error)
            raise DeclarationError(
                text if text.startswith(where) else f"{where}: {text}"
            ) from error
        self.bounded(name, number, number, where)
        return number

    def know(self, name: str, where: str, unit: str | None) -> None:
        """Find the unit that a name has inside, or refuse the name."""
        if name in self.units:
            return
        pair = self.split_ratio(name)
        if pair is not None:
            self.units[name] = self._ratio_unit(*pair)
        elif unit is not None and self._is_helper(name):
            self.units[name] = unit
        else:
            remedy = names.nearest(name, self.kernel.parameters)
            raise DeclarationError(
                f"{where}: kernel {self.kernel.name} has no parameter {name!r}; {remedy}"
            )

    def knows(self, name: str) -> bool:
        """Tell whether a name is a parameter, a ratio of two, or read by a derived expression."""
        return name in self.units or self.split_ratio(name) is not None or self._is_helper(name)

    def unit_of(self, name: str) -> str:
        """Return the unit inside of a name that is known; that of a helper is its own: 1 here."""
        if name in self.units:
            return self.units[name]
        pair = self.split_ratio(name)
        return "1" if pair is None else self._ratio_unit(*pair)

    def _is_helper(self, name: str) -> bool:
        """Tell whether some derived expression reads a name that the kernel lacks."""
        pattern = re.compile(rf"\b{re.escape(name)}\b")
        return any(isinstance(t, str) and pattern.search(t) for t in self.study.derived.values())

    def split_ratio(self, name: str) -> tuple[str, str] | None:
        """Return the parameters of a ratio `<A>_over_<B>`, None if the name is no such thing."""
        start = name.find("_over_")
        while start > 0:
            top, bottom = name[:start], name[start + 6 :]
            if top in self.kernel.parameters and bottom in self.kernel.parameters and top != bottom:
                return top, bottom
            start = name.find("_over_", start + 1)
        return None

    def _ratio_unit(self, top: str, bottom: str) -> str:
        over, under = self.units[top], self.units[bottom]
        return "1" if over == under else units.multiply(over, under, -1)

    def bounds(self, name: str) -> tuple[float, float]:
        """Return the smallest and largest value that a name may have [its unit]."""
        if name in self.kernel.parameters:
            return self.kernel.parameters[name].bounds
        pair = self.split_ratio(name)
        if pair and all(self.kernel.parameters[part].bounds[0] >= 0.0 for part in pair):
            return 0.0, math.inf
        return -math.inf, math.inf

    def bounded(self, name: str, low: float, high: float, where: str) -> None:
        """Refuse values between low and high that leave the bounds [its unit]."""
        bounds = self.bounds(name)
        for value in (low, high):
            if not abs(value) <= self.largest:
                raise DeclarationError(
                    f"{where}: no {self.study.precision} in {self.units[name]} holds "
                    f"{np.float64(value):g}; change it"
                )
            if not bounds[0] <= value <= bounds[1]:
                raise DeclarationError(
                    f"{where}: {name} must lie in [{bounds[0]:g}, {bounds[1]:g}] "
                    f"{self.units[name]}, got {np.float64(value):g}; change it"
                )


def columns(population: Population) -> dict[str, str]:
    """Return the parameters that vary from cell to cell, with the study's units."""
    if population.table is not None:
        return {name: unit for name, (unit, _) in population.table.columns.items()}
    return {name: drawn.unit for name, drawn in population.parameters.items()}
