"""Several sweeps over one another: held at a common value, or each one's value is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leakscape.declare import units
from leakscape.errors import DeclarationError
from leakscape.picture import statistics, typography
from leakscape.picture.request import CELL, Decision
from leakscape.store.values import loaded
from leakscape.sweep import Place, Sweep
from leakscape.sweep.place import place_at

_SAME = 1e-6
"""Relative difference below which two values are one."""


def agreed(
    sweeps: Sequence[Sweep], decisions: Sequence[Decision], asked: Mapping[str, object]
) -> list[Decision]:
    """Hold what nobody asked about at one value, where the sweeps have one in common.

    Args:
        sweeps: the sweeps.
        decisions: what is drawn of each.
        asked: the names at which a value was selected.

    Returns:
        The decisions; of several common values the one nearest to where the first sweep was held.
    """
    if len(sweeps) == 1:
        return list(decisions)
    held = [{place.dimension: place for place in decision.places} for decision in decisions]
    dims = [dim for dim in held[0] if all(dim in places for places in held) and dim != CELL]
    for dim in dims:
        if any(places[dim].name in asked or dim in asked for places in held):
            continue
        indices = _common(sweeps, [places[dim] for places in held])
        if indices is not None and indices != [places[dim].index for places in held]:
            for sweep, places, index in zip(sweeps, held, indices, strict=True):
                places[dim] = place_at(sweep, dim, index)
    return [
        replace(decision, places=tuple(places.values()))
        for decision, places in zip(decisions, held, strict=True)
    ]


def _common(sweeps: Sequence[Sweep], places: Sequence[Place]) -> list[int] | None:
    """Return the index of a common value in each sweep, None where there is none."""
    dim, texts = places[0].dimension, sweeps[0].is_text(places[0].dimension)
    rows = []
    for sweep in sweeps:
        if dim not in sweep.dataset.coords or sweep.is_text(dim) != texts:
            return None
        values = loaded(sweep.dataset[dim])
        if texts:
            rows.append(np.asarray([str(value) for value in values]))
            continue
        try:
            factor, offset = units.linear_conversion(sweep.unit_of(dim), sweeps[0].unit_of(dim))
        except DeclarationError:  # the same name for something else
            return None
        rows.append(np.asarray(values, np.float64) * factor + offset)
    lead = rows[0]
    usual = lead[places[0].index]
    far = lead != usual if texts else np.abs(lead - usual)
    for index in np.argsort(far, kind="stable"):
        found = [_index_of(lead[index], row) for row in rows]
        if -1 not in found:
            return found
    return None


def _index_of(wanted: Any, row: NDArray[Any]) -> int:
    """Return the index of a value in a row, -1 where it is not there."""
    if row.dtype.kind == "U":
        same = row == wanted
    else:
        room = _SAME * max(abs(float(wanted)), float(np.ptp(row)))
        same = np.abs(row - wanted) <= room
    return int(np.argmax(same)) if same.any() else -1


def where(sweeps: Sequence[Sweep], decisions: Sequence[Decision]) -> tuple[list[str], list[str]]:
    """Say where the sweeps are held.

    Args:
        sweeps: the sweeps.
        decisions: what is drawn of each.

    Returns:
        What holds of all of them, and for each what holds of it and not of all.
    """
    said = [
        [text for place in decision.places if (text := statistics.place(sweep, decision, place))]
        for sweep, decision in zip(sweeps, decisions, strict=True)
    ]
    shared = [text for text in said[0] if all(text in texts for texts in said)]
    own = [[text for text in texts if text not in shared] for texts in said]
    return shared, [typography.plain(", ".join(texts)) for texts in own]
