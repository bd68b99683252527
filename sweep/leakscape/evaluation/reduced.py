"""The plan of a reduction: tiles, runs of tiles, and what each run hands over.

A tile is what one executable sees: longest along the reduced dimensions, whole along them if it
can be, then along the kept ones from the last. A task is a block of kept points times a run of
tiles along what is reduced; it merges its run in order and hands over one partial. All of it
follows from the study alone, so that the numbers are the same whoever computes them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from leakscape.declare.reduction import Reduction
from leakscape.declare.resolve import resolve
from leakscape.declare.study import Study
from leakscape.errors import PlanError
from leakscape.evaluation import order
from leakscape.evaluation.accumulate import Accumulator, Field
from leakscape.evaluation.asked import accumulators, dtype_in, floating
from leakscape.evaluation.compiling import on_cpu
from leakscape.evaluation.forked import refuse_after_fork
from leakscape.evaluation.grid import FORMAT, Grid, Variable
from leakscape.evaluation.plan import CHUNK_BYTES, Plan, chunk_shape, cut, plan_of
from leakscape.evaluation.tile import POINTS, Name

TILE_POINTS = 2**20
"""Points of a tile on a CPU: what a pass leaves in the cache the next one finds there, measured."""
DEVICE_TILE_POINTS = 2**24
"""Of a tile on a GPU, which many points fill; not measured yet. Memory may halve it."""
TASKS = 250
"""About how many there are of a large study: enough for any crew, and few enough to keep."""
RUN = "_run"
"""The dimension of partials along runs of tiles; no axis can be called so."""


@dataclass(frozen=True, kw_only=True)
class ReducedPlan:
    """What will be reduced, in which tiles and tasks.

    Args:
        points: the points as tiles: kept dimensions first, then those that are reduced.
        kept: how many dimensions are kept.
        grid: the kept dimensions and the runs, cut into tasks; a run is one chunk.
        run: tiles of a whole run.
        tile_points: how many points a tile may have.
        asked: (output, accumulator) -> the accumulator, of the first pass.
        searched: outputs whose quantiles take several passes -> the dtype of their values.
    """

    points: Plan
    kept: int
    grid: Grid
    run: int
    tile_points: int
    asked: Mapping[Name, Accumulator] = field(repr=False)
    searched: Mapping[str, str]

    @property
    def passes(self) -> int:
        """How often every point is evaluated."""
        return max(map(order.passes, self.searched.values()), default=1)

    @property
    def reduction(self) -> Reduction:
        """What is reduced, with numbers in the outputs' units."""
        reduction = self.points.space.reduction
        assert reduction is not None
        return reduction

    @property
    def over(self) -> Grid:
        """The reduced dimensions, cut into tiles."""
        return _part(self.points.grid, slice(self.kept, None))

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The kept dimensions, in study order."""
        return self.points.grid.dimensions[: self.kept]

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of the result along each of them."""
        return self.points.grid.shape[: self.kept]

    @property
    def runs(self) -> int:
        """How many partials each kept point has."""
        return self.grid.shape[-1]

    def asked_in(self, turn: int) -> dict[Name, Accumulator]:
        """Return the accumulators of a pass: the first has all, later ones go on with ranks."""
        if not turn:
            return dict(self.asked)
        searching = {o for o, dtype in self.searched.items() if order.passes(dtype) > turn}
        return {n: one for n, one in self.asked.items() if n[1] == "digits" and n[0] in searching}

    def fields(self, turn: int) -> dict[tuple[Name, str], Field]:
        """Return every array of a pass's partials."""
        found = {
            (name, part): held
            for name, one in self.asked_in(turn).items()
            for part, held in one.fields.items()
        }
        return found | {(POINTS, part): Field("int64") for part in ("failed", "left_out")}

    def partials(self, turn: int) -> tuple[Variable, ...]:
        """Return the variables that tasks hand over in a pass, one element for each run."""
        return tuple(
            Variable(
                name="_".join((*name, part)).removeprefix("_"),
                dims=(*self.dimensions, RUN, *(f"{name[0]}_{own}" for own in held.own)),
                shape=(*self.grid.shape, *held.own.values()),
                chunks=(*self.grid.chunks, *held.own.values()),
                dtype=held.dtype,
                role="partial",
            )
            for (name, part), held in self.fields(turn).items()
        )

    def tiles(self, task: int) -> Iterator[tuple[tuple[slice, ...], list[int]]]:
        """Return the tiles of a task.

        Args:
            task: its number.

        Yields:
            Where some kept points lie in the task's block, and their tiles in the order in which
            they are merged.
        """
        grid = self.points.grid
        index, tile = self.grid.index(task), grid.chunks[: self.kept]
        inside = self.grid.extent(task)[:-1]
        block = self.grid.chunks[:-1]
        first = index[-1] * self.run
        run = range(first, min(first + self.run, self.over.tasks))
        across = tuple(-(-size // step) for size, step in zip(inside, tile, strict=True))
        for place in np.ndindex(across):
            kept = tuple(
                i * (size // step) + p
                for i, size, step, p in zip(index[:-1], block, tile, place, strict=True)
            )
            where = tuple(
                slice(p * step, min((p + 1) * step, size))
                for p, step, size in zip(place, tile, inside, strict=True)
            )
            yield where, [grid.task((*kept, *self.over.index(number))) for number in run]

    @property
    def division(self) -> dict[str, Any]:
        """What decides the numbers besides the study, as JSON-able data."""
        return self.points.division | {"tasks": [*self.grid.chunks], "run": self.run}

    @cached_property
    def strides(self) -> tuple[int, ...]:
        """How many reduced points one step along each reduced dimension passes."""
        shape = self.over.shape
        return tuple(math.prod(shape[place + 1 :]) for place in range(len(shape)))


def reduced_plan(
    study: Study, tile_points: int | None = None, *, format: int = FORMAT
) -> ReducedPlan:
    """Plan the reduction that a study declares.

    Args:
        study: the study.
        tile_points: how many points a tile may have; by default what suits the device.
        format: of an existing store; by default the newest.

    Returns:
        The plan.

    Raises:
        DeclarationError: the study does not fit its kernel.
        PlanError: it declares no reduction, an output lacks a dimension that is reduced, or a
            statistic does not fit its output.
        KernelError: the kernel raises, or returns something else than it declares.
    """
    refuse_after_fork()
    tile_points = tile_points or (TILE_POINTS if on_cpu() else DEVICE_TILE_POINTS)
    of = resolve(study)
    if of.reduction is None:
        raise PlanError(
            f"study {study.name}: declares no reduction; add [reduce], or use leakscape.evaluate"
        )
    reduction = of.reduction
    of = replace(of, keep=tuple(reduction.statistics))
    length = {dimension.name: dimension.size for dimension in of.dimensions}
    kept = tuple(name for name in length if name not in reduction.over)
    names = (*kept, *reduction.over)
    first = plan_of(of, order=names, chunks=tuple(1 for _ in names), format=format)
    _refuse_lacking(first, reduction)
    along = chunk_shape(tuple(length[name] for name in reduction.over), tile_points)
    whole = all(length[name] == size for name, size in zip(reduction.over, along, strict=True))
    asked = {
        (output, name): accumulator
        for output, statistics in reduction.statistics.items()
        for name, accumulator in accumulators(
            output, statistics, dtype_in(first, output), whole=whole
        ).items()
    }
    held = sum(
        np.dtype(part.dtype).itemsize * math.prod(part.own.values())
        for one in asked.values()
        for part in one.fields.values()
    )
    most = max(1, CHUNK_BYTES // held)
    room = min(most, tile_points // math.prod(along)) if whole else 1
    shape = tuple(length[name] for name in kept)
    tile = chunk_shape(shape, max(1, room))
    points = cut(first, (*tile, *along))
    grid, run = _tasks(points.grid, len(kept), most)
    return ReducedPlan(
        points=points,
        kept=len(kept),
        grid=grid,
        run=run,
        tile_points=tile_points,
        asked=asked,
        searched={
            output: floating(dtype_in(points, output), 32)
            for output, name in asked
            if name == "digits"
        },
    )


def _tasks(points: Grid, kept_dimensions: int, most: int) -> tuple[Grid, int]:
    """Cut the result into tasks: runs of tiles, or blocks of several tiles of kept points."""
    kept, over = (
        _part(points, which) for which in (slice(0, kept_dimensions), slice(kept_dimensions, None))
    )
    runs = min(over.tasks, max(1, TASKS // kept.tasks))
    run = -(-over.tasks // runs)
    runs = -(-over.tasks // run)
    room = min(-(-kept.tasks // TASKS), max(1, most // math.prod(kept.chunks)))
    block = chunk_shape(kept.counts, room)
    chunks = tuple(size * step for size, step in zip(block, kept.chunks, strict=True))
    return Grid(
        dimensions=(*kept.dimensions, RUN),
        shape=(*kept.shape, runs),
        chunks=(*chunks, 1),
    ), run


def _part(grid: Grid, which: slice) -> Grid:
    return Grid(
        dimensions=grid.dimensions[which], shape=grid.shape[which], chunks=grid.chunks[which]
    )


def _refuse_lacking(plan: Plan, reduction: Reduction) -> None:
    for output in reduction.statistics:
        for name in reduction.over:
            if name not in plan.depends[output]:
                raise PlanError(
                    f"reduce.over: {output} does not depend on {name}; leave {output} or {name} out"
                )
