"""JAX for the modules of this package: loaded when something is computed, not when it is declared.

Loading JAX takes longer than showing all that a kernel declares. So these modules take `jax` and
`jnp` from here, together with the array types of their annotations, which only tests check.
"""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

__all__ = [
    "Array",
    "Bool",
    "Float",
    "Int",
    "Int8",
    "Integer",
    "UInt8",
    "UInt32",
    "jax",
    "jex",
    "jitted",
    "jnp",
]

_Given = ParamSpec("_Given")
_Found = TypeVar("_Found")


class _Later:
    """A module that is loaded when the first of its names is looked up."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # asked by what looks at every object, such as a debugger
            raise AttributeError(name)
        found = getattr(importlib.import_module(self._module), name)
        setattr(self, name, found)  # the next look-up does not come here
        return found


class _Unread:
    """What stands in an annotation that nobody reads."""

    def __class_getitem__(cls, said: Any) -> Any:
        return Any


if TYPE_CHECKING:
    import jax
    import jax.extend.core as jex
    import jax.numpy as jnp
else:
    jax, jex, jnp = _Later("jax"), _Later("jax.extend.core"), _Later("jax.numpy")

# Whoever checks annotations has loaded jaxtyping before this package.
if TYPE_CHECKING or "jaxtyping" in sys.modules:
    from jaxtyping import Array, Bool, Float, Int, Int8, Integer, UInt8, UInt32
else:
    Array, Bool, Float, Int, Int8, Integer, UInt8, UInt32 = Any, *[_Unread] * 7


def jitted(function: Callable[_Given, _Found]) -> Callable[_Given, _Found]:
    """Return a function under `jax.jit`, made at its first call: traced once for all who ask."""

    @functools.cache
    def compiled() -> Callable[_Given, _Found]:
        return jax.jit(function)

    @functools.wraps(function)
    def call(*given: _Given.args, **named: _Given.kwargs) -> _Found:
        found: _Found = compiled()(*given, **named)
        return found

    return call
