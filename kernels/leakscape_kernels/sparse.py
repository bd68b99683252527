"""A batch cut into blocks that fit a cache, and costly work done for few points of it.

Step by step through a long computation, a whole batch would pass through memory at every step.
And under `vmap` a plain `cond` computes both branches everywhere: here the points that need the
branch are gathered, and the others pay nothing. Both work on all batched axes at once.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax.custom_batching import custom_vmap
from jaxtyping import Array, Bool, Int

_BLOCK = 16_384
"""Fewest points of a block: what a core's cache holds."""

_BLOCKS = 64
"""Most blocks that a batch is cut into: each costs a device some microseconds to start."""

_SHORTER = 8
"""How many times shorter blocks of gathered points are."""

_COLUMNS = 16
"""Points that one step of the count looks at."""


def where_needed(
    function: Callable[[Any], Any],
    needed: Bool[Array, ""],
    arguments: Any,
    otherwise: Any,
    *,
    shorter: int = _SHORTER,
) -> Any:
    """Return function(arguments) where it is needed, and something else where it is not.

    Args:
        function: of scalars; it must not close over anything that is traced. No derivatives.
        needed: whether it is.
        arguments: a tree of scalars.
        otherwise: a tree like the function's results.
        shorter: how many times shorter the blocks of gathered points are than others. The last one
            is computed whole, however few points are left for it.

    Returns:
        a tree like the function's results.
    """

    once = jax.jit(function)  # traced once, for a point and for its batches

    def point(needed: Any, arguments: Any, otherwise: Any) -> Any:
        return jax.lax.cond(needed, lambda: once(arguments), lambda: otherwise)

    return _in_rows(point, partial(_packed, once, shorter))(needed, arguments, otherwise)


