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

from leakscape.declare.space import Space, label_name
from leakscape.evaluation.compiling import compiled
from leakscape.evaluation.dependence import nested
from leakscape.evaluation.grid import blank
from leakscape.evaluation.plan import Plan
from leakscape.evaluation.point import dtype_of, must_be_finite, read_name
from leakscape.status import FIRST_FAILURE

Arrays = dict[str, Any]


def broken(space: Space, found: Mapping[str, Any]) -> Arrays:
    """Tell which conditions are broken at a point.

    A condition is not broken where an output that it reads has no value: there the point failed,
    or the output is undefined by itself, and the status says so.

    Args:
        space: the space.
        found: the outputs by their names, what else conditions read by `read_name`, and `status`
            as far as the kernel and the bounds decide it.

    Returns:
        For each condition whether it is broken, under a name of its own.
    """
    told = {}
    for place, condition in enumerate(space.where):
        values, lost = {}, jnp.asarray(False)
        for name in sorted(condition.names):
            output = space.kernel.outputs.get(name)
            value = found[name if output is not None else read_name(name)]
            if output is not None and _is_whole(value.dtype):
                lost |= found["status"] >= FIRST_FAILURE  # a whole number cannot say so itself
            elif output is not None and must_be_finite(output, value.dtype):
                lost |= jnp.logical_not(jnp.isfinite(value))
            values[name] = value if condition.labels else value.astype(dtype_of(space))
        told[f"broken {place}"] = condition.breaks(values, jnp) & jnp.logical_not(lost)
    return told


def cleared(values: Mapping[str, Any], told: Mapping[str, tuple[Any, ...]]) -> Arrays:
    """Take away the values of a point that is left out.

    Args:
        values: outputs of one point.
        told: output -> whether conditions are broken, of those that reach it.

    Returns:
        The outputs, with what a store has where nothing was computed: NaN, or
        -1 in a whole number.
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
            read_name(label_name(dimension.name)): dimension.name
            for dimension in plan.space.dimensions
            if dimension.label
            and any(label_name(dimension.name) in c.names for c in plan.space.where)
        }
        along = dict(plan.depends) | {n: frozenset({dim}) for n, dim in self._labels.items()}
        self.depends = self._dimensions(along)
        read = {n for c in plan.space.where for n in self._read(c.names)} | {"status"}
        self._names = tuple(sorted(read - self._labels.keys()))
        length = plan.grid.lengths
        given = {name: shapes[name] for name in self._names} | {
            name: jax.ShapeDtypeStruct((length[dim],), np.dtype(np.int32))
            for name, dim in self._labels.items()
        }
        decide = nested(
            lambda found: broken(plan.space, found),
            plan.grid.dimensions,
            {name: along[name] for name in given},
            self.depends,
            length,
        )
        self._decide = self._compiled(jax.jit(decide), given)

    def sift(self, named: Arrays, task: int) -> tuple[Arrays, Arrays, bool]:
        """Decide the conditions at every point of a chunk, and clear the points that break one.

        Args:
            named: what was computed for the chunk; what is cleared dies.
            task: number of the chunk.

        Returns:
            The same with the points cleared, which conditions are broken, along the dimensions
            that they read, and whether any is.
        """
        told = self._decide({name: named[name] for name in self._names} | self._indices(task))
        some = any(bool(np.asarray(one).any()) for one in told.values())
        if some and self._reached:
            values = {name: named[name] for name in self._reached}
            named = named | self._clear(values, told)
        return named, told, some

    def _indices(self, task: int) -> dict[str, Any]:
        """Return the places of the labels that conditions read, as inputs of a chunk."""
        grid, found = self._plan.grid, {}
        for name, dim in self._labels.items():
            axis = grid.dimensions.index(dim)
            first, size = grid.start(task)[axis], grid.shape[axis]
            places = np.arange(first, first + grid.chunks[axis])
            found[name] = np.minimum(places, size - 1).astype(np.int32)
        return found

    def _read(self, names: frozenset[str]) -> set[str]:
        outputs = self._plan.space.kernel.outputs
        return {name if name in outputs else read_name(name) for name in names}

    def _dimensions(self, along: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
        """Return the dimensions along which each condition varies."""
        found = {}
        for place, condition in enumerate(self._plan.space.where):
            read = self._read(condition.names)
            if any(_is_whole(self._shapes[n].dtype) for n in read if n in condition.names):
                read |= {"status"}
            found[f"broken {place}"] = frozenset[str]().union(*(along[name] for name in read))
        return found

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
        jitted = jax.jit(lambda values, told: every({**values, **told}), donate_argnums=0)
        return self._compiled(jitted, {name: self._shapes[name] for name in reached}, self.told)

    def _compiled(self, jitted: Any, *given: Any) -> Any:
        double = self._plan.space.study.precision == "float64"
        return compiled(jitted.lower(*given), double=double, soon=self._plan.soon)


def _is_whole(kind: Any) -> bool:
    return bool(jnp.issubdtype(kind, jnp.integer))
