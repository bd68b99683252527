"""Conditions: what a point must satisfy, such as `V_rest between -80 mV and -50 mV`.

One comparison of two expressions, checked for dimension and never evaluated as code. The arithmetic
is that of derived parameters. A label is compared by its text: `solution == "control"`.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from leakscape.declare import expression, units
from leakscape.declare.expression import LONGEST, Compute, Term
from leakscape.declare.names import nearest
from leakscape.errors import DeclarationError
from leakscape.shown import shown

_COMPARISON = re.compile(r"<=|>=|==|!=|<|>|=")
_BETWEEN = re.compile(r"(.*?)\bbetween\b(.*)\band\b(.*)", re.DOTALL)
_OF_A_LABEL = re.compile(r"\s*([A-Za-z]\w*)\s*(<=|>=|==|!=|<|>|=|between\b)\s*(.*?)\s*", re.DOTALL)
_EXAMPLE = 'write one such as "V_rest > -60 mV"'


def _differ(one: Any, other: Any) -> Any:
    return (one < other) | (one > other)


_HOLDS: Mapping[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": _differ,
}
_BREAKS = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
"""The opposite of each comparison: neither holds where a side is NaN."""


@dataclass(frozen=True)
class Condition:
    """A comparison, ready to be decided. Where a value that it reads is NaN it is neither.

    Conditions are equal where they decide alike: by text, units and labels.

    Args:
        text: what the study says.
        reads: the names that it reads, each with the unit of its values; sorted.
        holds: (values, array namespace) -> whether the condition is kept.
        breaks: (values, array namespace) -> whether it is broken.
        labels: of the label that it reads, whose value is an index into them; else empty.
    """

    text: str
    reads: tuple[tuple[str, str], ...]
    holds: Compute = field(compare=False)
    breaks: Compute = field(compare=False)
    labels: tuple[str, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """The names that it reads."""
        return frozenset(name for name, _ in self.reads)


def parse(
    text: object,
    known: Mapping[str, str],
    labels: Mapping[str, tuple[str, ...]],
    words: Mapping[str, Mapping[int, str]] | None = None,
) -> Condition:
    """Read a condition and check its dimensions.

    Args:
        text: `A < B`, with any of < <= > >= == !=, or `X between A and B`, both ends included.
        known: names of numbers that it may read -> their units.
        labels: names of labels that it may read -> their texts.
        words: names of numbers that stand for words -> number -> word.

    Returns:
        The condition.

    Raises:
        DeclarationError: no comparison or several, an unknown name or label, a wrong dimension.
    """
    if not isinstance(text, str):
        raise DeclarationError(f"condition: expected text, got {shown(text)}; {_EXAMPLE}")
    if len(text) > LONGEST:
        raise DeclarationError(f"condition: longer than {LONGEST} characters, got {len(text)}")
    told = _OF_A_LABEL.fullmatch(text)
    if told is not None and told[1] in labels:
        return _of_a_label(text, told, labels[told[1]])
    if told is not None and words and words.get(told[1]) and _is_word(told[3], known):
        return _of_a_word(text, told, words[told[1]])
    parts = _BETWEEN.fullmatch(text)
    signs = _COMPARISON.findall(text)
    if len(signs) + (parts is not None) > 1 and "=" not in signs:
        raise DeclarationError(
            f"condition: one comparison each, got {shown(text)}; write each as a text of its own, "
            'or "X between A and B"'
        )
    if parts is not None and not signs:
        return _between(text, parts[1], parts[2], parts[3], known)
    if len(signs) != 1 or signs == ["="]:
        raise DeclarationError(
            f"condition: no comparison, got {shown(text)}; "
            "use one of < <= > >= == != or between ... and ..."
        )
    left, right = text.split(signs[0])
    one, other, names = _pair(text, left, right, known)
    return _condition(text, names, known, [(one, signs[0], other)])


def _between(text: str, middle: str, low: str, high: str, known: Mapping[str, str]) -> Condition:
    one, least, below = _pair(text, middle, low, known)
    same, most, above = _pair(text, middle, high, known)
    if not expression.read(low, known).names | expression.read(high, known).names:
        ends = float(least({}, np)), float(most({}, np))
        if not ends[0] <= ends[1]:
            raise DeclarationError(
                f"condition: nothing lies in between, got {shown(text)}; write the lower end first"
            )
    return _condition(text, below | above, known, [(one, ">=", least), (same, "<=", most)])


def _condition(
    text: str,
    names: frozenset[str],
    known: Mapping[str, str],
    sides: list[tuple[Compute, str, Compute]],
) -> Condition:
    if not names:
        raise DeclarationError(
            f"condition: reads no parameter and no output, got {shown(text)}; {_EXAMPLE}"
        )

    def holds(values: Mapping[str, Any], xp: Any) -> Any:
        found = [_HOLDS[sign](one(values, xp), other(values, xp)) for one, sign, other in sides]
        return found[0] if len(found) == 1 else found[0] & found[1]

    def breaks(values: Mapping[str, Any], xp: Any) -> Any:
        found = [
            _HOLDS[_BREAKS[sign]](one(values, xp), other(values, xp)) for one, sign, other in sides
        ]
        return found[0] if len(found) == 1 else found[0] | found[1]

    return Condition(text, tuple((name, known[name]) for name in sorted(names)), holds, breaks)


def _of_a_label(text: str, told: re.Match[str], labels: tuple[str, ...]) -> Condition:
    name, sign, wanted = told.groups()
    if sign not in ("==", "!="):
        raise DeclarationError(
            f"condition: {name} is a label, got {shown(text)}; compare it by == or !="
        )
    if len(wanted) > 1 and wanted[0] == wanted[-1] and wanted[0] in "\"'":
        wanted = wanted[1:-1]
    if wanted not in labels:
        raise DeclarationError(
            f"condition: {name} has no label {shown(wanted)}; {nearest(wanted, labels)}"
        )
    index = labels.index(wanted)
    return Condition(
        text,
        ((name, ""),),
        lambda values, xp: _HOLDS[sign](values[name], index),
        lambda values, xp: _HOLDS[_BREAKS[sign]](values[name], index),
        labels,
    )


def _is_word(side: str, known: Mapping[str, str]) -> bool:
    """Tell whether a side is one word rather than a number or the name of one."""
    return re.fullmatch(r"([\"']?)[A-Za-z]\w*\1", side) is not None and side not in known


def _of_a_word(text: str, told: re.Match[str], words: Mapping[int, str]) -> Condition:
    """Read the comparison of a number that stands for a word: regime == quiet."""
    name, sign, wanted = told.groups()
    if sign not in ("==", "!="):
        raise DeclarationError(
            f"condition: {name} stands for words, got {shown(text)}; compare it by == or !="
        )
    wanted = wanted.strip("\"'")
    numbers = {word: number for number, word in words.items()}
    if wanted not in numbers:
        raise DeclarationError(
            f"condition: {name} has no word {shown(wanted)}; {nearest(wanted, numbers)}"
        )
    number = numbers[wanted]
    return Condition(
        text,
        ((name, "1"),),
        lambda values, xp: _HOLDS[sign](values[name], number),
        lambda values, xp: _HOLDS[_BREAKS[sign]](values[name], number),
    )


def _pair(
    text: str, left: str, right: str, known: Mapping[str, str]
) -> tuple[Compute, Compute, frozenset[str]]:
    """Read the two sides of a comparison, in one unit, with the names of both."""
    for side in (left, right):
        if not side.strip():
            raise DeclarationError(f"condition: a side is missing, got {shown(text)}; {_EXAMPLE}")
    one, other = expression.read(left, known), expression.read(right, known)
    if not units.same_dimension(one.unit, other.unit):
        raise DeclarationError(
            f"condition: cannot compare {one.unit or '1'} with {other.unit or '1'}, "
            f"got {shown(text)}; fix the units"
        )
    names = one.names | other.names
    if left.strip() in known and not other.names:
        name = left.strip()
        return _value(name), _number(text, right, other, known[name]), names
    if right.strip() in known and not one.names:
        name = right.strip()
        return _number(text, left, one, known[name]), _value(name), names
    factor, _ = units.linear_conversion(other.unit, one.unit)
    first = one.compute if one.names else _number(text, left, one, one.unit)
    scaled = expression.scaled(other.compute, factor)
    second = scaled if other.names else _number(text, right, other, one.unit)
    return first, second, names


def _value(name: str) -> Compute:
    return lambda values, xp: values[name]


def _number(text: str, side: str, term: Term, unit: str) -> Compute:
    """Return a side without names as the number that it is [unit].

    A plain quantity is converted as that of an axis is, so that the two are equal to the last bit.
    """
    try:
        number = units.to_unit(side.strip(), unit)
    except DeclarationError:  # arithmetic
        factor, offset = units.linear_conversion(term.unit, unit)
        with np.errstate(all="ignore"):
            number = float(term.compute({}, np)) * factor + offset
    if not math.isfinite(number):
        raise DeclarationError(f"condition: not a finite number, got {shown(text)}; change it")
    return lambda values, xp: number
