"""What a kernel is to the engine: a scalar function that names its inputs and outputs.

A kernel is met through its shape alone: a callable that takes scalars by keyword and returns a
dict of scalars (or short vectors with a dimension of their own), with `.parameters` and
`.outputs`. A kernel factory has `.options` instead and returns a kernel when called with them; it
may have `.code`, which says where options name code (see `find`).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from leakscape.declare import names
from leakscape.declare.codes import read_codes
from leakscape.declare.output import Output, read_output
from leakscape.declare.parameter import Parameter, read_parameter
from leakscape.errors import DeclarationError
from leakscape.status import Code


@runtime_checkable
class Kernel(Protocol):
    """The structural protocol: anything with this shape is a kernel.

    It is traced anew at each evaluation, with its globals as they are then. What JAX keeps by
    itself, a helper under `jax.jit`, follows after `jax.clear_caches()`.

    It may also have `keeping(names)`, which returns a kernel for these outputs alone, where that
    spares work: with the same values of them and the same status. And it may have `codes`, which
    says what the status codes mean that it returns: number -> name, or -> a table with a `name` and
    a `remedy` in half a sentence; from 10 on a point has no value.
    """

    parameters: Mapping[str, Any]
    outputs: Mapping[str, Any]

    def __call__(self, **values: Any) -> dict[str, Any]:
        """Return every output for one combination of scalars."""
        ...


@dataclass(frozen=True)
class Described:
    """A kernel with its declaration read into the engine's own terms.

    Args:
        name: how the study calls it.
        call: the scalar function.
        parameters: name -> Parameter.
        outputs: name -> Output.
        origin: what was found under the name: the kernel itself, or the factory that made it.
        files: the files of the user's own that it was made of, as the study writes them.
        codes: what status codes mean beyond the general ones, or better than they.
        missing: outputs of its kind that it has not: name -> why, and the remedy.
    """

    name: str
    call: Callable[..., dict[str, Any]]
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    outputs: Mapping[str, Output] = field(default_factory=dict)
    origin: Any = None
    files: tuple[str, ...] = ()
    codes: Mapping[int, Code] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)

    def lacks(self, output: str) -> str:
        """Return what a message says of an output that there is none: whose, and what to do."""
        if output in self.missing:
            return f"kernel {self.name} has no output {output!r} here: {self.missing[output]}"
        return f"kernel {self.name} has no output {output!r}; {names.nearest(output, self.outputs)}"


def describe(kernel: Any, name: str) -> Described:
    """Read a kernel's declaration.

    Args:
        kernel: anything that has the shape of Kernel; a declaration may be a bare unit.
        name: how messages call it.

    Returns:
        The kernel in the engine's terms.

    Raises:
        DeclarationError: it is no kernel, or a unit, default, bound or name is wrong.
    """
    parameters, outputs = getattr(kernel, "parameters", None), getattr(kernel, "outputs", None)
    if (
        not callable(kernel)
        or not isinstance(parameters, Mapping)
        or not isinstance(outputs, Mapping)
    ):
        raise DeclarationError(
            f"kernel: {name!r} is no kernel: it needs to be callable, with .parameters and .outputs"
        )
    if not outputs:
        raise DeclarationError(f"kernel {name}: declares no outputs; give it one")
    names.check_distinct([*parameters, *outputs], f"kernel {name}")
    if both := set(parameters) & set(outputs):
        raise DeclarationError(f"kernel {name}: {min(both)!r} is parameter and output; rename one")
    _check_signature(kernel, parameters, name)
    described = Described(
        name,
        kernel,
        {key: read_parameter(key, value, name) for key, value in parameters.items()},
        {key: read_output(key, value, name) for key, value in outputs.items()},
        kernel,
        codes=read_codes(getattr(kernel, "codes", None), name),
        missing=_read_missing(getattr(kernel, "missing", None)),
    )
    _check_own_dimensions(described)
    return described


def _read_missing(given: Any) -> Mapping[str, str]:
    """Return what a kernel says of outputs that it has not; only texts say something."""
    if not isinstance(given, Mapping):
        return {}
    return {name: why for name, why in given.items() if isinstance(why, str)}


def _check_signature(kernel: Any, parameters: Iterable[str], name: str) -> None:
    """Compare what a function takes with what it declares, before it is ever called."""
    try:
        takes = inspect.signature(kernel).parameters.values()
    except (TypeError, ValueError):  # compiled code may tell nothing
        return
    declared = set(parameters)
    for one in takes:
        if one.kind is one.VAR_KEYWORD:
            declared.clear()  # it takes every name
        elif one.kind is one.POSITIONAL_ONLY:
            raise DeclarationError(
                f"kernel {name}: takes {one.name!r} by position alone; a kernel is called by name, "
                "so remove the / in its def"
            )
        elif one.kind is not one.VAR_POSITIONAL:
            if one.default is one.empty and one.name not in parameters:
                raise DeclarationError(
                    f"kernel {name}: takes {one.name!r}, which .parameters does not name; "
                    f"{names.nearest(one.name, parameters)}"
                )
            declared.discard(one.name)
    if declared:
        raise DeclarationError(
            f"kernel {name}: .parameters names {min(declared)!r}, which its def does not take; "
            "add it there, or remove it from .parameters"
        )


def _check_own_dimensions(described: Described) -> None:
    labels: dict[str, tuple[str, tuple[float, ...]]] = {}
    for key, output in described.outputs.items():
        own, values = output.dimension, output.coordinate
        where = f"kernel {described.name}, output {key}"
        if own in described.outputs:
            raise DeclarationError(f"{where}: dimension {own!r} is an output's name; rename it")
        if own is None or values is None:
            continue
        other, held = labels.setdefault(own, (key, values))
        if held != values:
            raise DeclarationError(
                f"{where}: its coordinate along {own} differs from that of {other}; "
                "give both the same"
            )
