"""What was found in a sweep: the range of every output, and where it crosses a level.

Ranges come from the journal. A level needs a look at the values: at every chunk of a small store,
at some chunks, evenly apart, of a large one; crossings are looked for along single lines.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from leakscape import store
from leakscape.analyse import selection
from leakscape.analyse.selection import Place
from leakscape.declare import units
from leakscape.declare.study import contour_levels
from leakscape.errors import DeclarationError
from leakscape.store.values import loaded

MOST_CHUNKS = 48
"""Chunks read for a share; of more, that many evenly apart."""
_COARSE = 33
"""Places read along a line that runs through more chunks than that."""
_LONGEST_LINE = 1_000_000
MOST_CROSSINGS = 3
MOST_NAMED = 12
"""Conditions of a linked axis that are looked at one by one."""


@dataclass(frozen=True, kw_only=True)
class Range:
    """The values of one output.

    Args:
        name: the output.
        unit: its unit.
        minimum: smallest finite value [unit].
        maximum: largest finite value [unit].
        share: part of its computed values that are finite; None for one with a dimension of its
            own, where NaN only says that there are fewer entries.
    """

    name: str
    unit: str
    minimum: float
    maximum: float
    share: float | None


@dataclass(frozen=True, kw_only=True)
class Crossings:
    """Where an output crosses a level along one axis.

    Args:
        axis: the coordinate along which it was looked for.
        unit: the coordinate's unit.
        values: where it crosses [unit], at most MOST_CROSSINGS.
        rising: for each, whether the output rises through the level there.
        above: whether the line lies above the level where it never crosses; None if it has no
            values, or if it does cross.
        held: where the other dimensions were held.
    """

    axis: str
    unit: str
    values: tuple[float, ...]
    rising: tuple[bool, ...]
    above: bool | None
    held: tuple[Place, ...]


@dataclass(frozen=True, kw_only=True)
class Level:
    """An output and a level that the study asks about.

    Args:
        output: the output.
        unit: its unit.
        value: the level [unit].
        above: part of the finite values that lie above it; NaN where there are none.
        exact: whether every value was looked at.
        along: the crossings along each axis.
    """

    output: str
    unit: str
    value: float
    above: float
    exact: bool
    along: tuple[Crossings, ...]


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What was found in a sweep.

    Args:
        ranges: of every output.
        levels: the levels of the study's picture.
        status: code -> number of points.
        points: combinations in all.
        nbytes: bytes on disk.
    """

    ranges: tuple[Range, ...]
    levels: tuple[Level, ...]
    status: Mapping[int, int]
    points: int
    nbytes: int


def find(path: str | Path) -> Findings:
    """Say what was found in a stored sweep.

    Args:
        path: the store, finished or not.

    Returns:
        The findings.

    Raises:
        SweepError: no sweep there, or it cannot be read.
    """
    state, dataset = store.state(path), store.open(path)
    computed = sum(number for code, number in state.status.items() if code) / max(1, state.points)
    ranges = []
    for name, found in state.found.items():
        variable = dataset[name]
        own = [dim for dim in variable.dims if dim not in dataset["status"].dims]
        size = math.prod(variable.shape) * computed
        # A lower-rank output is written with the first chunks: it may be ahead of the others.
        share = None if own or not size else min(1.0, found.finite / size)
        unit = selection.unit_of(dataset, name)
        ranges.append(
            Range(name=name, unit=unit, minimum=found.minimum, maximum=found.maximum, share=share)
        )
    return Findings(
        ranges=tuple(ranges),
        levels=find_levels(dataset),
        status=dict(state.status),
        points=state.points,
        nbytes=state.nbytes,
    )


def find_levels(dataset: xr.Dataset) -> tuple[Level, ...]:
    """Look for the levels of the study's picture in the output that it draws.

    Args:
        dataset: the sweep, opened lazily.

    Returns:
        A level for each that is of the output's kind.
    """
    picture = selection.study_of(dataset).get("picture", {})
    outputs = selection.output_names(dataset)
    if not outputs:
        return ()
    output = picture.get("output")
    if output not in outputs:
        output = max(outputs, key=lambda name: dataset[name].ndim)
    unit = selection.unit_of(dataset, output)
    found = []
    for text in contour_levels(picture):
        try:
            value = units.to_unit(text, unit)
        except DeclarationError:  # a level of another output
            continue
        above, exact = _share_above(dataset[output].variable, value)
        along = tuple(_lines(dataset, output, value))
        found.append(
            Level(output=output, unit=unit, value=value, above=above, exact=exact, along=along)
        )
    return tuple(found)


