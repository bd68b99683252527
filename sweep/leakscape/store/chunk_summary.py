"""What was found: the range and the number of finite values of every output, the codes of status.

Taken from each chunk while it is in cache, without the padding of edge chunks.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leakscape.errors import KernelError
from leakscape.evaluation.grid import Variable
from leakscape.status import FIRST_FAILURE, Status
from leakscape.store.codec import repeats
from leakscape.store.layout import STATUS, Store

_USUAL = (*range(6), *range(FIRST_FAILURE, Status.LEFT_OUT_BY_A_CONDITION + 1))
"""Codes that are looked for one by one, which is quicker than sorting a chunk."""


@dataclass(frozen=True)
class Found:
    """The values of one output.

    Args:
        minimum: smallest finite value [the output's unit], NaN where there is none.
        maximum: largest finite value [the output's unit].
        finite: how many are finite.
        left_out: how many have no value because a condition leaves all of their points out.
    """

    minimum: float
    maximum: float
    finite: int
    left_out: int = 0


def measure(values: NDArray[Any]) -> tuple[float | None, float | None, int]:
    """Return smallest and largest finite value and how many are finite.

    Args:
        values: one chunk without padding.

    Returns:
        (minimum, maximum, count); None, None, 0 where nothing is finite.
    """
    if not values.size:
        return None, None, 0
    low, high = float(values.min()), float(values.max())
    if math.isfinite(low) and math.isfinite(high):  # then no NaN hides in between
        return low, high, values.size
    finite = values[np.isfinite(values)]
    return (
        (float(finite.min()), float(finite.max()), finite.size) if finite.size else (None, None, 0)
    )


def count(codes: NDArray[np.uint8]) -> dict[str, int]:
    """Return how often each code of `status` occurs; the codes as text, as JSON wants them."""
    first = int(codes.flat[0])
    if repeats(codes) or int(codes.min()) == first == int(codes.max()):
        return {str(first): codes.size}
    counted = {str(int(code)): int(np.count_nonzero(codes == code)) for code in _USUAL}
    if sum(counted.values()) != codes.size:
        seen, numbers = np.unique(codes, return_counts=True)
        counted = {str(c): int(n) for c, n in zip(seen, numbers, strict=True)}
    return {code: number for code, number in counted.items() if number}


def describe(array: Variable, values: NDArray[Any], line: dict[str, Any]) -> None:
    """Add to a journal's line what one chunk holds.

    Args:
        array: which array the chunk is of.
        values: the chunk without padding.
        line: the line; gets `found` of an output, or `status`.
    """
    if array.name == STATUS:
        line["status"] = count(values)
    elif array.role == "output":
        line["found"][array.name] = measure(values)


def refuse_uncomputed(store: Store, codes: Mapping[str, int]) -> None:
    """Refuse a chunk of which some point has status 0: it would never count as done.

    Args:
        store: the store.
        codes: code of status -> number of points.

    Raises:
        KernelError: there are such; a kernel returned that status.
    """
    points = codes.get(str(int(Status.NOT_COMPUTED)), 0)
    if points and store.format > 1:
        raise KernelError(
            f"status: 0 means not computed, got it at {points} points of the chunk; let the kernel "
            "return a code such as 1"
        )


def describe_left_out(
    arrays: Iterable[Variable], held: Mapping[str, NDArray[Any]], line: dict[str, Any]
) -> None:
    """Take out of a journal's line what conditions leave out of one chunk.

    Args:
        arrays: the arrays of the chunk.
        held: array -> the chunk without padding.
        line: the line as `describe` made it; gets `left_out` of the outputs that lack a value for
            no other reason, and of whole numbers, which cannot be NaN, another `found`.
    """
    if str(int(Status.LEFT_OUT_BY_A_CONDITION)) not in line["status"]:
        return
    arrays = tuple(arrays)
    swept = next(array.dims for array in arrays if array.name == STATUS)
    gone = held[STATUS] == Status.LEFT_OUT_BY_A_CONDITION
    never = held[STATUS] >= FIRST_FAILURE
    line["left_out"] = {}
    for array in arrays:
        if array.role != "output":
            continue
        values = held[array.name]
        others = tuple(n for n, dim in enumerate(swept) if dim not in array.dims)
        here = gone.any(axis=others) & never.all(axis=others)
        here = here.reshape(*here.shape, *[1] * (values.ndim - here.ndim))
        floats = values.dtype.kind == "f"
        lacking = here & (~np.isfinite(values) if floats else values == array.fill)
        if number := int(np.count_nonzero(lacking)):
            line["left_out"][array.name] = number
            if not floats:
                line["found"][array.name] = measure(values[~lacking])


def merge(lines: Iterable[Mapping[str, Any]]) -> tuple[dict[str, Found], dict[int, int]]:
    """Merge what the journal says of chunks.

    Args:
        lines: a line for each chunk.

    Returns:
        Output -> what was found, and code of status -> number of points.
    """
    found: dict[str, list[Any]] = {}
    codes: dict[int, int] = {}
    for line in lines:
        for name, (low, high, finite) in line.get("found", {}).items():
            held = found.setdefault(name, [math.inf, -math.inf, 0, 0])
            if finite:
                held[:3] = [min(held[0], low), max(held[1], high), held[2] + finite]
            held[3] += line.get("left_out", {}).get(name, 0)
        for code, number in line.get("status", {}).items():
            codes[int(code)] = codes.get(int(code), 0) + number
    return {
        name: Found(low, high, finite, left) if finite else Found(math.nan, math.nan, 0, left)
        for name, (low, high, finite, left) in found.items()
    }, dict(sorted(codes.items()))
