"""The glyphs of quantities as people type and paste them, written in plain letters.

`1.5 × 10⁻⁶ cm·s⁻¹`, `−70 mV`, `kΩ·cm²` and `37 ℃` come from papers and word processors. What reads
numbers, units and expressions reads their plain spelling.
"""

from __future__ import annotations

import re

_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+", strict=True))
_POWER = re.compile(f"[{''.join(_RAISED)}]+")
_LETTERS = str.maketrans(
    {
        "\N{MINUS SIGN}": "-",
        "\N{EN DASH}": "-",
        "\N{MICRO SIGN}": "u",
        "\N{GREEK SMALL LETTER MU}": "u",
        "\N{OHM SIGN}": "Ohm",
        "\N{GREEK CAPITAL LETTER OMEGA}": "Ohm",
        "\N{DEGREE CELSIUS}": "degC",
        "\N{MIDDLE DOT}": "*",
        "\N{DOT OPERATOR}": "*",
        "\N{BULLET OPERATOR}": "*",
        "\N{MULTIPLICATION SIGN}": "*",
        "\N{DIVISION SLASH}": "/",
        "\N{NO-BREAK SPACE}": " ",
        "\N{THIN SPACE}": " ",
        "\N{NARROW NO-BREAK SPACE}": " ",
    }
)
_DEGREES = re.compile(r"°\s*(?=[CFK]\b)")
_TIMES_TEN = re.compile(r"(?<=[0-9.])\s*\*\s*10\^([+-]?[0-9]+)")


def plain(text: str) -> str:
    """Return a text in plain letters: `cm²` as `cm^2`, `µ` as u, `·` and `×` as *, `−` as -.

    Args:
        text: a unit, a quantity or an expression.
    """
    if text.isascii():
        return text
    raised = _POWER.sub(lambda at: "^" + "".join(map(_RAISED.__getitem__, at[0])), text)
    return _DEGREES.sub("deg", raised.translate(_LETTERS))


def plain_quantity(text: str) -> str:
    """Return a quantity in plain letters, and `1.5 × 10⁻⁶` in front as `1.5e-6`.

    Args:
        text: a number, then a unit.
    """
    return _TIMES_TEN.sub(r"e\1", plain(text), count=1)
