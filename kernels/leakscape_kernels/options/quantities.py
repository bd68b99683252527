"""Quantities that options give as texts: a number and a unit of a few that are known here.

What becomes a parameter is left to the engine, which knows all units. An option decides what is
computed before any engine asks.
"""

from __future__ import annotations

import math
import re
from typing import Any

_NUMBER = re.compile(r"\s*([+-]?(?:[0-9][0-9_]*\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)\s*(.*?)\s*")
_GLYPHS = str.maketrans(
    {
        "\N{MINUS SIGN}": "-",
        "\N{EN DASH}": "-",
        "\N{MICRO SIGN}": "u",
        "\N{GREEK SMALL LETTER MU}": "u",
    }
)
_TIMES = {"us": 1, "ms": 10**3, "s": 10**6, "min": 60 * 10**6, "h": 3600 * 10**6}
_POTENTIALS = {"uV": 1, "mV": 10**3, "V": 10**6}
_KINDS = (_TIMES, _POTENTIALS)
"""Unit -> its size, a whole number, so that `100 ms` is 0.1 s to the last bit."""


def parted(text: Any) -> tuple[float, str]:
    """Part a quantity into number and unit.

    Args:
        text: such as "-70 mV"; anything else has no number.

    Returns:
        the finite number, or NaN without one, and the unit.
    """
    found = _NUMBER.fullmatch(text.translate(_GLYPHS)) if isinstance(text, str) else None
    number = float(found[1].replace("_", "")) if found is not None else math.nan
    if found is None or not math.isfinite(number):
        return math.nan, ""
    return number, found[2]


def in_unit(where: str, text: Any, unit: str) -> float:
    """Return a quantity in the unit of an option.

    Args:
        where: what an error calls it.
        text: such as "-70 mV" or "1.5 h".
        unit: the option's unit: mV, s or ms.

    Raises:
        ValueError: no number with a unit of the same kind.
    """
    sizes = next(kind for kind in _KINDS if unit in kind)
    number, given = parted(text)
    value = number * sizes[given] / sizes[unit] if given in sizes else math.nan
    if not math.isfinite(value):
        raise ValueError(
            f"{where}: expected a quantity in {', '.join(sizes)}, got {text!r}; "
            f'write one such as "10 {unit}"'
        )
    return value
