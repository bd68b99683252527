"""A plan compiled: one executable for equal code, one set of reusable result buffers per thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from leakscape.declare.blame import blamed
from leakscape.declare.kernel import Output
from leakscape.declare.space import CELL
from leakscape.errors import KernelError
from leakscape.evaluation import callbacks
from leakscape.evaluation.compiling import compiled
from leakscape.evaluation.dependence import nested
from leakscape.evaluation.plan import Plan
from leakscape.evaluation.point import dtype_of, judge, must_be_finite
from leakscape.evaluation.tracing import Trace
from leakscape.evaluation.words import words
from leakscape.status import Status


@dataclass(frozen=True)
class _Key:
    """What an executable depends on: never which object a kernel is, but what its code does."""

    trace: Trace
    dimensions: tuple[str, ...]
    chunks: tuple[int, ...]
    variables: tuple[tuple[str, tuple[str, ...], tuple[int, ...], str, str], ...]
    outputs: tuple[tuple[str, Output], ...]
    depends: frozenset[tuple[str, frozenset[str]]]
    device: str
    soon: bool
    plan: Plan = field(compare=False)

    @classmethod
    def of(cls, plan: Plan) -> _Key:
        declared = plan.space.kernel.outputs
        return cls(
            plan.trace,
            plan.grid.dimensions,
            plan.grid.chunks,
            tuple((v.name, v.dims, v.chunks, v.dtype, v.role) for v in plan.variables),
            tuple((v.name, declared[v.name]) for v in plan.variables if v.name in declared),
            frozenset(plan.depends.items()),
            str(jax.config.jax_default_device),  # type: ignore[attr-defined]
            plan.soon,
            plan,
        )


@dataclass
class _Executable:
    """What was compiled, with the buffers that its results of last time lie in."""

    compute: Any
    thread: threading.local = field(default_factory=threading.local)
    judge: Any = None  # compiled when a chunk first needs it


_one_at_a_time = threading.Lock()


@lru_cache(maxsize=4)
def _executable(key: _Key) -> _Executable:
    with jax.enable_x64(key.trace.double), blamed(f"kernel {key.trace.kernel}", batched=True):
        return _Executable(_compile(key.plan))


class Evaluator:
    """Evaluates the chunks of a plan; safe to share between threads.

    Every chunk has the same shape - beyond the edge the last point is computed again, and not
    stored - so one compilation serves them all, and any other plan with the same code and shapes.
    Fresh result arrays would cost more in page faults than the arithmetic, so each thread hands its
    last results back to XLA as the buffers of the next.

    Args:
        plan: the plan.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._names = tuple(variable.name for variable in plan.variables)
        declared = plan.space.kernel.outputs
        self._judged = tuple(
            v.name
            for v in plan.variables
            if v.role == "output" and must_be_finite(declared[v.name], v.dtype)
        )
        self._double = plan.space.study.precision == "float64"
        self._columns = self._inside_values()
        with _one_at_a_time:
            self._compiled = _executable(_Key.of(plan))

    @contextmanager
    def block(self, task: int) -> Iterator[dict[str, NDArray[Any]]]:
        """Evaluate one chunk.

        Args:
            task: number of the chunk.

        Yields:
            variable -> its whole padded chunk; the arrays are views that end with the context.

        Raises:
            KernelError: it fails only now, as a callback can.
        """
        try:
            with callbacks.silenced(), jax.enable_x64(self._double):
                named = self.compute(task)
                views = {name: np.asarray(result) for name, result in named.items()}
                views["status"] = self._settled(named, views)
        except jax.errors.JaxRuntimeError as error:  # a callback raised, or memory ran out
            place, got = callbacks.told(str(error))
            raise KernelError(
                f"kernel {self.plan.trace.kernel}: {place}fails while chunk {task} is computed, "
                f"got {got}; correct it"
            ) from error
        wanted = {variable.name for variable in self.plan.written_by(task)}
        views = {name: view for name, view in views.items() if name in wanted}
        try:
            yield views
        finally:
            views.clear()
            self.give_back(named)

    def compute(self, task: int) -> dict[str, jax.Array]:
        """Run the kernel on one chunk, and leave the results on the device.

        Args:
            task: number of the chunk.

        Returns:
            variable -> its padded chunk; `status` as the kernel gave it, at its own rank.
        """
        with jax.enable_x64(self._double):
            thread = self._compiled.thread
            buffers = getattr(thread, "buffers", None) or self._fresh(_shapes(self.plan))
            thread.buffers = None
            results = self._compiled.compute(buffers, self._inputs(task))
        return dict(zip(self._names, results, strict=True))

    def give_back(self, named: dict[str, jax.Array]) -> None:
        """Take results back as the buffers of this thread's next chunk: they die then."""
        self._compiled.thread.buffers = tuple(named[name] for name in self._names)

    def _settled(
        self, named: dict[str, jax.Array], views: dict[str, NDArray[Any]]
    ) -> NDArray[np.uint8]:
        """Return the status of every point of a chunk.

        Where all is well - the common case - it is one repeated 1, and neither computed nor
        held point by point: the extremes of an output are NaN or infinite if any value is.
        """
        shape = self.plan.grid.chunks
        fine = np.all(views["status"] == Status.OK) and all(
            np.isfinite(views[name].min()) and np.isfinite(views[name].max())
            for name in self._judged
        )
        if fine:
            return np.broadcast_to(np.uint8(Status.OK), shape)
        if self._compiled.judge is None:
            self._compiled.judge = self._compile_judge()
        return np.asarray(
            self._compiled.judge({name: named[name] for name in (*self._judged, "status")})
        )

    def _compile_judge(self) -> Any:
        plan, dimensions = self.plan, self.plan.grid.dimensions
        known = {name: plan.depends[name] for name in (*self._judged, "status")}
        shapes = dict(zip(self._names, _shapes(plan), strict=True))
        verdict = nested(judge, dimensions, known, frozenset(dimensions))
        lowered = jax.jit(verdict).lower({name: shapes[name] for name in known})
        return compiled(lowered, double=self._double, soon=plan.soon)

    @staticmethod
    def _fresh(shapes: tuple[jax.ShapeDtypeStruct, ...]) -> tuple[jax.Array, ...]:
        return tuple(jnp.zeros(shape.shape, shape.dtype) for shape in shapes)

    def _inside_values(self) -> dict[str, tuple[int, NDArray[Any]]]:
        """Return every grid axis and table column in inside units, with its dimension's place."""
        space = self.plan.space
        dtype = np.dtype(dtype_of(space))
        columns = {}
        for place, dimension in enumerate(space.dimensions):
            given = {name: axis.points() for name, axis in dimension.axes.items()}
            population = space.population
            if dimension.name == CELL and population is not None and population.table is not None:
                given |= {n: values for n, (_, values) in population.table.columns.items()}
            for name, values in given.items():
                factor, offset = space.inward[name]
                columns[name] = place, (values * factor + offset).astype(dtype)
        return columns

    def _inputs(self, task: int) -> dict[str, NDArray[Any]]:
        plan = self.plan
        start = plan.grid.start(task)
        inputs: dict[str, NDArray[Any]] = {}
        for name, (place, values) in self._columns.items():
            first, length = start[place], plan.grid.chunks[place]
            piece = values[first : first + length]
            inputs[name] = np.pad(piece, (0, length - len(piece)), mode="edge")
        population = plan.space.population
        if population is not None and population.parameters:
            place = plan.grid.dimensions.index(CELL)
            drawn = words(population, start[place], start[place] + plan.grid.chunks[place])
            inputs |= dict(zip(population.parameters, drawn, strict=True))
        return inputs


