"""Reduced sweeps: which statistic of which output a variable is, and how many points it is of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from leakscape.declare.reduction import Reduction
from leakscape.store.values import loaded
from leakscape.sweep.noun import Sweep

FAILED, LEFT_OUT = "n_failed", "n_left_out"
TOO_FEW = 255
"""Stands where a status does: there are too few valid points for a value."""
SHARES = ("above", "below", "between", "share")
"""Statistics that are shares of the valid points."""
_BEST = ("quantile", "mean", *SHARES, "histogram", "sd", "variance", "min", "max")
"""Statistics by what they tell at a glance."""
_OWN = {
    "quantile": "quantile",
    "above": "{output}_above_level",
    "below": "{output}_below_level",
    "histogram": "{output}_bin",
    "share": "{output}_value",
}
"""The dimension of its own that a statistic has."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a variable of a reduced sweep tells.

    Args:
        output: the output that was reduced.
        kind: the statistic.
        own: the variable's own dimension, "" where it has none.
    """

    output: str
    kind: str
    own: str

    @property
    def n_valid(self) -> str:
        """The variable that says of how many valid points it is."""
        return f"{self.output}_n_valid"


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How many points were reduced.

    Args:
        points: of how many points; None where the data does not say.
        failed: how many of them failed.
        left_out: how many a condition left out.
    """

    points: int | None
    failed: int
    left_out: int


def is_reduced(sweep: Sweep) -> bool:
    """Tell whether a sweep is the result of a reduction."""
    return reduction_of(sweep) is not None


def reduction_of(sweep: Sweep) -> Reduction | None:
    """Return the reduction that made a dataset, None where none did."""
    return sweep.reduction if FAILED in sweep.dataset.data_vars else None


def told(sweep: Sweep, name: str) -> Told | None:
    """Return which statistic a variable is, None where it is none."""
    return next((one for known, one in statistics(sweep) if known == name), None)


def statistics(sweep: Sweep, output: str = "") -> Iterator[tuple[str, Told]]:
    """Find the variables that are statistics, the most telling ones first.

    Args:
        sweep: the sweep.
        output: of this output alone, by default of all.

    Yields:
        The name of each, and what it tells.
    """
    reduction = reduction_of(sweep)
    for of in () if reduction is None else reduction.statistics:
        for kind in _BEST if output in ("", of) else ():
            own, name = _OWN.get(kind, "").format(output=of), f"{of}_{kind}"
            one = Told(output=of, kind=kind, own=own)
            if {name, one.n_valid} <= set(sweep.dataset.data_vars) and _fits(sweep, name, own):
                yield name, one


def _fits(sweep: Sweep, name: str, own: str) -> bool:
    """Tell whether a variable of that name has the dimensions that its statistic has."""
    kept = sweep.dataset[FAILED].dims
    return sweep.dataset[name].dims == ((*kept, own) if own else kept) and own in (
        "",
        *sweep.dataset.coords,
    )


def best(sweep: Sweep, output: str = "") -> str:
    """Return the most telling statistic of an output that is no single number, "" if none is there.

    Args:
        sweep: the sweep.
        output: the output; by default of all, quantiles of the second before a mean of the first.
    """
    found = sorted(statistics(sweep, output), key=lambda one: _BEST.index(one[1].kind))
    pictures = [(name, one) for name, one in found if sweep.dataset[name].size > 1]
    if FAILED in sweep.dataset and sweep.dataset[FAILED].size == 1:
        # of one population all that is known
        pictures.sort(key=lambda one: one[1].kind != "histogram")
    return next((name for name, _ in [*pictures, *found]), "")


def meaning(sweep: Sweep, dimension: str) -> Told | None:
    """Return whose own dimension this is: levels, quantiles, bins or values; None of any other."""
    return next((one for _, one in statistics(sweep) if one.own == dimension), None)


def in_order(sweep: Sweep) -> Sweep:
    """Return a reduced sweep as stores have it: own dimensions rising, and a status."""
    if not is_reduced(sweep):
        return sweep
    dataset = sweep.dataset
    for dimension in {one.own for _, one in statistics(sweep) if one.own}:
        values = np.asarray(loaded(dataset[dimension]))
        if np.any(np.diff(values) < 0):
            dataset = dataset.isel({dimension: np.argsort(values)})
    if sweep.status is None:
        kept = dataset[FAILED]
        dataset = dataset.assign(status=(kept.dims, np.ones(kept.shape, np.uint8)))
    return sweep.over(dataset)


def points_each(sweep: Sweep) -> int | None:
    """Return how many points were reduced at each kept point, None where the data does not say."""
    each = sweep.dataset[FAILED].attrs.get("n_points") if is_reduced(sweep) else None
    return int(each) if isinstance(each, int | np.integer) and each > 0 else None


def tally(sweep: Sweep, places: Mapping[str, int]) -> Tally:
    """Count the points of a part of a reduced sweep.

    Args:
        sweep: the sweep.
        places: dimension -> index at which it is held.
    """
    each = points_each(sweep)
    part = {
        name: sweep.dataset[name].isel(
            {d: i for d, i in places.items() if d in sweep.dataset[name].dims}
        )
        for name in (FAILED, LEFT_OUT)
        if name in sweep.dataset.data_vars
    }
    count = {name: int(np.maximum(loaded(found), 0).sum()) for name, found in part.items()}
    return Tally(
        points=None if each is None else each * part[FAILED].size,
        failed=count[FAILED],
        left_out=count.get(LEFT_OUT, 0),
    )
