"""Tiles that fit into the memory of the device: halved until one does."""

from __future__ import annotations

import warnings

import jax

from leakscape.declare.study import Study
from leakscape.errors import KernelError, PlanError
from leakscape.evaluation.compile import Evaluator
from leakscape.evaluation.compiling import on_cpu
from leakscape.evaluation.finish import refuse_one_name_for_two
from leakscape.evaluation.grid import FORMAT
from leakscape.evaluation.partial import Reducer
from leakscape.evaluation.reduced import ReducedPlan, reduced_plan

FEWEST_POINTS = 2**12
"""Of a tile that does not fit either, the memory is not to blame."""
_FULL = "RESOURCE_EXHAUSTED"


def fitting_plan(study: Study, format: int = FORMAT) -> ReducedPlan:
    """Plan a reduction in tiles that fit into the device's memory.

    On a GPU one tile is evaluated first; where memory runs out, tiles are halved, and a warning
    says so. A CPU has the memory of the machine, and tiles that are small beside it.

    Args:
        study: the study.
        format: of an existing store; by default the newest.

    Returns:
        The plan.

    Raises:
        PlanError: as `reduced_plan`, or not even a small tile fits.
        DeclarationError: two things in the result would have one name.
        KernelError: the kernel raises.
    """
    plan = reduced_plan(study, format=format)
    refuse_one_name_for_two(plan)
    while not on_cpu() and not _fits(plan):
        points = plan.tile_points // 2
        if points < FEWEST_POINTS:
            raise PlanError(
                f"study {study.name}: the device has no memory for {plan.tile_points} points at a "
                "time; free some, or let JAX compute on the CPU (JAX_PLATFORMS=cpu)"
            )
        warnings.warn(
            f"study {study.name}: the memory of the device ran out; tiles are halved to {points} "
            "points",
            stacklevel=2,
        )
        plan = reduced_plan(study, points, format=format)
    return plan


def _fits(plan: ReducedPlan) -> bool:
    try:
        Reducer(plan, Evaluator(plan.points)).one_tile()
    except (KernelError, jax.errors.JaxRuntimeError) as error:
        if _FULL in str(error) or _FULL in str(error.__cause__):
            return False
        raise
    return True
