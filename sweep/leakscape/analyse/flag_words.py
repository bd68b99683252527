"""How often an output of words, such as a regime, is which: whole numbers that stand for something.

A list such as that of the equilibria is counted by its entries, and slots without one are none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from leakscape.analyse.shares import regions
from leakscape.status import FIRST_FAILURE, Status, flags
from leakscape.store.values import loaded
from leakscape.sweep import Sweep

NO_ENTRY = "none"
"""The word of a slot without an entry, in an output with a dimension of its own."""

Words = tuple[tuple[str, float], ...]
"""Words, the most frequent first, each with its share of the points that have a value."""


def words_of(sweep: Sweep, output: str) -> Words:
    """Return the words of an output with their shares.

    Args:
        sweep: the sweep, opened lazily.
        output: the output; of one whose numbers stand for nothing there are none.

    Returns:
        The words that occur; of a large output by a part of its chunks, evenly apart.
    """
    variable = sweep.dataset[output].variable
    told = flags(variable.attrs)
    if not told:
        return ()
    status = sweep.dataset["status"].variable
    own = [dim for dim in variable.dims if dim not in status.dims]
    counts: Counter[str] = Counter()
    for region in regions(variable, (), {}):
        part = variable[tuple(region[str(dim)] for dim in variable.dims)]
        there = {dim: region[str(dim)] if dim in variable.dims else 0 for dim in status.dims}
        codes = status.isel(there)
        valid = xr.Variable(codes.dims, _valid(loaded(codes)))
        values = xr.Variable(part.dims, loaded(part))
        numbers = values.values[(valid | xr.zeros_like(values, dtype=bool)).transpose(*part.dims)]
        for number, often in zip(*np.unique(numbers, return_counts=True), strict=True):
            word = told.get(int(number), str(int(number)))
            if not (own and word == NO_ENTRY):
                counts[word] += int(often)
    total = sum(counts.values())
    return tuple((word, often / total) for word, often in counts.most_common())


def valid_share(sweep: Sweep, output: str, counts: Mapping[int, int]) -> float | None:
    """Return what share of the points has a word: no number tells that a point failed.

    Args:
        sweep: the sweep.
        output: the output.
        counts: status code -> number of points.

    Returns:
        the share of the points that no condition leaves out; None for an output of numbers, or of
        lists, or without such points.
    """
    variable = sweep.dataset[output].variable
    if not flags(variable.attrs) or not set(variable.dims) <= set(sweep.dataset["status"].dims):
        return None
    gone = (Status.NOT_COMPUTED, Status.LEFT_OUT_BY_A_CONDITION)
    kept = sum(number for code, number in counts.items() if code not in gone)
    valid = sum(number for code, number in counts.items() if 0 < code < FIRST_FAILURE)
    return valid / kept if kept else None


def _valid(codes: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return np.asarray((codes != Status.NOT_COMPUTED) & (codes < FIRST_FAILURE))
