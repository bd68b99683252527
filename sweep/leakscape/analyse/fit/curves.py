"""Curves of a fit over one condition, for every group: what a picture draws through the data."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from leakscape.analyse.fit.predict import ROW, bands, without_recordings
from leakscape.analyse.fit.problem import Problem

Floats = NDArray[np.float64]
POINT = "curve_point"
POINTS = 100
"""Of a curve."""
DECADES = 10.0
"""A condition above 0 whose largest value is so many times the smallest is spaced by its log."""


def curves(problem: Problem, result: xr.DataTree) -> xr.Dataset:
    """Predict along the first condition that varies, for every group that has a value of its own.

    Args:
        problem: what was fitted.
        result: its tree, with `best`, `observed_data` and, if it was drawn, `posterior`.

    Returns:
        What `predict` gives, along `curve_point`. Other conditions follow the first where the table
        has one value of theirs for each of its, else they are held at their medians. Empty where no
        condition varies.
    """
    recordings = problem.recordings
    varied = [name for name, (_, v) in recordings.conditions.items() if np.ptp(v) > 0.0]
    if not varied:
        return xr.Dataset()
    over = varied[0]
    per = [name for name in recordings.labels if name in {u.dimension for u in problem.unknowns}]
    groups = list(dict.fromkeys(zip(*(recordings.labels[name] for name in per), strict=True)))
    groups = groups or [()]
    grid = _grid(recordings.conditions[over][1])
    rows = len(grid) * len(groups)
    conditions = {}
    for name, (unit, values) in recordings.conditions.items():
        follows = _following(recordings.conditions[over][1], values, grid)
        conditions[name] = (unit, np.tile(follows, len(groups)))
    labels = {
        name: tuple(
            group[per.index(name)] if name in per else texts[0] for group in groups for _ in grid
        )
        for name, texts in recordings.labels.items()
    }
    wanted = without_recordings(recordings, conditions, labels, rows)
    found = bands(result, problem.fit, recordings, wanted)
    kept = [*recordings.conditions, *per]
    told = found.drop_vars([name for name in found.coords if name not in kept])
    return told.rename({ROW: POINT}).assign_attrs(over=over, groups=" ".join(per))


def _following(over: Floats, values: Floats, grid: Floats) -> Floats:
    """Return a condition along the curve: between the table's values, or their median."""
    points, first = np.unique(over, return_index=True)
    if (values[first][np.searchsorted(points, over)] == values).all():
        return np.interp(grid, points, values[first])
    return np.full(len(grid), np.median(values))


def _grid(values: Floats) -> Floats:
    low, high = float(values.min()), float(values.max())
    if low > 0.0 and high / low >= DECADES:
        return np.geomspace(low, high, POINTS)
    return np.linspace(low, high, POINTS)