def in_blocks(function: Callable[[Any], Any], arguments: Any) -> Any:
    """Return function(arguments), computed block by block so that it stays in the cache.

    Args:
        function: of scalars; it must not close over anything that is traced. No derivatives.
        arguments: a tree of scalars.

    Returns:
        what the function returns.
    """

    once = jax.jit(function)  # traced once, for a point and for its batches

    def rows(leaves: Any, varies: Any, structure: Any) -> Any:
        length = next(x.shape[0] for x, row in zip(leaves, varies, strict=True) if row)
        block = _block(length)
        axes = [0 if row else None for row in varies]

        def point(*leaves: Any) -> Any:
            return once(*jax.tree.unflatten(structure, leaves))

        def step(i: Any, found: Any) -> Any:
            # The last block overlaps the one before: nothing is padded, nothing cut off.
            start = jnp.minimum(i * block, length - block)
            some = [
                jax.lax.dynamic_slice_in_dim(x, start, block) if row else x
                for x, row in zip(leaves, varies, strict=True)
            ]
            new = jax.vmap(point, in_axes=axes)(*some)
            return jax.tree.map(
                lambda old, x: jax.lax.dynamic_update_slice_in_dim(old, x, start, 0), found, new
            )

        # The shapes of one point: asking the whole part for them would batch the function twice.
        one = [
            jax.ShapeDtypeStruct(x.shape[int(row) :], x.dtype)
            for x, row in zip(leaves, varies, strict=True)
        ]
        shapes = jax.eval_shape(point, *one)
        empty = jax.tree.map(lambda x: jnp.zeros((length, *x.shape), x.dtype), shapes)
        return jax.lax.fori_loop(0, -(-length // block), step, empty)

    return _in_rows(once, rows)(arguments)


def _in_rows(point: Callable[..., Any], rows: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of scalars that, under any number of vmaps, is one of rows of scalars.

    Args:
        point: the function.
        rows: takes the arguments' leaves, those that vary along the rows as arrays and the others
            as scalars, and how to put them together again: `rows(leaves, varies, structure)`.
    """

    def function(*given: Any) -> Any:
        leaves, structure = jax.tree.flatten(given)

        def batched(varies: tuple[bool, ...]) -> Callable[..., Any]:
            @custom_vmap
            def row(*leaves: Any) -> Any:
                return rows(leaves, varies, structure)

            @row.def_vmap
            def further(size: int, added: Any, *leaves: Any) -> Any:
                return spread(size, tuple(added), varies, leaves)

            return row

        def spread(size: int, added: Any, varies: Any, leaves: Any) -> Any:
            now = tuple(old or new for old, new in zip(varies, added, strict=True))
            length = max(
                (
                    x.shape[int(new)]
                    for x, new, old in zip(leaves, added, varies, strict=True)
                    if old
                ),
                default=1,
            )
            flat = [
                _repeated(x, size, length, has=(new, old)) if new or old else x
                for x, new, old in zip(leaves, added, varies, strict=True)
            ]
            found = batched(now)(*flat)
            if any(varies):
                found = jax.tree.map(lambda x: x.reshape(size, length, *x.shape[1:]), found)
            return found, jax.tree.map(lambda _: True, found)

        @custom_vmap
        def scalar(*leaves: Any) -> Any:
            return point(*jax.tree.unflatten(structure, leaves))

        @scalar.def_vmap
        def first(size: int, added: Any, *leaves: Any) -> Any:
            return spread(size, tuple(added), (False,) * len(leaves), leaves)

        return scalar(*leaves)

    return function


def _repeated(x: Any, size: int, length: int, *, has: tuple[bool, bool]) -> Any:
    """Return a leaf that lacks one of two batched axes, or none, as one row."""
    new, old = has
    own = x.shape[int(new) + int(old) :]
    x = x if new else x[None]
    x = x if old else jnp.expand_dims(x, 1)
    return jnp.broadcast_to(x, (size, length, *own)).reshape(size * length, *own)


def _packed(
    function: Callable[[Any], Any], shorter: int, leaves: Any, varies: Any, structure: Any
) -> Any:
    """Evaluate the function on the points that need it, block by block."""
    length = next(x.shape[0] for x, row in zip(leaves, varies, strict=True) if row)
    needed, _, otherwise = jax.tree.unflatten(structure, leaves)
    needed, otherwise = jax.tree.map(
        lambda x, row: x if row else jnp.broadcast_to(x, (length, *x.shape)),
        (needed, otherwise),
        jax.tree.unflatten(structure, varies)[::2],
    )
    block = -(-_block(length) // shorter)
    order, count = _places(needed, -(-length // block) * block)

    def point(*leaves: Any) -> Any:
        return function(jax.tree.unflatten(structure, leaves)[1])

    def more(state: Any) -> Any:
        return state[0] * block < count

    def step(state: Any) -> Any:
        i, found = state
        here = jax.lax.dynamic_slice_in_dim(order, i * block, block)
        some = [
            jnp.take(x, here, axis=0, mode="clip") if row else x
            for x, row in zip(leaves, varies, strict=True)
        ]
        axes = [0 if row else None for row in varies]
        results = jax.vmap(point, in_axes=axes, axis_size=block)(*some)
        # Places beyond the count lie outside the batch, and are dropped.
        found = jax.tree.map(lambda old, new: old.at[here].set(new, mode="drop"), found, results)
        return i + 1, found

    return jax.lax.while_loop(more, step, (jnp.int32(0), otherwise))[1]


def _block(length: int) -> int:
    """Return how many points of a batch make a block."""
    return min(length, max(_BLOCK, -(-length // _BLOCKS)))


def _places(needed: Bool[Array, " n"], size: int) -> tuple[Int[Array, " size"], Int[Array, ""]]:
    """Return where the flags are set, ascending, then places beyond the end; and their number."""
    length = needed.shape[0]
    padded = -length % _COLUMNS
    table = jnp.pad(needed, (0, padded)).reshape(-1, _COLUMNS).astype(jnp.int32)
    # A running sum by columns, which is several times faster than one over all points.
    sums = [table[:, 0]]
    for column in range(1, _COLUMNS):
        sums.append(sums[-1] + table[:, column])
    before = jnp.cumsum(sums[-1]) - sums[-1]
    rank = (jnp.stack(sums, axis=1) + before[:, None]).reshape(-1)[:length] - 1
    places = jnp.full(size, length, jnp.int32)
    places = places.at[jnp.where(needed, rank, size)].set(
        jnp.arange(length, dtype=jnp.int32), mode="drop"
    )
    return places, before[-1] + sums[-1][-1]
