"""How values and texts that others wrote are shown: on one line, bounded, without control codes.

A message that repeats what it was given may be given a number of 5000 digits, a list of a million
entries, or letters that move a terminal's cursor.
"""

from __future__ import annotations

import reprlib
import unicodedata
from decimal import Decimal

LONGEST_VALUE = 100
"""Letters of a value inside a message."""
LONGEST_SENTENCE = 2000
"""Letters of a whole message; its middle is left out first, so that the remedy stays."""
_MOST_DIGITS = 40


def _whole(value: int, level: int) -> str:
    bits = value.bit_length()
    if bits < _MOST_DIGITS * 3:
        return repr(value)
    return f"a whole number of about {max(1, int(bits * 0.30103))} digits"


def _short() -> reprlib.Repr:
    made = reprlib.Repr()
    made.maxlevel, made.maxlist, made.maxtuple, made.maxdict = 3, 8, 8, 8
    made.maxstring, made.maxother = 70, 70
    setattr(made, "repr_int", _whole)  # noqa: B010 - a method is replaced: int() knows no bound
    return made


_SHORT = _short()


def shown(value: object) -> str:
    """Return a value as Python writes it, cut to a length that a message can hold.

    Args:
        value: anything.
    """
    text = printable(_SHORT.repr(value))
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 3]}..."


def count(number: int) -> str:
    """Return a whole number of any size as a power of ten, such as 1e+24."""
    return f"{Decimal(number):.0e}"


def printable(text: str) -> str:
    """Return a text in which control codes are written out instead of obeyed.

    Args:
        text: any text; its line breaks are written out too.
    """
    if text.isprintable():
        return text
    return "".join(
        letter
        if letter.isprintable() or unicodedata.category(letter) == "Zs" or _undecoded(letter)
        else letter.encode("unicode_escape").decode("ascii")
        for letter in text
    )


def _undecoded(letter: str) -> bool:
    """Tell whether Python holds a byte of a file name so that the locale could not spell."""
    return "\udc80" <= letter <= "\udcff"


def sentence(text: str) -> str:
    """Return a message on one line, of bounded length, without control codes.

    Args:
        text: the message.
    """
    half = LONGEST_SENTENCE // 2
    if len(text) > LONGEST_SENTENCE:
        text = f"{text[:half]} ... {text[-half:]}"
    return printable(" ".join(text.split()))
