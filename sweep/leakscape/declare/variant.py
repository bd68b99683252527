"""A study like another, with changes: tables are merged, everything else is replaced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from leakscape.declare import names
from leakscape.declare.axis import Axis, LinkedAxis
from leakscape.declare.distributions import LAWS, Distribution
from leakscape.declare.reduction import Reduction
from leakscape.errors import DeclarationError
from leakscape.shown import shown

if TYPE_CHECKING:
    from leakscape.declare.study import Study

_WHOLE = frozenset({"linear", "log", "values", *LAWS})
"""A table with one of these says all of an axis or a distribution: none is merged into it."""
_ABSENT: Mapping[str, Any] = {
    **{key: {} for key in ("fixed", "derived", "axes", "picture")},
    **dict.fromkeys(("question", "expect"), ""),
    **dict.fromkeys(("where", "outputs"), ()),
    **dict.fromkeys(("population", "reduce")),
    "precision": "float32",
}
"""What a study has where it says nothing."""


def variant(study: Study, changes: Mapping[str, Any]) -> Study:
    """Return a study with changes.

    Args:
        study: the study, which stays as it is.
        changes: field -> what it becomes, or the table that is merged into it; None empties it.

    Returns:
        The changed study.

    Raises:
        DeclarationError: no such field, or something wrong in it.
    """
    fields: dict[str, Any] = {}
    for key, value in changes.items():
        if key not in _ABSENT and key not in ("name", "kernel"):
            remedy = names.nearest(key, [*_ABSENT, "name", "kernel"])
            raise DeclarationError(f"study.with_: unknown field, got {shown(key)}; {remedy}")
        if value is not None:
            fields[key] = _merged(_held(study, key), value)
        elif key in _ABSENT:
            fields[key] = _ABSENT[key]
        else:
            raise DeclarationError(f"study.with_: a study needs a {key}, got None; leave it out")
    return replace(study, **fields)


def _held(study: Study, key: str) -> Any:
    """Return a field as the table that changes are merged into, None where it is none."""
    if key == "kernel" and not isinstance(study.kernel, Mapping):
        return None
    if key == "population" and study.population is not None and study.population.table is not None:
        return None  # measured cells are more than a table that names them
    return study.tables().get(key)


def _merged(held: Any, given: Any) -> Any:
    if isinstance(given, Axis | LinkedAxis | Distribution | Reduction):
        return given.table()
    if not isinstance(given, Mapping):
        return given
    if not isinstance(held, Mapping) or _WHOLE & given.keys():
        held = {}
    merged = dict(held)
    for key, value in given.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = _merged(merged.get(key), value)
    return merged
