"""The study that a dataset carries in its attributes, as far as it has the shape of one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from leakscape.declare.asked_picture import check_picture
from leakscape.declare.reduction import Reduction
from leakscape.errors import DeclarationError
from leakscape.plain import crowded, fault

_TABLES = ("fixed", "derived", "picture", "kernel", "population", "where", "outputs")


def told(attributes: Mapping[Any, Any], key: str, default: str) -> str:
    """Return a text that attributes hold; what is none is not taken."""
    found = attributes.get(key, default)
    return found if isinstance(found, str) else default


def told_study(attributes: Mapping[Any, Any]) -> dict[str, Any]:
    """Return the study that attributes carry, as tables; without what no study can say.

    Args:
        attributes: of a dataset, of whatever program.

    Returns:
        Its tables as TOML has them, axes and the parameters of a population in their order; empty
        where the attributes carry none.
    """
    text = told(attributes, "study", "{}")
    try:
        study = {} if crowded(text) else json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return {}
    if not isinstance(study, dict) or fault(study):
        return {}
    kept = {key: part for key, part in study.items() if _is_part(key, part)}
    if "axes" in kept:
        kept["axes"] = dict(kept["axes"])
    if "parameters" in kept.get("population", {}):
        kept["population"]["parameters"] = dict(kept["population"]["parameters"])
    return kept


def _is_part(key: str, part: Any) -> bool:
    """Tell whether a part of a stored study has the shape that it has in a study."""
    if key == "picture":
        try:
            check_picture(part)
        except DeclarationError:
            return False
    if key == "reduce":
        try:
            Reduction.of(part)
        except DeclarationError:
            return False
    if key in _TABLES:
        inner = part.get("parameters", []) if isinstance(part, dict) else None
        kept = part.get("keep", []) if isinstance(part, dict) else None
        return _is_rows(inner) and isinstance(kept, list) and all(isinstance(n, str) for n in kept)
    return key != "axes" or _is_rows(part)


def _is_rows(part: Any) -> bool:
    """Tell whether data is a list of names, each with its table."""
    return isinstance(part, list) and all(
        isinstance(row, list) and [*map(type, row)] == [str, dict] for row in part
    )
