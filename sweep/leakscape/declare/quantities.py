"""What the names of a study stand for: their units inside, their bounds, their conversions."""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from typing import Any

import numpy as np

from leakscape.declare import names, units
from leakscape.declare.axis import LinkedAxis
from leakscape.declare.expression import Expression
from leakscape.declare.kernel import Described
from leakscape.declare.parameter import Parameter
from leakscape.declare.study import Study
from leakscape.declare.whole_cell import Scaled, given_units, scales_of
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
        self.given = given_units(study)
        self.whole: dict[str, Scaled] = {}  # what follows from another value at each point
        self.assumed: set[str] = set()  # scales that nobody gave, and whole-cell values need
        scales = (scale for p in described.parameters.values() for scale, _ in scales_of(p))
        self.scales = dict.fromkeys(scales)
        self.units |= {n: self.given[n] for n in self.scales if n in self.given.keys() - self.units}

    def conversion(self, name: str, unit: str, where: str) -> tuple[float, float]:
        """Return factor and offset from a unit to the one inside.

        Whole-cell values of a density pass through the cell's area or capacitance. Where that
        varies, `whole` tells how, and the value stays as it is given.
        """
        inside = self.units[name]
        if units.same_dimension(unit, inside):
            return units.linear_conversion(unit, inside)
        parameter = self.kernel.parameters.get(name)
        for scale, power in scales_of(parameter):
            if scale not in self.units:
                continue
            product = units.multiply(unit, self.units[scale], power)
            if units.same_dimension(product, inside):
                factor, _ = units.linear_conversion(product, inside)
                if self._varies(scale):
                    self.whole[name] = Scaled(unit=unit, factor=factor, scale=scale, power=power)
                    return 1.0, 0.0
                return factor * self._single(scale, name, unit, where) ** power, 0.0
        charge = parameter.valence or 0 if parameter is not None else 0
        if abs(charge) == 1 and units.counts_charges(unit):
            moles = units.multiply(unit, "mol/Eq")
            if units.same_dimension(moles, inside):
                return units.linear_conversion(moles, inside)
        remedy = units.mistaken(unit, inside) or f"use {inside or '1'} or alike"
        raise DeclarationError(
            f"{where}: {name} is in {inside or '1'}, got {unit or '1'}; {remedy}"
        )

    def outward(self, name: str, unit: str) -> Scaled:
        """Return how an output is told in a unit that a study asks for.

        Raises:
            DeclarationError: it measures another quantity, by area and capacitance too.
        """
        if name not in self.kernel.outputs:
            raise DeclarationError(f"outputs.units: {self.kernel.lacks(name)}")
        where, inside = f"outputs.units.{name}", self.kernel.outputs[name].unit
        if units.same_dimension(unit, inside):
            factor, offset = units.linear_conversion(inside, unit)
            return Scaled(unit=inside, factor=factor, offset=offset)
        for scale in (scale for scale in self.scales if scale in self.units):
            for power in (1, -1):
                product = units.multiply(inside, self.units[scale], power)
                if units.same_dimension(product, unit):
                    factor, _ = units.linear_conversion(product, unit)
                    if scale not in self.study.fixed:
                        self.assumed.add(scale)
                    return Scaled(unit=inside, factor=factor, scale=scale, power=power)
        raise DeclarationError(
            f"{where}: {name} is in {inside or '1'}, got {unit}; use {inside or '1'} or alike"
        )

    def parted(
        self,
        swept: Collection[str],
        constants: dict[str, float],
        derived: dict[str, Expression],
    ) -> dict[str, str]:
        """Part densities that vary with the cell's size from the values that they follow from.

        Args:
            swept: the names that vary along dimensions.
            constants: name -> value; the whole-cell values among them get names of their own.
            derived: name -> how it follows; the densities are added.

        Returns:
            density -> the name of its whole-cell value.
        """
        raw = {name: f"{name}_whole_cell" for name in self.whole if name in {*swept, *constants}}
        for name, alias in raw.items():
            self.units[alias] = self.whole[name].unit
            derived[name] = self.whole[name].expression(alias)
            if name in constants:
                constants[alias] = constants.pop(name)
        return raw

    def _varies(self, scale: str) -> bool:
        """Tell whether area or capacitance differs from point to point."""
        population = self.study.population
        if scale in self.study.derived or (population and scale in population.units):
            return True
        if any(scale in (name, *_parts(axis)) for name, axis in self.study.axes.items()):
            return True
        parameter = self.kernel.parameters.get(scale)
        value = self.study.fixed.get(scale, parameter.default if parameter else None)
        if not isinstance(value, str) or units.same_dimension(
            units.split_quantity(value)[1] or "1", self.units[scale]
        ):
            return False
        return any(self._varies(other) for other, _ in scales_of(parameter))

    def _single(self, scale: str, name: str, unit: str, where: str) -> float:
        """Return the one value that area or capacitance has in this study."""
        parameter = self.kernel.parameters.get(scale)
        value = self.study.fixed.get(scale, parameter.default if parameter else None)
        if scale not in self.study.fixed:
            self.assumed.add(scale)
        if value is None:
            raise DeclarationError(f"{where}: {name} in {unit} needs {scale}; add it under [fixed]")
        number = self.number(scale, value, f"fixed.{scale}")
        if not number:
            raise DeclarationError(
                f"{where}: {name} in {unit} needs {scale} above 0, got {value}; change it"
            )
        return number

    def number(self, name: str, value: object, where: str) -> float:
        """Return a declared constant in the unit inside, within its bounds."""
        try:
            if isinstance(value, str):
                number, unit = units.split_quantity(value)
                if not unit and not units.same_dimension("1", self.units[name]):
                    units.to_unit(value, self.units[name])  # says that the unit is missing
                factor, offset = self.conversion(name, unit or "1", where)
                number = number * factor + offset
            elif value is self.kernel.parameters.get(name, Parameter(unit="1")).default:
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

    def remedy(self, name: str) -> str:
        """Return what the kernel says to do about a value outside the bounds, if anything."""
        parameter = self.kernel.parameters.get(name)
        return parameter.remedy if parameter else ""

    def bounded(self, name: str, low: float, high: float, where: str) -> None:
        """Refuse values between low and high that leave the bounds [its unit]."""
        bounds = self.bounds(name)
        if name in self.whole:  # of the same sign, and checked at each point
            bounds = 0.0 if bounds[0] == 0.0 else -math.inf, math.inf
        for value in (low, high):
            if not abs(value) <= self.largest:
                raise DeclarationError(
                    f"{where}: no {self.study.precision} in {self.units[name]} holds "
                    f"{np.float64(value):g}; change it"
                )
            if not bounds[0] <= value <= bounds[1]:
                unit = "" if self.units[name] in ("", "1") else f" {self.units[name]}"
                raise DeclarationError(
                    f"{where}: {name} must lie in [{bounds[0]:g}, {bounds[1]:g}]{unit}, "
                    f"got {np.float64(value):g}; {self.remedy(name) or 'change it'}"
                )


def _parts(axis: Any) -> tuple[str, ...]:
    """Return the parameters of a linked axis, none of any other."""
    return tuple(axis.parameters) if isinstance(axis, LinkedAxis) else ()
