"""A study like another, with changes: tables are merged, everything else is replaced."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leakscape.declare import names
from leakscape.declare.axis import Axis, LinkedAxis
from leakscape.declare.distributions import LAWS, Distribution
from leakscape.declare.reduction import Reduction
from leakscape.declare.spacing import SPACED
from leakscape.declare.study import KEYS, Study
from leakscape.declare.tables.frames import is_frame
from leakscape.errors import DeclarationError
from leakscape.shown import shown

_WHOLE = frozenset({*SPACED, "values", *LAWS})
"""A table with one of these says all of an axis or a distribution: none is merged into it."""


def variant(study: Study, changes: Mapping[str, Any]) -> Study:
    """Return a study with changes.

    Args:
        study: the study, which stays as it is.
        changes: key of a study -> what it becomes, or the table that is merged into it; None
            removes it.

    Returns:
        The changed study.

    Raises:
        DeclarationError: no such key, or something wrong in it.
    """
    tables = study.tables()
    if not isinstance(study.kernel, Mapping):
        tables["kernel"] = study.kernel
    if study.population is not None and study.population.table is not None:
        tables["population"] = study.population  # cells are more than the name of their table
    for key, value in changes.items():
        if key not in KEYS:
            remedy = names.nearest(key, KEYS)
            raise DeclarationError(f"study.with_: unknown key, got {shown(key)}; {remedy}")
        if value is not None:
            tables[key] = _merged(tables.get(key), value)
        elif key in ("name", "kernel"):
            raise DeclarationError(f"study.with_: a study needs a {key}, got None; leave it out")
        else:
            tables.pop(key, None)
    return Study(**tables, folder=study.folder)


def _merged(held: Any, given: Any) -> Any:
    if isinstance(given, Axis | LinkedAxis | Distribution | Reduction):
        return given.table()
    if not isinstance(given, Mapping) or is_frame(given):  # a Dataset is a mapping too
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
