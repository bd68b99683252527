"""One chunk of a design: base points by index, the study's model at every point of them, and sums.

As in a sweep, what evaluates stands apart from what sums: the one is in the precision of the study,
the other in 64 bits, and neither is compiled anew where the other changes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from leakscape.analyse.sensitivity.accepted import statuses, unmatched
from leakscape.analyse.sensitivity.design import Sums
from leakscape.analyse.sensitivity.shape import KEY, LOST, Shape
from leakscape.analyse.sensitivity.variants import evaluated
from leakscape.declare.population import CELL
from leakscape.evaluation.compiling import compiled
from leakscape.evaluation.point import dtype_of, must_be_finite
from leakscape.status import FIRST_FAILURE, Status

Compiled = Callable[..., Any]


@lru_cache(maxsize=16)
def executables(shape: Shape) -> tuple[Compiled, Compiled]:
    """Compile what evaluates a chunk and what sums it.

    Args:
        shape: what they depend on.

    Returns:
        (low, high, given) -> outputs, and what the design needs besides; and (these, centres,
        inside) -> sums.
    """
    double = shape.trace.double
    columns = shape.design.columns
    low = jax.ShapeDtypeStruct((columns, shape.low), np.dtype("uint32"))
    high = jax.ShapeDtypeStruct((columns, shape.runs), np.dtype("uint32"))
    length = dict(shape.lengths)
    along = shape.along
    kinds = {name: leaf.dtype for name, leaf in shape.trace.scalars.items()}
    kinds |= dict.fromkeys(dict(shape.labels), np.dtype(np.int32))
    given = {
        name: jax.ShapeDtypeStruct(tuple(length[d] for d in along[name]), kind)
        for name, kind in kinds.items()
        if CELL not in along[name]
    }
    if shape.anew:
        given[KEY] = jax.ShapeDtypeStruct((3,), np.dtype("uint32"))
    evaluate = partial(evaluated, shape)
    first = compiled(evaluate, low, high, given, double=double, soon=shape.soon)
    with jax.enable_x64(double):
        found = jax.eval_shape(evaluate, low, high, given)
    centres = {
        name: jax.ShapeDtypeStruct((shape.kept, own), np.dtype("float64"))
        for name, own in shape.own.items()
    }
    inside = jax.ShapeDtypeStruct((2,), np.dtype("int64"))
    return first, compiled(
        partial(_summed, shape), *found, centres, inside, double=True, soon=shape.soon
    )


def _summed(
    shape: Shape,
    found: Mapping[str, jax.Array],
    beside: Mapping[str, jax.Array],
    centres: Mapping[str, jax.Array],
    inside: jax.Array,
) -> Sums:
    n, derived = shape.base_points, shape.design.gradients
    full = _full(shape, found)
    if shape.anew:
        left = jnp.uint8(Status.LEFT_OUT_BY_A_CONDITION)
        full["status"] = jnp.where(full[LOST], left, full["status"])
    elif shape.where:
        full["status"] = statuses(shape, full)
    there = (jnp.arange(n) >= inside[0]) & (jnp.arange(n) < inside[1])
    values = {o.name: o.of(full, jnp, dtype_of(shape.space)) for o in shape.outcomes}
    fine = (inside[0] == 0) & (inside[1] == n) & (jnp.max(full["status"]) < FIRST_FAILURE)
    for array in found.values():
        if jnp.issubdtype(array.dtype, jnp.floating):
            fine &= jnp.all(jnp.isfinite(array))  # a maximum over two dimensions may pass by NaN

    def centred(name: str) -> jax.Array:
        wide: jax.Array = values[name].astype(jnp.float64)
        if shape.design.plain:
            return wide
        centre = centres[name][:, None, None, :]
        if not derived:  # only the outcome itself has a centre
            return wide - centre
        return jnp.concatenate([wide[:, :1] - centre, wide[:, 1:]], axis=1)

    def all_count() -> Sums:
        sums: Sums = {}
        for outcome in shape.outcomes:
            away = centred(outcome.name)
            ok = jnp.ones((), bool)
            sums[outcome.name] = shape.design.update(away, ok, beside)
            own = away.shape[-1]
            sums[outcome.name]["n"] = jnp.full((shape.kept, own), n, jnp.float64)
        none = jnp.zeros(shape.kept, jnp.int64)
        return sums | {"": {"failed": none, "left_out": none, "unmatched": none, "at": none - 1}}

    def some_count() -> Sums:
        failed = full["status"] >= FIRST_FAILURE
        left_out = full["status"] == Status.LEFT_OUT_BY_A_CONDITION
        for name, output in shape.space.kernel.outputs.items():
            if name in full and must_be_finite(output, found[name].dtype):
                lost = ~jnp.isfinite(full[name])
                failed |= jnp.any(lost, axis=1, keepdims=True) if derived else lost
        sums: Sums = {}
        bad = failed
        for outcome in shape.outcomes:
            read = [jnp.isfinite(full[name].astype(jnp.float64)) for name in outcome.reads]
            fine = ~failed & jnp.all(jnp.stack(read), axis=0)
            bad |= ~jnp.all(fine, axis=-1, keepdims=True)
            ok = jnp.all(fine, axis=1) & there[None, :, None]
            counted = jnp.where(ok[:, None], centred(outcome.name), 0.0)
            sums[outcome.name] = shape.design.update(counted, ok, beside)
            sums[outcome.name]["n"] = jnp.sum(ok, axis=1, dtype=jnp.float64)
        wrong = (bad & ~left_out)[..., 0] & there[None, None]
        wrong = wrong.reshape(shape.kept, -1)
        return sums | {
            "": {
                "failed": _number((failed & ~left_out)[..., 0] & there[None, None]),
                "left_out": _number(left_out[..., 0] & there[None, None]),
                "unmatched": unmatched(shape, left_out[..., 0] & there[None, None]),
                "at": jnp.where(jnp.any(wrong, axis=1), jnp.argmax(wrong, axis=1), -1),
            }
        }

    result: Sums = jax.lax.cond(fine, all_count, some_count)
    return result


def _number(truth: jax.Array) -> jax.Array:
    return jnp.sum(truth, axis=(1, 2), dtype=jnp.int64)


def _full(shape: Shape, found: Mapping[str, jax.Array]) -> dict[str, jax.Array]:
    """Give every array all places: shape (kept, variants, n, own)."""
    lengths, n = dict(shape.lengths), shape.base_points
    beside = shape.along | {LOST: frozenset({CELL})}
    whole = {}
    for name, array in found.items():
        if shape.design.gradients:  # (places ..., n, rows, own); status has no rows
            array = array if name != "status" else array[..., None]
            array = jnp.moveaxis(array, len(lengths) + 1, 0)
            depends = frozenset({*lengths, CELL})
        else:
            depends = shape.trace.depends[name] if name in shape.trace.depends else beside[name]
        rank = [size if dim in depends else 1 for dim, size in lengths.items()]
        lead = 1 + len([dim for dim in (*lengths, CELL) if dim in depends])
        own = math.prod(array.shape[lead:])
        rows = array.shape[0]
        array = array.reshape(rows, *rank, n if CELL in depends else 1, own)
        shaped = jnp.broadcast_to(array, (rows, *lengths.values(), n, own))
        whole[name] = jnp.moveaxis(shaped.reshape(rows, shape.kept, n, own), 0, 1)
    return whole
