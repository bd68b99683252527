"""What tracing tells of a study, kept for the last few: dependence, shapes, the code's hash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import jax
import numpy as np
from jax.extend.core import ClosedJaxpr, jaxpr_as_fun

from leakscape.declare.space import CELL, Space
from leakscape.declare.study import canonical_json
from leakscape.evaluation import code
from leakscape.evaluation.point import dtype_of, point_function
from leakscape.evaluation.trace import dependence


@dataclass(frozen=True)
class Traced:
    """What tracing depends on: the study, its constants and the kernel's origin.

    Tracing a kernel takes longer than planning with it, and a notebook plans the same study over
    and over, so that what tracing told is kept for the last few of them.

    Args:
        text: the study and its constants.
        origin: identity of the kernel, or of the factory that made it.
        space: the space.
    """

    text: str
    origin: int
    space: Space = field(compare=False)  # also keeps the origin alive, so that its id stays its own

    @classmethod
    def of(cls, space: Space) -> Traced:
        """Key a space."""
        constants = canonical_json(dict(space.constants))
        return cls(space.study.canonical() + constants, id(space.kernel.origin), space)


@dataclass(frozen=True, kw_only=True)
class Trace:
    """One point of a study as JAX sees it, with nothing in it that the kept outputs do not need.

    Args:
        code: the traced point.
        inputs: names of the swept values, in the order of the code's arguments.
        shapes: name -> shape and dtype of every result, in the order that the code gives them.
    """

    code: ClosedJaxpr
    inputs: tuple[str, ...]
    shapes: Mapping[str, jax.ShapeDtypeStruct]

    def point(self, swept: Mapping[str, Any]) -> dict[str, Any]:
        """Compute the point: what `point_function` gives, without running the kernel's Python."""
        results = jaxpr_as_fun(self.code)(*(swept[name] for name in self.inputs))
        return dict(zip(self.shapes, results, strict=True))


@lru_cache(maxsize=16)
def trace_of(key: Traced) -> Trace:
    """Trace a study's point once."""
    space = key.space
    given = scalars(space)
    with jax.enable_x64(space.study.precision == "float64"):
        found, shapes = jax.make_jaxpr(point_function(space), return_shape=True)(given)
    # JAX flattens a dict by its sorted keys.
    names = {name: shapes[name] for name in sorted(shapes)}
    return Trace(code=code.needed(found), inputs=tuple(sorted(given)), shapes=names)


@lru_cache(maxsize=16)
def dependence_of(key: Traced) -> dict[str, frozenset[str]]:
    """Return the dimensions of every output, status among them."""
    space, trace = key.space, trace_of(key)
    with jax.enable_x64(space.study.precision == "float64"):
        return dependence(trace.point, scalars(space), along(space), trace.shapes)


@lru_cache(maxsize=16)
def digest_of(key: Traced) -> str:
    """Return the SHA-256 of the traced code."""
    return code.digest(trace_of(key).code)


def scalars(of: Space) -> dict[str, jax.ShapeDtypeStruct]:
    """Return shape and dtype of every swept value at one point: words are uint32."""
    population = of.population
    drawn = set(population.parameters) if population is not None else set()
    return {
        name: jax.ShapeDtypeStruct((), np.dtype("uint32") if name in drawn else dtype_of(of))
        for name in along(of)
    }


def along(of: Space) -> dict[str, str]:
    """Return the dimension that every swept value varies along."""
    places = {name: dim.name for dim in of.dimensions for name in dim.axes}
    population = of.population
    if population is not None:
        columns = population.table.columns if population.table else population.parameters
        places |= dict.fromkeys(columns, CELL)
    return places
