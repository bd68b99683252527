"""Labels: the coordinates of a dataset and the long names of what is swept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leakscape.declare.axis import AnyAxis, rounded
from leakscape.declare.population import CELL
from leakscape.declare.space import Space, label_name
from leakscape.declare.table import TEXT, Table
from leakscape.declare.unit_attribute import attribute
from leakscape.errors import KernelError
from leakscape.evaluation.grid import DECIMAL


@dataclass(frozen=True, kw_only=True)
class Coordinate:
    """One coordinate, stored whole.

    Args:
        name: its name; an index coordinate bears its dimension's.
        dims: the dimensions that it runs along, mostly one.
        values: float64 numbers in the study's unit, or texts.
        attributes: units and long_name.
        labels: whether it labels what is there; a text among results is stored alike, and is none.
    """

    name: str
    dims: tuple[str, ...]
    values: NDArray[Any]
    attributes: Mapping[str, Any]
    labels: bool = True


def axis_in_format(axis: AnyAxis, format: int) -> AnyAxis:
    """Return an axis with the values that stores of a format hold."""
    return axis if format >= DECIMAL else rounded(axis)


def units_in_format(unit: str, format: int) -> dict[str, str]:
    """Return the attribute `units` as stores of a format spell it.

    Args:
        unit: the unit as the field spells it.
        format: of the store.
    """
    return {"units": attribute(unit) if format >= DECIMAL else unit or "1"}


def coordinates(
    space: Space, own: Mapping[str, tuple[int, ...]], format: int
) -> tuple[Coordinate, ...]:
    """Label every swept dimension and every dimension of a kept output's own.

    Args:
        space: the space.
        own: kept output -> its shape at one point.
        format: of the store.

    Returns:
        The coordinates; cells without ids and own dimensions without values stay unlabelled.
    """
    found = []
    for dimension in space.dimensions:
        if dimension.label:
            name = label_name(dimension.name)
            text = np.array(dimension.label, dtype=TEXT if name == "id" else np.str_)
            labels = {"long_name": "identity of the cell" if name == "id" else name}
            found.append(
                Coordinate(name=name, dims=(dimension.name,), values=text, attributes=labels)
            )
        for name, axis in dimension.axes.items():
            found.append(_number(space, name, dimension.name, axis.points(), axis.unit, format))
    population = space.population
    if population is not None and population.table is not None:
        for name, (unit, values) in population.table.columns.items():
            found.append(_number(space, name, CELL, values, unit, format))
        found += _beside(population.table, format)
    labelled = set()
    for name in own:
        output = space.kernel.outputs[name]
        if output.dimension is None or output.coordinate is None or output.dimension in labelled:
            continue
        labelled.add(output.dimension)
        found.append(
            Coordinate(
                name=output.dimension,
                dims=(output.dimension,),
                values=np.asarray(output.coordinate, dtype=np.float64),
                attributes=units_in_format(output.coordinate_unit, format)
                | {"long_name": output.dimension},
            )
        )
    return tuple(found)


def _beside(table: Table, format: int) -> list[Coordinate]:
    """Label cells by what their table tells besides parameters."""
    numbers = [
        Coordinate(
            name=name,
            dims=(CELL,),
            values=values,
            attributes=units_in_format(unit, format) | {"long_name": name.replace("_", " ")},
        )
        for name, (unit, values) in table.values.items()
    ]
    texts = [
        Coordinate(
            name=name, dims=(CELL,), values=values, attributes={"long_name": name.replace("_", " ")}
        )
        for name, values in table.labels.items()
    ]
    return numbers + texts


def refuse_misfit(space: Space, own: Mapping[str, tuple[int, ...]]) -> None:
    """Compare the lengths that vectors come out with, and those of their coordinates.

    Args:
        space: the space.
        own: kept output -> its shape at one point.

    Raises:
        KernelError: a length of 0, two lengths of one dimension, or labels for another length.
    """
    lengths: dict[str, tuple[str, int]] = {}
    for name, shape in own.items():
        output, where = space.kernel.outputs[name], f"kernel {space.kernel.name}: {name}"
        if output.dimension is None:
            continue
        other, length = lengths.setdefault(output.dimension, (name, shape[0]))
        along = f"along {output.dimension}"
        if not shape[0]:
            raise KernelError(f"{where} must have at least one value {along}, got 0; return some")
        if shape[0] != length:
            raise KernelError(
                f"{where} must be as long {along} as {other}, {length}, got {shape[0]}; "
                "give it a dimension of its own"
            )
        if output.coordinate is not None and len(output.coordinate) != length:
            raise KernelError(
                f"{where} must be as long {along} as its coordinate, {len(output.coordinate)}, "
                f"got {length}; change one of them"
            )


def _number(
    space: Space, name: str, dim: str, values: NDArray[Any], unit: str, format: int
) -> Coordinate:
    attributes = units_in_format(unit, format) | {"long_name": long_name(space, name)}
    attributes |= parameter_role(space, name)
    return Coordinate(name=name, dims=(dim,), values=values, attributes=attributes)


def parameter_role(space: Space, name: str) -> dict[str, str]:
    """Return the attribute that tells what a swept value is to the outputs, if anything."""
    parameter = space.kernel.parameters.get(name)
    return {"role": parameter.role} if parameter is not None and parameter.role else {}


def long_name(space: Space, name: str) -> str:
    """Return what a plot calls a swept value: a ratio as `P_Na / P_K`, else its meaning."""
    for top, (ratio, base) in space.ratios.items():
        if ratio == name:
            return f"{top} / {base}"
    parameter = space.kernel.parameters.get(name)
    return parameter.meaning if parameter is not None and parameter.meaning else name
