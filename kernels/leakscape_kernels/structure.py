"""What is computed, apart from the values that it is computed from, as a text.

Two kernels of one structure return the same for the same values: a caller who compiled one has
compiled the other. The text is good within one version of the code alone.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

_SETTLED = frozenset({"leakscape_kernels", "jax", "jaxlib", "numpy", "diffrax", "lineax"})
"""Packages whose code stays as it is while a process lives."""


def told(part: Any) -> str:
    """Return the structure of what an evaluation is made of.

    Args:
        part: a plain value, a collection, a function, or an object whose fields are such; one with
            an attribute `structure` says by it what of it counts.

    Returns:
        the text.

    Raises:
        TypeError: it holds something of which nobody can tell what follows from it, such as a
            function that somebody else wrote and may change.
    """
    if part is None or isinstance(part, bool | int | float | str):
        return repr(part)
    if isinstance(part, Mapping):
        return told(list(part.items()))
    if isinstance(part, frozenset):
        return told(sorted(part))
    if isinstance(part, tuple | list):
        return f"[{', '.join(map(told, part))}]"
    if isinstance(part, functools.partial):
        return f"partial{told((part.func, part.args, part.keywords))}"
    if isinstance(part, MethodType):
        return f"{part.__name__} of {told(part.__self__)}"
    if isinstance(part, type | BuiltinFunctionType):
        return f"{part.__module__}.{part.__qualname__}"
    part = inspect.unwrap(part) if callable(part) else part
    if isinstance(part, FunctionType):
        return _function(part)
    if not is_dataclass(part) or not _settled(part):
        raise TypeError(f"structure of {type(part).__qualname__}")
    own = getattr(part, "structure", None)
    held = [getattr(part, field.name) for field in fields(part)] if own is None else own
    return f"{type(part).__module__}.{type(part).__qualname__}{told(held)}"


def _settled(part: Any) -> bool:
    """Tell whether code belongs to this project, or to what was installed with it."""
    module = part.__module__ if isinstance(part, FunctionType) else type(part).__module__
    return str(module).partition(".")[0] in _SETTLED


def _function(function: Callable[..., Any]) -> str:
    """Return the name of a function and what it closes over; its code stays as it is."""
    if not _settled(function):
        raise TypeError(f"structure of {function.__qualname__}, which may change")
    held = [cell.cell_contents for cell in function.__closure__ or ()]
    place = function.__code__.co_firstlineno
    defaults = function.__defaults__, function.__kwdefaults__
    return f"{function.__module__}.{function.__qualname__}:{place}{told((held, *defaults))}"
