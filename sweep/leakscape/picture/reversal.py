"""Reversal potentials that a sweep knows, for its pictures of currents."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from leakscape.declare import units
from leakscape.errors import DeclarationError
from leakscape.picture.panel import Layer
from leakscape.sweep.roles import is_potential

_NAME = re.compile(r"E_[A-Za-z]\w*")


def reversal_potentials(layer: Layer, number: int) -> Iterator[tuple[str, float]]:
    """Give the reversal potentials of one curve: outputs, values along axes, and fixed ones.

    Args:
        layer: the sweep.
        number: the index along the hue that the curve has.

    Yields:
        The name, such as E_K, and the potential [the unit of the x axis].
    """
    sweep, decision = layer.sweep, layer.decision
    target = sweep.unit_of(decision.x)
    hue = sweep.dimension_of(decision.hue, decision.output, "hue") if decision.hue else ""
    held = {place.dimension: place.index for place in decision.places}
    known = set()
    for name in map(str, sweep.dataset.variables):
        found = sweep.dataset[name]
        if not _NAME.fullmatch(name) or name in (decision.x, decision.output):
            continue
        if not is_potential(sweep, name) or found.dtype.kind not in "iuf":
            continue
        known.add(name)
        if not set(found.dims) <= {*held, hue}:
            continue
        at = held | ({hue: number} if hue else {})
        value = float(found.isel({dim: at[str(dim)] for dim in found.dims}))
        if np.isfinite(value):
            factor, offset = units.linear_conversion(sweep.unit_of(name), target)
            yield name, value * factor + offset
    for name, given in _declared(sweep.study).items():
        if _NAME.fullmatch(name) and name not in known:
            with suppress(DeclarationError):
                yield name, units.to_unit(given, target)


def _declared(study: Mapping[str, Any]) -> dict[str, Any]:
    """Return fixed values by name, and the reversal potentials of a membrane's mechanisms."""
    found = study
    for table in ("kernel", "membrane", "mechanisms"):
        inner = found.get(table, {})
        found = inner if isinstance(inner, Mapping) else {}
    tables = {name: entry for name, entry in found.items() if isinstance(entry, Mapping)}
    own = {f"E_{name}": entry["E"] for name, entry in tables.items() if "E" in entry}
    return own | dict(study.get("fixed", {}))
