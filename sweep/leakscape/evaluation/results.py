"""What a reduction makes of each statistic: variables with their dimensions, units and names."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leakscape.declare import units
from leakscape.declare.output import Output
from leakscape.declare.statistic import Statistic
from leakscape.evaluation import bins, order
from leakscape.evaluation.accumulate import CODE_OFFSET, CODES

Held = Mapping[tuple[str, str], NDArray[Any]]
"""(accumulator, field) -> values of every kept point, of one output."""


@dataclass(frozen=True, kw_only=True)
class Made:
    """One variable of the result, or a coordinate of one.

    Args:
        name: its name.
        unit: its unit.
        long_name: what a plot calls it.
        own: its dimensions besides the kept ones.
        compute: its values, from what is held of the output.
        mean: whether it weighs points, and says how.
        coordinate: whether it labels `own` and has no kept dimension.
    """

    name: str
    unit: str
    long_name: str
    compute: Callable[[Held], NDArray[Any]]
    own: tuple[str, ...] = ()
    mean: bool = False
    coordinate: bool = False


def made(name: str, output: Output, dtype: str, statistic: Statistic) -> Iterator[Made]:
    """Return what a statistic of an output makes; argmin and argmax stand in `places`.

    Args:
        name: the output.
        output: its declaration.
        dtype: of its values.
        statistic: with numbers in the output's unit.

    Yields:
        Variables and the coordinates of their own dimensions.
    """
    called, unit = output.long_name or name, output.unit or "1"
    kind, numbers = statistic.kind, statistic.numbers
    compared = dtype if np.dtype(dtype).kind == "f" else "float64"

    def labels(dimension: str, values: NDArray[Any], unit: str, long_name: str) -> Made:
        return Made(
            name=dimension,
            unit=unit,
            long_name=long_name,
            own=(dimension.removesuffix("_low").removesuffix("_high"),),
            compute=lambda held: values,
            coordinate=True,
        )

    if kind == "mean":
        yield Made(
            name=f"{name}_mean", unit=unit, long_name=f"mean of {called}", compute=_mean, mean=True
        )
    elif kind == "variance":
        yield Made(
            name=f"{name}_variance",
            unit=squared(difference(unit)),
            long_name=f"variance of {called} (n - 1)",
            compute=_variance,
            mean=True,
        )
    elif kind == "sd":
        yield Made(
            name=f"{name}_sd",
            unit=difference(unit),
            long_name=f"standard deviation of {called} (n - 1)",
            compute=lambda held: np.sqrt(_variance(held)),
            mean=True,
        )
    elif kind in ("min", "max"):
        which, word = ("least", "smallest") if kind == "min" else ("greatest", "largest")
        yield Made(
            name=f"{name}_{kind}",
            unit=unit,
            long_name=f"{word} {called}",
            compute=_held(which, "value"),
        )
    elif kind in ("above", "below"):
        dimension = f"{name}_{kind}_level"
        yield labels(dimension, np.array(numbers), unit, f"level of {called}")
        yield Made(
            name=f"{name}_{kind}",
            unit="1",
            long_name=f"share of valid points with {called} {kind} the level",
            own=(dimension,),
            compute=lambda held: _share(held[kind, "n"], held),
            mean=True,
        )
    elif kind == "between":
        low, high = numbers
        yield Made(
            name=f"{name}_between",
            unit="1",
            long_name=f"share of valid points with {called} from {low:g} to {high:g} {unit}",
            compute=lambda held: _share(held[kind, "n"], held),
            mean=True,
        )
    elif kind == "histogram":
        dimension = f"{name}_bin"
        edges = bins.edges(numbers[0], numbers[1], statistic.bins, compared).astype(np.float64)
        centres = 0.5 * (edges[:-1] + edges[1:])
        yield labels(dimension, centres, unit, f"centre of a bin of {called}")
        yield labels(f"{dimension}_low", edges[:-1], unit, f"lower edge of a bin of {called}")
        yield labels(f"{dimension}_high", edges[1:], unit, f"upper edge of a bin of {called}")
        yield Made(
            name=f"{name}_histogram",
            unit="1",
            long_name=f"number of valid points in each bin of {called}",
            own=(dimension,),
            compute=_held("histogram", "n"),
        )
        for side, end in (("below", numbers[0]), ("above", numbers[1])):
            yield Made(
                name=f"{name}_{side}_range",
                unit="1",
                long_name=f"number of valid points with {called} {side} {end:g} {unit}",
                compute=_held("histogram", f"{side}_range"),
            )
    elif kind == "quantile":
        asked = np.array(numbers)
        yield labels("quantile", asked, "1", "share of the valid points below")
        yield Made(
            name=f"{name}_quantile",
            unit=unit,
            long_name=f"quantiles of {called}",
            own=("quantile",),
            compute=lambda held: order.between(held["ranked", "ranked"], held["valid", "n"], asked),
            mean=True,
        )
    elif kind == "share":
        dimension = f"{name}_value"
        yield Made(
            name=dimension,
            unit=unit,
            long_name=f"value of {called}",
            own=(dimension,),
            compute=lambda held: _seen(held) - CODE_OFFSET,
            coordinate=True,
        )
        yield Made(
            name=f"{name}_share",
            unit="1",
            long_name=f"share of valid points with each {called}",
            own=(dimension,),
            compute=lambda held: _share(held["share", "n"][..., _seen(held)], held),
            mean=True,
        )


def difference(unit: str) -> str:
    """Return the unit of a difference: of temperatures in degC it is K."""
    return "K" if unit == "degC" else unit


def squared(unit: str) -> str:
    """Return the unit of a square, as this project spells it."""
    if unit == "1":
        return "1"
    return f"{unit}2" if unit.isalpha() else units.raise_to(unit, 2)


def _held(accumulator: str, field: str) -> Callable[[Held], NDArray[Any]]:
    return lambda held: held[accumulator, field]


def _seen(held: Held) -> NDArray[np.int64]:
    """Return which values occur at any kept point, rising."""
    return np.flatnonzero(held["share", "n"].reshape(-1, CODES).sum(axis=0))


def _mean(held: Held) -> NDArray[Any]:
    return np.where(held["moments", "n"] > 0, held["moments", "mean"], np.nan)


def _variance(held: Held) -> NDArray[Any]:
    n = held["moments", "n"]
    return np.where(n > 1, held["moments", "m2"] / np.maximum(n - 1, 1), np.nan)


def _share(counts: NDArray[np.int64], held: Held) -> NDArray[Any]:
    n = held["valid", "n"]
    n = n.reshape(n.shape + (1,) * (counts.ndim - n.ndim))
    return np.where(n > 0, counts / np.maximum(n, 1), math.nan)
