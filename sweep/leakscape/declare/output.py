"""One named output of a kernel, and how it is read from what the kernel declares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from leakscape.declare import names, roles, units
from leakscape.declare.entry import read_fields, read_units, scalar
from leakscape.errors import DeclarationError


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
        role: words of `roles.ROLES`.
        flags: what its whole numbers mean, where they stand for something: number -> word.
    """

    unit: str
    long_name: str = ""
    dimension: str | None = None
    coordinate: tuple[float, ...] | None = None
    coordinate_unit: str = "1"
    headline: bool = False
    may_be_undefined: bool = False
    whole_cell: tuple[str, ...] = ()
    role: str = ""
    flags: Mapping[int, str] = field(default_factory=dict, compare=False)


def read_output(key: str, value: Any, name: str) -> Output:
    """Read an output that a kernel declares; messages name both."""
    where = f"kernel {name}, output {key}"
    names.check(key, where)
    try:
        output = Output(**read_fields(value, Output))
        units.check_unit(output.unit)
        units.check_unit(output.coordinate_unit)
        whole, role = read_units(output.whole_cell), roles.check_role(output.role)
        flags = roles.check_flags(output.flags, role)
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
    return replace(output, coordinate=coordinate, whole_cell=whole, role=role, flags=flags)


def _coordinate(given: Any) -> tuple[float, ...]:
    try:
        return tuple(units.finite(scalar(value)) for value in given)
    except (TypeError, DeclarationError) as error:
        raise DeclarationError(
            f"coordinate: expected finite numbers, got {str(given)[:60]}; write (1.0, 2.0)"
        ) from error