def _compile(plan: Plan) -> Any:
    trace = plan.trace
    places = {name: frozenset({dim}) for name, dim in trace.along.items()}
    function = nested(trace.point, plan.grid.dimensions, places, plan.depends)
    names = tuple(variable.name for variable in plan.variables)

    def compute(buffers: Any, inputs: dict[str, jax.Array]) -> tuple[jax.Array, ...]:
        returned = function(inputs)
        return tuple(returned[name] for name in names)

    length = plan.grid.lengths
    inputs = {
        name: jax.ShapeDtypeStruct(tuple(length[dim] for dim in places[name]), leaf.dtype)
        for name, leaf in trace.scalars.items()
    }
    # Unused arguments must stay: the buffers are there to be overwritten, not to be read.
    jitted = jax.jit(compute, donate_argnums=0, keep_unused=True)
    double = plan.space.study.precision == "float64"
    return compiled(jitted.lower(_shapes(plan), inputs), double=double, soon=plan.soon)


def _shapes(plan: Plan) -> tuple[jax.ShapeDtypeStruct, ...]:
    """Return what the kernel computes for a chunk: its status at the rank that it has."""
    length = plan.grid.lengths
    own = tuple(length[dim] for dim in length if dim in plan.depends["status"])
    return tuple(
        jax.ShapeDtypeStruct(own if v.role == "status" else v.chunks, np.dtype(v.dtype))
        for v in plan.variables
    )
