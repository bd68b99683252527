"""The chunks of a plan evaluated, with one set of reusable result buffers for each thread."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from leakscape.declare.population import CELL
from leakscape.errors import KernelError
from leakscape.evaluation import callbacks
from leakscape.evaluation.compiling import compiled
from leakscape.evaluation.dependence import nested
from leakscape.evaluation.executable import chunk_shapes, executable
from leakscape.evaluation.plan import Plan
from leakscape.evaluation.point import dtype_of, judge, must_be_finite
from leakscape.evaluation.stage import Blocks
from leakscape.evaluation.words import words
from leakscape.status import Status


class Evaluator:
    """Evaluates the chunks of a plan; safe to share between threads.

    Every chunk has the same shape - beyond the edge the last point is computed again, and not
    stored - so one compilation serves them all, and any other plan with the same code and shapes.
    Fresh result arrays would cost more in page faults than the arithmetic, so each thread hands its
    last results back to XLA as the buffers of the next. What was compiled, and these buffers, are
    kept by the code: an evaluator itself is made in no time, and nobody needs to keep one.

    Args:
        plan: the plan.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._names = tuple(variable.name for variable in plan.computed)
        declared = plan.space.kernel.outputs
        self._judged = tuple(
            v.name
            for v in plan.computed
            if v.role == "output" and must_be_finite(declared[v.name], v.dtype)
        )
        self._double = plan.space.study.precision == "float64"
        settled, self._kind = plan.space.settled, np.dtype(dtype_of(plan.space))
        self._numbers = {name: np.asarray(settled[name], self._kind) for name in plan.trace.numbers}
        known = plan.space.inward  # of axes and measured cells; what is drawn is no coordinate
        numbers = (c for c in plan.coordinates if c.values.dtype.kind == "f")
        self._columns = tuple(column for column in numbers if column.name in known)
        self._compiled = executable(plan)

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
        with self._told(task):
            named, broken, status = self._decided(task)
            if (sieve := self._compiled.sieve) is not None:
                named = sieve.clear(named, broken)
            views = {name: np.asarray(result) for name, result in named.items()}
            views["status"] = status
        wanted = {variable.name for variable in self.plan.written_by(task)}
        views = {name: view for name, view in views.items() if name in wanted}
        try:
            yield views
        finally:
            views.clear()
            self.give_back(named)

    @contextmanager
    def held(self, task: int) -> Iterator[dict[str, jax.Array]]:
        """Evaluate one chunk, and leave it on the device.

        Args:
            task: number of the chunk.

        Yields:
            variable -> its padded chunk, as `compute` returns it, which dies with the context; with
            conditions `status` is settled, at every point.

        Raises:
            KernelError: it fails only now, as a callback can.
        """
        with self._told(task):
            if self._compiled.sieve is None:
                named = whole = jax.block_until_ready(self.compute(task))
            else:  # conditions are decided by finished values
                named, _, status = self._decided(task)
                whole = named | {"status": jnp.asarray(status)}
        try:
            yield whole
        finally:
            self.give_back(named)

    def _decided(
        self, task: int
    ) -> tuple[dict[str, jax.Array], dict[str, jax.Array], NDArray[np.uint8]]:
        """Compute a chunk, decide the conditions there, and settle the status of its points."""
        named, sieve = self.compute(task), self._compiled.sieve
        broken = {} if sieve is None else sieve.decide(named, self.plan.grid.start(task))
        return named, broken, self._settled(named | broken, broken)

    @contextmanager
    def _told(self, task: int) -> Iterator[None]:
        """Turn what fails while a chunk is computed into one sentence."""
        try:
            with callbacks.silenced(), jax.enable_x64(self._double):
                yield
        except jax.errors.JaxRuntimeError as error:  # a callback raised, or memory ran out
            place, got = callbacks.told(str(error))
            raise KernelError(
                f"kernel {self.plan.trace.kernel}: {place}fails while chunk {task} is computed, "
                f"got {got}; correct it"
            ) from error

    def compute(self, task: int) -> dict[str, jax.Array]:
        """Run the kernel on one chunk, and leave the results on the device.

        Args:
            task: number of the chunk.

        Returns:
            variable -> its padded chunk; `status` as the kernel gave it, at its own rank, and no
            point left out yet.
        """
        with jax.enable_x64(self._double):
            thread = self._compiled.thread
            buffers = getattr(thread, "buffers", None) or self._fresh(chunk_shapes(self.plan))
            thread.buffers = None
            results = self._compiled.compute(buffers, self._inputs(task))
        return dict(zip(self._names, results, strict=True))

    def give_back(self, named: dict[str, jax.Array]) -> None:
        """Take results back as the buffers of this thread's next chunk: they die then."""
        self._compiled.thread.buffers = tuple(named[name] for name in self._names)

    def _settled(
        self, named: dict[str, jax.Array], broken: dict[str, jax.Array]
    ) -> NDArray[np.uint8]:
        """Return the status of every point of a chunk.

        Where all is well - the common case - it is one repeated 1, and neither computed nor
        held point by point: the extremes of an output are NaN or infinite if any value is. Beside
        that it is 16 where a condition is broken, held along the dimensions that these read.
        """
        views = {name: np.asarray(named[name]) for name in (*self._judged, "status")}
        fine = np.all(views["status"] == Status.OK) and all(
            np.isfinite(views[name].min()) and np.isfinite(views[name].max())
            for name in self._judged
        )
        if fine:
            sieve = self._compiled.sieve
            codes = np.uint8(Status.OK) if sieve is None else sieve.codes(broken)
            return np.broadcast_to(codes, self.plan.grid.chunks)
        if self._compiled.judge is None:
            self._compiled.judge = self._compile_judge()
        return np.asarray(self._compiled.judge({n: named[n] for n in self._settling()[0]}))

    def _settling(self) -> tuple[dict[str, frozenset[str]], dict[str, jax.ShapeDtypeStruct]]:
        """Return what status is settled by, with its dimensions, and the shapes of all there is."""
        depends = {name: self.plan.depends[name] for name in (*self._judged, "status")}
        shapes = dict(zip(self._names, chunk_shapes(self.plan), strict=True))
        sieve = self._compiled.sieve
        return (depends | sieve.depends, shapes | sieve.told) if sieve else (depends, shapes)

    def _compile_judge(self) -> Any:
        plan, dimensions = self.plan, self.plan.grid.dimensions
        known, shapes = self._settling()
        verdict = nested(judge, dimensions, known, frozenset(dimensions), plan.grid.lengths)
        given = {name: shapes[name] for name in known}
        return compiled(verdict, given, double=self._double, soon=plan.soon)

    @staticmethod
    def _fresh(shapes: tuple[jax.ShapeDtypeStruct, ...]) -> tuple[jax.Array, ...]:
        # Made by NumPy: every shape of `jnp.zeros` would be an executable of its own. XLA writes
        # into them, so that they must be copies that no NumPy array sees.
        return tuple(
            jax.device_put(np.zeros(shape.shape, shape.dtype), may_alias=False) for shape in shapes
        )

    def _inputs(self, task: int) -> dict[str, NDArray[Any]]:
        plan = self.plan
        start = plan.grid.start(task)
        inputs: dict[str, NDArray[Any]] = dict(self._numbers)
        for column in self._columns:
            place = plan.grid.dimensions.index(column.dims[0])
            first, length = start[place], plan.grid.chunks[place]
            factor, offset = plan.space.inward[column.name]
            piece = (column.values[first : first + length] * factor + offset).astype(self._kind)
            inputs[column.name] = np.pad(piece, (0, length - len(piece)), mode="edge")
        population = plan.space.population
        if population is not None and population.parameters:
            place = plan.grid.dimensions.index(CELL)
            drawn = words(population, start[place], start[place] + plan.grid.chunks[place])
            inputs |= dict(zip(population.parameters, drawn, strict=True))
        return inputs


def blocks_of(plan: Plan) -> Blocks:
    """Return what evaluates the chunks of a plan: its points, or a stage of their reduction."""
    return Evaluator(plan) if plan.stage is None else plan.stage.blocks()
