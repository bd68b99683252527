"""The methods of an analysis: the design of each, and what becomes of its sums."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from leakscape.analyse.sensitivity import sobol
from leakscape.analyse.sensitivity.design import Design
from leakscape.analyse.sensitivity.intervals import Estimate, Floats
from leakscape.analyse.sensitivity.question import Question

Estimates = Mapping[str, Estimate]


@dataclass(frozen=True)
class Method:
    """One method that draws points.

    Args:
        name: how it is asked for.
        design: question -> its design.
        estimates: (sums of an outcome, number of axes) -> statistic -> estimate.
        shown: the statistics whose half-widths `until` is about.
    """

    name: str
    design: Callable[[Question], Design]
    estimates: Callable[[dict[str, Floats], int], dict[str, Estimate]]
    shown: tuple[str, ...]


def method_of(name: str, *, second: bool) -> Method:
    """Return a method.

    Args:
        name: one of `METHODS`.
        second: whether pairs are wanted, of sobol.
    """
    return Method(
        name,
        partial(sobol.design, second=second),
        partial(sobol.estimates, second=second),
        ("S1", "ST"),
    )


METHODS = ("sobol", "grid")
