"""A pass of a reduction as a plan of its own: its chunks are the partials that tasks hand over.

So a partial is stored, journalled, checked and resumed as any chunk is, whoever computes it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leakscape import status
from leakscape.evaluation.compile import Evaluator
from leakscape.evaluation.grid import Variable
from leakscape.evaluation.order import Search
from leakscape.evaluation.partial import Partials, Reducer
from leakscape.evaluation.plan import Plan
from leakscape.evaluation.reduced import ReducedPlan
from leakscape.status import Status


@dataclass(frozen=True)
class Pass:
    """One pass over all points.

    Args:
        plan: the reduction.
        turn: number of the pass.
        searches: of the passes before; empty in the first.
    """

    plan: ReducedPlan
    turn: int
    searches: Mapping[str, Search]

    @property
    def division(self) -> Mapping[str, Any]:
        """What decides the partials besides the study."""
        sought = hashlib.sha256()
        for output, search in sorted(self.searches.items()):
            sought.update(output.encode() + search.prefix.tobytes() + search.rest.tobytes())
        return self.plan.division | {"pass": self.turn, "sought": sought.hexdigest()}

    @cached_property
    def slots(self) -> Mapping[str, NDArray[np.uint64]]:
        """The prefixes that the ranks of each output are sought behind."""
        return {output: search.slots() for output, search in self.searches.items()}

    def told(self) -> tuple[int, int, Mapping[str, Search]]:
        """Return what another process needs besides the study."""
        return self.plan.tile_points, self.turn, self.searches

    def blocks(self) -> PassBlocks:
        """Return what computes the partials."""
        return PassBlocks(self)

    def named(self) -> dict[str, tuple[tuple[str, str], str]]:
        """Return the variable of every array of a partial -> accumulator and field."""
        keys = self.plan.fields(self.turn)
        variables = self.plan.partials(self.turn)
        return {v.name: key for v, key in zip(variables, keys, strict=True)}


class PassBlocks:
    """Computes the partials of a pass.

    Args:
        stage: the pass.
    """

    def __init__(self, stage: Pass) -> None:
        self._stage, plan = stage, stage.plan
        evaluator = Evaluator(plan.points)
        self._reducer = Reducer(plan, evaluator, stage.turn, stage.slots)

    @contextmanager
    def block(self, task: int) -> Iterator[dict[str, NDArray[Any]]]:
        """Compute one partial, padded to a whole chunk."""
        plan, turn = self._stage.plan, self._stage.turn
        found = self._reducer.partial(task)
        inside = tuple(slice(0, size) for size in plan.grid.extent(task))
        chunks = {}
        for variable, (name, part) in zip(plan.partials(turn), plan.fields(turn), strict=True):
            whole = np.full(variable.chunks, variable.fill, variable.dtype)
            values = found[name][part]
            kept = plan.kept
            whole[inside] = values.reshape(*values.shape[:kept], 1, *values.shape[kept:])
            chunks[variable.name] = whole
        codes = np.full(plan.grid.chunks, int(Status.NOT_COMPUTED), np.uint8)
        codes[inside] = int(Status.OK)
        yield chunks | {"status": codes}


def pass_plan(plan: ReducedPlan, turn: int, searches: Mapping[str, Search]) -> Plan:
    """Plan one pass: the grid of its tasks, and the arrays that they hand over.

    Args:
        plan: the reduction.
        turn: number of the pass.
        searches: of the passes before.
    """
    # The search goes on in place while the partials are merged.
    copied = {name: Search(s.prefix.copy(), s.rest.copy()) for name, s in searches.items()}
    codes = Variable(
        name="status",
        dims=plan.grid.dimensions,
        shape=plan.grid.shape,
        chunks=plan.grid.chunks,
        dtype="uint8",
        role="status",
        attributes=status.attributes(),
    )
    return replace(
        plan.points,
        grid=plan.grid,
        variables=(*plan.partials(turn), codes),
        coordinates=(),
        stage=Pass(plan, turn, copied),
    )


def partial_of(stage: Pass, arrays: Mapping[str, NDArray[Any]]) -> Partials:
    """Return what a task handed over, from the arrays in which it was stored.

    Args:
        stage: the pass.
        arrays: variable -> the task's part of it, without padding.
    """
    kept = stage.plan.kept
    found: Partials = {}
    for variable, (name, part) in stage.named().items():
        values = arrays[variable]
        shape = (*values.shape[:kept], *values.shape[kept + 1 :])
        found.setdefault(name, {})[part] = values.reshape(shape)
    return found
