"""What the sums of an analysis say: its indices, how sure they are, and when they say nothing."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from leakscape.amounts import amount, quantity
from leakscape.analyse.sensitivity.intervals import Estimate
from leakscape.analyse.sensitivity.labelled import STATISTICS
from leakscape.analyse.sensitivity.methods import Method
from leakscape.analyse.sensitivity.question import Question
from leakscape.analyse.sensitivity.rare import Held, held
from leakscape.analyse.sensitivity.tally import Tally
from leakscape.errors import DeclarationError

ROUNDING = 1e-13
"""An outcome that varies by no more than this share of its mean is constant [1]."""
Found = dict[str, dict[str, Estimate]]
"""Outcome -> statistic -> estimate."""


def estimates(question: Question, method: Method, tally: Tally) -> Found:
    """Turn what was summed into indices.

    Where an outcome does not vary beyond rounding, or a condition holds or fails too rarely, its
    indices are NaN.
    """
    kept, found, counts = len(question.grid), {}, counted(question, method, tally)
    for outcome in question.outcomes:
        made = method.estimates(tally.sums[outcome.name], kept)
        away = made["mean"]
        centre = 0.0 if method.design.plain else tally.centres[outcome.name]
        mean = Estimate(away.value + centre, away.error)
        silent = ~(made["variance"].value > (ROUNDING * mean.value) ** 2)
        count = counts[outcome.name]
        silent = silent if count is None else silent | count.few
        found[outcome.name] = {
            name: _without(estimate, silent) if STATISTICS[name].groups else estimate
            for name, estimate in (made | {"mean": mean}).items()
        }
    return found


def counted(question: Question, method: Method, tally: Tally) -> dict[str, Held | None]:
    """Count at how many points the conditions among the outcomes hold: outcome -> count."""
    plain = method.design.plain
    return {
        one.name: held(one, tally.sums[one.name], 0.0 if plain else tally.centres[one.name])
        for one in question.outcomes
    }


def _without(estimate: Estimate, silent: NDArray[np.bool_]) -> Estimate:
    error = None if estimate.error is None else np.where(silent, np.nan, estimate.error)
    return Estimate(np.where(silent, np.nan, estimate.value), error)


def widest(method: Method, found: Found) -> float:
    """Return the largest half-width of what is shown; NaN where nothing has one."""
    errors = [made[name].error for made in found.values() for name in method.shown]
    widths = [error[np.isfinite(error)] for error in errors if error is not None]
    return max((float(width.max()) for width in widths if width.size), default=math.nan)


def never_seen(counts: dict[str, Held | None]) -> bool:
    """Tell whether some condition was met by every point, or by none, at every place."""
    return any(one is not None and bool((one.fewer == 0).all()) for one in counts.values())


def refuse_constant(
    question: Question, tally: Tally, found: Found, counts: dict[str, Held | None]
) -> None:
    """Refuse an outcome that nowhere varies, or of which too few points have a value.

    Raises:
        DeclarationError: there is nothing to explain.
    """
    for outcome in question.outcomes:
        made = found[outcome.name]
        spread = np.sqrt(np.maximum(made["variance"].value, 0.0))
        if np.any(spread > ROUNDING * np.abs(made["mean"].value)):
            continue
        where = f"sensitivity of {question.study.name}"
        n = tally.sums[outcome.name]["n"]
        if not n.any():
            if question.study.where and not tally.failed.any():
                raise DeclarationError(
                    f"{where}: [where] leaves out every point that was tried; loosen a condition, "
                    "or change the ranges"
                )
            raise DeclarationError(
                f"{where}: {outcome.text} has no value at any base point with all of its points; "
                "change the ranges"
            )
        value = made["mean"].value
        if not np.isfinite(value).any():
            base = tally.done * tally.scrambles * n[0].size
            raise DeclarationError(
                f"{where}: only {amount(n.sum())} of {amount(base)} base points have all of their "
                f"points{_why(question, tally)}, and some scrambles none; loosen a condition, "
                "change the ranges, or give more points"
            )
        first = float(value[np.isfinite(value)].flat[0])
        raise DeclarationError(
            f"{where}: {outcome.text} {_settled(counts[outcome.name], first, outcome.unit)}"
        )


def _why(question: Question, tally: Tally) -> str:
    if question.study.where and not tally.failed.any():
        return ", as the conditions of [where] are met too rarely"
    return ""


def _settled(count: Held | None, value: float, unit: str) -> str:
    if count is None:
        return (
            f"is constant, {quantity(value, unit, 6)} throughout, so that there is nothing to "
            "explain; choose another output or wider ranges"
        )
    points = amount(int(count.points.sum()))
    if not count.hits.any():
        told = f"holds at none of the {points} points"
    elif np.array_equal(count.hits, count.points):
        told = f"holds at all of the {points} points"
    else:
        told = "holds at all of the points or at none of them, at every place of the axes"
    return (
        f"{told}, so that there is nothing to explain; give more points, choose another output or "
        "wider ranges"
    )
