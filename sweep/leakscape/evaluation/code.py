"""The kernel's code as a hash: what JAX traces, with the bytes of its constant arrays."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from jax.core import Tracer
from jax.extend.core import ClosedJaxpr, Jaxpr

_ADDRESS = re.compile(r" at 0x[0-9a-f]+|id=\d+")


def needed(traced: ClosedJaxpr) -> ClosedJaxpr:
    """Drop what no result needs: a kernel computes more outputs than a study keeps.

    XLA would drop it too, but tracing, batching and hashing would have paid for it by then.

    Args:
        traced: the code.

    Returns:
        The code with the equations that lead to a result.
    """
    wanted = {id(result) for result in traced.jaxpr.outvars}
    kept = []
    for equation in reversed(traced.jaxpr.eqns):
        if equation.effects or any(id(result) in wanted for result in equation.outvars):
            kept.append(equation)
            wanted.update(id(argument) for argument in equation.invars)
    return ClosedJaxpr(traced.jaxpr.replace(eqns=kept[::-1]), traced.consts)


def digest(traced: ClosedJaxpr) -> str:
    """Hash code.

    Args:
        traced: the code.

    Returns:
        SHA-256 of its text, without memory addresses, and of its constants, which the text
        leaves out.
    """
    found = hashlib.sha256(_ADDRESS.sub("", str(traced.jaxpr)).encode())
    for constant in _constants(traced):
        # What code inside takes from the code around it stands in the text, and has no value yet.
        if not isinstance(constant, Tracer):
            found.update(np.asarray(constant).tobytes())
    return found.hexdigest()


def _constants(traced: ClosedJaxpr) -> Iterator[Any]:
    yield from traced.consts
    yield from _constants_within(traced.jaxpr)


def _constants_within(jaxpr: Jaxpr) -> Iterator[Any]:
    for equation in jaxpr.eqns:
        for value in equation.params.values():
            for inner in value if isinstance(value, list | tuple) else (value,):
                if isinstance(inner, ClosedJaxpr):
                    yield from _constants(inner)
                elif isinstance(inner, Jaxpr):
                    # What such code takes from outside comes by name, not by value.
                    yield from _constants_within(inner)
