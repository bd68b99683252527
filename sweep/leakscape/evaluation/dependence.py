"""Which output depends on which dimension, read from the code of a point.

One pass through the traced point carries the dimensions of the arguments along, as batching would.
The nested vmaps are then built on the answer with `out_axes` None, so a wrong reading raises by
itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
from jax.extend.core import ClosedJaxpr, Jaxpr, Literal

_EVERYWHERE = frozenset({"custom_vmap_call", "custom_linear_solve"})
"""Batched as a whole by rules of their own: each result varies with each argument."""

Dims = frozenset[str]


def dependence(code: ClosedJaxpr, given: Sequence[Dims]) -> list[Dims]:
    """Find the dimensions of every result, as batching over each of them in turn would.

    Args:
        code: the traced point.
        given: the dimensions of each argument.

    Returns:
        The dimensions of each result, in order.
    """
    return _through(code.jaxpr, given)


def _through(jaxpr: Jaxpr, given: Sequence[Dims]) -> list[Dims]:
    known = dict(zip(jaxpr.invars, given, strict=True))

    def of(atom: Any) -> Dims:
        return frozenset() if isinstance(atom, Literal) else known.get(atom, frozenset())

    for equation in jaxpr.eqns:
        found = _equation(equation, [of(atom) for atom in equation.invars])
        known.update(zip(equation.outvars, found, strict=True))
    return [of(atom) for atom in jaxpr.outvars]


def _equation(equation: Any, given: list[Dims]) -> list[Dims]:
    name, params = equation.primitive.name, equation.params
    if name == "cond":
        branches = [_through(branch.jaxpr, given[1:]) for branch in params["branches"]]
        return [given[0].union(*found) for found in zip(*branches, strict=True)]
    if name == "while":
        return _while(params, given)
    if name == "scan":
        constants, state = params["num_consts"], params["num_carry"]
        return _settled(params["jaxpr"].jaxpr, given, constants, state)
    inside = _called(params)
    if name not in _EVERYWHERE and inside is not None and len(inside.invars) == len(given):
        return _through(inside, given)
    return [frozenset().union(*given)] * len(equation.outvars)


def _while(params: Mapping[str, Any], given: list[Dims]) -> list[Dims]:
    """One point that goes on makes the whole state of a batch go on."""
    first, last = params["cond_nconsts"], params["cond_nconsts"] + params["body_nconsts"]
    state = given[last:]
    while True:
        asked = _through(params["cond_jaxpr"].jaxpr, [*given[:first], *state])[0]
        after = _through(params["body_jaxpr"].jaxpr, [*given[first:last], *state])
        grown = [old | new | asked for old, new in zip(state, after, strict=True)]
        if grown == state:
            return state
        state = grown


def _settled(body: Jaxpr, given: list[Dims], constants: int, state: int) -> list[Dims]:
    """Go through a scan until its state takes up nothing more."""
    held = given[constants : constants + state]
    while True:
        found = _through(body, [*given[:constants], *held, *given[constants + state :]])
        grown = [old | new for old, new in zip(held, found[:state], strict=True)]
        if grown == held:
            return [*held, *found[state:]]
        held = grown


def _called(params: Mapping[str, Any]) -> Jaxpr | None:
    """Return the one function that an equation calls on its arguments, such as a jitted one."""
    for key in ("jaxpr", "call_jaxpr", "fun_jaxpr"):
        held = params.get(key)
        inside = held.jaxpr if isinstance(held, ClosedJaxpr) else held
        if isinstance(inside, Jaxpr):
            return inside
    return None


def gathers(code: ClosedJaxpr) -> bool:
    """Tell whether code computes for some points of a batch what others do not need.

    A primitive says so by an attribute `gathers`. It works in blocks, which a large batch fills.

    Args:
        code: the traced point.
    """
    return _gathers(code.jaxpr)


def _gathers(jaxpr: Jaxpr) -> bool:
    for equation in jaxpr.eqns:
        if getattr(equation.primitive, "gathers", False):
            return True
        for held in jax.tree.leaves(list(equation.params.values()), is_leaf=_is_code):
            inside = held.jaxpr if isinstance(held, ClosedJaxpr) else held
            if isinstance(inside, Jaxpr) and _gathers(inside):
                return True
    return False


def _is_code(held: object) -> bool:
    return isinstance(held, ClosedJaxpr | Jaxpr)


def nested(
    function: Callable[[Mapping[str, Any]], Any],
    dimensions: tuple[str, ...],
    given: Mapping[str, frozenset[str]],
    depends: Any,
    lengths: Mapping[str, int],
) -> Callable[[Mapping[str, Any]], Any]:
    """Nest one vmap per dimension, the last dimension innermost.

    Args:
        function: scalar function of a dict of values.
        dimensions: the dimensions in order.
        given: name -> the dimensions that the value has, in that order.
        depends: the same for what the function returns, in the shape that it returns.
        lengths: of the dimensions: a result may have one that no value has.

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
        size = lengths[dimension]
        function = jax.vmap(function, in_axes=(place,), out_axes=out, axis_size=size)
    return function
