"""Whole-cell values: nS, pA and pF of a cell whose model counts in densities.

A density follows from the cell's area or capacitance. Where only ratios matter, as in the chord
equation, a kernel knows neither: then every value and result is of the whole cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from leakscape.declare import units
from leakscape.declare.axis import LinkedAxis
from leakscape.declare.expression import Expression
from leakscape.declare.kernel import Described
from leakscape.declare.output import Output
from leakscape.declare.parameter import Parameter
from leakscape.declare.study import Study
from leakscape.errors import DeclarationError


@dataclass(frozen=True, kw_only=True)
class Scaled:
    """How a value follows from one in another unit: value * factor * scale^power + offset.

    Args:
        unit: the other unit.
        factor: of the units.
        scale: a value with which it grows, such as `area`; None where units alone decide.
        power: of that value, 1 or -1.
        offset: of temperatures.
    """

    unit: str
    factor: float
    scale: str | None = None
    power: int = 0
    offset: float = 0.0

    def of(self, value: Any, values: Mapping[str, Any]) -> Any:
        """Return the value.

        Args:
            value: in the other unit.
            values: everything that is known at the point, by name.
        """
        if self.scale is None:
            return value * self.factor + self.offset
        scale = values[self.scale]
        return value * (self.factor * scale if self.power > 0 else self.factor / scale)

    def told(self, output: Output, unit: str) -> Output:
        """Return an output in the unit that it comes in; times an area, no density is one."""
        per_cell = self.scale is not None and self.power > 0
        name = output.long_name.replace(" density", "") if per_cell else output.long_name
        return replace(output, unit=unit, long_name=name)

    def expression(self, raw: str) -> Expression:
        """Return how a value follows from the raw one, which has a name of its own."""
        assert self.scale is not None
        text = f"{raw} [{self.unit}] {'*' if self.power > 0 else '/'} {self.scale} {self.factor!r}"
        names = frozenset({raw, self.scale})
        return Expression(text, names, lambda values, xp: self.of(values[raw], values))


def scales_of(parameter: Parameter | None) -> Iterator[tuple[str, int]]:
    """Return what a parameter's density is per, with the power of it that makes the density."""
    if parameter is not None and parameter.divide_by is not None:
        yield parameter.divide_by, -1
    if parameter is not None and parameter.multiply_by is not None:
        yield parameter.multiply_by, 1


def given_units(study: Study) -> dict[str, str]:
    """Return the unit in which a study gives each value, "1" for a bare number."""
    found: dict[str, str] = {}
    for name, value in study.fixed.items():
        try:
            found[name] = units.split_quantity(value)[1] if isinstance(value, str) else ""
        except DeclarationError:
            continue  # it is refused where it is read
    for name, axis in study.axes.items():
        rows = axis.parameters if isinstance(axis, LinkedAxis) else {name: axis}
        found |= {key: row.unit for key, row in rows.items()}
    if study.population is not None:
        found |= study.population.units
    return {name: unit or "1" for name, unit in found.items()}


def of_whole_cells(study: Study, described: Described) -> Described:
    """Return a kernel in whole-cell units where a study gives them and it knows no area.

    Args:
        study: the study.
        described: the kernel.

    Returns:
        The kernel: parameters and outputs that say so are in nS and pA, or in pS/pF and pA/pF, and
        such parameters have no default. The numbers that it computes with are the study's.
    """
    own = {name: p for name, p in described.parameters.items() if p.whole_cell}
    given = given_units(study)
    known = {*described.parameters, *given}
    if any(scale in known for p in own.values() for scale, _ in scales_of(p)):
        return described
    for place in range(max((len(p.whole_cell) for p in own.values()), default=0)):
        if any(
            name in given and units.same_dimension(given[name], p.whole_cell[place])
            for name, p in own.items()
        ):
            parameters = {
                name: replace(p, unit=p.whole_cell[place], default=None) for name, p in own.items()
            }
            outputs = {
                name: replace(
                    o, unit=o.whole_cell[place], long_name=o.long_name.replace(" density", "")
                )
                for name, o in described.outputs.items()
                if o.whole_cell
            }
            return replace(
                described,
                parameters={**described.parameters, **parameters},
                outputs={**described.outputs, **outputs},
            )
    return described


def in_units_of(study: Study, described: Described, outward: Mapping[str, Scaled]) -> Described:
    """Return a kernel whose outputs come in the units that a study asks for.

    Args:
        study: the study.
        described: the kernel.
        outward: output -> how it follows from what the kernel returns.
    """
    told = {
        name: scaled.told(described.outputs[name], study.output_units[name])
        for name, scaled in outward.items()
    }
    return replace(described, outputs={**described.outputs, **told})
