"""The points of a chunk: outputs at every variant of its base points, or their derivatives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp

from leakscape.analyse.sensitivity.accepted import accepted
from leakscape.analyse.sensitivity.shape import KEY, LOST, Shape
from leakscape.declare.population import CELL
from leakscape.evaluation.dependence import gathers, nested

_VARIANT = ""
"""A dimension that no study can have."""


def evaluated(
    shape: Shape, low: jax.Array, high: jax.Array, given: Mapping[str, jax.Array]
) -> tuple[dict[str, Any], dict[str, jax.Array]]:
    """Evaluate all variants of a chunk's base points.

    Args:
        shape: of the chunk.
        low: words of the first base points, shape (columns, low).
        high: words of the runs, which are combined with each of them, shape (columns, runs).
        given: values along the axes, constants, labels and what draws points anew.

    Returns:
        Outputs, the variant first, and what the design needs besides.
    """
    words = (high[:, :, None] ^ low[:, None, :]).reshape(len(low), -1)
    design, trace = shape.design, shape.trace
    drawn = design.draw(words)
    places = tuple(name for name, _ in shape.lengths)
    lengths = dict(shape.lengths) | {CELL: shape.base_points}
    told = {name: jnp.tile(given[name], (design.variants, 1)) for name, _ in shape.labels}
    of_points = {name: values for name, values in given.items() if name not in told}
    key, given = of_points.pop(KEY, None), of_points
    if design.gradients:
        return _derived(shape, design.variant(drawn, 0), given), design.beside(drawn)
    point = nested(trace.point, (*places, CELL), trace.along, trace.depends, lengths)
    if key is not None:
        values, lost = accepted(shape, words, given | {n: v[0] for n, v in told.items()}, key)
        found = jax.lax.map(lambda one: point({**given, **one}), values)
        return found | {LOST: lost}, design.beside(drawn)
    # Without the barrier XLA would draw anew for every variant.
    drawn = jax.lax.optimization_barrier(drawn)
    if gathers(trace.code):
        return _together(shape, drawn, given) | told, design.beside(drawn)
    # One after the other they stay in the cache, and the kernel is compiled once.
    found = jax.lax.map(
        lambda number: point({**given, **design.variant(drawn, number)}),
        jnp.arange(design.variants),
    )
    return found | told, design.beside(drawn)


def _together(shape: Shape, drawn: Any, given: Mapping[str, jax.Array]) -> dict[str, Any]:
    """Evaluate all variants as one batch: one that gathers few of its points pays once for them."""
    design, trace = shape.design, shape.trace
    values = jax.vmap(lambda number: design.variant(drawn, number))(jnp.arange(design.variants))
    lengths = {_VARIANT: design.variants} | dict(shape.lengths) | {CELL: shape.base_points}

    def further(dims: frozenset[str]) -> frozenset[str]:
        return dims | {_VARIANT} if CELL in dims else dims

    along = {name: further(dims) for name, dims in trace.along.items()}
    depends = {name: further(dims) for name, dims in trace.depends.items()}
    found = nested(trace.point, tuple(lengths), along, depends, lengths)({**given, **values})
    return {
        name: array
        if CELL in depends[name]
        else jnp.broadcast_to(array, (design.variants, *array.shape))
        for name, array in found.items()
    }


def _derived(
    shape: Shape, values: Mapping[str, jax.Array], given: Mapping[str, jax.Array]
) -> dict[str, Any]:
    """Evaluate outputs and their derivatives by each parameter, by reverse differentiation."""
    trace, places = shape.trace, tuple(name for name, _ in shape.lengths)
    kept = [name for name in trace.results if name != "status"]
    smooth = [name for name in kept if jnp.issubdtype(trace.shapes[name].dtype, jnp.floating)]

    def point(named: Mapping[str, Any]) -> dict[str, Any]:
        fixed = {name: value for name, value in named.items() if name not in values}

        def function(moving: Mapping[str, Any]) -> tuple[dict[str, Any], Any]:
            found = trace.point({**fixed, **moving})
            return {name: found[name] for name in smooth}, found

        moving = {name: named[name] for name in values}
        slopes, found = jax.jacrev(function, has_aux=True)(moving)
        rows = {name: jnp.stack([found[name], *slopes[name].values()]) for name in smooth}
        for name in set(kept) - set(smooth):  # whole numbers have no slope
            rows[name] = jnp.stack([found[name], *[jnp.zeros_like(found[name])] * len(moving)])
        return rows | {"status": found["status"]}

    lengths = dict(shape.lengths) | {CELL: shape.base_points}
    everywhere = frozenset(lengths)
    depends = dict.fromkeys((*kept, "status"), everywhere)
    function = nested(point, (*places, CELL), trace.along, depends, lengths)
    found: dict[str, Any] = function({**given, **values})
    return found
