"""The plan of a study: dimensions per output, chunks that fit, coordinates, fingerprint."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import jax

from leakscape.declare.meaning import Meaning
from leakscape.declare.resolve import resolve
from leakscape.declare.space import Space
from leakscape.declare.study import Study, canonical_json
from leakscape.errors import PlanError
from leakscape.evaluation import code_hash
from leakscape.evaluation.coordinates import Coordinate, coordinates, refuse_misfit
from leakscape.evaluation.forked import refuse_after_fork
from leakscape.evaluation.grid import FORMAT, Grid, Variable
from leakscape.evaluation.huge import refuse_huge
from leakscape.evaluation.point import read_name
from leakscape.evaluation.stage import Stage
from leakscape.evaluation.tracing import Trace, dependence_of, trace_of
from leakscape.evaluation.variables import unit_of, variable_of

CHUNK_BYTES = 2**23
"""Target size of one chunk of the largest variable: the fastest to write and read, measured."""
SOON_VALUES = 200_000
"""A study whose largest variable has no more values is compiled quickly instead of for speed."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What will be computed, in which chunks, and how it will be labelled.

    Args:
        space: the study met with its kernel.
        grid: the swept dimensions, cut into chunks.
        variables: what is stored in chunks; `status` is the last.
        read: what conditions read and no store keeps.
        coordinates: what is stored whole.
        depends: every traced output -> its swept dimensions; for `status` those of the kernel's
            own part, which is stored along every swept dimension all the same.
        trace: the traced point.
        stage: what computes its chunks, where that is not the point itself.
        format: of the store that it is for.
    """

    space: Space
    grid: Grid
    variables: tuple[Variable, ...]
    read: tuple[Variable, ...]
    coordinates: tuple[Coordinate, ...]
    depends: Mapping[str, frozenset[str]] = field(repr=False)
    trace: Trace = field(repr=False)
    stage: Stage | None = field(default=None, repr=False)
    format: int = FORMAT

    @property
    def computed(self) -> tuple[Variable, ...]:
        """What is computed for a chunk, stored or not."""
        return (*self.variables, *self.read)

    @property
    def nbytes(self) -> int:
        """Bytes of all variables, uncompressed."""
        return sum(variable.nbytes for variable in self.variables)

    @property
    def soon(self) -> bool:
        """Whether compiling for speed would take longer than it saves."""
        return max(math.prod(variable.shape) for variable in self.variables) <= SOON_VALUES

    def written_by(self, task: int) -> tuple[Variable, ...]:
        """Return the variables that a task writes, `status` last."""
        return self.grid.written_by(self.variables, task)

    @cached_property
    def meaning(self) -> Meaning:
        """The study's identity and its extent."""
        return self.space.study.meaning()

    @cached_property
    def division(self) -> dict[str, Any]:
        """What decides the stored numbers besides the study, as JSON-able data."""
        if self.stage is not None:
            return dict(self.stage.division)
        return {
            "outputs": [
                [v.name, self._unit(v), v.dtype, list(v.dims), *self._judged(v)]
                for v in self.variables
            ],
            "constants": dict(self.space.constants),
            "chunks": list(self.grid.chunks),
        }

    def _unit(self, variable: Variable) -> str:
        """Return the unit of a variable as the study and the kernel spell it."""
        return "1" if variable.role == "status" else unit_of(self.space, variable.name)

    def _judged(self, variable: Variable) -> list[str]:
        """Return how NaN in a variable is judged, where that is not as usual."""
        output = self.space.kernel.outputs.get(variable.name)
        return ["may be undefined"] if output is not None and output.may_be_undefined else []

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of all that decides the stored numbers."""
        whole = {"format": self.format, "study": self.meaning.tables(), **self.division}
        return hashlib.sha256(canonical_json(whole).encode()).hexdigest()

    @cached_property
    def kernel_code(self) -> dict[str, str]:
        """SHA-256 of what JAX traces of the whole point, with the versions of JAX and the hash."""
        return {"sha256": self.trace.digest, "jax": jax.__version__, "hash": code_hash.VERSION}

    @property
    def attributes(self) -> dict[str, Any]:
        """Root attributes of the dataset."""
        study = self.space.study
        constants = {
            name: f"{value:.10g} {self.space.units[name]}"
            for name, value in self.space.constants.items()
        }
        return {
            "Conventions": "CF-1.11",
            "title": study.name,
            "question": study.question,
            "expect": study.expect,
            "kernel": study.kernel_name,
            "precision": study.precision,
            "parameters": canonical_json(constants),
            "study": study.canonical(),
        }


def make_plan(study: Study, *, chunks: tuple[int, ...] | None = None, format: int = FORMAT) -> Plan:
    """Plan a study.

    Args:
        study: the study.
        chunks: chunk length along each swept dimension, from an existing store; by default it
            follows from the study alone.
        format: of an existing store; by default the newest.

    Returns:
        The plan.

    Raises:
        DeclarationError: the study does not fit its kernel.
        PlanError: too many points, or an axis that no kept output depends on.
        KernelError: the kernel raises, or returns something else than it declares.
        SweepError: this process was forked off one that had used JAX.
    """
    refuse_after_fork()
    of = resolve(study)
    if of.reduction is not None:
        raise PlanError(
            f"study {study.name}: [reduce] keeps no points; use leakscape.reduce or leakscape.run"
        )
    return plan_of(of, chunks=chunks, format=format)


def plan_of(
    of: Space,
    *,
    order: tuple[str, ...] = (),
    chunks: tuple[int, ...] | None = None,
    format: int = FORMAT,
) -> Plan:
    """Plan a space.

    Args:
        of: the space.
        order: the swept dimensions in the order that arrays have them; by default the study's.
        chunks: chunk length along each, in that order; by default it follows from the study.
        format: of an existing store; by default the newest.

    Returns:
        The plan.

    Raises:
        PlanError: an axis that no kept output depends on, or too large a chunk.
        KernelError: the kernel raises, or returns something else than it declares.
    """
    trace = trace_of(of)
    shapes = trace.shapes
    refuse_misfit(of, {name: shapes[name].shape for name in of.keep})
    depends = dependence_of(trace)
    kept = {name: depends[name] for name in of.keep}
    _refuse_idle(of, kept)
    points = CHUNK_BYTES // max(
        shapes[name].dtype.itemsize * math.prod(shapes[name].shape) for name in of.keep
    )
    length = {dimension.name: dimension.size for dimension in of.dimensions}
    swept = order or tuple(length)
    shape = tuple(length[dim] for dim in swept)
    chunks = chunks or chunk_shape(shape, max(1, points))
    sizes = dict(zip(swept, zip(shape, chunks, strict=True), strict=True))
    read = (*of.asked, *map(read_name, of.given))
    sampled = (n for n in shapes if n not in (*of.keep, *read, "status"))
    names = [*of.keep, *sampled, "status"]
    variables = tuple(
        variable_of(of, name, depends[name], shapes[name], sizes, format)
        if name != "status"
        else variable_of(of, name, frozenset(swept), shapes[name], sizes, format)
        for name in names
    )
    labels = coordinates(of, {name: shapes[name].shape for name in of.keep}, format)
    refuse_huge(variables, labels)
    return Plan(
        space=of,
        grid=Grid(dimensions=swept, shape=shape, chunks=chunks),
        variables=variables,
        read=tuple(
            variable_of(of, name, depends[name], shapes[name], sizes, format) for name in read
        ),
        coordinates=labels,
        depends=depends,
        trace=trace,
        format=format,
    )


def cut(plan: Plan, chunks: tuple[int, ...]) -> Plan:
    """Cut the grid of a plan into other chunks."""
    length = dict(zip(plan.grid.dimensions, chunks, strict=True))

    def shorter(variable: Variable) -> Variable:
        own = zip(variable.dims, variable.chunks, strict=True)
        return replace(variable, chunks=tuple(length.get(dim, size) for dim, size in own))

    return replace(
        plan,
        grid=replace(plan.grid, chunks=chunks),
        variables=tuple(map(shorter, plan.variables)),
        read=tuple(map(shorter, plan.read)),
    )


def chunk_shape(shape: tuple[int, ...], points: int) -> tuple[int, ...]:
    """Cut a grid into nearly equal chunks of at most `points` points, last dimensions whole.

    Args:
        shape: lengths of the swept dimensions.
        points: how many points a chunk may have.

    Returns:
        Chunk lengths.
    """
    chunks: list[int] = []
    room = points
    for size in reversed(shape):
        parts = -(-size // max(1, min(size, room)))
        chunks.append(-(-size // parts))
        room = 1 if parts > 1 else room // chunks[-1]
    return tuple(reversed(chunks))


def _refuse_idle(of: Space, kept: Mapping[str, frozenset[str]]) -> None:
    used = frozenset().union(*kept.values())
    for dimension in of.dimensions:
        if dimension.name not in used:
            raise PlanError(
                f"axes.{dimension.name}: no kept output depends on it ({', '.join(kept)}); "
                "remove the axis, or keep an output that does"
            )
