"""What a kernel is to the engine: a scalar function that names its inputs and outputs.

A kernel is met through its shape alone: a callable that takes scalars by keyword and returns a
dict of scalars (or short vectors with a dimension of their own), with `.parameters` and
`.outputs`. A kernel factory has `.options` instead and returns a kernel when called with them.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import math
import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol, runtime_checkable

from leakscape import content
from leakscape.declare import names, units
from leakscape.errors import DeclarationError
from leakscape.shown import shown

LARGEST_FILE = 4_000_000
"""Bytes of a file that holds kernels."""


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One named input of a kernel.

    Args:
        unit: the unit in which the kernel takes the number.
        default: the value when a study says nothing, a number [unit] or a text with its own
            unit; None makes it required.
        bounds: the smallest and largest value that makes sense [unit].
        meaning: what the symbol stands for.
        source: where the default comes from.
        divide_by: a parameter that turns a whole-cell value into this one, as `area` makes
            mS/cm2 of nS; None where there is none.
        multiply_by: likewise, as `capacitance` makes mS/cm2 of pS/pF.
    """

    unit: str
    default: float | str | None = None
    bounds: tuple[float, float] = (-math.inf, math.inf)
    meaning: str = ""
    source: str = ""
    divide_by: str | None = None
    multiply_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class Output:
    """One named output of a kernel.

    Args:
        unit: the unit in which the kernel returns the number.
        long_name: what a plot writes on its axis.
        dimension: name of the output's own dimension, None for a scalar.
        coordinate: values along that dimension [coordinate_unit]; None counts from 0.
        coordinate_unit: unit of the coordinate.
        headline: whether a study that names no outputs keeps this one.
    """

    unit: str
    long_name: str = ""
    dimension: str | None = None
    coordinate: tuple[float, ...] | None = None
    coordinate_unit: str = "1"
    headline: bool = False


@runtime_checkable
class Kernel(Protocol):
    """The structural protocol: anything with this shape is a kernel."""

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
    """

    name: str
    call: Callable[..., dict[str, Any]]
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    outputs: Mapping[str, Output] = field(default_factory=dict)
    origin: Any = None


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
    return Described(
        name,
        kernel,
        {key: _parameter(key, value, name) for key, value in parameters.items()},
        {key: _output(key, value, name) for key, value in outputs.items()},
        kernel,
    )


def _fields(value: Any, kind: type) -> dict[str, Any]:
    if isinstance(value, str):
        return {"unit": value}
    wanted = kind.__dataclass_fields__  # type: ignore[attr-defined]
    if isinstance(value, Mapping):
        return {key: value[key] for key in value}
    return {key: getattr(value, key) for key in wanted if hasattr(value, key)}


def _parameter(key: str, value: Any, name: str) -> Parameter:
    where = f"kernel {name}, parameter {key}"
    names.check(key, where)
    try:
        parameter = Parameter(**_fields(value, Parameter))
        units.parse_unit(parameter.unit)
        default = parameter.default
        if default is not None:
            default = default if isinstance(default, str) else units.finite(default)
        low, high = (float(bound) for bound in parameter.bounds)
    except (TypeError, ValueError, DeclarationError) as error:
        raise DeclarationError(f"{where}: {error}") from error
    return replace(parameter, default=default, bounds=(low, high))


def _output(key: str, value: Any, name: str) -> Output:
    where = f"kernel {name}, output {key}"
    names.check(key, where)
    try:
        output = Output(**_fields(value, Output))
        units.parse_unit(output.unit)
        units.parse_unit(output.coordinate_unit)
    except (TypeError, DeclarationError) as error:
        raise DeclarationError(f"{where}: {error}") from error
    if output.dimension is not None:
        names.check(output.dimension, f"{where}, dimension")
    return output


def find(reference: str, options: Mapping[str, Any], folder: Path | None) -> Described:
    """Find a kernel by name and, where it is a factory, make it.

    Args:
        reference: an entry-point name, "package.module:attribute", or "file.py:name".
        options: the other keys of the study's [kernel] table.
        folder: where a relative "file.py" is looked for; None forbids files.

    Returns:
        The kernel in the engine's terms.

    Raises:
        DeclarationError: nothing there, or not a kernel; nothing else is ever called.
    """
    return build(_load(reference, folder), options, reference)


def build(found: Any, options: Mapping[str, Any], name: str) -> Described:
    """Make a kernel out of a kernel or a factory.

    Raises:
        DeclarationError: neither, or options that it does not have.
    """
    accepted = getattr(found, "options", None)
    if hasattr(found, "parameters") or not isinstance(accepted, Mapping) or not callable(found):
        if options and hasattr(found, "parameters"):
            raise DeclarationError(
                f"kernel {name}: has no options, got {min(options)!r}; remove it from [kernel]"
            )
        return describe(found, name)
    for option in options:
        if option not in accepted:
            raise DeclarationError(
                f"kernel {name}: unknown option, got {option!r}; {names.nearest(option, accepted)}"
            )
    try:
        made = found(**options)
    except (TypeError, ValueError, KeyError) as error:
        raise DeclarationError(f"kernel {name}: {error}") from error
    return replace(describe(made, name), origin=found)


@lru_cache(maxsize=1)
def registered() -> dict[str, EntryPoint]:
    """Return the kernels that installed packages register, by name."""
    return {point.name: point for point in sorted(entry_points(group="leakscape.kernels"))}


def _load(reference: str, folder: Path | None) -> Any:
    module_name, colon, attribute = reference.partition(":")
    if not colon:
        points = registered()
        if reference not in points:
            raise DeclarationError(
                f"kernel: unknown name, got {shown(reference)}; {names.nearest(reference, points)}"
            )
        return points[reference].load()
    if not re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", attribute):
        raise DeclarationError(f"kernel: expected module:attribute, got {shown(reference)}")
    module = _file(module_name, folder) if module_name.endswith(".py") else _module(module_name)
    found: Any = module
    for part in attribute.split("."):
        found = getattr(found, part, None)
        if found is None:
            raise DeclarationError(
                f"kernel: {module_name} has no {attribute!r}; "
                f"{names.nearest(attribute, _kernels(module))}"
            )
    return found


def _kernels(module: ModuleType) -> list[str]:
    return [n for n, v in vars(module).items() if hasattr(v, "outputs") or hasattr(v, "options")]


def _module(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except Exception as error:  # a user's module can fail in any way at import
        raise DeclarationError(f"kernel: cannot import {name!r}, got {error}; check it") from error


def _file(name: str, folder: Path | None) -> ModuleType:
    path = (folder / name) if folder is not None else Path(name)
    try:
        text = content.read(path, LARGEST_FILE, DeclarationError, f"kernel {path}")
    except FileNotFoundError as error:
        raise DeclarationError(
            f"kernel: no such file, got {path}; it is relative to the study"
        ) from error
    digest = hashlib.sha256(os.fsencode(path.resolve().as_posix()) + text).hexdigest()
    title = f"_leakscape_study_{digest[:16]}"
    if title in sys.modules:
        return sys.modules[title]
    spec = importlib.util.spec_from_file_location(title, path)
    if spec is None or spec.loader is None:
        raise DeclarationError(f"kernel: not a Python file, got {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[title] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # a user's file can fail in any way at import
        del sys.modules[title]
        raise DeclarationError(f"kernel: {path} fails at import, got {error}; mend it") from error
    return module
