"""A study reduced in memory: points are consumed where they are computed, and never stored."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from leakscape import interrupt
from leakscape.declare.study import Study
from leakscape.evaluation import order
from leakscape.evaluation.compile import Evaluator
from leakscape.evaluation.finish import finished, refuse_one_name_for_two
from leakscape.evaluation.in_order import in_order
from leakscape.evaluation.memory import refuse_too_much
from leakscape.evaluation.order import Search
from leakscape.evaluation.partial import Partials, Reducer, joined
from leakscape.evaluation.passes import Searches
from leakscape.evaluation.reduced import ReducedPlan, reduced_plan


def reduce(study: Study) -> xr.Dataset:
    """Evaluate a study and reduce it as its `[reduce]` says.

    No point is stored: memory is taken by the result and a few tiles, whatever the number of
    points. The numbers are the same however many threads compute them.

    Args:
        study: the study.

    Returns:
        A dataset along the dimensions that are not reduced: a variable for each output and
        statistic, with units, and counts of what is valid and what failed.

    Raises:
        SweepError: the study is not sound, declares no reduction, or its result does not fit in
            memory.
        KeyboardInterrupt: Ctrl-C, also while it compiles.
    """
    with interrupt.noticed():
        plan = reduced_plan(study)
        refuse_one_name_for_two(plan)
        return _reduce(plan)


def _reduce(plan: ReducedPlan) -> xr.Dataset:
    evaluator = Evaluator(plan.points)

    def passed(turn: int, searches: Searches) -> Iterator[Partials]:
        reducer = Reducer(plan, evaluator, turn, searches)
        return in_order(plan.grid.tasks, reducer.partial)

    return reduced_from(plan, passed)


def reduced_from(
    plan: ReducedPlan, passed: Callable[[int, Searches], Iterator[Partials]]
) -> xr.Dataset:
    """Make the result of a reduction.

    Args:
        plan: the plan.
        passed: evaluates every point once: takes the number of the pass and how far the search for
            ranks has come, and yields what the tasks hand over, in order.

    Returns:
        The dataset.

    Raises:
        PlanError: the result does not fit in memory.
    """
    name = plan.points.space.study.name
    refuse_too_much(name, _bytes(plan), "reduce more dimensions, or ask for fewer statistics")
    arrays = _merged(plan, 0, passed(0, {}))
    shares = {
        output: np.array(statistic.numbers)
        for output, statistics in plan.reduction.statistics.items()
        for statistic in statistics
        if statistic.kind == "quantile" and output in plan.searched
    }
    searches = {o: Search.begin(arrays[o, "valid"]["n"], share) for o, share in shares.items()}
    found: Partials = arrays
    for turn in range(plan.passes):
        if turn:
            found = _merged(plan, turn, passed(turn, searches))
        for output, dtype in plan.searched.items():
            if (output, "digits") in found:
                counts = found[output, "digits"]["digits"]
                bits = order.digit_bits(dtype, turn)
                searches[output] = searches[output].narrowed(counts, bits)
    ranked = {
        (output, "ranked"): {"ranked": search.found(plan.searched[output])}
        for output, search in searches.items()
    }
    return finished(plan, arrays | ranked)


def _merged(plan: ReducedPlan, turn: int, partials: Iterator[Partials]) -> Partials:
    """Merge what the runs of tiles hand over, in study order."""
    arrays: dict[Any, dict[str, NDArray[Any]]] = {}
    for (name, part), held in plan.fields(turn).items():
        shape = (*plan.shape, *held.own.values())
        arrays.setdefault(name, {})[part] = np.empty(shape, held.dtype)
    asked = plan.asked_in(turn)
    merged: Partials | None = None
    for task, partial in enumerate(partials):
        run = plan.grid.index(task)[-1]
        merged = partial if merged is None or run == 0 else joined(asked, merged, partial)
        if run == plan.runs - 1:
            _put(arrays, merged, plan, task)
    return arrays


def _put(
    arrays: Mapping[Any, dict[str, NDArray[Any]]], block: Partials, plan: ReducedPlan, task: int
) -> None:
    start, inside = plan.grid.start(task)[:-1], plan.grid.extent(task)[:-1]
    where = tuple(slice(s, s + length) for s, length in zip(start, inside, strict=True))
    for name, fields in block.items():
        for part, values in fields.items():
            arrays[name][part][where] = values


def _bytes(plan: ReducedPlan) -> int:
    """Return what the result takes, with what it is made of."""
    each = (
        math.prod(held.own.values()) * np.dtype(held.dtype).itemsize
        for held in plan.fields(0).values()
    )
    return 2 * math.prod(plan.shape) * sum(each)