def _share_above(variable: xr.Variable, level: float) -> tuple[float, bool]:
    chunks = _chunk_lengths(variable)
    grid = tuple(-(-size // chunk) for size, chunk in zip(variable.shape, chunks, strict=True))
    total = math.prod(grid)
    tasks = np.unique(np.linspace(0, total - 1, min(total, MOST_CHUNKS)).round().astype(np.int64))
    above = finite = 0
    for task in tasks:
        place = np.unravel_index(task, grid) if grid else ()
        region = tuple(
            slice(int(p) * chunk, (int(p) + 1) * chunk)
            for p, chunk in zip(place, chunks)  # noqa: B905
        )
        values = loaded(variable[region])
        above += int(np.count_nonzero(values > level))
        finite += int(np.count_nonzero(np.isfinite(values)))
    return (above / finite if finite else math.nan), len(tasks) == total


def _chunk_lengths(variable: xr.Variable) -> tuple[int, ...]:
    """Return the stored chunk lengths, or a whole array where it is held in memory anyway."""
    stored = variable.encoding.get("chunks") or variable.shape
    return tuple(max(1, int(chunk)) for chunk in stored)


def _lines(dataset: xr.Dataset, output: str, level: float) -> list[Crossings]:
    variable = dataset[output]
    swept = [str(dim) for dim in variable.dims if dim in dataset["status"].dims]
    if len(swept) != variable.ndim or "cell" in swept:  # no middle cell speaks for the others
        return []
    found = []
    for dim in swept:
        if dataset.sizes[dim] < 2 or dim not in dataset.coords or selection.is_text(dataset, dim):
            continue
        for held in _held(dataset, [other for other in swept if other != dim]):
            found.append(_along(dataset, output, level, dim, held))
    return found


def _held(dataset: xr.Dataset, dims: Sequence[str]) -> Iterator[tuple[Place, ...]]:
    """Hold dimensions at their usual places; of named conditions there is no usual one."""
    named = [d for d in dims if selection.is_text(dataset, d) and dataset.sizes[d] <= MOST_NAMED]
    choices = [
        [selection.place_at(dataset, dim, index) for index in range(dataset.sizes[dim])]
        if dim in named[:1]
        else [selection.usual_place(dataset, dim)]
        for dim in dims
    ]
    yield from product(*choices)


def _along(
    dataset: xr.Dataset, output: str, level: float, dim: str, held: tuple[Place, ...]
) -> Crossings:
    variable = dataset[output].variable
    fixed: dict[Any, Any] = {place.dimension: place.index for place in held}
    axis = np.asarray(loaded(dataset[dim]), dtype=np.float64)
    logarithmic = selection.is_logarithmic(dataset, dim)

    def line(places: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.asarray(loaded(variable.isel({**fixed, dim: places})), dtype=np.float64)

    chunk = _chunk_lengths(variable)[variable.dims.index(dim)]
    cheap = -(-len(axis) // chunk) <= _COARSE and len(axis) <= _LONGEST_LINE
    most = len(axis) if cheap else _COARSE
    places = np.unique(np.linspace(0, len(axis) - 1, most).round().astype(np.int64))
    heights = line(places) - level
    crossing, rising = [], []
    for left in np.flatnonzero(_changes(heights))[:MOST_CROSSINGS]:
        pair = (int(places[left]), int(places[left + 1]))
        ends = (float(heights[left]), float(heights[left + 1]))
        crossing.append(_refined(axis, line, level, pair, ends, logarithmic))
        rising.append((ends[1] > ends[0]) == (axis[-1] > axis[0]))
    known = heights[np.isfinite(heights)]
    above = None if crossing or not known.size else bool(known[0] > 0.0)
    return Crossings(
        axis=dim,
        unit=selection.unit_of(dataset, dim),
        values=tuple(crossing),
        rising=tuple(rising),
        above=above,
        held=held,
    )


def _changes(heights: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell between which neighbours a line passes zero; touching it from below counts."""
    known = np.isfinite(heights[:-1]) & np.isfinite(heights[1:])
    return np.asarray(known & ((heights[:-1] > 0.0) != (heights[1:] > 0.0)))


def _refined(
    axis: NDArray[np.float64],
    line: Callable[[NDArray[np.int64]], NDArray[np.float64]],
    level: float,
    pair: tuple[int, int],
    ends: tuple[float, float],
    logarithmic: bool,
) -> float:
    """Halve an interval of indices down to neighbours, then interpolate between these."""
    (low, high), (below, after) = pair, ends
    while high - low > 1:
        middle = (low + high) // 2
        height = float(line(np.array([middle]))[0]) - level
        if not math.isfinite(height):
            break
        if (height > 0.0) == (below > 0.0):
            low, below = middle, height
        else:
            high, after = middle, height
    part = below / (below - after)
    first, last = float(axis[low]), float(axis[high])
    if logarithmic:
        return float(first * (last / first) ** part)
    return first + part * (last - first)
