"""The executable of a plan's points: one for equal code, kept for this process and the next."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import Any

import jax
import numpy as np

from leakscape.declare.blame import blamed
from leakscape.declare.condition import Condition
from leakscape.declare.output import Output
from leakscape.evaluation import shelf
from leakscape.evaluation.announce import announced
from leakscape.evaluation.blocks import Chunk, filling
from leakscape.evaluation.compiling import compiled, on_cpu
from leakscape.evaluation.dependence import nested
from leakscape.evaluation.plan import Plan
from leakscape.evaluation.shortened import shortened
from leakscape.evaluation.sieve import Sieve
from leakscape.evaluation.tracing import Trace


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

    @property
    def text(self) -> str | None:
        """All of it as a text for other processes, None where the kernel may change."""
        if self.trace.structure is None:
            return None
        depends = sorted((name, sorted(dims)) for name, dims in self.depends)
        shapes = self.dimensions, self.chunks, self.variables, self.outputs, depends
        return repr((self.trace, *shapes, self.soon))

    @classmethod
    def of(cls, plan: Plan) -> _Key:
        declared = plan.space.kernel.outputs
        return cls(
            plan.trace,
            plan.grid.dimensions,
            plan.grid.chunks,
            tuple((v.name, v.dims, v.chunks, v.dtype, v.role) for v in plan.computed),
            tuple((v.name, declared[v.name]) for v in plan.computed if v.name in declared),
            frozenset(plan.depends.items()),
            str(jax.config.jax_default_device),  # type: ignore[attr-defined]
            plan.soon,
            plan,
        )


@dataclass
class Executable:
    """What was compiled, with the buffers that its results of last time lie in."""

    compute: Any
    sieve: Sieve | None
    thread: threading.local = field(default_factory=threading.local)
    judge: Any = None  # compiled when a chunk first needs it


_one_at_a_time = threading.Lock()


def executable(plan: Plan) -> Executable:
    """Compile the points of a plan, or find them compiled."""
    with _one_at_a_time:
        return _executable(_Key.of(plan), plan.space.where)


@lru_cache(maxsize=8)
def _computing(key: _Key) -> Any:
    text, make = key.text, partial(_compile, key.plan)
    told = blamed(f"kernel {key.trace.kernel}", batched=True)
    with announced(), jax.enable_x64(key.trace.double), told:
        return make() if text is None else shelf.executable(text, make)


@lru_cache(maxsize=8)
def _executable(key: _Key, where: tuple[Condition, ...]) -> Executable:
    """Compile a plan; with other conditions on the same names only what decides these is new."""
    compute, plan = _computing(key), key.plan
    if not where:
        return Executable(compute, None)
    with announced(), jax.enable_x64(key.trace.double):
        shapes = dict(zip((v.name for v in plan.computed), chunk_shapes(plan), strict=True))
        return Executable(compute, Sieve(plan, shapes))


def _compile(plan: Plan) -> Any:
    trace = plan.trace
    if plan.soon:
        trace = replace(trace, made=partial(shortened, trace.code))
    places = trace.along
    names = tuple(variable.name for variable in plan.computed)
    length = plan.grid.lengths
    population = plan.space.population
    drawn = population is not None and bool(population.parameters)

    def function(lengths: Mapping[str, int]) -> Chunk:
        return nested(trace.point, plan.grid.dimensions, places, plan.depends, lengths)

    fill = filling(function, trace, plan.grid, plan.depends, drawn=drawn and on_cpu())

    def compute(buffers: Any, inputs: dict[str, jax.Array]) -> tuple[jax.Array, ...]:
        returned = fill(dict(zip(names, buffers, strict=True)), inputs)
        return tuple(returned[name] for name in names)

    inputs = {
        name: jax.ShapeDtypeStruct(tuple(length[dim] for dim in places[name]), leaf.dtype)
        for name, leaf in trace.scalars.items()
    }
    return compiled(
        compute,
        chunk_shapes(plan),
        inputs,
        double=trace.double,
        soon=plan.soon,
        donated=(0,),
        kept=trace.structure is not None,
    )


def chunk_shapes(plan: Plan) -> tuple[jax.ShapeDtypeStruct, ...]:
    """Return what the kernel computes for a chunk: its status at the rank that it has."""
    length = plan.grid.lengths
    own = tuple(length[dim] for dim in length if dim in plan.depends["status"])
    return tuple(
        jax.ShapeDtypeStruct(own if v.role == "status" else v.chunks, np.dtype(v.dtype))
        for v in plan.computed
    )
