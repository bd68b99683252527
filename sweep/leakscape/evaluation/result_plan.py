"""The result of a reduction as a plan of its own, so that it is stored as any sweep is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from leakscape import status
from leakscape.evaluation.coordinates import Coordinate
from leakscape.evaluation.grid import Grid, Variable
from leakscape.evaluation.plan import CHUNK_BYTES, Plan, chunk_shape
from leakscape.evaluation.reduced import ReducedPlan
from leakscape.status import Status


@dataclass(frozen=True)
class Result:
    """The last stage of a reduction.

    Args:
        plan: the reduction.
        dataset: its result; None where nothing is computed any more.
    """

    plan: ReducedPlan
    dataset: xr.Dataset | None

    @property
    def division(self) -> Mapping[str, Any]:
        """What decides the result besides the study."""
        return self.plan.division

    def blocks(self) -> ResultBlocks:
        """Return what cuts the result into chunks."""
        assert self.dataset is not None
        return ResultBlocks(result_plan(self.plan, self.dataset), self.dataset)


class ResultBlocks:
    """Cuts a result into chunks.

    Args:
        plan: of the result.
        dataset: the result.
    """

    def __init__(self, plan: Plan, dataset: xr.Dataset) -> None:
        self._plan, self._dataset = plan, dataset

    @contextmanager
    def block(self, task: int) -> Iterator[dict[str, NDArray[Any]]]:
        """Cut out one chunk, padded to its whole length."""
        grid, chunks = self._plan.grid, {}
        for variable in self._plan.written_by(task):
            whole = np.full(variable.chunks, variable.fill, variable.dtype)
            if variable.role == "status":
                whole[grid.within(variable, task)] = int(Status.OK)
            else:
                values = self._dataset[variable.name].values
                whole[grid.within(variable, task)] = values[grid.region(variable, task)]
            chunks[variable.name] = whole
        yield chunks


def result_plan(plan: ReducedPlan, dataset: xr.Dataset) -> Plan:
    """Plan how a result is stored: along the kept dimensions, in chunks of the usual size.

    Args:
        plan: the reduction.
        dataset: its result.
    """
    size = dict(zip(plan.dimensions, plan.shape, strict=True))
    drawn = {v.name for v in plan.points.variables if v.role == "sampled"}
    arrays = {
        str(name): array
        for name, array in dataset.variables.items()
        if array.dtype.kind != "U" and (name not in dataset.coords or name in drawn)
    }
    most = max(
        math.prod(array.shape) * array.dtype.itemsize // max(1, math.prod(plan.shape))
        for array in arrays.values()
    )
    step = dict(zip(size, chunk_shape(plan.shape, max(1, CHUNK_BYTES // most)), strict=True))

    def stored(name: str, array: xr.Variable, role: str) -> Variable:
        dims = tuple(map(str, array.dims))
        return Variable(
            name=name,
            dims=dims,
            shape=array.shape,
            chunks=tuple(step.get(d, n) for d, n in zip(dims, array.shape, strict=True)),
            dtype=str(array.dtype),
            role=role,
            attributes=dict(array.attrs),
        )

    codes = xr.Variable(plan.dimensions, np.empty(plan.shape, np.uint8), status.attributes())
    labels = tuple(
        Coordinate(
            name=str(name),
            dims=tuple(map(str, array.dims)),
            values=array.values,
            attributes=dict(array.attrs),
            labels=name in dataset.coords,
        )
        for name, array in dataset.variables.items()
        if name not in arrays
    )
    return replace(
        plan.points,
        grid=Grid(dimensions=plan.dimensions, shape=plan.shape, chunks=tuple(step.values())),
        variables=(
            *(stored(n, a, "sampled" if n in drawn else "output") for n, a in arrays.items()),
            stored("status", codes, "status"),
        ),
        coordinates=labels,
        stage=Result(plan, dataset),
    )
