"""A study reduced in memory: points are consumed where they are computed, and never stored."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from pathlib import Path

import numpy as np
import xarray as xr

from leakscape import interrupt
from leakscape.bar import Bar
from leakscape.declare.catalogue import study_of
from leakscape.declare.notes import warn_of_table
from leakscape.declare.study import Study
from leakscape.evaluation import passes
from leakscape.evaluation.accumulate import Field
from leakscape.evaluation.announce import followed
from leakscape.evaluation.compile import Evaluator
from leakscape.evaluation.finish import finished
from leakscape.evaluation.fitting import fitting_plan
from leakscape.evaluation.in_order import in_order
from leakscape.evaluation.memory import refuse_too_much
from leakscape.evaluation.order import Search
from leakscape.evaluation.partial import Partials, Reducer, joined
from leakscape.evaluation.reduced import ReducedPlan
from leakscape.evaluation.tile import Name

Passed = Callable[[int, Mapping[str, Search]], Generator[Partials, None, None]]
"""Evaluates every point once: takes the number of the pass and how far the search for ranks has
come, and yields what the tasks hand over, in order."""


def reduce(study: Study | str | Path, *, progress: bool = True) -> xr.Dataset:
    """Evaluate a study and reduce it as its `[reduce]` says.

    No point is stored: memory is taken by the result and a few tiles, whatever the number of
    points. The numbers are the same however many threads compute them.

    Args:
        study: the study, its name, or the path of its file.
        progress: whether a terminal or a notebook shows a bar, where it lasts more than a second.

    Returns:
        A dataset along the dimensions that are not reduced: a variable for each output and
        statistic, with units, and counts of what is valid and what failed.

    Raises:
        SweepError: the study is not sound, declares no reduction, or its result does not fit in
            memory.
        KeyboardInterrupt: Ctrl-C, also while it compiles.
    """
    with interrupt.noticed(), followed(progress) as bar:
        declared = study_of(study, "reduce")
        warn_of_table(declared)
        return _reduce(fitting_plan(declared), bar)


def _reduce(plan: ReducedPlan, bar: Bar) -> xr.Dataset:
    evaluator, tasks = Evaluator(plan.points), plan.grid.tasks
    bar.started(plan.passes * tasks, 0, plan.points.space.points // tasks)

    def passed(turn: int, searches: Mapping[str, Search]) -> Generator[Partials, None, None]:
        slots = {output: search.slots() for output, search in searches.items()}
        work = Reducer(plan, evaluator, turn, slots).partial
        with closing(in_order(tasks, work)) as partials:
            for number, partial in enumerate(partials, start=1):
                bar.advanced(turn * tasks + number)
                yield partial

    return reduced_from(plan, passed)


def reduced_from(plan: ReducedPlan, passed: Passed) -> xr.Dataset:
    """Make the result of a reduction.

    Args:
        plan: the plan.
        passed: evaluates every point once.

    Returns:
        The dataset.

    Raises:
        PlanError: the result does not fit in memory.
    """
    name = plan.points.space.study.name
    refuse_too_much(name, _bytes(plan), "reduce more dimensions, or ask for fewer statistics")
    searches = passes.begun(plan)
    arrays = _merged(plan, 0, passed(0, {}), searches)
    for turn in range(1, plan.passes):
        _merged(plan, turn, passed(turn, searches), searches)
    return finished(plan, arrays | passes.ranked(plan, searches))


def _merged(
    plan: ReducedPlan,
    turn: int,
    partials: Generator[Partials, None, None],
    searches: Mapping[str, Search],
) -> Partials:
    """Merge what the runs of tiles hand over, in study order, and take the searches on."""
    arrays: Partials = {}
    for (name, part), held in _kept(plan, turn).items():
        shape = (*plan.shape, *held.own.values())
        arrays.setdefault(name, {})[part] = np.empty(shape, held.dtype)
    asked = plan.asked_in(turn)
    merged: Partials = {}
    with closing(partials):
        for task, partial in enumerate(partials):
            run = plan.grid.index(task)[-1]
            merged = partial if run == 0 else joined(asked, merged, partial)
            if run < plan.runs - 1:
                continue
            start, inside = plan.grid.start(task)[:-1], plan.grid.extent(task)[:-1]
            where = tuple(slice(s, s + length) for s, length in zip(start, inside, strict=True))
            passes.go_on(plan, searches, merged, where, turn)
            for name, fields in arrays.items():
                for part, values in fields.items():
                    values[where] = merged[name][part]
    return arrays


def _kept(plan: ReducedPlan, turn: int) -> dict[tuple[Name, str], Field]:
    """Return the arrays of a pass that are held for all kept points: of digits one block is."""
    return {key: held for key, held in plan.fields(turn).items() if key[0][1] != "digits"}


def _bytes(plan: ReducedPlan) -> int:
    """Return what the result takes, with what it is made of."""
    each = (
        math.prod(held.own.values()) * np.dtype(held.dtype).itemsize
        for held in _kept(plan, 0).values()
    )
    return 2 * math.prod(plan.shape) * sum(each)
