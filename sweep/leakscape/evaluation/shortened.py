"""Traced code made shorter before it is batched and lowered, which takes JAX 0.2 ms an equation.

XLA would do the same, but only after that. A small function under a `jit` costs more as a call than
its few equations do; `jnp.where` is one. Larger ones stay: where they are called again JAX finds
them batched and lowered.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jax.extend.core import ClosedJaxpr, Literal, Var

from leakscape.evaluation.code_hash import called

_SMALL = 4
"""Most equations of a call that is unfolded: of 1, 4, 12 and any number the fastest, measured."""


def shortened(code: ClosedJaxpr) -> ClosedJaxpr:
    """Return code that computes the same with fewer equations.

    Small calls are unfolded, equal equations become one, and what no result needs is left out, as
    are conversions to the type that a value has. Rules of its own for derivatives are gone.

    Args:
        code: the code.

    Returns:
        The shorter code, with the same arguments and results.
    """
    return _Shortening().code(code)


class _Shortening:
    """Shortens each code inside once, so that JAX still sees that it is the same in two places."""

    def __init__(self) -> None:
        self._done: dict[int, tuple[ClosedJaxpr, ClosedJaxpr]] = {}  # the first is kept alive

    def code(self, code: ClosedJaxpr) -> ClosedJaxpr:
        """Shorten code, or find it shortened."""
        if id(code) not in self._done:
            body = _Body(self)
            results = body.run(code, {})
            kept = body.needed(results)
            short = ClosedJaxpr(code.jaxpr.replace(eqns=kept, outvars=results), code.consts)
            self._done[id(code)] = code, short
        return self._done[id(code)][1]

    def parameter(self, value: Any) -> Any:
        """Shorten a parameter of an equation, where it is code or a row of codes."""
        if isinstance(value, ClosedJaxpr):
            return self.code(value)
        if type(value) is tuple and any(isinstance(one, ClosedJaxpr) for one in value):
            return tuple(map(self.parameter, value))
        return value


class _Body:
    """The equations of one code, as they are put together."""

    def __init__(self, inside: _Shortening) -> None:
        self._inside = inside
        self._equations: list[Any] = []
        self._known: dict[Any, list[Any]] = {}

    def run(self, code: ClosedJaxpr, names: dict[Any, Any]) -> list[Any]:
        """Add equations, and return what stands for the results."""

        def of(atom: Any) -> Any:
            return atom if isinstance(atom, Literal) else names.get(atom, atom)

        for equation in code.jaxpr.eqns:
            given = [of(atom) for atom in equation.invars]
            inner = called(equation)
            if inner is not None and len(inner.jaxpr.eqns) <= _SMALL and not inner.consts:
                found = self.run(inner, dict(zip(inner.jaxpr.invars, given, strict=True)))
            elif _changes_nothing(equation) and not isinstance(given[0], Literal):
                found = given
            else:
                found = self._add(equation, given)
            names.update(zip(equation.outvars, found, strict=True))
        return [of(atom) for atom in code.jaxpr.outvars]

    def needed(self, results: list[Any]) -> list[Any]:
        """Return the equations that lead to a result, or have an effect."""
        wanted, kept = set(map(id, results)), []
        for equation in reversed(self._equations):
            if equation.effects or any(id(one) in wanted for one in equation.outvars):
                kept.append(equation)
                wanted.update(map(id, equation.invars))
        return kept[::-1]

    def _add(self, equation: Any, given: list[Any]) -> list[Any]:
        key = None if equation.effects else _key(equation, given)
        if key in self._known:
            return self._known[key]
        found = [Var(one.aval) for one in equation.outvars]
        if key is not None:
            self._known[key] = found
        params = {name: self._inside.parameter(held) for name, held in equation.params.items()}
        self._equations.append(equation.replace(invars=given, outvars=found, params=params))
        return found


def _changes_nothing(equation: Any) -> bool:
    """Tell whether a result is its argument, but perhaps for a weak type or a derivative."""
    if equation.primitive.name == "convert_element_type":
        return bool(equation.invars[0].aval.dtype == equation.outvars[0].aval.dtype)
    return bool(equation.primitive.name == "stop_gradient")


def _key(equation: Any, given: list[Any]) -> Any:
    """Return what equal equations have in common; None where that cannot be told."""
    # 0.0 is -0.0 and 1 is True for Python, but not for a number that comes out.
    params = tuple(
        (n, type(held), repr(held) if isinstance(held, float) else held)
        for n, held in sorted(equation.params.items())
    )
    key = equation.primitive, tuple(map(_atom, given)), params
    try:
        hash(key)
    except TypeError:
        return None
    return key


def _atom(atom: Any) -> Any:
    if isinstance(atom, Literal):
        return str(atom.aval), np.asarray(atom.val).tobytes()
    return atom
