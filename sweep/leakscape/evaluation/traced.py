"""What tracing tells of a study, kept for the last few: dependence, shapes, the code's hash."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import jax
import numpy as np

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


@lru_cache(maxsize=16)
def dependence_of(
    of: Traced,
) -> tuple[dict[str, frozenset[str]], dict[str, jax.ShapeDtypeStruct]]:
    """Return what `dependence` finds: output -> dimensions, output -> shape and dtype."""
    space = of.space
    with jax.enable_x64(space.study.precision == "float64"):
        return dependence(point_function(space), scalars(space), along(space))


@lru_cache(maxsize=16)
def digest_of(of: Traced) -> str:
    """Return the SHA-256 of the traced code."""
    space = of.space
    with jax.enable_x64(space.study.precision == "float64"):
        return code.digest(point_function(space), scalars(space))


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
