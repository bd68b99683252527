"""A chunk of a population computed block by block, so that what lies between stays in the cache.

The quantiles of several distributions, computed for a whole chunk, pass through memory that the
system hands out anew for each chunk: 72 MB for six parameters of 2 million cells, a third of the
time. A kernel with loops of its own cuts its batches itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import jax.numpy as jnp
from jax import lax
from jax.extend.core import Jaxpr

from leakscape.declare.population import CELL
from leakscape.evaluation.grid import Grid
from leakscape.evaluation.tracing import Trace

POINTS = 2**16
"""Points of a block: of 2**13 to 2**18, which differ by a tenth, one in the middle."""
_LOOPS = frozenset({"while", "cond", "custom_vmap_call"})  # a scan, as of a polynomial, is short

Chunk = Callable[[Mapping[str, Any]], Mapping[str, Any]]
Fill = Callable[[Mapping[str, Any], Mapping[str, Any]], Mapping[str, Any]]


def filling(
    nest: Callable[[Mapping[str, int]], Chunk],
    trace: Trace,
    grid: Grid,
    depends: Mapping[str, frozenset[str]],
    *,
    drawn: bool,
) -> Fill:
    """Return what fills the arrays of a chunk: in blocks of cells where that pays, else at once.

    Args:
        nest: makes, for lengths of the dimensions, what takes the swept values of so many points
            and returns their results.
        trace: the traced point.
        grid: the swept dimensions.
        depends: result -> its dimensions.
        drawn: whether a population is sampled.

    Returns:
        A function of the arrays to fill and the swept values.
    """
    whole = nest(grid.lengths)
    if not drawn or not _straight(trace.code.jaxpr):
        return lambda held, swept: whole(swept)
    cells, along = grid.lengths[CELL], trace.along
    block = max(1, POINTS // (math.prod(grid.chunks) // cells))
    if cells < 2 * block:
        return lambda held, swept: whole(swept)
    some_cells = nest(grid.lengths | {CELL: block})
    inside = {name: [d for d in grid.dimensions if d in dims] for name, dims in depends.items()}

    def fill(held: Mapping[str, Any], swept: Mapping[str, Any]) -> Mapping[str, Any]:
        def step(i: Any, held: Any) -> Any:
            # The last block overlaps the one before: nothing is padded, nothing cut off.
            start = jnp.minimum(i * block, cells - block)
            some = {
                name: lax.dynamic_slice_in_dim(values, start, block)
                if CELL in along[name]
                else values
                for name, values in swept.items()
            }
            found = some_cells(some)
            return {
                name: lax.dynamic_update_slice_in_dim(
                    old, found[name], start, inside[name].index(CELL)
                )
                if CELL in inside[name]
                else found[name]
                for name, old in held.items()
            }

        return lax.fori_loop(0, -(-cells // block), step, dict(held))  # type: ignore[no-any-return]

    return fill


def _straight(jaxpr: Jaxpr) -> bool:
    """Tell whether code goes straight through: no loops of unknown length, no branches."""
    for equation in jaxpr.eqns:
        name = equation.primitive.name
        if name in _LOOPS or "callback" in name:
            return False
        inner = [getattr(value, "jaxpr", value) for value in equation.params.values()]
        if not all(_straight(code) for code in inner if isinstance(code, Jaxpr)):
            return False
    return True
