"""A plan compiled: one executable per process, one set of reusable result buffers per thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from leakscape.declare import units
from leakscape.declare.space import CELL
from leakscape.evaluate.draw import words
from leakscape.evaluate.plan import Plan, along, scalars
from leakscape.evaluate.point import dtype_of, point_function
from leakscape.evaluate.trace import nested


class Evaluator:
    """Evaluates the chunks of a plan; safe to share between threads.

    Every chunk has the same shape - an edge chunk repeats its last value - so one compilation
    serves them all. Fresh result arrays would cost more in page faults than the arithmetic, so
    each thread hands its last results back to XLA as the buffers of the next.

    Args:
        plan: the plan.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._names = tuple(variable.name for variable in plan.variables)
        self._double = plan.space.study.precision == "float64"
        self._columns = self._inside_values()
        self._thread = threading.local()
        with jax.enable_x64(self._double):
            self._compiled = self._compile()

    @contextmanager
    def block(self, task: int) -> Iterator[dict[str, NDArray[Any]]]:
        """Evaluate one chunk.

        Args:
            task: number of the chunk.

        Yields:
            variable -> its whole padded chunk; the arrays are views that end with the context.
        """
        with jax.enable_x64(self._double):
            buffers = getattr(self._thread, "buffers", None) or self._fresh()
            self._thread.buffers = None
            results = self._compiled(buffers, self._inputs(task))
            wanted = {variable.name for variable in self.plan.written_by(task)}
            views = {
                name: np.asarray(result)
                for name, result in zip(self._names, results, strict=True)
                if name in wanted
            }
        try:
            yield views
        finally:
            views.clear()
            self._thread.buffers = results

    def _compile(self) -> Any:
        plan = self.plan
        places = along(plan.space)
        function = nested(point_function(plan.space), plan.dimensions, places, plan.depends)

        def chunk(buffers: Any, inputs: dict[str, jax.Array]) -> tuple[jax.Array, ...]:
            returned = function(inputs)
            return tuple(returned[name] for name in self._names)

        length = dict(zip(plan.dimensions, plan.chunks, strict=True))
        inputs = {
            name: jax.ShapeDtypeStruct((length[places[name]],), leaf.dtype)
            for name, leaf in scalars(plan.space).items()
        }
        # Unused arguments must stay: the buffers are there to be overwritten, not to be read.
        jitted = jax.jit(chunk, donate_argnums=0, keep_unused=True)
        return jitted.lower(self._shapes(), inputs).compile()

    def _shapes(self) -> tuple[jax.ShapeDtypeStruct, ...]:
        return tuple(jax.ShapeDtypeStruct(v.chunks, np.dtype(v.dtype)) for v in self.plan.variables)

    def _fresh(self) -> tuple[jax.Array, ...]:
        return tuple(jnp.zeros(leaf.shape, leaf.dtype) for leaf in self._shapes())

    def _inside_values(self) -> dict[str, tuple[int, NDArray[Any]]]:
        """Return every grid axis and table column in inside units, with its dimension's place."""
        space = self.plan.space
        dtype = np.dtype(dtype_of(space))
        columns = {}
        for place, dimension in enumerate(space.dimensions):
            given = {name: (axis.unit, axis.points()) for name, axis in dimension.axes.items()}
            population = space.population
            if dimension.name == CELL and population is not None and population.table is not None:
                given |= population.table.columns
            for name, (unit, values) in given.items():
                factor, offset = units.linear_conversion(unit, space.units[name])
                columns[name] = place, (values * factor + offset).astype(dtype)
        return columns

    def _inputs(self, task: int) -> dict[str, NDArray[Any]]:
        plan = self.plan
        start = plan.start(task)
        inputs: dict[str, NDArray[Any]] = {}
        for name, (place, values) in self._columns.items():
            first, length = start[place], plan.chunks[place]
            piece = values[first : first + length]
            inputs[name] = np.pad(piece, (0, length - len(piece)), mode="edge")
        population = plan.space.population
        if population is not None and population.parameters:
            place = plan.dimensions.index(CELL)
            drawn = words(population, start[place], start[place] + plan.chunks[place])
            inputs |= dict(zip(population.parameters, drawn, strict=True))
        return inputs
