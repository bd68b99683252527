"""One named input of a kernel, and how it is read from what the kernel declares."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from leakscape.declare import names, roles, units
from leakscape.declare.entry import read_fields, read_units, scalar
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
        role: words of `roles.ROLES`.
        remedy: what to do about a value outside the bounds, "" for to change it.
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
    role: str = ""
    remedy: str = ""


def read_parameter(key: str, value: Any, name: str) -> Parameter:
    """Read a parameter that a kernel declares; messages name both."""
    where = f"kernel {name}, parameter {key}"
    names.check(key, where)
    try:
        parameter = Parameter(**read_fields(value, Parameter))
        units.check_unit(parameter.unit)
        whole, role = read_units(parameter.whole_cell), roles.check_role(parameter.role)
        default = parameter.default
        if default is not None:
            default = default if isinstance(default, str) else units.finite(scalar(default))
        low, high = _bounds(parameter.bounds)
        if isinstance(default, float) and not low <= default <= high:
            raise DeclarationError(
                f"default must lie in its bounds [{low:g}, {high:g}] {parameter.unit}, got "
                f"{default:g} {parameter.unit}; change one of them"
            )
    except DeclarationError as error:
        raise DeclarationError(f"{where}: {error}") from error
    return replace(parameter, default=default, bounds=(low, high), whole_cell=whole, role=role)


def _bounds(given: Any) -> tuple[float, float]:
    """Return the lowest and the highest value, either of which may be infinite."""
    try:
        low, high = (float(scalar(bound)) for bound in given)
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
