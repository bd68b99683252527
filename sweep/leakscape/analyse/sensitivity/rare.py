"""Yes or no where one of the two is rare: too few points say nothing of what decides it.

A share p of few hits has a relative error of 1 / sqrt(hits), and the interval that scrambles give
for an index is worse: where every scramble has a hit or none, it can be of no width at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from leakscape.amounts import amount, quantity
from leakscape.analyse.sensitivity.intervals import Floats
from leakscape.analyse.sensitivity.outcome import Outcome

FEWEST = 100
"""Points at which a condition has to hold, and has to fail, for what decides it to be told."""
_NAMED = 3
"""Coordinates that are named of a place."""


@dataclass(frozen=True)
class Held:
    """At how many points a condition holds.

    Args:
        hits: those, along (axes ..., 1).
        points: of so many.
    """

    hits: NDArray[np.int64]
    points: NDArray[np.int64]

    @property
    def fewer(self) -> NDArray[np.int64]:
        """Points of the rarer of the two, yes and no."""
        fewer: NDArray[np.int64] = np.minimum(self.hits, self.points - self.hits)
        return fewer

    @property
    def few(self) -> NDArray[np.bool_]:
        """Where one of the two is too rare, or is never seen."""
        few: NDArray[np.bool_] = self.fewer < FEWEST
        return few

    @property
    def waits(self) -> bool:
        """Whether more points could tell more: somewhere both are seen, or nowhere are they.

        A place where one of the two is never seen does not wait while others have both: there the
        condition may well be settled.
        """
        both = self.fewer > 0
        return bool(np.any(both & self.few)) or not np.any(both)


def held(outcome: Outcome, sums: Mapping[str, Floats], centre: Any) -> Held | None:
    """Count where a condition holds, from the sums of all scrambles; None for a plain output.

    Args:
        outcome: the outcome.
        sums: its sums, along (scramble, axes ..., 1).
        centre: what was subtracted before they were summed.
    """
    if outcome.indicator is None:
        return None
    inside, times = sums["inside"] if "inside" in sums else sums["a"], 1
    if "b" in sums:  # the base point's two halves are points of their own
        inside, times = inside + sums["b"], 2
    points = times * sums["n"].sum(axis=0)
    hits = inside.sum(axis=0) + centre * points
    return Held(np.rint(hits).astype(np.int64), np.rint(points).astype(np.int64))


def remark(outcome: Outcome, held: Held | None, dataset: xr.Dataset, axes: tuple[str, ...]) -> str:
    """Say where a condition holds, or fails, too rarely; "" where it does nowhere.

    Args:
        outcome: the outcome.
        held: at how many points it holds.
        dataset: whose coordinates name places.
        axes: its axes.
    """
    if held is None:
        return ""
    points, fewer = held.points[..., 0], held.fewer[..., 0]
    few = held.few[..., 0] & (points > 0)
    if not few.any():
        return ""
    # The place to name is one where both were seen, if there is one.
    order = np.where(few, np.where(fewer > 0, fewer, FEWEST), FEWEST + 1)
    place = np.unravel_index(int(np.argmin(order)), order.shape)
    least = int(fewer[place])
    verb = "holds" if least == int(held.hits[..., 0][place]) else "fails"
    where = _told(dataset, axes, place)
    rest = int(few.sum()) - 1
    others = f", and too rarely at {amount(rest)} other place{'s' if rest > 1 else ''}"
    return (
        f"{outcome.text} {verb} at {least or 'none'} of {amount(int(points[place]))} points"
        f"{f' at {where}' if where else ''}{others if rest else ''}: too few to say what decides "
        "it; give more points, or --until, which doubles them up to --most."
    )


def _told(dataset: xr.Dataset, axes: tuple[str, ...], place: tuple[Any, ...]) -> str:
    at = dict(zip(axes, map(int, place), strict=True))
    found = []
    for name, label in dataset.coords.items():
        if label.dims and set(label.dims) <= set(at):
            value = label.isel({dim: at[str(dim)] for dim in label.dims}).values[()]
            value = float(value) if label.dtype.kind in "fiu" else str(value)
            found.append(f"{name} = {quantity(value, str(label.attrs.get('units', '1')))}")
    return f"{', '.join(found[:_NAMED])}{' ...' if len(found) > _NAMED else ''}"
