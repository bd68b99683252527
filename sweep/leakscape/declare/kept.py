"""What a study keeps: names of outputs, their units, the texts of conditions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from leakscape.declare import units
from leakscape.errors import DeclarationError
from leakscape.shown import shown

MOST_CONDITIONS = 100


def outputs(entry: Any) -> tuple[str, ...]:
    """Read which outputs a study keeps.

    Args:
        entry: names, or the table with `keep`.

    Raises:
        DeclarationError: anything else, or a name twice.
    """
    if isinstance(entry, Mapping):
        entry = {key: part for key, part in entry.items() if key != "units"}
    kept = _kept(entry, "outputs", "V_rest")
    if not all(isinstance(name, str) for name in kept) or len(set(kept)) != len(kept):
        raise DeclarationError(f"outputs.keep: expected distinct names, got {shown(kept)}")
    return kept


def output_units(entry: Any, given: Mapping[str, str]) -> dict[str, str]:
    """Read the units in which a study stores outputs.

    Args:
        entry: the table `outputs`, with `units` or without, or anything else.
        given: output -> unit, where they do not stand there.

    Raises:
        DeclarationError: no table, or no unit.
    """
    found = entry.get("units", given) if isinstance(entry, Mapping) else given
    if not isinstance(found, Mapping):
        raise DeclarationError(
            f'outputs.units: expected a table, got {shown(found)}; write {{ I_total = "pA" }}'
        )
    for name, unit in found.items():
        if not isinstance(unit, str):
            raise DeclarationError(
                f'outputs.units.{name}: expected text, got {shown(unit)}; write {name} = "pA"'
            )
        try:
            units.check_unit(unit)
        except DeclarationError as error:
            raise DeclarationError(f"outputs.units.{name}: {error}") from error
    return {str(name): unit for name, unit in found.items()}


def conditions(entry: Any) -> tuple[str, ...]:
    """Read the texts of a study's conditions.

    Args:
        entry: texts, or the table with `keep`.

    Raises:
        DeclarationError: anything else, or too many.
    """
    kept = _kept(entry, "where", "V_rest > -60 mV")
    for place, text in enumerate(kept):
        if not isinstance(text, str):
            raise DeclarationError(f"where.keep[{place}]: expected text, got {shown(text)}")
    if len(kept) > MOST_CONDITIONS:
        raise DeclarationError(
            f"where.keep: at most {MOST_CONDITIONS} conditions, got {len(kept)}; drop some"
        )
    return kept


def _kept(entry: Any, where: str, example: str) -> tuple[Any, ...]:
    """Read a table whose one key is `keep`, or the list that stands there."""
    if isinstance(entry, Mapping):
        if extra := sorted(set(entry) - {"keep"}):
            raise DeclarationError(f"{where}: unknown key, got {shown(extra[0])}; use keep")
        entry = entry.get("keep", ())
    if isinstance(entry, str) or not isinstance(entry, Iterable):
        raise DeclarationError(
            f'{where}.keep: expected a list, got {shown(entry)}; write ["{example}"]'
        )
    return tuple(entry)
