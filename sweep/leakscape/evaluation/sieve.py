"""Conditions at the points of a chunk: which points are left out, and no value there.

Like the judge of status it reads finished values, in an executable of its own: inside the kernel's,
XLA would compute every logarithm twice, once for the value and once for what it is compared with.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from leakscape.declare.space import Space, label_name
from leakscape.evaluation.compiling import compiled
from leakscape.evaluation.dependence import nested
from leakscape.evaluation.grid import blank
from leakscape.evaluation.plan import Plan
from leakscape.evaluation.point import UNLESS_FAILED, dtype_of, must_be_finite, read_name
from leakscape.status import Status

Arrays = dict[str, Any]


def broken(space: Space, found: Mapping[str, Any]) -> Arrays:
    """Tell which conditions are broken at a point.

    A condition is not broken where an output that it reads has no value: there the point failed,
    or the output is undefined by itself, and the status says so. Some outputs have a value at a
    point that failed; that it stays failed is for `judge` to see.

    Args:
        space: the space.
        found: the outputs by their names, and what else conditions read by `read_name`.

    Returns:
        For each condition whether it is broken, under the name that `judge` knows it by.
    """
    told = {}
    for place, condition in enumerate(space.where):
        values, lost = {}, jnp.asarray(False)
        for name in sorted(condition.names):
            output = space.kernel.outputs.get(name)
            value = found[name if output is not None else read_name(name)]
            if output is not None and must_be_finite(output, value.dtype):
                lost |= jnp.logical_not(jnp.isfinite(value))
            values[name] = value if condition.labels else value.astype(dtype_of(space))
        with np.errstate(over="ignore"):  # a number that float32 cannot hold is infinite
            left = condition.breaks(values, jnp)
        told[_name(space, place)] = left & jnp.logical_not(lost)
    return told


def _name(space: Space, place: int) -> str:
    """Return what `judge` knows a condition by."""
    of_outputs = not space.where[place].names.isdisjoint(space.kernel.outputs)
    return f"{UNLESS_FAILED if of_outputs else 'broken'} {place}"


def cleared(values: Mapping[str, Any], told: Mapping[str, tuple[Any, ...]]) -> Arrays:
    """Take away the values of a point that is left out.

    Args:
        values: outputs of one point.
        told: output -> whether conditions are broken, of those that reach it.

    Returns:
        The outputs, with what a store has where nothing was computed: NaN, or -1 in a
        whole number.
    """
    kept = {}
    for name, value in values.items():
        left = jnp.asarray(False)
        for one in told[name]:
            left |= one
        none = jnp.asarray(blank(value.dtype), value.dtype)
        kept[name] = jnp.where(left, none, value)
    return kept


class Sieve:
    """Finds the points of a chunk that a condition leaves out.

    An output keeps its dimensions. It loses its values by the conditions that vary along these
    alone; where it stands for points of which a condition leaves some out and others not, it keeps
    them, and `status` tells.

    Args:
        plan: of a study with conditions.
        shapes: name -> shape and dtype of what is computed for a chunk.
    """

    def __init__(self, plan: Plan, shapes: Mapping[str, jax.ShapeDtypeStruct]) -> None:
        self._plan, self._shapes = plan, shapes
        self._labels = {
            read_name(label_name(dimension.name)): (
                plan.grid.dimensions.index(dimension.name),
                dimension,
            )
            for dimension in plan.space.dimensions
            if any(label_name(dimension.name) in c.names for c in plan.space.where if c.labels)
        }
        along = dict(plan.depends)
        along |= {name: frozenset({dim.name}) for name, (_, dim) in self._labels.items()}
        reads = [self._read(condition.names) for condition in plan.space.where]
        self.depends = {
            _name(plan.space, place): frozenset[str]().union(*(along[name] for name in names))
            for place, names in enumerate(reads)
        }
        read = frozenset[str]().union(*reads)
        self._names = tuple(sorted(read - self._labels.keys()))
        length = plan.grid.lengths
        given = {name: shapes[name] for name in self._names} | {
            name: jax.ShapeDtypeStruct((length[dim.name],), np.dtype(np.int32))
            for name, (_, dim) in self._labels.items()
        }
        decide = nested(
            lambda found: broken(plan.space, found),
            plan.grid.dimensions,
            {name: along[name] for name in given},
            self.depends,
            length,
        )
        self._decide = self._compiled(decide, given)

    def decide(self, named: Arrays, start: tuple[int, ...]) -> Arrays:
        """Decide the conditions at every point of a chunk.

        Args:
            named: what was computed for the chunk.
            start: its first point; of the grid that it is of, which may be another than that of
                the plan that this was compiled for.

        Returns:
            Whether each condition is broken, along the dimensions that it reads.
        """
        found = {name: named[name] for name in self._names} | self._indices(start)
        return dict(self._decide(found))

    def codes(self, told: Arrays) -> NDArray[np.uint8]:
        """Return the status of a chunk in which nothing fails, along the dimensions it has.

        Args:
            told: whether each condition is broken.

        Returns:
            16 where one is, else 1; of length 1 along a dimension that it lacks.
        """
        lengths = self._plan.grid.lengths
        left = np.zeros((1,) * len(lengths), bool)
        for name, dims in self.depends.items():
            if (one := np.asarray(told[name])).any():
                one = one.reshape([size if dim in dims else 1 for dim, size in lengths.items()])
                left = left | one if left.any() else one
        codes: NDArray[np.uint8] = left.view(np.uint8) * np.uint8(
            Status.LEFT_OUT_BY_A_CONDITION - Status.OK
        )
        codes += np.uint8(Status.OK)  # bytes of 0 and 1 at once: np.where takes eight times as long
        return codes

    def clear(self, named: Arrays, told: Arrays) -> Arrays:
        """Take away the values of the points of a chunk that break a condition.

        Args:
            named: what was computed for the chunk; what is cleared dies.
            told: whether each condition is broken.

        Returns:
            The same, cleared where there are such points.
        """
        if not self._reached or not any(np.asarray(one).any() for one in told.values()):
            return named
        values = {name: named[name] for name in self._reached}
        rest: Arrays = self._clear(values, told)
        return named | rest

    def _indices(self, start: tuple[int, ...]) -> dict[str, Any]:
        """Return the places of the labels that conditions read, as inputs of a chunk."""
        found = {}
        for name, (axis, dim) in self._labels.items():
            places = np.arange(start[axis], start[axis] + self._plan.grid.chunks[axis])
            found[name] = np.minimum(places, dim.size - 1).astype(np.int32)
        return found

    def _read(self, names: frozenset[str]) -> set[str]:
        """Return how what a condition reads goes among what is computed."""
        outputs = self._plan.space.kernel.outputs
        return {name if name in outputs else read_name(name) for name in names}

    @property
    def told(self) -> dict[str, jax.ShapeDtypeStruct]:
        """Shape and dtype of what each condition tells of a chunk."""
        lengths = self._plan.grid.lengths
        return {
            name: jax.ShapeDtypeStruct(
                tuple(length for dim, length in lengths.items() if dim in dims), np.dtype(bool)
            )
            for name, dims in self.depends.items()
        }

    @cached_property
    def _reached(self) -> dict[str, tuple[str, ...]]:
        """The stored outputs that some condition reaches, each with the names of these."""
        plan = self._plan
        reached = {
            name: tuple(n for n, dims in self.depends.items() if dims <= plan.depends[name])
            for name in plan.space.keep
        }
        return {name: told for name, told in reached.items() if told}

    @cached_property
    def _clear(self) -> Any:
        plan, reached = self._plan, self._reached

        def clear(found: Mapping[str, Any]) -> Arrays:
            values = {name: found[name] for name in reached}
            return cleared(values, {n: tuple(found[t] for t in reached[n]) for n in reached})

        dims = {name: plan.depends[name] for name in reached}
        every = nested(clear, plan.grid.dimensions, dims | self.depends, dims, plan.grid.lengths)
        shapes = {name: self._shapes[name] for name in reached}
        return self._compiled(
            lambda values, told: every({**values, **told}), shapes, self.told, donated=(0,)
        )

    def _compiled(self, function: Any, *given: Any, donated: tuple[int, ...] = ()) -> Any:
        double = self._plan.space.study.precision == "float64"
        return compiled(function, *given, double=double, soon=self._plan.soon, donated=donated)
