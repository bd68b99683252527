"""What outputs and parameters are to one another: a small vocabulary, of which each may have some.

A kernel says `role = "potential solutions"` of an output, the words apart by blanks. Pictures and
findings go by them. An output of whole numbers that stand for something says which in `flags`,
such as {-1: "none", 0: "unstable", 1: "stable"}.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from leakscape.declare import names
from leakscape.errors import DeclarationError
from leakscape.shown import shown

POTENTIAL, CURRENT, NET_CURRENT = "potential", "current", "net_current"
STABILITY, GROWING, SLOPE = "stability", "growing", "slope"
COUNT, RATE = "count", "rate"
STABLE, RISING = "stable", "rising"
"""The flags of a stability and of a slope that mean so."""
WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
"""What CF conventions 1.11 let a flag's meaning be, and a little less."""

ROLES = {
    POTENTIAL: "a potential, inside minus outside; of a parameter: the one at which currents flow",
    CURRENT: "one current among others, positive outward",
    NET_CURRENT: "all currents together, positive outward: zero at rest, and rising along a "
    "potential where that rest is stable",
    "solutions": "every solution of a point, along a dimension of the output's own",
    STABILITY: f"which of the solutions are stable, by its `flags`, one of which is {STABLE!r}",
    GROWING: "how many modes grow at each of the solutions: none where it is stable, an odd number "
    "at a saddle; where it changes by two an oscillation begins or ends",
    SLOPE: "whether the curve whose zeros the solutions are rises there, by its `flags`, one of "
    f"which is {RISING!r}; where it falls the solution is a saddle",
    COUNT: "how many there are of something: where that changes along an axis is worth a look",
    RATE: "how often something happens in a time; 0 where it never does, and nothing is known of "
    "what lies between that and the first number above",
}
"""The vocabulary, and what each word promises."""


def check_role(given: Any) -> str:
    """Return the roles of an output or a parameter, one blank between two.

    Args:
        given: what a kernel declares.

    Raises:
        DeclarationError: a word is none of the vocabulary.
    """
    words = given.split()
    for word in words:
        if word not in ROLES:
            raise DeclarationError(f"unknown role, got {shown(word)}; {names.nearest(word, ROLES)}")
    return " ".join(words)


def check_flags(given: Any, role: str) -> dict[int, str]:
    """Return what the numbers of an output mean.

    Args:
        given: what a kernel declares, number -> word.
        role: of the output.

    Raises:
        DeclarationError: it is no such table, or that of a stability or a slope does not tell what
            is stable or rises.
    """
    if not isinstance(given, Mapping):
        raise DeclarationError(
            f'flags: expected a table, got {shown(given)}; write {{0: "off", 1: "on"}}'
        )
    found = {}
    for number, word in given.items():
        number = check_number(number, "flags")
        if not isinstance(word, str) or not WORD.fullmatch(word):
            raise DeclarationError(
                f"flags: {number} must mean one word of letters, digits and _, got {shown(word)}; "
                'write such as "not_stable"'
            )
        found[number] = word
    if len(set(found.values())) < len(found):
        raise DeclarationError("flags: two numbers mean the same; leave one of them")
    for own, other, word in ((STABILITY, "unstable", STABLE), (SLOPE, "falling", RISING)):
        if own in role.split() and word not in found.values():
            raise DeclarationError(
                f"flags: a {own} needs a number that means {word!r}, got {shown(found)}; "
                f'write {{0: "{other}", 1: "{word}"}}'
            )
    return dict(sorted(found.items()))


def check_number(given: Any, where: str) -> int:
    """Return a whole number that stands for something.

    Args:
        given: what a kernel declares; NumPy's numbers are such too.
        where: what messages call the table.

    Raises:
        DeclarationError: it is none.
    """
    number = getattr(given, "item", lambda: given)()
    if isinstance(number, bool) or not isinstance(number, int):
        raise DeclarationError(
            f"{where}: expected a whole number, got {shown(given)}; write one without quotes"
        )
    return number
