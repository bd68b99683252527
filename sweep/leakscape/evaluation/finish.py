"""The result of a reduction: what all points gave, as a labelled dataset."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from leakscape.declare import names
from leakscape.declare.population import CELL
from leakscape.errors import DeclarationError, PlanError
from leakscape.evaluation import places
from leakscape.evaluation.accumulate import NOWHERE
from leakscape.evaluation.asked import dtype_in
from leakscape.evaluation.coordinates import units_in_format
from leakscape.evaluation.reduced import ReducedPlan
from leakscape.evaluation.results import Held, Made, made
from leakscape.evaluation.tile import POINTS, Name

Arrays = Mapping[Name, Mapping[str, NDArray[Any]]]
"""(output, accumulator) -> field -> values of every kept point."""


def finished(plan: ReducedPlan, arrays: Arrays) -> xr.Dataset:
    """Make the result of what was accumulated.

    Args:
        plan: the plan.
        arrays: what all points together gave, merged over all runs; where quantiles took several
            passes, the order statistics as `ranked`.

    Returns:
        A dataset along the kept dimensions, with units and long names.

    Raises:
        PlanError: conditions leave every point out.
    """
    _refuse_nothing_left(plan, arrays)
    coords: dict[str, Any] = {
        label.name: (label.dims, label.values, dict(label.attributes))
        for label in plan.points.coordinates
        if set(label.dims) <= set(plan.dimensions)
    }
    coords |= _sampled(plan)
    variables: dict[str, Any] = {}
    for output, one in makes(plan):
        held = {
            (name, part): values
            for (of, name), fields in arrays.items()
            if of == output
            for part, values in fields.items()
        }
        values = one.compute(held)
        attributes: dict[str, Any] = {}
        if values.dtype.kind != "U":
            attributes |= units_in_format(one.unit, plan.points.format)
        attributes["long_name"] = one.long_name
        if one.mean:
            attributes["comment"] = weights(plan)
        if output == POINTS[0]:
            attributes["n_points"] = plan.over.points  # of so many at each kept point
        if one.coordinate:
            coords[one.name] = (one.own, values, attributes)
        else:
            variables[one.name] = ((*plan.dimensions, *one.own), values, attributes)
    return xr.Dataset(variables, coords=coords, attrs=plan.points.attributes)


def makes(plan: ReducedPlan) -> Iterator[tuple[str, Made]]:
    """Return the variables of a result and the coordinates of their own dimensions.

    Args:
        plan: the plan.

    Yields:
        The output that each is of, and what it is; the output of what counts points is "".
    """
    for output, statistics in plan.reduction.statistics.items():
        declared = plan.points.space.kernel.outputs[output]
        for statistic in statistics:
            for one in made(output, declared, dtype_in(plan.points, output), statistic):
                yield output, one
            if statistic.kind in ("argmin", "argmax"):
                for one in _places(plan, output, statistic.kind):
                    yield output, one
        yield output, _number(f"{output}_n_valid", f"valid points of {output}", ("valid", "n"))
    yield POINTS[0], _number("n_failed", "points that failed", (POINTS[1], "failed"))
    if plan.points.space.where:
        left = "points that a condition leaves out"
        yield POINTS[0], _number("n_left_out", left, (POINTS[1], "left_out"))


def refuse_one_name_for_two(plan: ReducedPlan) -> None:
    """Refuse a result in which two things would have one name.

    Raises:
        DeclarationError: which name, or two names that differ in case alone.
    """
    taken = {*plan.dimensions, *(label.name for label in plan.points.coordinates)}
    for output, one in makes(plan):
        if one.name == "quantile" and one.name in taken - set(plan.dimensions):
            _refuse_other_shares(plan)
            continue
        if one.name in taken:
            raise DeclarationError(
                f"{f'reduce.{output}'.rstrip('.')}: the result has something called {one.name!r} "
                "already; "
                "rename the axis"
            )
        taken.add(one.name)
    names.check_distinct(sorted(taken), "reduce")


def _refuse_nothing_left(plan: ReducedPlan, arrays: Arrays) -> None:
    points = plan.points.grid.points
    if plan.points.space.where and int(arrays[POINTS]["left_out"].sum()) == points:
        raise PlanError(
            f"where.keep: leaves all {points} points out, so that nothing is left to reduce; "
            "ask for less"
        )


def weights(plan: ReducedPlan) -> str:
    """Say how points count in a mean."""
    return ", ".join(
        f"{'cells' if name == CELL else f'grid points of {name}'} count equally"
        for name in plan.reduction.over
    )


def _refuse_other_shares(plan: ReducedPlan) -> None:
    asked = {
        statistic.numbers
        for statistics in plan.reduction.statistics.values()
        for statistic in statistics
        if statistic.kind == "quantile"
    }
    if len(asked) > 1:
        raise DeclarationError(
            "reduce: the quantiles of all outputs lie along one dimension, got "
            f"{' and '.join(str([*one]) for one in sorted(asked))}; ask for the same of each"
        )


def _number(name: str, called: str, held: tuple[str, str]) -> Made:
    return Made(
        name=name, unit="1", long_name=f"number of {called}", compute=lambda found: found[held]
    )


def _places(plan: ReducedPlan, output: str, kind: str) -> Iterator[Made]:
    """Return where an extreme lies, as a variable for each parameter that is reduced."""
    which, word = ("least", "smallest") if kind == "argmin" else ("greatest", "largest")
    called = plan.points.space.kernel.outputs[output].long_name or output
    for what in places.named(plan.points.space, plan.reduction.over):
        yield Made(
            name=f"{what.name}_at_{output}_{kind.removeprefix('arg')}",
            unit=what.unit,
            long_name=f"{what.long_name} where {called} is {word}",
            compute=_place_of(plan, what, which),
        )


def _place_of(plan: ReducedPlan, what: places.Named, which: str) -> Callable[[Held], NDArray[Any]]:
    axis = plan.over.dimensions.index(what.dimension.name)

    def compute(held: Held) -> NDArray[Any]:
        at = held[which, "at"]
        along = np.maximum(at, 0) // plan.strides[axis] % plan.over.shape[axis]
        return places.told(plan.points.space, what, np.where(at == NOWHERE, NOWHERE, along))

    return compute


def _sampled(plan: ReducedPlan) -> dict[str, Any]:
    """Return the sampled parameters of cells that are kept, as coordinates."""
    space, population = plan.points.space, plan.points.space.population
    if population is None or CELL not in plan.dimensions:
        return {}
    cells = np.arange(population.size)
    return {
        v.name: ((CELL,), places.drawn(space, v.name, cells), dict(v.attributes))
        for v in plan.points.variables
        if v.role == "sampled"
    }
