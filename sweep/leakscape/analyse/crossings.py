"""Where an output crosses a level: along single lines, each axis in turn, the others held."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from leakscape.analyse.left_out import left_out
from leakscape.analyse.own_dimension import is_scale, own_dimensions, refined_in_time
from leakscape.analyse.refine import Bracket, affordable, ends, refined
from leakscape.analyse.shares import chunk_lengths
from leakscape.declare.study import Study
from leakscape.store.values import loaded
from leakscape.sweep import Place, Sweep
from leakscape.sweep.place import place_at, usual_place

_COARSE = 33
"""Places read along a line that runs through more chunks than that."""
_LONGEST_LINE = 1_000_000
MOST_CROSSINGS = 3
MOST_NAMED = 12
"""Conditions of a linked axis that are looked at one by one."""
Line = Callable[[NDArray[np.int64]], NDArray[np.float64]]


@dataclass(frozen=True, kw_only=True)
class Crossing:
    """A passage through a level.

    Args:
        low: the crossing lies above this value [the coordinate's unit].
        high: and below this one; equal to it, or nearly so, where the study was evaluated there.
        rising: whether the output rises through the level, towards larger values of the coordinate.
    """

    low: float
    high: float
    rising: bool


@dataclass(frozen=True, kw_only=True)
class Crossings:
    """Where an output crosses a level along one axis.

    Args:
        axis: the coordinate along which it was looked for.
        unit: the coordinate's unit.
        passages: the crossings, at most MOST_CROSSINGS.
        above: whether the line lies above the level where it never crosses; None if it has no
            values, or if it does cross.
        held: where the other dimensions were held.
    """

    axis: str
    unit: str
    passages: tuple[Crossing, ...]
    above: bool | None
    held: tuple[Place, ...]


@dataclass(frozen=True, kw_only=True)
class _Found:
    """One line as the grid shows it: its brackets, before they are refined."""

    axis: str
    held: tuple[Place, ...]
    brackets: tuple[Bracket, ...]
    above: bool | None


def find_crossings(
    sweep: Sweep, output: str, level: float, study: Study | None = None
) -> tuple[Crossings, ...]:
    """Look for crossings along every axis of an output.

    Args:
        sweep: the sweep, opened lazily.
        output: the output.
        level: the level [the output's unit].
        study: the study that the sweep is of, to be evaluated between two points of the grid;
            without one, and where that would take long, the two points are the answer.

    Returns:
        The crossings along each axis, and with each named condition; none where cells vary.
    """
    lines = list(_lines(sweep, output, level))
    brackets = [bracket for line in lines for bracket in line.brackets]
    spans = iter(_spans(sweep, output, level, study, brackets))
    found = []
    for line in lines:
        passages = []
        for bracket in line.brackets:
            low, high = next(spans)
            axis = sweep.dataset[line.axis]
            up = bool(axis[bracket.indices[1]] > axis[bracket.indices[0]])
            rising = (bracket.heights[1] > bracket.heights[0]) == up
            passages.append(Crossing(low=low, high=high, rising=rising))
        found.append(
            Crossings(
                axis=line.axis,
                unit=sweep.unit_of(line.axis),
                passages=tuple(passages),
                above=line.above,
                held=line.held,
            )
        )
    return tuple(found)


def _spans(
    sweep: Sweep,
    output: str,
    level: float,
    study: Study | None,
    brackets: Sequence[Bracket],
) -> list[tuple[float, float]]:
    """Return where the crossing in each bracket lies, as narrowly as can be told at little cost."""
    spans = [ends(sweep, bracket) for bracket in brackets]
    if study is None or not brackets or not affordable(study):
        return spans
    own = own_dimensions(sweep, output)
    groups: dict[str, list[int]] = {}
    for place, bracket in enumerate(brackets):
        groups.setdefault(bracket.dimension if bracket.dimension in own else "", []).append(place)
    for dimension, places in groups.items():
        narrow = refined_in_time if dimension else refined
        found = narrow(study, sweep, output, level, [brackets[place] for place in places])
        for place, span in zip(places, found or (), strict=False):  # None: the grid's own answer
            spans[place] = span
    return spans


def _lines(sweep: Sweep, output: str, level: float) -> Iterator[_Found]:
    dims = [str(dim) for dim in sweep.dataset[output].dims]
    own = own_dimensions(sweep, output)
    if "cell" in dims or not all(is_scale(sweep, dim) for dim in own):
        return  # no middle cell speaks for the others, and no slot
    for dim in dims:
        if sweep.dataset.sizes[dim] < 2 or not is_scale(sweep, dim):
            continue
        for held in _held(sweep, [other for other in dims if other != dim], dim in own):
            yield _along(sweep, output, level, dim, held)


def _held(sweep: Sweep, dims: Sequence[str], own: bool) -> Iterator[tuple[Place, ...]]:
    """Hold dimensions at their usual places; of named conditions there is no usual one.

    Nor is there of values picked one by one, where the line runs along an output's own dimension:
    they are what its time courses are compared by.
    """
    tables = sweep.axes
    picked = [d for d in dims if own and "values" in tables.get(d, {})]
    named = [d for d in dims if sweep.is_text(d)]
    named = [d for d in (*named, *picked) if sweep.dataset.sizes[d] <= MOST_NAMED]
    choices = [
        [place_at(sweep, dim, index) for index in range(sweep.dataset.sizes[dim])]
        if dim in named[:1]
        else [usual_place(sweep, dim)]
        for dim in dims
    ]
    yield from product(*choices)


def _along(sweep: Sweep, output: str, level: float, dim: str, held: tuple[Place, ...]) -> _Found:
    variable = sweep.dataset[output].variable
    fixed: dict[Any, Any] = {place.dimension: place.index for place in held}
    size = sweep.dataset.sizes[dim]
    whole = variable.dtype.kind != "f" and sweep.leaves_out
    status = sweep.status if whole else None

    def line(places: NDArray[np.int64]) -> NDArray[np.float64]:
        values = loaded(variable.isel({**fixed, dim: places}))
        heights = np.asarray(values, dtype=np.float64)
        if status is not None:  # a whole number cannot be NaN where a point is left out
            part = xr.Variable((dim,), values)
            gone = left_out(status, variable.dims, part, {**fixed, dim: places})
            heights[gone] = np.nan
        return heights

    chunk = chunk_lengths(variable)[variable.dims.index(dim)]
    cheap = -(-size // chunk) <= _COARSE and size <= _LONGEST_LINE
    most = size if cheap else _COARSE
    places = np.unique(np.linspace(0, size - 1, most).round().astype(np.int64))
    heights = line(places) - level
    brackets = []
    for left in np.flatnonzero(_changes(heights))[:MOST_CROSSINGS]:
        pair = (int(places[left]), int(places[left + 1]))
        pair, over = _neighbours(
            line, level, pair, (float(heights[left]), float(heights[left + 1]))
        )
        brackets.append(
            Bracket(
                dimension=dim,
                indices=pair,
                heights=over,
                held=fixed,
                logarithmic=sweep.is_logarithmic(dim),
            )
        )
    known = heights[np.isfinite(heights)]
    above = None if brackets or not known.size else bool(known[0] > 0.0)
    return _Found(axis=dim, held=held, brackets=tuple(brackets), above=above)


def _changes(heights: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell between which neighbours a line passes zero; touching it from below counts."""
    known = np.isfinite(heights[:-1]) & np.isfinite(heights[1:])
    return np.asarray(known & ((heights[:-1] > 0.0) != (heights[1:] > 0.0)))


def _neighbours(
    line: Line, level: float, pair: tuple[int, int], heights: tuple[float, float]
) -> tuple[tuple[int, int], tuple[float, float]]:
    """Halve an interval of indices down to neighbours; stop early at a point without a value."""
    (low, high), (below, after) = pair, heights
    while high - low > 1:
        middle = (low + high) // 2
        height = float(line(np.array([middle]))[0]) - level
        if not math.isfinite(height):
            break
        if (height > 0.0) == (below > 0.0):
            low, below = middle, height
        else:
            high, after = middle, height
    return (low, high), (below, after)
