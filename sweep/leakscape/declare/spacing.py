"""How the values of an axis are spaced, and what makes no axis."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from leakscape.declare import spaced
from leakscape.errors import DeclarationError
from leakscape.plain import LARGEST_WHOLE
from leakscape.shown import shown

Floats = NDArray[np.float64]
LARGEST_AXIS = 10_000_000
"""Coordinates are held in memory whole: past this size a population is the right tool."""
MOST_NODES = 1000
"""Of a Gauss axis: far more than any smooth output needs."""


@lru_cache(maxsize=64)
def legendre(size: int) -> tuple[Floats, Floats]:
    """Return nodes between 0 and 1, and weights that add up to 1: exact to degree 2 size - 1."""
    nodes, weights = np.polynomial.legendre.leggauss(size)
    return (nodes + 1.0) / 2.0, weights / 2.0


def _gauss(first: float, last: float, size: int) -> Floats:
    return first + (last - first) * legendre(size)[0]


def _log_gauss(first: float, last: float, size: int) -> Floats:
    values: Floats = first * np.exp(math.log(last / first) * legendre(size)[0])
    return values


SPACED: Mapping[str, Callable[[float, float, int], Floats]] = {
    "linear": spaced.linear,
    "log": spaced.logarithmic,
    "gauss": _gauss,
    "log_gauss": _log_gauss,
}
"""Spacing -> (first, last, size) -> the values."""


def size_of(size: object) -> int:
    """Read how many values an axis has."""
    if isinstance(size, bool) or not isinstance(size, int):
        raise DeclarationError(
            f"size: expected a whole number, got {shown(size)}; write size = 100"
        )
    if size < 1:
        raise DeclarationError(f"size: must be at least 1, got {shown(size)}; write size = 100")
    if size > LARGEST_WHOLE:
        raise DeclarationError(f"size: at most {LARGEST_AXIS}, got {shown(size)}; ask for fewer")
    return size


def check(spacing: str, span: tuple[float, ...], size: int) -> None:
    """Refuse a span and a size from which no values follow.

    Args:
        spacing: linear, log, gauss, log_gauss or values.
        span: what the table has for it.
        size: how many values.

    Raises:
        DeclarationError: whatever is wrong with them.
    """
    if spacing.endswith("gauss") and size > MOST_NODES:
        raise DeclarationError(f"{spacing}: at most {MOST_NODES} nodes, got {size}; ask for fewer")
    if spacing != "values" and len(span) != 2:
        raise DeclarationError(f"{spacing}: needs first and last value, got {len(span)} values")
    if not span:
        raise DeclarationError("values: must not be empty, got []; give at least one value")
    if spacing in ("log", "log_gauss") and min(span) <= 0.0:
        raise DeclarationError(
            f"{spacing}: values must be above zero, got {min(span):g}; start above zero or use "
            f"{'linear' if spacing == 'log' else 'gauss'}"
        )
    if spacing != "values" and (span[0] == span[1]) != (size == 1):
        raise DeclarationError(
            f"{spacing}: {size} distinct values do not fit between {span[0]:g} and {span[1]:g}; "
            "change size or the end points"
        )
    if len(set(span)) < size and spacing == "values":
        raise DeclarationError(f"values: must be distinct, got {list(span)[:8]}; drop the repeats")
    if not math.isfinite(max(span) - min(span)):
        raise DeclarationError(f"{spacing}: span is too wide, got {list(span)[:2]}")


def monotone(values: tuple[float, ...]) -> bool:
    """Tell whether values rise or fall throughout."""
    rises = {after > before for before, after in pairwise(values)}
    return len(rises) < 2


def given(order: object, values: tuple[float, ...]) -> bool:
    """Tell whether values are kept in an order that neither rises nor falls."""
    if order not in (None, "given"):
        raise DeclarationError(
            f'order: expected "given", got {shown(order)}; write it, or leave it out for values '
            "that rise"
        )
    return order == "given" and not monotone(values)
