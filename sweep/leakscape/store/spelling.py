"""A study that means what a store holds, spelled as the store spells it.

`"0.14 mol/L"` is `"140 mmol/L"`, `mM` is another name of `mmol/L`, and blanks in an expression mean
nothing. What was stored decides the bits, the fingerprint and the labels, so its spelling is taken.
Coordinates are no constants: an axis in percent is not taken for the same axis in fractions, since
its values are what readers of the store look up.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from leakscape.declare import units
from leakscape.declare.axis import Axis, LinkedAxis
from leakscape.declare.distributions import Distribution
from leakscape.declare.meaning import Meaning
from leakscape.declare.study import Study
from leakscape.errors import DeclarationError
from leakscape.evaluation.coordinates import axis_in_format

_ROUNDING = 1e-12
"""Relative difference that converting between units may leave."""
_OF_LABELS = re.compile(r"==|!=")
"""In a condition: what follows may be a label, and blanks mean something in a label."""
_Swept = TypeVar("_Swept", Axis, Distribution)


def spelled_as_stored(meaning: Meaning, study: Study) -> Study:
    """Spell a study as a store does, wherever both mean the same.

    Args:
        meaning: of the study that the store holds.
        study: the study.

    Returns:
        The study; where it means something else, it says so as before.
    """
    stored, axes = meaning.tables(), meaning.axes
    fixed, derived = stored.get("fixed", {}), stored.get("derived", {})
    population = study.population
    if population is not None and population.parameters:
        drawn = dict(stored.get("population", {}).get("parameters", ()))
        entries = population.parameters.items()
        named = {name: _renamed(drawn.get(name), entry) for name, entry in entries}
        population = replace(population, parameters=named)
    return replace(
        study,
        kernel=_adopted(stored.get("kernel"), study.kernel),
        fixed={name: _adopted(fixed.get(name), value) for name, value in study.fixed.items()},
        derived={
            name: derived[name] if same_text(derived.get(name), text) else text
            for name, text in study.derived.items()
        },
        where=tuple(
            told if not _OF_LABELS.search(text) and same_text(told, text) else text
            for told, text in zip(_listed(stored, len(study.where)), study.where, strict=True)
        ),
        output_units=_units(stored.get("outputs"), study.output_units),
        axes={name: _axis(axes.get(name), axis) for name, axis in study.axes.items()},
        population=population,
    )


def as_in_format(study: Study, format: int) -> Study:
    """Return a study whose axes have the values that a store of a format holds.

    Args:
        study: the study.
        format: of the store; up to 2 evenly spaced values are those of float arithmetic.
    """
    axes = {name: axis_in_format(axis, format) for name, axis in study.axes.items()}
    return replace(study, axes=axes)


def _listed(stored: Mapping[str, Any], number: int) -> list[Any]:
    """Return the first conditions of a store, and None where it has fewer."""
    where = stored.get("where")
    kept = where.get("keep") if isinstance(where, Mapping) else None
    return [*(kept if isinstance(kept, list) else ()), *[None] * number][:number]


def same_quantity(one: object, other: object) -> bool:
    """Tell whether two quantities such as `"0.14 mol/L"` and `"140 mM"` are equal to rounding."""
    try:
        (number, unit), (wanted, target) = _split(one), _split(other)
        factor, offset = units.linear_conversion(unit or "1", target or "1")
    except (DeclarationError, OverflowError):
        return False
    allowed = _ROUNDING * (abs(number * factor) + abs(offset))
    return math.isclose(number * factor + offset, wanted, rel_tol=_ROUNDING, abs_tol=allowed)


def same_unit(one: object, other: object) -> bool:
    """Tell whether two texts name one unit, as `mM` and `mmol/L` do."""
    try:
        return bool(units.parse_unit(str(one)) == units.parse_unit(str(other)))
    except DeclarationError:
        return False


def same_text(one: object, other: object) -> bool:
    """Tell whether two expressions are equal but for blanks that mean nothing.

    Around `*` and `/` they may: `5 mV/T` has a unit, `5 mV / T` divides by T.
    """
    return isinstance(one, str) and isinstance(other, str) and _closed(one) == _closed(other)


def _closed(text: str) -> str:
    """Take blanks away around + and -, but for those of `1e-3`, which would make a number."""
    return re.sub(r"(?<![0-9.][eE]) ?([+-]) ?", r"\1", " ".join(text.split()))


def _split(value: object) -> tuple[float, str]:
    return units.split_quantity(value) if isinstance(value, str) else (units.finite(value), "")


def _adopted(stored: Any, value: Any) -> Any:
    """Return what is stored wherever it is the same quantity, in tables inside tables too."""
    if isinstance(stored, Mapping) and isinstance(value, Mapping):
        return {key: _adopted(stored.get(key), entry) for key, entry in value.items()}
    return stored if same_quantity(stored, value) else value


def _units(stored: Any, wanted: Mapping[str, str]) -> dict[str, str]:
    """Return the units of outputs, by the store's names of them."""
    held = stored.get("units") if isinstance(stored, Mapping) else None
    told = held if isinstance(held, Mapping) else {}
    return {n: told[n] if same_unit(told.get(n), unit) else unit for n, unit in wanted.items()}


def _axis(stored: Any, axis: Axis | LinkedAxis) -> Axis | LinkedAxis:
    if isinstance(axis, Axis):
        return _renamed(stored, axis)
    rows = stored if isinstance(stored, Mapping) else {}
    entries = axis.parameters.items()
    return replace(axis, parameters={name: _renamed(rows.get(name), row) for name, row in entries})


def _renamed(stored: Any, swept: _Swept) -> _Swept:
    """Return an axis or a distribution with the store's name of its unit."""
    unit = stored.get("unit") if isinstance(stored, Mapping) else None
    return replace(swept, unit=unit) if unit and same_unit(unit, swept.unit) else swept
