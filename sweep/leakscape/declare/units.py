"""Quantities as people write them: `"37 degC"`, `"1e-6 cm/s"`, `"80 %"`, `"0.1 mS/cm2"`.

The number is split from the unit before pint sees anything, because pint's own parser reads the
`e` of `1e-6 cm/s` as the electron charge and accepts "nan mV".
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from leakscape.errors import DeclarationError

if TYPE_CHECKING:
    import pint

_NUMBER = re.compile(r"\s*([+-]?(?:[0-9][0-9_]*\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)\s*(.*?)\s*")
_POWER = re.compile(r"([A-Za-zµμΩ]+)\^?(-?[0-9]+)")
_UNIT_TEXT = re.compile(r"[A-Za-zµμΩ%°0-9*/^\-. ()]*")
_SPELLING = {"mM": "mmol/L", "uM": "umol/L", "nM": "nmol/L", "M": "mol/L", "°C": "degC"}


@lru_cache(maxsize=1)
def _registry() -> pint.UnitRegistry[float]:
    import pint

    return pint.UnitRegistry(cache_folder=None)


@lru_cache(maxsize=4096)
def parse_unit(text: str) -> pint.Unit:
    """Read a unit such as `mS/cm2`, `kOhm cm2`, `mM`, `%` or `1`.

    Args:
        text: the unit; digits after a letter are powers, a blank multiplies.

    Returns:
        The pint unit.

    Raises:
        DeclarationError: the text is no unit.
    """
    cleaned = _SPELLING.get(text.strip(), text.strip()).replace("Ohm", "ohm")
    if cleaned in ("", "1", "dimensionless"):
        return _registry().Unit("")
    if cleaned == "%":
        return _registry().Unit("percent")
    if len(cleaned) > 60 or not _UNIT_TEXT.fullmatch(cleaned):
        raise DeclarationError(
            f"unit: not a unit, got {text[:60]!r}; write one such as mV or mS/cm2"
        )
    try:
        return _registry().Unit(_POWER.sub(r"\1**\2", cleaned))
    except Exception as error:  # pint raises a dozen unrelated types for nonsense
        raise DeclarationError(
            f"unit: not a known unit, got {text!r}; write one such as mV, mmol/L or mS/cm2"
        ) from error


def same_dimension(unit: str, other: str) -> bool:
    """Tell whether two units measure the same kind of quantity."""
    return bool(parse_unit(unit).dimensionality == parse_unit(other).dimensionality)


@lru_cache(maxsize=4096)
def linear_conversion(unit: str, target: str) -> tuple[float, float]:
    """Return factor and offset with `value [target] = value [unit] * factor + offset`.

    Args:
        unit: the unit that the number is in.
        target: the unit wanted.

    Returns:
        (factor, offset); the offset is not zero for temperatures only.

    Raises:
        DeclarationError: the units measure different quantities.
    """
    if unit == target:
        return 1.0, 0.0
    if not same_dimension(unit, target):
        raise DeclarationError(
            f"unit: {unit or '1'!r} is no unit of this quantity; use {target or '1'} or its like"
        )
    quantity = _registry().Quantity
    offset = float(quantity(0.0, parse_unit(unit)).to(parse_unit(target)).magnitude)
    top = float(quantity(1.0, parse_unit(unit)).to(parse_unit(target)).magnitude)
    factor = top - offset
    decimal = float(f"{factor:.12g}")  # a prefix is a power of ten, up to pint's rounding
    factor = decimal if math.isclose(factor, decimal, rel_tol=1e-14) else factor
    return factor, offset


def convert(value: float, unit: str, target: str) -> float:
    """Convert a number between units, temperatures with their offset."""
    factor, offset = linear_conversion(unit, target)
    return value * factor + offset


def split_quantity(text: str) -> tuple[float, str]:
    """Split `"37 degC"` into 37.0 and `"degC"`; an absent unit is the empty text.

    Args:
        text: number, then unit.

    Returns:
        The finite number and the unit's text.

    Raises:
        DeclarationError: there is no finite number in front, or the unit is none.
    """
    match = _NUMBER.fullmatch(text) if len(text) <= 200 else None
    if match is None:
        raise DeclarationError(
            f'quantity: no number in front, got {text[:60]!r}; write one such as "37 degC"'
        )
    number = float(match[1].replace("_", ""))
    if not math.isfinite(number):
        raise DeclarationError(f"quantity: not finite, got {text!r}; write a finite number")
    parse_unit(match[2])
    return number, match[2]


def to_unit(value: object, unit: str) -> float:
    """Read a declared value in the unit that its parameter has.

    Args:
        value: a text with a unit, or a bare number where the parameter is dimensionless.
        unit: the parameter's unit.

    Returns:
        The number [unit].

    Raises:
        DeclarationError: not a number, not finite, without a unit, or of another dimension.
    """
    if isinstance(value, str):
        number, given = split_quantity(value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        number, given = finite(value), ""
    else:
        raise DeclarationError(
            f'quantity: not a number with a unit, got {value!r}; write "5 {unit}"'
        )
    if not given and not same_dimension(unit, "1"):
        raise DeclarationError(
            f'quantity: without a unit, got {value!r}; write "{number:g} {unit}"'
        )
    return convert(number, given, unit)


def finite(value: object) -> float:
    """Return a bare TOML number as a finite float.

    Raises:
        DeclarationError: not a number, or not finite.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise DeclarationError(f"number: expected a number, got {value!r}; write digits")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise DeclarationError(f"number: not finite, got {value!r}; write a finite number")
    return number


def multiply(unit: str, other: str, power: int = 1) -> str:
    """Return the unit of a product (power 1) or a quotient (power -1)."""
    return f"{parse_unit(unit) * parse_unit(other) ** power:~D}"


def raise_to(unit: str, power: float) -> str:
    """Return the unit of a power."""
    return f"{parse_unit(unit) ** power:~D}"
