"""The words of a store: what a study says besides its numbers, and how the store is resumed.

They may change while the numbers stay, and are then taken over without computing anything.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from leakscape.evaluation.plan import Plan
from leakscape.spelling import openable, readable
from leakscape.store.layout import Store
from leakscape.store.metadata import attributes
from leakscape.store.root import settle_attributes

_FILE = "study_file"
_TEXTS = {"title": "name", "question": "question", "expect": "expect"}


def take_over(store: Store, plan: Plan, study_file: Path | None) -> tuple[str, ...]:
    """Give a store the words of the study that it is run with; the caller holds its lock.

    Args:
        store: the store.
        plan: of a study of the same numbers.
        study_file: where the study is, None where it came from no file.

    Returns:
        What was taken over: name, question, expect, picture.
    """
    held, told = attributes(store.path) or {}, plan.attributes
    changed = [key for name, key in _TEXTS.items() if held.get(name) != told[name]]
    if _picture(held) != _picture(told):
        changed.append("picture")
    new = {key: told[key] for key in (*_TEXTS, "study") if changed}
    settle_attributes(store, new | place_of(study_file, store.path), copy=True)
    return tuple(changed)


def place_of(study_file: Path | None, path: Path) -> dict[str, str]:
    """Return the attribute that says where a study is, seen from beside its store.

    Args:
        study_file: the study.
        path: the store, which may be moved together with the study.
    """
    if study_file is None:
        return {}
    try:
        place = Path(os.path.relpath(study_file, path.parent))
    except ValueError:  # Windows: on another drive
        place = study_file
    return {_FILE: readable(place.as_posix())}


def study_of(path: Path, held: Mapping[str, Any]) -> Path | None:
    """Return where the study of a store is, None where it is there no more.

    Args:
        path: the store.
        held: its attributes.
    """
    place = held.get(_FILE)
    if not isinstance(place, str) or not place:
        return None
    found = Path(os.path.normpath(path.parent / openable(place)))
    return found if found.is_file() else None


def _picture(held: Mapping[str, Any]) -> Any:
    try:
        return json.loads(held["study"])["picture"]
    except (KeyError, TypeError, ValueError):
        return None
