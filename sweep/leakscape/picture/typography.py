"""Words on a picture: symbols, units and numbers the way a paper prints them."""

from __future__ import annotations

import re

from leakscape.shown import printable
from leakscape.sweep import Place
from leakscape.sweep.analysed import PARAMETER

_SYMBOL = re.compile(r"([A-Za-z][A-Za-z0-9]?)_([A-Za-z0-9]\w*)")
_GREEK = re.compile(r"(alpha|beta|gamma|lambda|mu|sigma|tau|theta)(?:_([A-Za-z0-9]\w*))?")
_IN_TEXT = re.compile(r"\b[A-Za-z][A-Za-z0-9]?_[A-Za-z0-9]\w*\b")
_OF_AN_EXTREME = re.compile(r"(\w+?)_at_(\w+)_(min|max)")
_CONCENTRATION = re.compile(r"(H|Li|Na|K|Rb|Cs|NH4|Mg|Ca|Sr|Ba|Cl|HCO3|A|X)_(out|in)")
"""Names of concentrations that papers write in brackets: [K]o."""
_BRACKETS, _SIDES = re.compile(r"\[(\w+)\]_([oi])"), {"o": "out", "i": "in"}
_MOLAR = re.compile(r"\b([munp]?)mol/L\b")
_POWER = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_UNIT_NAMES = {"degC": "°C", "1": "", "dimensionless": "", "kelvin": "K", "percent": "%"}
_SHORT = 1e6
MOST_LETTERS = 400
"""Letters of one text; drawing takes time in proportion, and no picture holds more."""
_RAGGED = 6
"""Letters by which lines of one text may differ."""
_MINUS = "\N{MINUS SIGN}"


def symbol(name: str) -> str:
    """Set a name as a symbol: `P_Na` becomes P with index Na, `temperature` stays as it is.

    A Greek letter is written as one, `tau_channel`, `mu`; a concentration in brackets: `K_out` is
    [K] with index o.

    Args:
        name: a parameter, a ratio such as `P_Na_over_P_K`, or an output.

    Returns:
        Text with mathtext between dollar signs.
    """
    top, over, bottom = name.partition("_over_")
    if over:
        return f"{symbol(top)} / {symbol(bottom)}"
    if at := _OF_AN_EXTREME.fullmatch(name):
        return f"{symbol(at[1])} at {symbol(at[2])} {at[3]}imum"
    if ion := _CONCENTRATION.fullmatch(name):
        return rf"$[\mathrm{{{ion[1]}}}]_{{\mathrm{{{ion[2][0]}}}}}$"
    greek = _GREEK.fullmatch(name)
    match = greek or _SYMBOL.fullmatch(name)
    if match is None or len(name) > MOST_LETTERS:
        return tidy(name)
    head = match[1] if len(match[1]) == 1 else rf"\mathrm{{{match[1]}}}"
    head = rf"\{greek[1]}" if greek else head
    if not match[2]:
        return f"${head}$"
    index = match[2].replace("_", r",\,")
    return rf"${head}_{{\mathrm{{{index}}}}}$"


def prose(text: str) -> str:
    """Set the symbols inside a text, leaving the rest alone."""
    return _IN_TEXT.sub(lambda found: symbol(found[0]), tidy(text))


def tidy(text: str) -> str:
    """Return a text on one line, cut to what a picture has room for, without mathtext."""
    text = printable(re.sub(r"\s*[\r\n\t]\s*", " ", text[: 2 * MOST_LETTERS]))
    text = text if len(text) <= MOST_LETTERS else f"{text[: MOST_LETTERS - 4]} ..."
    return text.replace("$", r"\$")


def unit(text: str) -> str:
    """Set a unit: `uA/cm2` becomes µA/cm², `mmol/L` mM, `degC` °C, and "1" nothing."""
    text = tidy(text.strip())
    if text in _UNIT_NAMES:
        return _UNIT_NAMES[text]
    text = _MOLAR.sub(r"\1M", text)
    text = re.sub(r"\bu(?=[A-Za-z])", "µ", text).replace("Ohm", "Ω").replace("degC", "°C")
    return re.sub(r"(?<=[A-Za-zµΩ])\^?(-?\d+)", lambda power: power[1].translate(_POWER), text)


