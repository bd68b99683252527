"""The kernel's code as a hash: what JAX traces, with the bytes of its constant arrays."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jax
import numpy as np
from jax.extend.core import ClosedJaxpr, Jaxpr

_ADDRESS = re.compile(r" at 0x[0-9a-f]+|id=\d+")


def digest(function: Callable[[Any], Any], scalars: Mapping[str, jax.ShapeDtypeStruct]) -> str:
    """Hash what a function computes.

    Args:
        function: scalar function of the swept values.
        scalars: their shapes and dtypes.

    Returns:
        SHA-256 of the traced text, without memory addresses, and of its constants, which the
        text leaves out.
    """
    traced = jax.make_jaxpr(function)(dict(scalars))
    found = hashlib.sha256(_ADDRESS.sub("", str(traced.jaxpr)).encode())
    for constant in _constants(traced):
        found.update(np.asarray(constant).tobytes())
    return found.hexdigest()


def _constants(traced: ClosedJaxpr) -> Iterator[Any]:
    yield from traced.consts
    for equation in traced.jaxpr.eqns:
        for value in equation.params.values():
            for inner in value if isinstance(value, list | tuple) else (value,):
                if isinstance(inner, ClosedJaxpr):
                    yield from _constants(inner)
                elif isinstance(inner, Jaxpr):
                    yield from _constants(ClosedJaxpr(inner, ()))
