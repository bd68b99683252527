"""The status codes of a kernel's own, as it declares them: number -> name, and a remedy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leakscape.declare.entry import read_fields
from leakscape.declare.roles import WORD, check_number
from leakscape.errors import DeclarationError
from leakscape.shown import shown
from leakscape.status import GENERAL, LARGEST, OWN_ALONE, Code


def read_codes(given: Any, name: str) -> dict[int, Code]:
    """Read the table `codes` of a kernel or a factory.

    Args:
        given: number -> a name, a table with `name` and `remedy`, or an object with these; None
            where there is no table.
        name: how messages call the kernel.

    Returns:
        Number -> what it means.

    Raises:
        DeclarationError: it is no such table, a number is not the kernel's to use, or two are
            called alike.
    """
    if given is None:
        return {}
    where = f"kernel {name}, codes"
    if not isinstance(given, Mapping):
        raise DeclarationError(
            f'{where}: expected a table, got {shown(given)}; write {{40: "too_hot"}}'
        )
    found = {}
    for number, entry in given.items():
        number = check_number(number, where)
        found[number] = _code(number, entry, f"{where}, {number}")
    called = [code.name for code in {**GENERAL, **found}.values()]
    if twice := next((word for word in called if called.count(word) > 1), None):
        raise DeclarationError(f"{where}: two codes are called {twice!r}; rename one")
    return dict(sorted(found.items()))


def _code(number: int, entry: Any, where: str) -> Code:
    if number in OWN_ALONE or not 0 <= number <= LARGEST:
        raise DeclarationError(
            f"{where}: a kernel's codes are 2 to 9 for remarks, and 10 to {LARGEST} without 16 for "
            f"points that have no value, got {number}; take another"
        )
    try:
        code = Code(**read_fields(entry, Code, "name"))
    except DeclarationError as error:
        raise DeclarationError(f"{where}: {error}") from error
    if not WORD.fullmatch(code.name):
        raise DeclarationError(
            f"{where}: a name is one word of letters, digits and _, got {shown(code.name)}; "
            'write such as "too_hot"'
        )
    if number in GENERAL and code.name != GENERAL[number].name:
        raise DeclarationError(
            f"{where}: {number} means {GENERAL[number].name!r} for every kernel, got "
            f"{code.name!r}; take another number"
        )
    if len(code.remedy.splitlines()) > 1:
        raise DeclarationError(f"{where}: a remedy is half a sentence on one line; shorten it")
    return code