def number(value: float, digits: int = 4) -> str:
    """Write a number with at most `digits` digits that matter, powers of ten as such."""
    text = f"{value:.{digits}g}"
    if 1.0 <= abs(value) < _SHORT:  # two digits of 100 would be 1e+02
        text = f"{float(text):.7g}"
    mantissa, exponent, power = text.partition("e")
    if exponent:
        factor = "" if mantissa == "1" else rf"{mantissa}\times "
        text = rf"${factor}10^{{{int(power)}}}$"
    return text.replace("-", _MINUS, 1) if text.startswith("-") else text


def quantity(value: float | str, unit_text: str = "1", digits: int = 4) -> str:
    """Write a number with its unit, or a label as it is."""
    if isinstance(value, str):
        return tidy(value)
    shown = unit(unit_text)
    gap = "" if shown in ("", "%") else " "
    return f"{number(value, digits)}{gap}{shown}"


def label(name: str, long_name: str, unit_text: str) -> str:
    """Compose an axis label: meaning, symbol, unit.

    Args:
        name: the variable.
        long_name: its meaning, or the name again.
        unit_text: its unit.

    Returns:
        Such as "Resting potential V_rest, inside minus outside (mV)", with V_rest as symbol.
    """
    sign, text = symbol(name), prose(long_name or name)
    if long_name == name:
        text = sign
    elif sign.startswith("$") and sign not in text:
        first = re.split(r"(?=[,:;])", text, maxsplit=1)
        text = f"{first[0]} {sign}" + (first[1] if len(first) > 1 else "")
    lone = long_name == name and len(name) < 3  # t is time, T is temperature
    if not (lone or text.startswith("$") or "_" in text.split(" ", 1)[0]):
        text = text[:1].upper() + text[1:]
    shown = unit(unit_text)
    return f"{text} ({shown})" if shown else text


def place(at: Place) -> str:
    """Say where a slice was taken, and what was asked for where that is not the same."""
    if at.name in ("id", "cell"):
        text = f"cell {at.value}" if isinstance(at.value, str) else f"cell {at.index}"
    elif at.name == PARAMETER and isinstance(at.value, str):
        text = f"{at.name} {symbol(at.value)}"
    else:
        text = f"{symbol(at.name)} = {quantity(at.value, at.unit)}"
    return text if at.asked is None else f"{text} (nearest to {quantity(at.asked, at.unit)})"


def count(points: int) -> str:
    """Write a whole number with thin gaps between its thousands."""
    return f"{points:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def plain(text: str) -> str:
    """Take the typesetting out of a text; for a terminal, names are as `--select` takes them."""
    text = text.replace(r"\times 10^", "e").replace("$10^", "$1e")
    text = text.replace(r"\$", "\0")
    for mark in (r"\mathrm", r"\,", "$", "{", "}"):
        text = text.replace(mark, "")
    text = re.sub(r"\\(?=[a-z])", "", text).replace("\0", "$")
    text = _BRACKETS.sub(lambda found: f"{found[1]}_{_SIDES[found[2]]}", text)
    return text.replace("\N{NARROW NO-BREAK SPACE}", " ")


def folded(text: str, letters: int) -> str:
    """Break a text into lines of about equal length, at most so many visible letters.

    A line never breaks inside mathtext, nor between a number and what follows it.
    """
    words = re.split(r"(?<![0-9]) (?=(?:[^$]*\$[^$]*\$)*[^$]*$)", text)
    count = -(-len(plain(text)) // letters)
    room = letters if count < 2 else min(letters, len(plain(text)) / count + _RAGGED)
    lines = [""]
    for word in words:
        if lines[-1] and len(plain(f"{lines[-1]} {word}")) > room:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)
