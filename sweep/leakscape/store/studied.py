"""What a store's study decides of its labels, without its kernel: axes, and where a chunk lies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from leakscape.declare.axis import Axis, LinkedAxis
from leakscape.declare.unit_attribute import spelled
from leakscape.errors import DeclarationError
from leakscape.evaluation.coordinates import Coordinate, axis_in_format, units_in_format
from leakscape.store.layout import Store


def studied(store: Store) -> dict[str, Coordinate]:
    """Make the coordinates that follow from a store's study.

    Args:
        store: the store.

    Returns:
        Name -> coordinate with its unit: axes, linked axes and their labels. What comes from a
        table of cells or from the kernel is left out.
    """
    found: dict[str, Coordinate] = {}
    sizes = dict(zip(store.grid.dimensions, store.grid.shape, strict=True))
    for name, table in store.meaning.axes.items():
        try:
            made = _axes(name, table, sizes.get(name, 0), store.format)
        except (DeclarationError, TypeError, ValueError):
            continue  # a stranger's store: what it does not decide is not checked
        found |= {c.name: c for c in made if c.name in store.coordinates}
    return found


def _axes(name: str, table: Mapping[str, Any], size: int, format: int) -> list[Coordinate]:
    linked = "label" in table or any(isinstance(part, Mapping) for part in table.values())
    if not linked:
        axis = axis_in_format(Axis.of(table), format)
        if axis.size != size:  # before its points are made: there may be any number
            return []
        return [_coordinate(name, name, axis.points(), units_in_format(axis.unit, format))]
    rows = axis_in_format(LinkedAxis.of(table), format)
    if rows.size != size:
        return []
    made = [
        _coordinate(part, name, axis.points(), units_in_format(axis.unit, format))
        for part, axis in rows.parameters.items()
    ]
    if rows.label:
        made.append(_coordinate(name, name, np.array(rows.label, dtype=np.str_), {}))
    return made


def _coordinate(name: str, dim: str, values: Any, attributes: Mapping[str, str]) -> Coordinate:
    return Coordinate(name=name, dims=(dim,), values=values, attributes=attributes)


def where(store: Store, task: int, held: Mapping[str, Coordinate] | None = None) -> str:
    """Name a chunk by the values that its axes take in it.

    Args:
        store: the store.
        task: number of the chunk.
        held: name -> coordinate; by default those that the study decides.
    """
    held = studied(store) if held is None else held
    parts = []
    place = zip(
        store.grid.dimensions,
        store.grid.shape,
        store.grid.chunks,
        store.grid.index(task),
        strict=True,
    )
    for name, size, chunk, index in place:
        first, last = index * chunk, min((index + 1) * chunk, size) - 1
        ends: tuple[object, object] = (first, last)
        unit = ""
        if name in held:
            values = held[name].values
            ends = (values[first], values[last])
            unit = spelled(str(held[name].attributes.get("units", "")))
        shown = [f"{end:g}" if isinstance(end, float | int) else str(end) for end in ends]
        text = shown[0] if first == last else " to ".join(shown)
        parts.append(f"{name} {text}{f' {unit}' if unit not in ('', '1') else ''}")
    return f"chunk {task} ({', '.join(parts)})" if parts else f"chunk {task}"
