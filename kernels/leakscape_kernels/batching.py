"""A batch cut into blocks that fit a cache, and costly work done for few points of it.

Step by step through a long computation, a whole batch would pass through memory at every step.
And under `vmap` a plain `cond` computes both branches everywhere: here the points that need the
branch are gathered, and the others pay nothing. Both work on all batched axes at once.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from leakscape_kernels.on_demand import Array, Bool, Int, jax, jex, jnp

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
    code, shapes = jax.make_jaxpr(function, return_shape=True)(arguments)
    given, (instead, structure) = jax.tree.leaves(arguments), jax.tree.flatten(otherwise)
    instead = [
        jnp.asarray(x, shape.dtype)
        for x, shape in zip(instead, jax.tree.leaves(shapes), strict=True)
    ]
    found = _bound(_Gathered(shorter), code, [needed, *given, *instead])
    return jax.tree.unflatten(structure, found)


def in_blocks(function: Callable[[Any], Any], arguments: Any) -> Any:
    """Return function(arguments), computed block by block so that it stays in the cache.

    Args:
        function: of scalars; it must not close over anything that is traced. No derivatives.
        arguments: a tree of scalars.

    Returns:
        what the function returns.
    """
    code, shapes = jax.make_jaxpr(function, return_shape=True)(arguments)
    found = _bound(_Blocked(), code, jax.tree.leaves(arguments))
    return jax.tree.unflatten(jax.tree.structure(shapes), found)


@dataclass(frozen=True)
class _Blocked:
    """Every point is computed, block by block."""

    def at(self, code: jex.ClosedJaxpr, leaves: Sequence[Any]) -> list[Any]:
        """Return the results at one point."""
        found: list[Any] = jex.jaxpr_as_fun(code)(*leaves)
        return found

    def rows(
        self, code: jex.ClosedJaxpr, leaves: Sequence[Any], varies: Sequence[bool]
    ) -> Sequence[Any]:
        """Return the results along rows."""
        length = _length(leaves, varies)
        block = _block(length)
        point = jax.vmap(jex.jaxpr_as_fun(code), in_axes=[0 if row else None for row in varies])

        def step(i: Any, found: Any) -> Any:
            # The last block overlaps the one before: nothing is padded, nothing cut off.
            start = jnp.minimum(i * block, length - block)
            some = [
                jax.lax.dynamic_slice_in_dim(x, start, block) if row else x
                for x, row in zip(leaves, varies, strict=True)
            ]
            return [
                jax.lax.dynamic_update_slice_in_dim(old, new, start, 0)
                for old, new in zip(found, point(*some), strict=True)
            ]

        empty = [jnp.zeros((length, *x.shape), x.dtype) for x in code.out_avals]
        found: Sequence[Any] = jax.lax.fori_loop(0, -(-length // block), step, empty)
        return found


@dataclass(frozen=True)
class _Gathered:
    """The points that need it are gathered and computed, block by block.

    The leaves are whether a point needs it, the arguments, and the results where it does not.

    Args:
        shorter: how many times shorter the blocks are than others.
    """

    shorter: int

    def at(self, code: jex.ClosedJaxpr, leaves: Sequence[Any]) -> list[Any]:
        """Return the results at one point."""
        needed, given, instead = self._parted(code, leaves)
        found: list[Any] = jax.lax.cond(
            needed, lambda: jex.jaxpr_as_fun(code)(*given), lambda: list(instead)
        )
        return found

    def rows(
        self, code: jex.ClosedJaxpr, leaves: Sequence[Any], varies: Sequence[bool]
    ) -> Sequence[Any]:
        """Return the results along rows."""
        length = _length(leaves, varies)
        needed, given, instead = self._parted(code, leaves)
        flags, rows, _ = self._parted(code, varies)
        needed = needed if flags else jnp.broadcast_to(needed, length)
        # One may be a row and another not.
        instead = [
            jnp.broadcast_to(x, (length, *aval.shape)) if x.ndim == len(aval.shape) else x
            for x, aval in zip(instead, code.out_avals, strict=True)
        ]
        block = -(-_block(length) // self.shorter)
        order, count = _places(needed, -(-length // block) * block)
        axes = [0 if row else None for row in rows]
        point = jax.vmap(jex.jaxpr_as_fun(code), in_axes=axes, axis_size=block)

        def more(state: Any) -> Any:
            return state[0] * block < count

        def step(state: Any) -> Any:
            i, found = state
            here = jax.lax.dynamic_slice_in_dim(order, i * block, block)
            some = [
                jnp.take(x, here, axis=0, mode="clip") if row else x
                for x, row in zip(given, rows, strict=True)
            ]
            # Places beyond the count lie outside the batch, and are dropped.
            found = [
                old.at[here].set(new, mode="drop")
                for old, new in zip(found, point(*some), strict=True)
            ]
            return i + 1, found

        found: Sequence[Any] = jax.lax.while_loop(more, step, (jnp.int32(0), instead))[1]
        return found

    @staticmethod
    def _parted(code: jex.ClosedJaxpr, leaves: Sequence[Any]) -> tuple[Any, Any, Any]:
        last = 1 + len(code.in_avals)
        return leaves[0], leaves[1:last], leaves[last:]


@functools.cache
def _rows() -> Any:
    """Return the primitive of a function of scalars which, under any vmaps, is one of rows of them.

    What is done with rows is traced when it is compiled, once, and not anew for each vmap.
    """
    from jax.interpreters import batching, mlir

    rows = jex.Primitive("rows")
    rows.multiple_results = True
    # A mark of ours on a class of JAX: the engine asks any primitive for it.
    rows.gathers = True  # type: ignore[attr-defined]
    rows.def_impl(_run)
    rows.def_abstract_eval(_shapes)
    batching.primitive_batchers[rows] = _batched
    mlir.register_lowering(rows, mlir.lower_fun(_computed, multiple_results=True))
    return rows


def _bound(work: _Blocked | _Gathered, code: jex.ClosedJaxpr, leaves: Sequence[Any]) -> list[Any]:
    varies = (False,) * len(leaves)
    found: list[Any] = _rows().bind(*map(jnp.asarray, leaves), work=work, code=code, varies=varies)
    return found


def _computed(*leaves: Any, work: Any, code: jex.ClosedJaxpr, varies: tuple[bool, ...]) -> Any:
    return work.rows(code, leaves, varies) if any(varies) else work.at(code, leaves)


def _run(*leaves: Any, **params: Any) -> Any:
    return jax.jit(lambda *given: _computed(*given, **params))(*leaves)


def _shapes(*leaves: Any, code: jex.ClosedJaxpr, varies: tuple[bool, ...], **_: Any) -> Any:
    long = (_length(leaves, varies),) if any(varies) else ()
    return [jax.core.ShapedArray((*long, *x.shape), x.dtype) for x in code.out_avals]


def _batched(
    leaves: Sequence[Any], axes: Sequence[Any], *, varies: tuple[bool, ...], **params: Any
) -> tuple[list[Any], list[int]]:
    """Take a further axis into the rows."""
    added = [axis is not None for axis in axes]
    leaves = [
        jnp.moveaxis(x, axis, 0) if new else x
        for x, axis, new in zip(leaves, axes, added, strict=True)
    ]
    size = _length(leaves, added)
    length = max(
        (x.shape[int(new)] for x, new, old in zip(leaves, added, varies, strict=True) if old),
        default=1,
    )
    flat = [
        _repeated(x, size, length, has=(new, old)) if new or old else x
        for x, new, old in zip(leaves, added, varies, strict=True)
    ]
    now = tuple(old or new for old, new in zip(varies, added, strict=True))
    found = _rows().bind(*flat, varies=now, **params)
    if any(varies):
        found = [x.reshape(size, length, *x.shape[1:]) for x in found]
    return found, [0] * len(found)


def _length(leaves: Sequence[Any], varies: Sequence[bool]) -> int:
    return next(int(x.shape[0]) for x, row in zip(leaves, varies, strict=True) if row)


def _repeated(x: Any, size: int, length: int, *, has: tuple[bool, bool]) -> Any:
    """Return a leaf that lacks one of two batched axes, or none, as one row."""
    new, old = has
    own = x.shape[int(new) + int(old) :]
    x = x if new else x[None]
    x = x if old else jnp.expand_dims(x, 1)
    return jnp.broadcast_to(x, (size, length, *own)).reshape(size * length, *own)


def _block(length: int) -> int:
    """Return how many points of a batch make a block."""
    blocks = max(1, min(_BLOCKS, -(-length // _BLOCK)))
    # All of one length, so that the last one does not repeat much of the one before.
    return -(-length // blocks)


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
