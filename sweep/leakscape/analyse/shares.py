"""How much of a sweep lies above a level, under each condition, and what was counted.

Where an axis is even, linearly or in the logarithm, its points are counted together: they stand for
a range. Labels, and values picked one by one, are conditions: nobody chose them in proportion. Of a
population the cells are counted, and every other dimension is a condition.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from leakscape.analyse.left_out import left_out
from leakscape.store.values import loaded
from leakscape.sweep import Place, Sweep
from leakscape.sweep.place import place_at, usual_place

MOST_CHUNKS = 48
"""Chunks read for shares; of more, about that many, evenly apart."""
MOST_CONDITIONS = 12
"""Conditions that are told one by one; a dimension with more is held at its usual place."""
_ULPS = 8
"""Units in the last place by which a value that meets the level exactly may come out above it."""
CELL = "cell"


@dataclass(frozen=True, kw_only=True)
class Share:
    """What lies above a level under one condition.

    Args:
        condition: where the dimensions are that are not counted along.
        above: part of the values that lie above it by more than rounding; NaN without values.
        counted: how many values there are in all, with or without a number; those that a condition
            leaves out are none of them; of a part of the chunks, an estimate.
        lost: how many of these are NaN or infinite; of a part of the chunks, an estimate.
        exact: whether every value was looked at.
    """

    condition: tuple[Place, ...]
    above: float
    counted: int
    lost: int
    exact: bool


@dataclass(frozen=True, kw_only=True)
class Counting:
    """What is counted.

    Args:
        what: cells, grid points, or values where an output has several at a point.
        linear: the coordinates along which the points are even.
        logarithmic: those along which they are even in the logarithm.
        shares: for each condition.
    """

    what: str
    linear: tuple[str, ...]
    logarithmic: tuple[str, ...]
    shares: tuple[Share, ...]


def count_above(sweep: Sweep, output: str, level: float) -> Counting:
    """Count what lies above a level.

    Args:
        sweep: the sweep, opened lazily.
        output: the output.
        level: the level [the output's unit].

    Returns:
        The shares, and what they are shares of.
    """
    variable = sweep.dataset[output]
    dims = [str(dim) for dim in variable.dims]
    swept = [dim for dim in dims if dim in sweep.dataset["status"].dims]
    cells = CELL in swept
    spaced = [] if cells else [dim for dim in swept if _is_even(sweep, dim)]
    conditions, held = told_apart(sweep, [d for d in swept if d not in spaced and d != CELL])
    fixed = {dim: usual_place(sweep, dim) for dim in held}
    status = sweep.status if sweep.leaves_out else None
    places = {d: p.index for d, p in fixed.items()}
    counts = _count(variable.variable, status, level, conditions, places)
    shares = []
    for indices in np.ndindex(*(sweep.dataset.sizes[dim] for dim in conditions)):
        here = {
            dim: place_at(sweep, dim, index) for dim, index in zip(conditions, indices, strict=True)
        } | fixed
        above, finite, seen, gone = (int(part[indices]) for part in counts)
        each = math.prod(sweep.dataset.sizes[dim] for dim in dims if dim not in here)
        kept = seen - gone
        counted = round(each * kept / seen) if seen else each
        shares.append(
            Share(
                condition=tuple(here[dim] for dim in swept if dim in here),
                above=above / finite if finite else math.nan,
                counted=counted,
                lost=round(counted * (kept - finite) / kept) if kept else 0,
                exact=seen == each,
            )
        )
    logarithmic = [dim for dim in spaced if sweep.is_logarithmic(dim)]
    own = len(swept) < len(dims)
    return Counting(
        what="values" if own else "cells" if cells else "grid points",
        linear=tuple(
            dim for dim in spaced if dim not in logarithmic and sweep.dataset.sizes[dim] > 1
        ),
        logarithmic=tuple(dim for dim in logarithmic if sweep.dataset.sizes[dim] > 1),
        shares=tuple(shares),
    )


def told_apart(sweep: Sweep, dims: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return which dimensions are told place by place, labels first, and which are held.

    Args:
        sweep: the sweep.
        dims: the dimensions that no value is counted along; those of one place are in neither.
    """
    conditions: list[str] = []
    held: list[str] = []
    room = MOST_CONDITIONS
    long = [dim for dim in dims if sweep.dataset.sizes[dim] > 1]
    for dim in sorted(long, key=lambda dim: not sweep.is_text(dim)):
        size = sweep.dataset.sizes[dim]
        (conditions if size <= room else held).append(dim)
        room = room // size if size <= room else room
    return conditions, held


def chunk_lengths(variable: xr.Variable) -> tuple[int, ...]:
    """Return the stored chunk lengths, or a whole array where it is held in memory anyway."""
    stored = variable.encoding.get("chunks") or variable.shape
    return tuple(max(1, int(chunk)) for chunk in stored)


def _is_even(sweep: Sweep, dim: str) -> bool:
    """Tell whether an axis is declared as linear or logarithmic."""
    table: Any = sweep.axes.get(dim, {})
    return "linear" in table or "log" in table


def _count(
    variable: xr.Variable,
    status: xr.Variable | None,
    level: float,
    conditions: Sequence[str],
    fixed: Mapping[str, int],
) -> tuple[NDArray[np.int64], ...]:
    """Count above, finite, looked at and left out, with the conditions' lengths as the shape.

    Status is None where no condition of the study leaves anything out.
    """
    shape = tuple(int(variable.sizes[dim]) for dim in conditions)
    above, finite, seen, gone = (np.zeros(shape, dtype=np.int64) for _ in range(4))
    rounding = np.finfo(variable.dtype).eps if variable.dtype.kind == "f" else 0.0
    just_above = level + _ULPS * float(rounding) * abs(level)
    order = (*conditions, *(dim for dim in variable.dims if dim not in conditions))
    for region in regions(variable, conditions, fixed):
        part = variable[tuple(region[str(dim)] for dim in variable.dims)].transpose(*order)
        there = tuple(region[dim] for dim in conditions)
        along = tuple(range(len(conditions), variable.ndim))
        values = loaded(part)
        known = np.isfinite(values)
        if status is not None:
            here = xr.Variable(part.dims, values)
            lacking = left_out(status, variable.dims, here, region)
            gone[there] += lacking.sum(axis=along)
            known &= ~lacking
        above[there] += ((values > just_above) & known).sum(axis=along)
        finite[there] += known.sum(axis=along)
        seen[there] += math.prod(values.shape[len(conditions) :])
    return above, finite, seen, gone


def regions(
    variable: xr.Variable, conditions: Sequence[str], fixed: Mapping[str, int]
) -> Iterator[dict[str, slice]]:
    """Give chunks, cut to what is held: all of them, or as many under every condition.

    Args:
        variable: what is read.
        conditions: the dimensions that are told apart.
        fixed: dimension -> the index that it is held at.

    Yields:
        for each chunk its place, dimension -> slice.
    """
    pieces: dict[str, list[slice]] = {}
    for dim, chunk in zip(map(str, variable.dims), chunk_lengths(variable), strict=True):
        size = int(variable.sizes[dim])
        starts = range(0, size, chunk)
        pieces[dim] = [slice(start, min(start + chunk, size)) for start in starts]
        if dim in fixed:
            pieces[dim] = [slice(fixed[dim], fixed[dim] + 1)]
    rest = [dim for dim in pieces if dim not in conditions]
    grid = [len(pieces[dim]) for dim in rest]
    places = list(product(*(pieces[dim] for dim in conditions)))
    total = math.prod(grid)
    most = total if total * len(places) <= MOST_CHUNKS else max(1, MOST_CHUNKS // len(places))
    tasks = np.unique(np.linspace(0, total - 1, min(total, most)).round().astype(np.int64))
    for place, task in product(places, tasks):
        indices = np.unravel_index(task, grid) if grid else ()
        region = dict(zip(conditions, place, strict=True))
        for dim, index in zip(rest, indices, strict=True):
            region[dim] = pieces[dim][int(index)]
        yield region
