"""Places where a count changes along an axis: of equilibria, these are folds.

A search of equilibria takes long to compile, and is then as quick as a formula: places are narrowed
down by a few evaluations of one shape, each between the neighbours that the one before left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from leakscape.analyse.own_dimension import is_scale, own_dimensions
from leakscape.analyse.refine import (
    POINT,
    STEPS,
    Bracket,
    ends,
    evaluate_rows,
    held_values,
)
from leakscape.analyse.shares import CELL
from leakscape.declare.study import Study
from leakscape.status import FIRST_FAILURE, Status
from leakscape.store.values import loaded
from leakscape.sweep import Place, Sweep, reduced
from leakscape.sweep.place import place_at, usual_place
from leakscape.sweep.roles import is_count

MOST_NAMED = 12
"""Conditions of a linked axis that are looked at one by one."""
MOST_CHANGES = 8
"""Changes that are told of one line."""
_ROUNDS = 3
"""How often a place is narrowed down: each time to one of STEPS parts."""


@dataclass(frozen=True, kw_only=True)
class Fold:
    """A place where a count changes.

    Args:
        output: the count, such as n_equilibria.
        axis: the coordinate along which it changes.
        unit: the coordinate's unit.
        low: the place lies above this value [the coordinate's unit].
        high: and below this one.
        before: the count below the place.
        after: the count above it.
        held: where the other dimensions are.
    """

    output: str
    axis: str
    unit: str
    low: float
    high: float
    before: int
    after: int
    held: tuple[Place, ...]


def find_folds(sweep: Sweep, study: Study | None = None) -> tuple[Fold, ...]:
    """Look where the counts of a sweep change, along each axis in turn.

    Args:
        sweep: the sweep, opened lazily, its axes in order.
        study: the study that it is of, to be evaluated between two points of the grid; without
            one, and where cells are drawn, the two points are the answer.

    Returns:
        The places, at most MOST_CHANGES on a line; none of what is only ever 0 or 1, which is no
        count, and none where cells vary.
    """
    found: list[Fold] = []
    if reduced.is_reduced(sweep):  # its whole numbers count points
        return ()
    for output in sweep.outputs:
        if not is_count(sweep, output) or own_dimensions(sweep, output):
            continue
        folds, brackets = [], []
        for fold, bracket in _changes(sweep, output):
            folds.append(fold)
            brackets.append(bracket)
        spans = _narrowed(sweep, output, study, folds, brackets)
        found += [
            replace(fold, low=low, high=high)
            for fold, (low, high) in zip(folds, spans, strict=True)
        ]
    return tuple(found)


def _changes(sweep: Sweep, output: str) -> Iterator[tuple[Fold, Bracket]]:
    variable = sweep.dataset[output].variable
    dims = [str(dim) for dim in variable.dims]
    if CELL in dims:
        return
    for dim in dims:
        if sweep.dataset.sizes[dim] < 2 or not is_scale(sweep, dim):
            continue
        for held in _held(sweep, [other for other in dims if other != dim]):
            fixed: dict[Any, Any] = {place.dimension: place.index for place in held}
            values = _line(sweep, variable, fixed)
            if np.nanmax(values, initial=0.0) <= 1.0:
                continue
            known = np.flatnonzero(np.isfinite(values))
            turns = np.flatnonzero(np.diff(values[known]) != 0.0)[:MOST_CHANGES]
            for turn in turns:
                pair = (int(known[turn]), int(known[turn + 1]))
                yield _fold(sweep, output, dim, pair, held, values)


def _fold(
    sweep: Sweep,
    output: str,
    dim: str,
    pair: tuple[int, int],
    held: tuple[Place, ...],
    values: NDArray[np.float64],
) -> tuple[Fold, Bracket]:
    counts = (float(values[pair[0]]), float(values[pair[1]]))
    bracket = Bracket(
        dimension=dim,
        indices=pair,
        heights=counts,
        held={place.dimension: place.index for place in held},
        logarithmic=sweep.is_logarithmic(dim),
    )
    low, high = ends(sweep, bracket)
    up = bool(sweep.dataset[dim][pair[1]] > sweep.dataset[dim][pair[0]])
    before, after = counts if up else counts[::-1]
    fold = Fold(
        output=output,
        axis=dim,
        unit=sweep.unit_of(dim),
        low=low,
        high=high,
        before=int(before),
        after=int(after),
        held=held,
    )
    return fold, bracket


def _held(sweep: Sweep, dims: Sequence[str]) -> Iterator[tuple[Place, ...]]:
    """Hold dimensions at their usual places; of named conditions there is no usual one."""
    named = [d for d in dims if sweep.is_text(d) and sweep.dataset.sizes[d] <= MOST_NAMED]
    yield from product(
        *(
            [place_at(sweep, dim, index) for index in range(sweep.dataset.sizes[dim])]
            if dim in named[:1]
            else [usual_place(sweep, dim)]
            for dim in dims
        )
    )


def _line(sweep: Sweep, variable: xr.Variable, fixed: dict[Any, Any]) -> NDArray[np.float64]:
    """Return a count along a line, NaN where a point has none: failed, left out, not computed."""
    values = np.asarray(loaded(variable.isel(fixed)), dtype=np.float64)
    status = sweep.status
    if status is None:
        return values
    swept = {dim: fixed.get(dim, slice(None)) for dim in variable.dims}
    codes = loaded(status.isel({dim: swept.get(dim, 0) for dim in status.dims}))
    return np.where((codes == Status.NOT_COMPUTED) | (codes >= FIRST_FAILURE), np.nan, values)


def _narrowed(
    sweep: Sweep,
    output: str,
    study: Study | None,
    folds: Sequence[Fold],
    brackets: Sequence[Bracket],
) -> list[tuple[float, float]]:
    """Return between which values each place lies, narrowed down as long as it stays one."""
    spans = [(fold.low, fold.high) for fold in folds]
    if study is None or study.population is not None or not folds:
        return spans
    going = [True] * len(folds)
    for _ in range(_ROUNDS):
        rows = []
        for span, bracket in zip(spans, brackets, strict=True):
            space: Any = np.geomspace if bracket.logarithmic else np.linspace
            values = held_values(sweep, study, bracket.held)
            row = {name: np.full(STEPS + 1, value) for name, value in values.items()}
            rows.append(row | {bracket.dimension: space(*span, STEPS + 1)})
        found = evaluate_rows(study, sweep, output, rows)
        if found is None:
            return spans
        for place, (fold, row, part) in enumerate(zip(folds, rows, found, strict=True)):
            counts = np.asarray(part.transpose(POINT).values)
            turns = np.flatnonzero(np.diff(counts))
            same = (counts[0], counts[-1]) == (fold.before, fold.after)
            going[place] &= same and turns.size == 1
            if going[place]:
                cells = row[fold.axis]
                spans[place] = (float(cells[turns[0]]), float(cells[turns[0] + 1]))
    return spans
