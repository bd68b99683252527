"""Units that are a power of ten of one another: `mV`, `mS/cm2`, `umol/L`, `kOhm cm2`.

They are what kernels and most studies are written in. Known here, they spare a study the time that
pint takes to load; every other unit is left to pint.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_PREFIXES = {"f": -15, "p": -12, "n": -9, "u": -6, "m": -3, "c": -2, "": 0, "k": 3, "M": 6}
_PREFIXED: dict[str, tuple[int, dict[str, int]]] = {
    "m": (0, {"m": 1}),
    "s": (0, {"s": 1}),
    "Hz": (0, {"s": -1}),
    "A": (0, {"A": 1}),
    "C": (0, {"A": 1, "s": 1}),
    "V": (0, {"V": 1}),
    "mol": (0, {"mol": 1}),
    "S": (0, {"A": 1, "V": -1}),
    "ohm": (0, {"V": 1, "A": -1}),
    "F": (0, {"A": 1, "s": 1, "V": -1}),
    "J": (0, {"V": 1, "A": 1, "s": 1}),
    "L": (-3, {"m": 3}),
}
"""Power of ten and dimension of what takes a prefix; any independent units do as dimensions."""

_SYMBOLS = {
    f"{prefix}{symbol}": (ten + power, made_of)
    for symbol, (power, made_of) in _PREFIXED.items()
    for prefix, ten in _PREFIXES.items()
} | {"percent": (-2, {}), "K": (0, {"K": 1}), "kelvin": (0, {"K": 1})}
_LARGEST = 100
"""Power of ten; a larger one is left to pint, which says what is wrong with it."""


@dataclass(frozen=True)
class DecimalUnit:
    """A unit as a power of ten.

    Args:
        power: of ten, relative to a product of the dimensions.
        dimension: exponents, none of them 0.
        shifted: whether it has an origin of its own, as degC has.
    """

    power: int
    dimension: Mapping[str, int]
    shifted: bool = False


def decimal_unit(powers: Mapping[str, float]) -> DecimalUnit | None:
    """Return what a product of symbols is, None where it is left to pint.

    Args:
        powers: symbol -> exponent.
    """
    if powers == {"degC": 1}:
        return DecimalUnit(0, {"K": 1}, shifted=True)
    power, dimension = 0, dict[str, int]()
    for symbol, exponent in powers.items():
        if symbol not in _SYMBOLS or not isinstance(exponent, int):
            return None
        ten, made_of = _SYMBOLS[symbol]
        power += ten * exponent
        for name, own in made_of.items():
            dimension[name] = dimension.get(name, 0) + own * exponent
    if abs(power) > _LARGEST:
        return None
    return DecimalUnit(power, {name: own for name, own in dimension.items() if own})
