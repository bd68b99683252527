"""What a reduction has to hold: the accumulators behind the statistics that a study asks for."""

from __future__ import annotations

import numpy as np

from leakscape.declare.statistic import Statistic
from leakscape.errors import PlanError
from leakscape.evaluation import accumulate, bins, order
from leakscape.evaluation.accumulate import Accumulator
from leakscape.evaluation.compiling import on_cpu
from leakscape.evaluation.plan import Plan


def dtype_in(plan: Plan, output: str) -> str:
    """Return the dtype of an output."""
    return next(variable.dtype for variable in plan.variables if variable.name == output)


def floating(dtype: str, bits: int) -> str:
    """Return a dtype, or for whole numbers the float that holds them."""
    return dtype if np.dtype(dtype).kind == "f" else f"float{bits}"


def accumulators(
    output: str, statistics: tuple[Statistic, ...], dtype: str, *, whole: bool
) -> dict[str, Accumulator]:
    """Return what has to be held for some statistics of an output.

    Args:
        output: its name.
        statistics: with numbers in its unit.
        dtype: of its values.
        whole: whether a tile has all points of its kept ones.

    Returns:
        Name -> accumulator; `valid` is always there.

    Raises:
        PlanError: a statistic does not fit the dtype.
    """
    compared = floating(dtype, 64)
    found = {"valid": accumulate.valid()}
    for statistic in statistics:
        kind, where = statistic.kind, f"reduce.{output}.{statistic.kind}"
        with np.errstate(over="ignore"):  # what overflows is refused next
            numbers = np.array(statistic.numbers).astype(compared)
        if not np.all(np.isfinite(numbers)):
            raise PlanError(f"{where}: no {dtype} holds it; narrow it")
        if kind in ("mean", "sd", "variance"):
            found["moments"] = accumulate.moments()
        elif kind in ("min", "argmin"):
            found["least"] = accumulate.extreme(compared, largest=False)
        elif kind in ("max", "argmax"):
            found["greatest"] = accumulate.extreme(compared, largest=True)
        elif kind in ("above", "below"):
            found[kind] = accumulate.beyond(numbers, f"{kind}_level", above=kind == "above")
        elif kind == "between":
            found[kind] = accumulate.between(numbers)
        elif kind == "histogram":
            low, high = statistic.numbers
            if not bins.resolved(bins.edges(low, high, statistic.bins, compared)):
                raise PlanError(
                    f"{where}: {statistic.bins} bins are narrower than {compared} can tell apart; "
                    "use fewer, or a wider range"
                )
            found[kind] = bins.histogram(low, high, statistic.bins, compared, "bin")
        elif kind == "share":
            if np.dtype(dtype).kind == "f":
                raise PlanError(
                    f"{where}: is of outputs of int8 or uint8, and {output} is {dtype}; use "
                    "histogram, or above"
                )
            found[kind] = accumulate.shares("value")
        else:
            ranked = floating(dtype, 32)
            if whole:
                found["ranked"] = order.whole(statistic.numbers, ranked, on_host=on_cpu())
            else:
                found["digits"] = order.digits(2 * len(statistic.numbers), ranked)
    return found
