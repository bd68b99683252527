"""A study meets its kernel: every name is known, every value fits, and the space is settled."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from leakscape.declare import expression, find, names, units
from leakscape.declare.axis import LARGEST_AXIS, LinkedAxis
from leakscape.declare.beside import with_columns_told_apart
from leakscape.declare.distributions import Distribution
from leakscape.declare.kernel import Described
from leakscape.declare.population import CELL
from leakscape.declare.quantities import Quantities
from leakscape.declare.reduction import Reduction, settled
from leakscape.declare.space import Dimension, Space
from leakscape.declare.study import Study
from leakscape.declare.where import conditions
from leakscape.declare.whole_cell import in_units_of, of_whole_cells
from leakscape.errors import DeclarationError, PlanError
from leakscape.shown import count

LARGEST_GRID = 10**15
"""More points than any store can hold: refused before anything is allocated."""


def resolve(study: Study) -> Space:
    """Meet a study with its kernel.

    Args:
        study: the study.

    Returns:
        The space.

    Raises:
        DeclarationError: whatever does not fit, in one sentence.
        PlanError: more points than can be held.
    """
    if isinstance(study.kernel, Mapping):
        options = {key: value for key, value in study.kernel.items() if key != "name"}
        described = find.find(study.kernel["name"], options, study.folder)
    else:
        described = find.build(study.kernel, {}, study.kernel_name)
    return _Resolver(study, described).settle()


class _Resolver:
    """Holds what is being put together while a study meets its kernel."""

    def __init__(self, study: Study, described: Described) -> None:
        described = of_whole_cells(study, described)
        study = with_columns_told_apart(study, Quantities(study, described))
        self.names = Quantities(study, described)
        self.outward = {n: self.names.outward(n, u) for n, u in study.output_units.items()}
        self.study, self.kernel = study, in_units_of(study, described, self.outward)
        self.swept: dict[str, str] = {}  # name -> where it was declared
        self.inward: dict[str, tuple[float, float]] = {}

    def settle(self) -> Space:
        dimensions = self._dimensions()
        points = math.prod(dimension.size for dimension in dimensions)
        if points > LARGEST_GRID:
            sizes = " x ".join(count(dimension.size) for dimension in dimensions)
            raise PlanError(
                f"axes: the grid has {count(points)} points ({sizes}), "
                f"more than {LARGEST_GRID:.0e}; use fewer or shorter axes, or a population"
            )
        for dimension in dimensions:
            if dimension.axes and dimension.size > LARGEST_AXIS:
                raise PlanError(
                    f"axes.{dimension.name}: at most {LARGEST_AXIS} values, got {dimension.size}; "
                    "use a population"
                )
        self._check_values(dimensions)
        constants = self._constants()
        derived = self._derived(constants)
        constants = {name: value for name, value in constants.items() if name not in derived}
        ratios = self._ratios({*self.swept, *constants, *derived})
        given = {*self.swept, *constants}
        for name, parameter in self.kernel.parameters.items():
            if name in given or name in derived or name in ratios:
                continue
            if parameter.default is None:
                raise DeclarationError(
                    f"kernel {self.kernel.name}: {name} has no default and no value; "
                    f'add {name} = "... {parameter.unit}" under [fixed] or an axis'
                )
            at = f"kernel {self.kernel.name}, default of {name}"
            constants[name] = self.names.number(name, parameter.default, at)
        raw = self.names.parted(self.swept, constants, derived)
        space = Space(
            study=self.study,
            kernel=self.kernel,
            dimensions=dimensions,
            units=self.names.units,
            inward=self.inward,
            constants=constants,
            ratios=ratios,
            derived=derived,
            order=self._order({*self.swept, *constants, *raw.values()} - {*raw}, ratios, derived),
            raw={name: alias for name, alias in raw.items() if name in self.swept},
            outward=self.outward,
            assumed=tuple(sorted(self.names.assumed)),
            keep=self._keep(),
            reduction=self._reduction(dimensions),
        )
        settled = space.settled
        for name in space.order:
            if not math.isfinite(settled.get(name, 0.0)):
                raise DeclarationError(
                    f"derived.{name}: not finite for the study's constants; change it"
                )
        return replace(space, where=conditions(space, settled))

    def _dimensions(self) -> tuple[Dimension, ...]:
        dimensions = []
        for name, axis in self.study.axes.items():
            linked = isinstance(axis, LinkedAxis)
            axes = dict(axis.parameters) if linked else {name: axis}
            if linked and (name in axes or name in self.kernel.parameters):
                raise DeclarationError(
                    f"axes.{name}: a linked axis needs a name of its own; rename"
                )
            for parameter in axes:
                where = f"axes.{name}.{parameter}" if linked else f"axes.{name}"
                self._sweep(parameter, where, axes[parameter].unit)
            label = axis.label if linked else ()
            dimensions.append(Dimension(name=name, size=axis.size, axes=axes, label=label))
        population = self.study.population
        if population is not None:
            table = population.table
            place = "population.parameters." if table is None else f"{table.name}, column "
            for parameter, unit in population.units.items():
                self._sweep(parameter, f"{place}{parameter}", unit)
            label = table.id if table else ()
            dimensions.append(Dimension(name=CELL, size=population.size, label=label))
        own = {o.dimension for o in self.kernel.outputs.values() if o.dimension is not None}
        names.check_distinct(
            [*(d.name for d in dimensions), *own, *self.kernel.outputs], "axes and outputs"
        )
        for dimension in dimensions:
            if dimension.name in self.kernel.outputs or dimension.name in own:
                raise DeclarationError(f"axes.{dimension.name}: is an output's name; rename it")
        return tuple(dimensions)

    def _sweep(self, name: str, where: str, unit: str) -> None:
        names.check(name, where)
        if name in self.swept:
            raise DeclarationError(
                f"{where}: {name} is swept already by {self.swept[name]}; keep one of them"
            )
        self.names.know(name, where, unit)
        if unit == "1" and not units.same_dimension(unit, self.names.units[name]):
            raise DeclarationError(
                f'{where}: values are without a unit; write unit = "{self.names.units[name]}"'
            )
        self.inward[name] = self.names.conversion(name, unit, where)
        self.swept[name] = where

    def _constants(self) -> dict[str, float]:
        constants = {}
        for name, value in self.study.fixed.items():
            try:
                unit = units.split_quantity(value)[1] if isinstance(value, str) else ""
            except DeclarationError as error:
                raise DeclarationError(f"fixed.{name}: {error}") from error
            self.names.know(name, f"fixed.{name}", unit or "1")
            swept = dict(self.names.whole)
            number = self.names.number(name, value, f"fixed.{name}")
            if name not in self.swept:
                constants[name] = number
            elif name in self.names.whole.keys() - swept:  # what is swept is no whole-cell value
                del self.names.whole[name]
        return constants

    def _derived(self, constants: Mapping[str, float]) -> dict[str, expression.Expression]:
        known = {
            name: unit
            for name, unit in self.names.units.items()
            if name in self.kernel.parameters or name in self.swept or name in constants
        }
        derived = {}
        for name, text in self.study.derived.items():
            if name not in self.kernel.parameters:
                remedy = names.nearest(name, self.kernel.parameters)
                raise DeclarationError(
                    f"derived.{name}: kernel {self.kernel.name} has no such parameter; {remedy}"
                )
            try:
                parsed = expression.parse(text, self.names.units[name], known)
            except DeclarationError as error:
                raise DeclarationError(f"derived.{name}: {error}") from error
            if name not in self.swept:
                derived[name] = parsed
        return derived

    def _ratios(self, given: set[str]) -> dict[str, tuple[str, str]]:
        ratios: dict[str, tuple[str, str]] = {}
        for name in sorted(given):
            pair = None if name in self.kernel.parameters else self.names.split_ratio(name)
            if pair is None:
                continue
            top, bottom = pair
            if top in given:
                raise DeclarationError(
                    f"{name}: gives {top} already, but {top} is given too; remove one of them"
                )
            if top in ratios:
                raise DeclarationError(f"{name}: {ratios[top][0]} gives {top} too; remove one")
            ratios[top] = (name, bottom)
        return ratios

    def _order(
        self,
        ready: set[str],
        ratios: Mapping[str, tuple[str, str]],
        derived: Mapping[str, expression.Expression],
    ) -> tuple[str, ...]:
        needs = {name: set(pair) for name, pair in ratios.items()}
        needs |= {name: set(parsed.names) for name, parsed in derived.items()}
        order: list[str] = []
        while needs:
            free = [name for name, wanted in needs.items() if wanted <= ready]
            if not free:
                raise DeclarationError(
                    f"derived: {', '.join(sorted(needs))} need one another; break the circle"
                )
            order += free
            ready |= set(free)
            for name in free:
                del needs[name]
        return tuple(order)

    def _keep(self) -> tuple[str, ...]:
        outputs = self.kernel.outputs
        for name in self.study.outputs:
            if name not in outputs:
                raise DeclarationError(f"outputs.keep: {self.kernel.lacks(name)}")
        headline = tuple(name for name, output in outputs.items() if output.headline)
        return self.study.outputs or headline or tuple(outputs)

    def _reduction(self, dimensions: tuple[Dimension, ...]) -> Reduction | None:
        reduction: Reduction | None = self.study.reduce
        if reduction is None:
            return None
        swept = [dimension.name for dimension in dimensions]
        return settled(reduction, self.kernel, swept, self.study.outputs)

    def _check_values(self, dimensions: tuple[Dimension, ...]) -> None:
        for dimension in dimensions:
            for name, axis in dimension.axes.items():
                try:
                    points = axis.points()
                except DeclarationError as error:
                    raise DeclarationError(f"{self.swept[name]}: {error}") from error
                values = self._inside(name, points)
                self.names.bounded(name, values.min(), values.max(), self.swept[name])
        population = self.study.population
        if population is None:
            return
        if population.table is not None:
            for name, (_, column) in population.table.columns.items():
                values = self._inside(name, column)
                where = f"{population.table.name}, column {name}"
                self.names.bounded(name, values.min(), values.max(), where)
            return
        for name, drawn in population.parameters.items():
            self._supported(name, drawn)

    def _inside(self, name: str, points: NDArray[np.float64]) -> NDArray[np.float64]:
        factor, offset = self.inward[name]
        with np.errstate(all="ignore"):  # what overflows is refused next, by name
            return points * factor + offset

    def _supported(self, name: str, drawn: Distribution) -> None:
        factor, offset = self.inward[name]
        for number in (*drawn.numbers, *(number * factor + offset for number in drawn.numbers)):
            if not abs(number) <= self.names.largest:
                raise DeclarationError(
                    f"{self.swept[name]}: no {self.study.precision} in {self.names.units[name]} "
                    f"holds {number:g}; change it"
                )
        low, high = (bound * factor + offset for bound in drawn.support)
        bounds = self.names.bounds(name)
        if low < bounds[0] or high > bounds[1]:
            remedy = self.names.remedy(name) or "use one with limits, such as truncated_normal"
            raise DeclarationError(
                f"{self.swept[name]}: a {drawn.name} can leave [{bounds[0]:g}, {bounds[1]:g}] "
                f"{self.names.units[name]}, got [{low:g}, {high:g}]; {remedy}"
            )
