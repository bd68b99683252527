"""The methods of an analysis that draw points: the design of each, and what becomes of its sums."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from leakscape.analyse.sensitivity import morris, regional, shapley, slopes, sobol
from leakscape.analyse.sensitivity.design import Design
from leakscape.analyse.sensitivity.intervals import Estimate, Floats
from leakscape.analyse.sensitivity.question import Question


@dataclass(frozen=True)
class Method:
    """One method, for one question.

    Args:
        name: how it is asked for.
        design: what is evaluated.
        estimates: (sums of an outcome, number of axes) -> statistic -> estimate.
        shown: the statistics whose half-widths `until` is about.
        moments: whether mean and variance are those of the population.
    """

    name: str
    design: Design
    estimates: Callable[[dict[str, Floats], int], dict[str, Estimate]]
    shown: tuple[str, ...] = ()
    moments: bool = True


def method_of(name: str, question: Question, *, second: bool) -> Method:
    """Return a method.

    Args:
        name: one of `asked.METHODS`, but for grid.
        question: what is asked.
        second: whether pairs are wanted, of sobol.
    """
    if name == "shapley":
        return Method(name, shapley.design(question), shapley.estimates, ("shapley",))
    if name == "morris":
        return Method(name, morris.design(question), morris.estimates, moments=False)
    if name == "dgsm":
        return Method(name, slopes.design(question), partial(slopes.estimates, question))
    if name == "regional":
        return Method(name, regional.design(question), regional.estimates)
    made = partial(sobol.estimates, second=second)
    return Method(name, sobol.design(question, second=second), made, ("S1", "ST"))
