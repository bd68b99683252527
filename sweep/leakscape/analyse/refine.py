"""Crossings refined by evaluating the study again, between two neighbours of its grid.

The points of all crossings make one small study of one linked axis, in float64: where code is
traced and compiled anew, that is what costs, and not the points.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr
from jax.extend.core import ClosedJaxpr, Jaxpr
from numpy.typing import NDArray

from leakscape.declare.axis import Axis, LinkedAxis
from leakscape.declare.resolve import resolve
from leakscape.declare.study import Study
from leakscape.evaluation.in_memory import evaluate
from leakscape.evaluation.tracing import trace_of
from leakscape.store.values import loaded
from leakscape.sweep import Sweep

MOST_EQUATIONS = 400
"""Traced code longer than this, or with a loop in it, takes longer to compile than it is worth."""
POINT = "point_of_crossing"
"""The one dimension of points that are evaluated again."""
STEPS = 32
"""Parts that the way from one neighbour to the other is cut into."""
_SAME = 1e-4
"""Relative difference up to which a value evaluated again is the one that was stored."""
_EVEN = 1.5
"""Neighbouring steps of a smooth line differ by less than this factor, so finely cut."""
_ROUNDING = 1e-12
"""Relative error of a crossing that float64 leaves in any case."""


@dataclass(frozen=True, kw_only=True)
class Bracket:
    """Two neighbours of the grid between which a line passes a level.

    Args:
        dimension: the axis that they are neighbours along.
        indices: of the two, along it.
        heights: of the stored output over the level, at the two [the output's unit].
        held: index along every other dimension of the output.
        logarithmic: whether the axis is even in the logarithm.
    """

    dimension: str
    indices: tuple[int, int]
    heights: tuple[float, float]
    held: Mapping[str, int]
    logarithmic: bool


def affordable(study: Study) -> bool:
    """Tell whether a study can be evaluated again at single points, at little cost.

    Args:
        study: the study that the sweep is of.

    Returns:
        False where cells are drawn, and where the code is long or has loops: an equilibrium that
        is searched, a run over time.
    """
    if study.population is not None:
        return False
    try:
        code = trace_of(resolve(study)).code.jaxpr
    except Exception:  # a kernel that is no longer there, or changed into one that cannot be traced
        return False
    count = _equations(code)
    return count is not None and count <= MOST_EQUATIONS


def refined(
    study: Study, sweep: Sweep, output: str, level: float, brackets: Sequence[Bracket]
) -> list[tuple[float, float]] | None:
    """Narrow brackets down by evaluating the study inside.

    Args:
        study: the study that the sweep is of.
        sweep: the sweep.
        output: the output that crosses.
        level: the level [the output's unit].
        brackets: where it does.

    Returns:
        For each bracket the values between which the crossing lies [the coordinate's unit]; the
        ends of the bracket where the study does not give the stored values there. None where it
        cannot be evaluated.
    """
    if not brackets:
        return []
    rows = [_row(sweep, study, bracket) for bracket in brackets]
    values = evaluate_rows(study, sweep, output, rows)
    if values is None:
        return None
    heights = [held(values[place], bracket) - level for place, bracket in enumerate(brackets)]
    return [
        narrowed(row[bracket.dimension], line, bracket.heights, abs(level))
        for bracket, row, line in zip(brackets, rows, heights, strict=True)
    ]


def evaluate_rows(
    study: Study,
    sweep: Sweep,
    output: str,
    rows: Sequence[Mapping[str, NDArray[np.float64]]],
) -> list[xr.DataArray] | None:
    """Evaluate an output at points that lie in rows, all of one length, in float64.

    Args:
        study: the study that the sweep is of.
        sweep: the sweep.
        output: the output.
        rows: of each the swept values by name [the coordinate's unit].

    Returns:
        For each row the output along the dimension POINT and its own; None where the study cannot
        be evaluated there.
    """
    length = len(next(iter(rows[0].values()), (0.0,)))
    linked = {
        name: Axis(
            spacing="values",
            span=tuple(np.concatenate([row[name] for row in rows]).tolist()),
            size=len(rows) * length,
            unit=sweep.unit_of(name),
        )
        for name in rows[0]
    }
    scattered = replace(  # both ends are kept: a condition decides nothing in between
        study,
        axes={POINT: LinkedAxis(parameters=linked)} if linked else {},
        where=(),
        outputs=(output,),
        precision="float64",
    )
    try:
        values = evaluate(scattered, progress=False)[output].astype(np.float64)
    except Exception:  # whatever it is, the sweep is done, and the grid's own answer remains
        return None
    if not linked:
        values = values.expand_dims(POINT)
    if POINT not in values.dims:  # nothing that varies here moves it
        return None
    parts = [slice(place * length, (place + 1) * length) for place in range(len(rows))]
    return [values.isel({POINT: part}) for part in parts]


def held(values: xr.DataArray, bracket: Bracket) -> NDArray[np.float64]:
    """Return values along a row, an output's own dimensions held where the bracket holds them."""
    own = {dim: bracket.held[str(dim)] for dim in values.dims if dim != POINT}
    return np.asarray(values.isel(own).values)


def ends(sweep: Sweep, bracket: Bracket) -> tuple[float, float]:
    """Return the grid's own answer: the two neighbours, ascending [the coordinate's unit]."""
    return _span(loaded(sweep.dataset[bracket.dimension])[list(bracket.indices)])


def _equations(code: Jaxpr) -> int | None:
    """Count the equations of traced code; None where there is a loop."""
    total = len(code.eqns)
    for equation in code.eqns:
        if equation.primitive.name in ("while", "scan"):
            return None
        for value in equation.params.values():
            for inner in value if isinstance(value, list | tuple) else (value,):
                inside = inner.jaxpr if isinstance(inner, ClosedJaxpr) else inner
                if isinstance(inside, Jaxpr):
                    more = _equations(inside)
                    if more is None:
                        return None
                    total += more
    return total


def _row(sweep: Sweep, study: Study, bracket: Bracket) -> dict[str, NDArray[np.float64]]:
    """Return every swept value along a bracket; what does not vary there is held."""
    values = {
        name: np.full(STEPS + 1, value)
        for name, value in held_values(sweep, study, bracket.held).items()
    }
    return values | {bracket.dimension: cut(sweep, bracket)}


def held_values(sweep: Sweep, study: Study, places: Mapping[str, int]) -> dict[str, float]:
    """Return the value of every swept parameter at a place [the coordinate's unit]."""
    return {
        name: float(sweep.dataset[name][places.get(dimension, 0)])
        for dimension, axis in study.axes.items()
        for name in (axis.parameters if isinstance(axis, LinkedAxis) else (dimension,))
    }


def cut(sweep: Sweep, bracket: Bracket) -> NDArray[np.float64]:
    """Return the way from one neighbour to the other in STEPS parts [the coordinate's unit]."""
    first, last = (float(sweep.dataset[bracket.dimension][index]) for index in bracket.indices)
    space: Any = np.geomspace if bracket.logarithmic else np.linspace
    return np.asarray(space(first, last, STEPS + 1), dtype=np.float64)


def narrowed(
    axis: NDArray[np.float64],
    line: NDArray[np.float64],
    stored: tuple[float, float],
    scale: float,
) -> tuple[float, float]:
    """Return between which values a finely cut line passes zero.

    Args:
        axis: the values along it, evenly cut [the coordinate's unit].
        line: heights over the level there [the output's unit].
        stored: what the sweep holds at the two ends [the output's unit].
        scale: size of the level [the output's unit].

    Returns:
        The least and the largest value that the crossing may have; all of the axis where the line
        is another than the stored one, has gaps, or passes more than once.
    """
    near = _SAME * max(scale, *map(abs, stored))
    strange = bool((np.abs(line[[0, -1]] - np.asarray(stored)) > near).any())
    passes = np.flatnonzero((line[:-1] > 0.0) != (line[1:] > 0.0))
    if strange or not np.isfinite(line).all() or passes.size > 1:
        return _span(axis)
    # The rounding of a stored value may have put a crossing that is at an end on its other side.
    end = 0 if abs(line[0]) < abs(line[-1]) else STEPS - 1
    cell = int(passes[0]) if passes.size else end
    part = slice(cell, cell + 2)
    first = min(max(cell - 1, 0), STEPS - 3)
    four = slice(first, first + 4)
    steps = np.diff(line[four])
    smooth = bool(abs(steps).max() < _EVEN * abs(steps).min()) and np.ptp(np.sign(steps)) == 0.0
    if not smooth:
        return _span(axis[part] if passes.size else axis)
    chord = float(axis[cell] - line[cell] * np.diff(axis[part])[0] / np.diff(line[part])[0])
    if abs(chord - axis[part].mean()) > 1.5 * np.ptp(axis[part]):
        return _span(axis)
    cubic = _inverse(axis[four], line[four])
    # The cubic is better than the chord and the parabolas: the largest difference is more than it
    # can be wrong by. One of them alone may agree by chance.
    x, y = axis[four], line[four]
    others = (chord, _inverse(x[:3], y[:3]), _inverse(x[1:], y[1:]))
    margin = max(abs(cubic - other) for other in others) + _ROUNDING * abs(cubic)
    return cubic - margin, cubic + margin


def _span(values: NDArray[np.float64]) -> tuple[float, float]:
    return float(values.min()), float(values.max())


def _inverse(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Return x where y is 0, by the polynomial in y through some points (Lagrange)."""
    total = 0.0
    for place in range(len(x)):
        others = np.delete(y, place)
        total += float(x[place] * np.prod(others / (others - y[place])))
    return total
