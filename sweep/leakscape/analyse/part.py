"""A part of a sweep, and what lies in it: read from its values, where no journal tells it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from leakscape.analyse import reduced, selection
from leakscape.analyse.findings import Findings, Level, Range, counts_points
from leakscape.analyse.left_out import left_out
from leakscape.analyse.lost import find_lost
from leakscape.declare import names
from leakscape.errors import DeclarationError
from leakscape.shown import shown
from leakscape.status import Status
from leakscape.store.values import loaded


def selected(dataset: xr.Dataset, select: Mapping[str, Any]) -> xr.Dataset:
    """Hold axes at values; they stay, with one place each.

    Args:
        dataset: the sweep.
        select: axis or coordinate -> a number, a text such as "37 degC", or a label.

    Raises:
        DeclarationError: no such axis, label or unit.
    """
    for name, value in select.items():
        where = f"select.{name}"
        dims = dataset[name].dims if name in dataset.coords else (name,)
        if len(dims) != 1 or dims[0] not in dataset.sizes:
            known = selection.coordinate_names(dataset, tuple(dataset.sizes))
            remedy = names.nearest(str(name), known)
            raise DeclarationError(f"{where}: unknown name, got {shown(name)}; {remedy}")
        place = selection.nearest_place(dataset, name, str(dims[0]), value, where)
        dataset = dataset.isel({dims[0]: slice(place.index, place.index + 1)})
    return dataset


def found_in(dataset: xr.Dataset, levels: Sequence[Level]) -> Findings:
    """Say what lies in a sweep, by a look at every value.

    Args:
        dataset: the sweep.
        levels: what was found of levels.
    """
    status = loaded(dataset["status"])
    codes, numbers = np.unique(status, return_counts=True)
    counts = {int(code): int(number) for code, number in zip(codes, numbers, strict=True)}
    each = reduced.points_each(dataset)
    ranges = [
        _range(dataset, name)
        for name in selection.output_names(dataset)
        if dataset[name].dtype.kind in "fiu" and (each is None or not counts_points(dataset, name))
    ]
    points = math.prod(status.shape)
    return Findings(
        ranges=tuple(ranges),
        levels=tuple(levels),
        status=counts,
        n_left_out=counts.get(Status.LEFT_OUT_BY_A_CONDITION, 0),
        points=points,
        nbytes=0,
        reduced=None if each is None else each * points,
        lost=find_lost(dataset),
    )


def _range(dataset: xr.Dataset, name: str) -> Range:
    variable = dataset[name].variable
    values = xr.Variable(variable.dims, loaded(variable))
    status = selection.status_of(dataset)
    kept = np.ones(values.shape, dtype=bool)
    if status is not None and selection.leaves_out(dataset):
        kept = ~left_out(status, variable.dims, values, {dim: slice(None) for dim in variable.dims})
    known = values.values[kept & np.isfinite(values.values)]
    own = not set(map(str, variable.dims)) <= set(selection.swept_dims(dataset))
    nothing = not known.size
    return Range(
        name=name,
        unit=selection.unit_of(dataset, name),
        minimum=float("nan") if nothing else float(known.min()),
        maximum=float("nan") if nothing else float(known.max()),
        share=None if own or not kept.any() else known.size / int(kept.sum()),
    )
