"""Quantities as people write them: `"37 degC"`, `"1e-6 cm/s"`, `"80 %"`, `"0.1 mS/cm2"`.

The number is split from the unit before pint sees anything, because pint's own parser reads the
`e` of `1e-6 cm/s` as the electron charge and accepts "nan mV". Nor is pint loaded for what
`decimal_units` knows.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from leakscape.declare.decimal_units import DecimalUnit, decimal_unit
from leakscape.declare.glyphs import plain_quantity
from leakscape.declare.symbols import factors
from leakscape.errors import DeclarationError
from leakscape.shown import shown

if TYPE_CHECKING:
    import pint

_NUMBER = re.compile(r"\s*([+-]?(?:[0-9][0-9_]*\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)\s*(.*?)\s*")
_PURE = ("", "1")
_MISTAKEN = {"C": ("the coulomb", "degC"), "F": ("the farad", "degF")}
"""Units that people write for a temperature: what they are, and what to write."""


@lru_cache(maxsize=1)
def _registry() -> pint.UnitRegistry[float]:
    import pint

    registry: pint.UnitRegistry[float] = pint.UnitRegistry(cache_folder=None)
    registry.define("equivalent = [charges] = Eq = eq")  # mEq/L, as clinics count
    return registry


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
    powers = _factors(text)
    try:
        unit = _registry().Unit(" * ".join(f"{s} ** {p}" for s, p in powers.items() if p))
        _ = unit.dimensionality  # a decibel in a product has none, which shows only here
        return unit
    except Exception as error:  # pint raises a dozen unrelated types for nonsense
        raise DeclarationError(
            f"unit: not a known unit, got {shown(text)}; write one such as mV, mmol/L or mS/cm2"
        ) from error


def check_unit(text: str) -> None:
    """Refuse a text that is no unit.

    Raises:
        DeclarationError: the text is no unit.
    """
    if _decimal(text) is None:
        parse_unit(text)


@lru_cache(maxsize=4096)
def _decimal(text: str) -> DecimalUnit | None:
    """Return a unit that is known without pint, None for any other."""
    return decimal_unit(_factors(text))


def _factors(text: str) -> dict[str, float]:
    """Read a unit as symbols with their exponents, or refuse it."""
    powers = factors(text)
    if powers is None:
        raise DeclarationError(
            f"unit: not a unit, got {shown(text)}; write one such as mV or mS/cm2"
        )
    return powers


def same_dimension(unit: str, other: str) -> bool:
    """Tell whether two units measure the same kind of quantity."""
    one, two = _decimal(unit), _decimal(other)
    if one is not None and two is not None:
        return one.dimension == two.dimension
    return bool(parse_unit(unit).dimensionality == parse_unit(other).dimensionality)


def counts_charges(unit: str) -> bool:
    """Tell whether a unit is of equivalents, as mEq/L is."""
    return any(symbol.endswith(("Eq", "eq")) for symbol in factors(unit) or ())


def mistaken(unit: str, target: str) -> str:
    """Say what a unit is where people write it for another; empty where they do not.

    Args:
        unit: the unit that was given, of another dimension than the one wanted.
        target: the unit wanted.
    """
    if unit in _MISTAKEN and same_dimension(target, "kelvin"):
        what, instead = _MISTAKEN[unit]
        return f"{unit} is {what}, so write {instead}"
    if counts_charges(unit) and same_dimension(f"({unit})/Eq", f"({target or '1'})/mol"):
        return "equivalents count charges, so divide by the ion's valence and write mmol/L"
    return ""


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
        remedy = mistaken(unit, target) or f"use {target or '1'} or its like"
        raise DeclarationError(f"unit: {unit or '1'!r} is no unit of this quantity; {remedy}")
    one, two = _decimal(unit), _decimal(target)
    if one is not None and two is not None and not (one.shifted or two.shifted):
        return float(f"1e{one.power - two.power}"), 0.0
    try:
        offset, top, beyond = (
            float(_registry().Quantity(point, parse_unit(unit)).to(parse_unit(target)).magnitude)
            for point in (0.0, 1.0, 2.0)
        )
    except Exception as error:  # too large for a float, or a unit that is no factor
        raise DeclarationError(
            f"unit: {shown(unit)} cannot be converted to {shown(target)}; use {target or '1'}"
        ) from error
    factor = top - offset
    straight = math.isclose(beyond - top, factor, rel_tol=1e-6)  # decibels are not
    if not (straight and math.isfinite(factor) and math.isfinite(offset) and factor):
        raise DeclarationError(
            f"unit: {shown(unit)} is no multiple of {target or '1'!r}; use {target or '1'}"
        )
    decimal = float(f"{factor:.12g}")  # a prefix is a power of ten, up to pint's rounding
    factor = decimal if math.isclose(factor, decimal, rel_tol=1e-14) else factor
    return factor, offset


def convert(value: float, unit: str, target: str) -> float:
    """Convert a number between units, temperatures with their offset.

    Raises:
        DeclarationError: other quantities, or too large for a float.
    """
    factor, offset = linear_conversion(unit, target)
    converted = value * factor + offset
    if not math.isfinite(converted):
        raise DeclarationError(f"quantity: not finite in {target or '1'}, got {value:g} {unit}")
    return converted


def split_quantity(text: str) -> tuple[float, str]:
    """Split `"37 degC"` into 37.0 and `"degC"`; an absent unit is the empty text.

    Args:
        text: number, then unit.

    Returns:
        The finite number and the unit's text.

    Raises:
        DeclarationError: there is no finite number in front, or the unit is none.
    """
    match = _NUMBER.fullmatch(plain_quantity(text)) if len(text) <= 200 else None
    if meant := _meant(text) if len(text) <= 200 else "":
        raise DeclarationError(f"quantity: cannot be read, got {shown(text)}; write {meant}")
    if match is None:
        raise DeclarationError(
            f'quantity: no number in front, got {shown(text)}; write one such as "37 degC"'
        )
    number = float(match[1].replace("_", ""))
    if not math.isfinite(number):
        raise DeclarationError(f"quantity: not finite, got {shown(text)}; write a finite number")
    check_unit(match[2])
    return number, match[2]


def _meant(text: str) -> str:
    """Return how a number is written here: 0.1 for 0,1, and 1.5e-6 for 1.5x10-6; "" for others."""
    decimal = re.match(r"\s*[-\u2212]?\s*[0-9]+,[0-9]+(?![0-9,])", text)
    apart = re.match(r"\s*[-\u2212]\s+[0-9]", text)
    if decimal or apart:
        return plain_quantity(re.sub(r"([-\u2212])\s+", r"\1", text.replace(",", ".", 1))).strip()
    ten = re.match(r"\s*(-?[0-9.]+) ?x ?10\^?([-+]?[0-9]+)(.*)", plain_quantity(text))
    return f"{ten[1]}e{ten[2]}{ten[3]}" if ten else ""


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
            f'quantity: not a number with a unit, got {shown(value)}; write "5 {unit}"'
        )
    if not given and not same_dimension(unit, "1"):
        raise DeclarationError(
            f'quantity: without a unit, got {shown(value)}; write "{number:g} {unit}"'
        )
    return convert(number, given, unit)


def finite(value: object) -> float:
    """Return a bare TOML number as a finite float.

    Raises:
        DeclarationError: not a number, or not finite.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise DeclarationError(f"number: expected a number, got {shown(value)}; write digits")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise DeclarationError(f"number: not finite, got {shown(value)}; write a finite number")
    return number


def multiply(unit: str, other: str, power: int = 1) -> str:
    """Return the unit of a product (power 1) or a quotient (power -1).

    A pure number leaves the unit as it was written.

    Raises:
        DeclarationError: there is no such unit.
    """
    if other in _PURE or (unit in _PURE and power == 1):
        return unit if other in _PURE else other
    return _named(lambda: parse_unit(unit) * parse_unit(other) ** power, f"{unit} and {other}")


def raise_to(unit: str, power: float) -> str:
    """Return the unit of a power.

    Raises:
        DeclarationError: there is no such unit.
    """
    return _named(lambda: parse_unit(unit) ** power, f"{unit} to the power {power:g}")


def _named(compose: Callable[[], Any], what: str) -> str:
    try:
        named = f"{compose():~D}"
        parse_unit(named)
    except Exception as error:  # exponents beyond all bounds, or what has no product
        raise DeclarationError(f"unit: {what} make no unit that is known; change one") from error
    return named
