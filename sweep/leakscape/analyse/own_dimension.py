"""Lines along an output's own dimension, such as time, and crossings refined there.

The study is evaluated again with times between the two neighbours, if its kernel takes them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from leakscape.analyse.refine import (
    POINT,
    Bracket,
    cut,
    ends,
    evaluate_rows,
    held,
    held_values,
    narrowed,
)
from leakscape.declare.study import Study
from leakscape.errors import DeclarationError
from leakscape.store.values import loaded
from leakscape.sweep import Sweep

TIMES = "times"
"""The option of a kernel that says at which places along its own dimension there are values."""


def own_dimensions(sweep: Sweep, output: str) -> tuple[str, ...]:
    """Return the dimensions that an output has and the sweep has not."""
    swept = sweep.swept
    return tuple(str(dim) for dim in sweep.dataset[output].dims if dim not in swept)


def is_scale(sweep: Sweep, dimension: str) -> bool:
    """Tell whether there are numbers along a dimension that rise or fall: slots have none."""
    if dimension not in sweep.dataset.coords or sweep.is_text(dimension):
        return False
    steps = np.diff(np.asarray(loaded(sweep.dataset[dimension]), dtype=np.float64))
    return bool(np.all(steps > 0) or np.all(steps < 0))


def refined_in_time(
    study: Study, sweep: Sweep, output: str, level: float, brackets: Sequence[Bracket]
) -> list[tuple[float, float]]:
    """Narrow brackets down by evaluating the study at times inside.

    Args:
        study: the study that the sweep is of.
        sweep: the sweep.
        output: the output that crosses.
        level: the level [the output's unit].
        brackets: where it does, all along one dimension of its own.

    Returns:
        For each bracket the values between which the crossing lies [the coordinate's unit]; its
        ends where the study gives no others.
    """
    if not brackets:
        return []
    known = [ends(sweep, bracket) for bracket in brackets]
    lines = [cut(sweep, bracket) for bracket in brackets]
    times, dimension = np.unique(np.concatenate(lines)), brackets[0].dimension
    try:
        again = study.with_(kernel={TIMES: times.tolist()})
    except DeclarationError:  # a kernel that is a function, say, and has no options
        return known
    rows = [
        {name: np.array([value]) for name, value in held_values(sweep, study, b.held).items()}
        for b in brackets
    ]
    values = evaluate_rows(again, sweep, output, rows)
    if values is None or dimension not in values[0].coords:
        return known
    if not np.array_equal(values[0][dimension].values, times):
        return known
    found = []
    for bracket, line, part in zip(brackets, lines, values, strict=True):
        there = part.isel({POINT: 0, dimension: np.searchsorted(times, line)})
        heights = held(there.rename({dimension: POINT}), bracket) - level
        found.append(narrowed(line, heights, bracket.heights, abs(level)))
    return found
