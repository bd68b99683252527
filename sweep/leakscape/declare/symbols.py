"""Units as products of symbols, before anybody asks what a symbol means."""

from __future__ import annotations

import re

from leakscape.declare.glyphs import plain

_MOLAR = {f"{prefix}M": {f"{prefix}mol": 1, "L": -1} for prefix in ("", "m", "u", "n", "p")}
_SYMBOLS = {"%": "percent"}
_FACTOR = re.compile(
    r"(?P<symbol>[A-Za-z]+|%|1(?![0-9.]))"
    r"(?:\s*(?:\^|\*\*)\s*(?:(?P<raised>[+-]?[0-9]{1,3}(?:\.[0-9]{1,20})?)"
    r"|\((?P<top>-?[0-9]{1,3})(?:/(?P<bottom>[1-9][0-9]{0,2}))?\))"
    r"|(?P<digits>-?[0-9]{1,3}))?"
)
_BETWEEN = re.compile(r"\s*(?P<over>/)\s*|\s*\*(?!\*)\s*|\s+")
_LONGEST = 60
LARGEST_POWER = 64.0
"""Larger exponents occur in no quantity; pint would compute towers of them for ever."""


def factors(text: str) -> dict[str, float] | None:
    """Read a unit as a product of symbols, known or not.

    Args:
        text: the unit, as `parse_unit` takes it.

    Returns:
        Symbol -> exponent, in plain letters; None where a text is no product of symbols.
    """
    cleaned = plain(text).strip()
    if len(cleaned) > _LONGEST:
        return None
    named = _product("" if cleaned == "dimensionless" else cleaned)
    if named is None:
        return None
    found: dict[str, float] = {}
    for symbol, power in named.items():
        for part, own in _MOLAR.get(symbol, {symbol: 1}).items():
            found[part] = found.get(part, 0) + own * power
    return {symbol: power for symbol, power in found.items() if power}


def _product(text: str) -> dict[str, float] | None:
    """Read a product of symbols with their exponents; None if a text is none."""
    text = re.sub(r"\s*([()])\s*", r"\1", text)
    found: dict[str, float] = {}
    groups, sign, place, between = [1], 1, 0, not text
    while place < len(text):
        factor = None if between else _FACTOR.match(text, place)
        link = _BETWEEN.match(text, place) if between else None
        if factor is not None:
            symbol = factor["symbol"].replace("Ohm", "ohm")
            symbol = _SYMBOLS.get(symbol, symbol)
            power = float(factor["raised"] or factor["top"] or factor["digits"] or 1)
            power = groups[-1] * sign * power / float(factor["bottom"] or 1)
            found[symbol] = found.get(symbol, 0) + (int(power) if power.is_integer() else power)
            sign, place, between = 1, factor.end(), True
        elif link is not None:
            sign, place, between = -1 if link["over"] else 1, link.end(), False
        elif not between and text[place] == "(":
            groups.append(groups[-1] * sign)
            sign, place = 1, place + 1
        elif between and text[place] == ")" and len(groups) > 1:
            groups.pop()
            place += 1
        else:
            return None
    found.pop("1", None)
    whole = between and len(groups) == 1
    return found if whole and all(abs(p) <= LARGEST_POWER for p in found.values()) else None
