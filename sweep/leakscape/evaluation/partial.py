"""The work of one task of a reduction: tiles evaluated, reduced and merged in a fixed order."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from leakscape.evaluation import order
from leakscape.evaluation.accumulate import Accumulator, added
from leakscape.evaluation.compile import Evaluator
from leakscape.evaluation.point import must_be_finite
from leakscape.evaluation.reduced import ReducedPlan
from leakscape.evaluation.tile import POINTS, Column, Name, Numbers, Shape, Tile, reducer

Partials = dict[Name, dict[str, NDArray[Any]]]
"""(output, accumulator) -> field -> values of some kept points."""


def joined(asked: Mapping[Name, Accumulator], one: Partials, other: Partials) -> Partials:
    """Merge partials of the same kept points; `one` comes first in study order."""
    return {
        name: (added if name == POINTS else asked[name].merge)(held, other[name])
        for name, held in one.items()
    }


class Halted(Exception):
    """Nobody waits for the result any more."""


class Reducer:
    """Reduces the tasks of one pass of a plan; safe to share between threads.

    Args:
        plan: the plan.
        evaluator: of its points.
        turn: number of the pass.
        slots: output -> the prefixes that its ranks are sought behind; empty in the first pass.
    """

    def __init__(
        self,
        plan: ReducedPlan,
        evaluator: Evaluator,
        turn: int = 0,
        slots: Mapping[str, NDArray[np.uint64]] | None = None,
    ) -> None:
        self.plan = plan
        self.turn, self._evaluator = turn, evaluator
        self._asked = plan.asked_in(turn)
        self._slots = slots or {}
        self._numbers = {name: one.numbers for name, one in self._asked.items()}
        self._reduce = reducer(self._shape(), self._numbers)

    def partial(self, task: int, halted: Callable[[], bool] = lambda: False) -> Partials:
        """Compute what a task hands over.

        Args:
            task: its number.
            halted: asked before each tile.

        Returns:
            (output, accumulator) -> field -> values of the task's kept points.

        Raises:
            KernelError: a callback of the kernel failed.
            Halted: `halted` said so.
        """
        inside = self.plan.grid.extent(task)[:-1]
        whole: Partials = {name: one.init(inside) for name, one in self._asked.items()}
        whole[POINTS] = {name: np.zeros(inside, np.int64) for name in ("failed", "left_out")}
        for where, tiles in self.plan.tiles(task):
            merged: Partials | None = None
            for tile in tiles:
                if halted():
                    raise Halted
                found = self._tile(tile, tuple(part.stop - part.start for part in where))
                merged = found if merged is None else joined(self._asked, merged, found)
            for name, fields in (merged or {}).items():
                for part, values in fields.items():
                    whole[name][part][where] = values
        return whole

    def one_tile(self) -> None:
        """Evaluate and reduce the first tile, and leave it."""
        where, (tile, *_) = next(self.plan.tiles(0))
        self._tile(tile, tuple(part.stop - part.start for part in where))

    def _tile(self, tile: int, inside: tuple[int, ...]) -> Partials:
        """Evaluate and reduce one tile, and cut off the padding along kept dimensions."""
        kept, grid = self.plan.kept, self.plan.points.grid
        start, own = grid.start(tile), grid.extent(tile)
        where = Tile(inside=own[kept:], start=start[kept:], strides=self.plan.strides)
        with self._evaluator.held(tile) as named:
            found = self._reduce(named, self._turned(start[:kept]), where)
        block = tuple(slice(0, size) for size in inside)
        shaped: Partials = {}
        for name, fields in found.items():
            after = None if name == POINTS else self._asked[name].after
            if after is not None:
                fields = after(fields, found[name[0], "valid"]["n"])
            shaped[name] = {
                part: values.reshape((*grid.chunks[:kept], *values.shape[1:]))[block]
                for part, values in fields.items()
            }
        return shaped

    def _turned(self, kept: tuple[int, ...]) -> Numbers:
        """Return the numbers of this pass for the kept point that a tile begins with."""
        return self._numbers | {
            (output, "digits"): order.turned(
                self._slots[output][kept], self.plan.searched[output], self.turn
            )
            for output, name in self._asked
            if name == "digits" and self.turn
        }

    def _shape(self) -> Shape:
        plan = self.plan.points
        declared = plan.space.kernel.outputs
        lengths = plan.grid.lengths
        used = {name for name, _ in self._asked}
        columns = {
            v.name: Column(
                dims=v.dims,
                dtype=v.dtype,
                judged=must_be_finite(declared[v.name], v.dtype),
            )
            for v in plan.variables
            if v.name in declared
        }
        assert used <= columns.keys()
        return Shape(
            lengths=tuple(lengths.items()),
            kept=self.plan.kept,
            columns=tuple(columns.items()),
            status=tuple(d for d in lengths if plan.space.where or d in plan.depends["status"]),
            forms=tuple((name, one.form) for name, one in self._asked.items()),
            # JAX gives its configuration no types.
            device=str(jax.config.jax_default_device),  # type: ignore[attr-defined]
            soon=math.prod(plan.grid.shape) * self.plan.passes <= SOON_POINTS,
            asked=self._asked,
        )


SOON_POINTS = 200_000
"""Of fewer points a reduction is compiled quickly instead of for speed."""
