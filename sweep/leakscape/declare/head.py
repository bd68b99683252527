"""What studies and fits have in common: name, words, precision, tables, and keys that are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from leakscape.declare import names
from leakscape.errors import DeclarationError
from leakscape.plain import fault
from leakscape.shown import shown

PRECISIONS = ("float32", "float64")


def check_head(given: Any, tables: Sequence[str]) -> None:
    """Check name, question, expectation and precision, and that tables are tables.

    Args:
        given: a study or a fit.
        tables: names of its fields that must be tables.

    Raises:
        DeclarationError: one is of another kind.
    """
    names.check(given.name, "name")
    for key in ("question", "expect"):
        if not isinstance(getattr(given, key), str):
            raise DeclarationError(f"{key}: expected text, got {shown(getattr(given, key))}")
    if given.precision not in PRECISIONS:
        raise DeclarationError(
            f"precision: expected {' or '.join(PRECISIONS)}, got {shown(given.precision)}; "
            "write one of them"
        )
    for key in tables:
        value = getattr(given, key)
        if not isinstance(value, Mapping):
            raise DeclarationError(f"{key}: expected a table, got {shown(value)}; write [{key}]")


def check_keys(
    tables: Mapping[str, Any], where: str, known: Sequence[str], needed: Sequence[str]
) -> None:
    """Check the keys of tables that a file or a store holds.

    Args:
        tables: what was read.
        where: how messages call it.
        known: keys that may be there.
        needed: keys that must be there.

    Raises:
        DeclarationError: no tables, or nothing that TOML could hold, or an unknown or missing key.
    """
    if not isinstance(tables, Mapping):
        raise DeclarationError(f"{where}: expected tables, got {shown(tables)}; write key = value")
    if wrong := fault(tables):
        raise DeclarationError(f"{where}: {wrong}")
    for key in tables:
        if key not in known:
            raise DeclarationError(
                f"{where}: unknown key, got {shown(key)}; {names.nearest(key, known)}"
            )
    for key in needed:
        if key not in tables:
            raise DeclarationError(f"{where}: {key} is missing; add it")
