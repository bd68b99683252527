"""A study evaluated in memory."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from leakscape import interrupt
from leakscape.bar import Bar
from leakscape.declare.catalogue import study_of
from leakscape.declare.notes import warn_of_table
from leakscape.declare.study import Study
from leakscape.evaluation.announce import followed
from leakscape.evaluation.compile import Evaluator
from leakscape.evaluation.memory import refuse_too_much
from leakscape.evaluation.plan import Plan, make_plan
from leakscape.evaluation.reduce import reduce


def evaluate(study: Study | str | Path, *, progress: bool = True) -> xr.Dataset:
    """Evaluate a study in memory.

    A kernel of your own is traced anew at each call. JAX itself keeps what it traced of functions
    under `jax.jit`: where a global that one reads changed, call `jax.clear_caches()`.

    Args:
        study: the study, its name, or the path of its file.
        progress: whether a terminal or a notebook shows a bar, where it lasts more than a second.

    Returns:
        A dataset with the study's outputs, its coordinates with units, and `status`; of a study
        with `[reduce]` what `leakscape.reduce` returns.

    Raises:
        SweepError: the study is not sound, or does not fit in memory.
        KeyboardInterrupt: Ctrl-C, also while it compiles.
    """
    with interrupt.noticed():
        declared = study_of(study, "evaluate")
        if declared.reduce is not None:
            return reduce(declared, progress=progress)
        warn_of_table(declared)
        with followed(progress) as bar:
            return _evaluate(declared, bar)


def _evaluate(study: Study, bar: Bar) -> xr.Dataset:
    plan = make_plan(study)
    refuse_too_much(study.name, plan.nbytes, "use leakscape.run, which writes chunk by chunk")
    return dataset(plan, _arrays(plan, bar))


def _arrays(plan: Plan, bar: Bar | None = None) -> dict[str, NDArray[Any]]:
    bar = bar or Bar(None)
    arrays = {v.name: np.empty(v.shape, v.dtype) for v in plan.variables}
    compiled = Evaluator(plan)
    bar.started(plan.grid.tasks, 0, math.prod(plan.grid.chunks))
    for task in range(plan.grid.tasks):
        interrupt.checkpoint()
        with compiled.block(task) as block:
            for variable in plan.written_by(task):
                region, within = plan.grid.region(variable, task), plan.grid.within(variable, task)
                arrays[variable.name][region] = block[variable.name][within]
        bar.advanced(task + 1)
    return arrays


def dataset(plan: Plan, arrays: dict[str, NDArray[Any]]) -> xr.Dataset:
    """Label arrays as the plan says.

    Args:
        plan: the plan.
        arrays: variable -> values.

    Returns:
        The dataset.
    """
    coords: dict[str, Any] = {
        c.name: (c.dims, c.values, dict(c.attributes)) for c in plan.coordinates
    }
    variables: dict[str, Any] = {}
    for variable in plan.variables:
        entry = (variable.dims, arrays[variable.name], dict(variable.attributes))
        (coords if variable.role == "sampled" else variables)[variable.name] = entry
    return xr.Dataset(variables, coords=coords, attrs=plan.attributes)
