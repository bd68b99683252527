"""Sides on which an interval has no bound, and why, in plain words."""

from __future__ import annotations

from typing import Any

import numpy as np

from leakscape.amounts import quantity
from leakscape.analyse.fit.profiles import Profiles

_DIRECTION = {"below": "down to", "above": "up to"}


def open_sides(problem: Any, found: Profiles) -> list[str]:
    """Say which sides of 95 % intervals are open.

    Args:
        problem: the `Problem` that was fitted.
        found: the profiles of its best fit.

    Returns:
        Sentences.
    """
    told = []
    for place, unknown in enumerate(problem.unknowns):
        sides = [np.isinf(found.lower_95[place]), np.isinf(found.upper_95[place])]
        for side, word in enumerate(("below", "above")):
            known = np.flatnonzero(np.isfinite(found.chi2[place]))
            last = known[-side]
            if sides[side] and last != (0, found.chi2.shape[1] - 1)[side]:
                sides[side] = False
                told.append(
                    f"The 95 % interval of {unknown.flat_name} is open {word}: its misfit is known "
                    f"{_DIRECTION[word]} {quantity(found.values[place, last], unknown.unit)}, and "
                    "beyond it the model was found to have no value."
                )
        words = [word for word, open_ in zip(("below", "above"), sides, strict=True) if open_]
        if words:
            ends = [
                edge if np.isfinite(edge) else found.values[place, k]
                for edge, k in ((unknown.low, 0), (unknown.high, -1))
            ]
            where = " and ".join(
                f"{word} ({_DIRECTION[word]} {quantity(end, unknown.unit)})"
                for word, end in zip(("below", "above"), ends, strict=True)
                if word in words
            )
            told.append(
                f"The 95 % interval of {unknown.flat_name} is open {where}: no value there within "
                "its prior is rejected."
            )
    return told
