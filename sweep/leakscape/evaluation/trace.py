"""Which output depends on which dimension, as JAX's own batching says.

For each dimension the point function is traced once with that dimension vmapped and every output
passed through an identity whose batching rule records whether it arrived batched. The nested
vmaps are then built on the answer with `out_axes` None, so a wrong reading raises by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import jax
from jax.custom_batching import custom_vmap

Point = Callable[[Mapping[str, Any]], dict[str, Any]]


def dependence(
    point: Point,
    scalars: Mapping[str, jax.ShapeDtypeStruct],
    along: Mapping[str, str],
    outputs: Iterable[str],
) -> dict[str, frozenset[str]]:
    """Find the dimensions of every output.

    Args:
        point: scalar function of the swept values.
        scalars: name -> shape and dtype of each swept value.
        along: name -> the dimension that it varies along.
        outputs: names of what the point returns.

    Returns:
        output -> its dimensions.
    """
    found: dict[str, set[str]] = {name: set() for name in outputs}
    for dimension in dict.fromkeys(along.values()):
        batched: set[str] = set()

        def watched(swept: Mapping[str, Any], seen: set[str] = batched) -> dict[str, Any]:
            return {name: _watch(name, value, seen) for name, value in point(swept).items()}

        axes = {name: 0 if along[name] == dimension else None for name in scalars}
        stacked = {
            name: jax.ShapeDtypeStruct(
                (2, *leaf.shape) if axes[name] == 0 else leaf.shape, leaf.dtype
            )
            for name, leaf in scalars.items()
        }
        jax.eval_shape(jax.vmap(watched, in_axes=(axes,)), stacked)
        for name in batched:
            found[name].add(dimension)
    return {name: frozenset(dims) for name, dims in found.items()}


def _watch(name: str, value: Any, seen: set[str]) -> Any:
    @custom_vmap
    def identity(leaf: Any) -> Any:
        return leaf

    @identity.def_vmap
    def rule(axis_size: int, in_batched: list[bool], leaf: Any) -> tuple[Any, bool]:
        if in_batched[0]:
            seen.add(name)
        return leaf, in_batched[0]

    return identity(value)


def nested(
    function: Callable[[Mapping[str, Any]], Any],
    dimensions: tuple[str, ...],
    given: Mapping[str, frozenset[str]],
    depends: Any,
) -> Callable[[Mapping[str, Any]], Any]:
    """Nest one vmap per dimension, the last dimension innermost.

    Args:
        function: scalar function of a dict of values.
        dimensions: the dimensions in order.
        given: name -> the dimensions that the value has, in that order.
        depends: the same for what the function returns, in the shape that it returns.

    Returns:
        The function of arrays; a result has its dimensions in order, and no other.
    """
    for dimension in reversed(dimensions):
        place = {name: 0 if dimension in dims else None for name, dims in given.items()}
        out = jax.tree.map(
            lambda dims, here=dimension: 0 if here in dims else None,
            depends,
            is_leaf=lambda leaf: isinstance(leaf, frozenset),
        )
        function = jax.vmap(function, in_axes=(place,), out_axes=out)
    return function
