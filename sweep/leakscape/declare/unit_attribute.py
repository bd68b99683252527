"""Units as attributes of a dataset, and back in the spelling of the field.

`mS/cm2` and `MOhm` are what people write and read. The default registry of pint knows neither, and
UDUNITS, by which CF attributes go, no `MOhm`: `mS/cm**2` and `megaohm` are read by both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from leakscape.declare.symbols import factors

_LONG = ["femto", "pico", "nano", "micro", "milli", "centi", "kilo", "mega", "giga", "tera"]
_PREFIXES = {"": "", **dict(zip("fpnumckMGT", _LONG, strict=True))}
_SHORT = {prefix: letter for letter, prefix in _PREFIXES.items()}
_OHM = re.compile(r"([fpnumckMGT]?)ohm")
_LONG_OHM = re.compile(f"({'|'.join(_LONG)}|)ohm")
_EQUIVALENT = re.compile(r"([a-z]?)[eE]q")
_IN_SHORT = re.compile(r"\*|ohm")
"""What the field's spelling never has, so that a stranger's `m s-1` stays as it is."""


@lru_cache(maxsize=4096)
def attribute(unit: str) -> str:
    """Spell a unit so that pint's default registry reads it, and UDUNITS where it can.

    Args:
        unit: any unit that `parse_unit` reads, in any spelling; an equivalent, which is read of
            ions with one charge alone, becomes a mole.

    Returns:
        The unit, such as `mS/cm**2`, `um**3`, `kiloohm*cm**2`, `1`; what is no unit as it was.
    """
    if unit.strip() in ("%", ""):
        return unit.strip() or "1"
    return _written(unit, _long, "*", "**")


@lru_cache(maxsize=4096)
def spelled(text: str) -> str:
    """Spell the `units` of a dataset as the field does: `mS/cm**2` is mS/cm2, `megaohm` MOhm.

    Args:
        text: the attribute; of another dataset it may be anything.
    """
    return _written(text, _short, " ", "") if _IN_SHORT.search(text) else text


def _written(text: str, symbol: Callable[[str], str], times: str, power: str) -> str:
    found = factors(text)
    if found is None:
        return text
    top, bottom = _joined(found, symbol, power, 1), _joined(found, symbol, power, -1)
    return "/".join([times.join(top) or "1", *bottom])


def _joined(
    found: Mapping[str, float], symbol: Callable[[str], str], power: str, sign: int
) -> list[str]:
    raised = {symbol(name): exponent * sign for name, exponent in found.items()}
    parts = {name: exponent for name, exponent in raised.items() if exponent > 0}
    return [
        name if n == 1 else f"{name}{power or ('^' if n % 1 else '')}{n:g}"
        for name, n in parts.items()
    ]


def _long(symbol: str) -> str:
    if found := _OHM.fullmatch(symbol):
        return f"{_PREFIXES[found[1]]}ohm"
    if found := _EQUIVALENT.fullmatch(symbol):
        return f"{found[1]}mol"
    return symbol


def _short(symbol: str) -> str:
    found = _LONG_OHM.fullmatch(symbol)
    return f"{_SHORT[found[1]]}Ohm" if found else symbol
