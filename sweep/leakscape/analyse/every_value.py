"""What lies in a sweep by a look at every value, where no journal tells it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from leakscape.analyse.findings import Findings, Level, Range, counts_points
from leakscape.analyse.flag_words import valid_share, words_of
from leakscape.analyse.left_out import left_out
from leakscape.analyse.lost import find_lost
from leakscape.status import Status
from leakscape.store.values import loaded
from leakscape.sweep import Sweep, reduced


def found_in(sweep: Sweep, levels: Sequence[Level]) -> Findings:
    """Say what lies in a sweep.

    Args:
        sweep: the sweep, or a part of one.
        levels: what was found of levels.
    """
    status = loaded(sweep.dataset["status"])
    codes, numbers = np.unique(status, return_counts=True)
    counts = {int(code): int(number) for code, number in zip(codes, numbers, strict=True)}
    each = reduced.points_each(sweep)
    ranges = [
        _range(sweep, name, counts)
        for name in sweep.outputs
        if sweep.dataset[name].dtype.kind in "fiu"
        and (each is None or not counts_points(sweep, name))
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
        lost=find_lost(sweep),
        codes=sweep.codes,
    )


def _range(sweep: Sweep, name: str, counts: Mapping[int, int]) -> Range:
    variable = sweep.dataset[name].variable
    values = xr.Variable(variable.dims, loaded(variable))
    kept = np.ones(values.shape, dtype=bool)
    if sweep.status is not None and sweep.leaves_out:
        every = {dim: slice(None) for dim in variable.dims}
        kept = ~left_out(sweep.status, variable.dims, values, every)
    known = values.values[kept & np.isfinite(values.values)]
    own = not set(map(str, variable.dims)) <= set(sweep.swept)
    nothing = not known.size
    share = None if own or not kept.any() else known.size / int(kept.sum())
    told = reduced.points_each(sweep) is None
    worded = valid_share(sweep, name, counts) if told else None
    return Range(
        name=name,
        unit=sweep.unit_of(name),
        minimum=float("nan") if nothing else float(known.min()),
        maximum=float("nan") if nothing else float(known.max()),
        share=share if worded is None else worded,
        words=words_of(sweep, name) if told else (),
    )
