"""What one pass of a reduction hands to the next: how far each search for ranks has come.

It is plain arrays, so that whatever runs the tasks of a pass can carry it to them.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from leakscape.evaluation import order
from leakscape.evaluation.order import Search
from leakscape.evaluation.partial import Partials
from leakscape.evaluation.reduced import ReducedPlan

Searches = dict[str, Search]
"""Output -> the search for the ranks that its quantiles lie between."""


def begun(plan: ReducedPlan) -> Searches:
    """Return searches that nothing is known of yet, one for each output of `plan.searched`."""
    found = {}
    for output, shares in _shares(plan).items():
        shape = (*plan.shape, 2 * len(shares))
        found[output] = Search(np.zeros(shape, np.uint64), np.zeros(shape, np.int64))
    return found


def go_on(
    plan: ReducedPlan,
    searches: Mapping[str, Search],
    block: Partials,
    where: tuple[slice, ...],
    turn: int,
) -> None:
    """Take the searches one pass on at some kept points, in place.

    Args:
        plan: the plan.
        searches: output -> its search, of all kept points.
        block: what all runs of the pass gave together at these kept points.
        where: which these are.
        turn: number of the pass.
    """
    for output, shares in _shares(plan).items():
        if (output, "digits") not in block:
            continue
        whole, counts = searches[output], block[output, "digits"]["digits"]
        if turn:
            here = Search(whole.prefix[where], whole.rest[where])
        else:
            here = Search.begin(block[output, "valid"]["n"], shares)
        here = here.narrowed(counts, order.digit_bits(plan.searched[output], turn))
        whole.prefix[where], whole.rest[where] = here.prefix, here.rest


def ranked(plan: ReducedPlan, searches: Mapping[str, Search]) -> Partials:
    """Return the order statistics, after the last pass."""
    return {
        (output, "ranked"): {"ranked": search.found(plan.searched[output])}
        for output, search in searches.items()
    }


def _shares(plan: ReducedPlan) -> dict[str, NDArray[np.float64]]:
    return {
        output: np.array(statistic.numbers)
        for output, statistics in plan.reduction.statistics.items()
        for statistic in statistics
        if statistic.kind == "quantile" and output in plan.searched
    }
