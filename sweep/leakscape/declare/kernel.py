"""What a kernel is to the engine: a scalar function that names its inputs and outputs.

A kernel is met through its shape alone: a callable that takes scalars by keyword and returns a
dict of scalars (or short vectors with a dimension of their own), with `.parameters` and
`.outputs`. A kernel factory has `.options` instead and returns a kernel when called with them; it
may have `.code`, which says where options name code (see `find`).
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Protocol, runtime_checkable

from leakscape.declare import names, units
from leakscape.errors import DeclarationError


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
        whole_cell: units that it may have if all such parameters do, where only ratios matter.
        valence: of the ion whose concentration it is, by which equivalents are counted.
    """

    unit: str
    default: float | str | None = None
    bounds: tuple[float, float] = (-math.inf, math.inf)
    meaning: str = ""
    source: str = ""
    divide_by: str | None = None
    multiply_by: str | None = None
    whole_cell: tuple[str, ...] = ()
    valence: int | None = None


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
        may_be_undefined: whether it may be NaN where the solution holds, as the reversal potential
            of an absent ion is. Status is then 3; the engine looks, unless the kernel says so.
        whole_cell: its units where the parameters are given in theirs, in the same order.
    """

    unit: str
    long_name: str = ""
    dimension: str | None = None
    coordinate: tuple[float, ...] | None = None
    coordinate_unit: str = "1"
    headline: bool = False
    may_be_undefined: bool = False
    whole_cell: tuple[str, ...] = ()


@runtime_checkable
class Kernel(Protocol):
    """The structural protocol: anything with this shape is a kernel.

    It is traced anew at each evaluation, with its globals as they are then. What JAX keeps by
    itself, a helper under `jax.jit`, follows after `jax.clear_caches()`.

    It may also have `keeping(names)`, which returns a kernel for these outputs alone, where that
    spares work: with the same values of them and the same status.
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
    """

    name: str
    call: Callable[..., dict[str, Any]]
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    outputs: Mapping[str, Output] = field(default_factory=dict)
    origin: Any = None
    files: tuple[str, ...] = ()


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
        {key: _parameter(key, value, name) for key, value in parameters.items()},
        {key: _output(key, value, name) for key, value in outputs.items()},
        kernel,
    )
    _check_own_dimensions(described)
    return described


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


def _fields(value: Any, kind: type) -> dict[str, Any]:
    """Read a declaration: a unit alone, a table, or an object with the same attributes."""
    wanted = {field.name: field for field in fields(kind)}
    if isinstance(value, str):
        return {"unit": value}
    if not isinstance(value, Mapping):
        value = {key: getattr(value, key) for key in wanted if hasattr(value, key)}
    for key in value:
        if key not in wanted:
            raise DeclarationError(f"unknown field, got {key!r}; {names.nearest(key, wanted)}")
    if "unit" not in value:
        raise DeclarationError('no unit; write one, such as "mV"')
    for key in value:
        text = wanted[key].type in ("str", "str | None")
        if text and not (isinstance(value[key], str) or value[key] == wanted[key].default):
            raise DeclarationError(f"{key}: expected text, got {value[key]!r}; write it in quotes")
    return dict(value)


def _parameter(key: str, value: Any, name: str) -> Parameter:
    where = f"kernel {name}, parameter {key}"
    names.check(key, where)
    try:
        parameter = Parameter(**_fields(value, Parameter))
        units.check_unit(parameter.unit)
        whole = _units(parameter.whole_cell)
        default = parameter.default
        if default is not None:
            default = default if isinstance(default, str) else units.finite(_scalar(default))
        low, high = _bounds(parameter.bounds)
        if isinstance(default, float) and not low <= default <= high:
            raise DeclarationError(
                f"default must lie in its bounds [{low:g}, {high:g}] {parameter.unit}, got "
                f"{default:g} {parameter.unit}; change one of them"
            )
    except DeclarationError as error:
        raise DeclarationError(f"{where}: {error}") from error
    return replace(parameter, default=default, bounds=(low, high), whole_cell=whole)


def _units(given: Any) -> tuple[str, ...]:
    """Return the whole-cell units of a declaration, one or several."""
    listed = (given,) if isinstance(given, str) else given
    if not isinstance(listed, list | tuple) or not all(isinstance(unit, str) for unit in listed):
        raise DeclarationError(f'whole_cell: expected units, got {str(given)[:60]}; write ("nS",)')
    for unit in listed:
        units.check_unit(unit)
    return tuple(listed)


def _scalar(value: Any) -> Any:
    """Take a NumPy number for the number that it is."""
    return value.item() if getattr(value, "shape", None) == () else value


def _bounds(given: Any) -> tuple[float, float]:
    """Return the lowest and the highest value, either of which may be infinite."""
    try:
        low, high = (float(_scalar(bound)) for bound in given)
    except (TypeError, ValueError, OverflowError) as error:
        raise DeclarationError(
            f"bounds: expected two numbers, got {str(given)[:60]}; write (0, 1), or leave them out"
        ) from error
    if not low <= high:  # so is NaN refused
        raise DeclarationError(
            f"bounds: the lowest must not be above the highest, got ({low:g}, {high:g}); "
            "write them in order"
        )
    return low, high


def _output(key: str, value: Any, name: str) -> Output:
    where = f"kernel {name}, output {key}"
    names.check(key, where)
    try:
        output = Output(**_fields(value, Output))
        units.check_unit(output.unit)
        units.check_unit(output.coordinate_unit)
        whole = _units(output.whole_cell)
        coordinate = None if output.coordinate is None else _coordinate(output.coordinate)
    except DeclarationError as error:
        raise DeclarationError(f"{where}: {error}") from error
    if not isinstance(output.may_be_undefined, bool):
        raise DeclarationError(
            f"{where}: may_be_undefined is True or False, got {output.may_be_undefined!r}"
        )
    if output.dimension is not None:
        names.check(output.dimension, f"{where}, dimension")
    elif coordinate is not None:
        raise DeclarationError(f"{where}: a coordinate without a dimension; name the dimension")
    return replace(output, coordinate=coordinate, whole_cell=whole)


def _coordinate(given: Any) -> tuple[float, ...]:
    try:
        return tuple(units.finite(_scalar(value)) for value in given)
    except (TypeError, DeclarationError) as error:
        raise DeclarationError(
            f"coordinate: expected finite numbers, got {str(given)[:60]}; write (1.0, 2.0)"
        ) from error
