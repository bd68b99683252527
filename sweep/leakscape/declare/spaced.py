"""Evenly spaced values, as the decimals that were meant: the third of 0 to 1 by 0.1 is 0.3.

`numpy.linspace` gives 0.30000000000000004 there, which no `sel(x=0.3)` finds. Stores of format 2
and before hold its values, and resume with them.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

_EXACT = 2**53
"""Whole numbers up to here are floats."""
_MOST_AT_LENGTH = 100_000
"""Values that are divided one by one, where whole numbers are too large for floats."""
_DIGITS = 12
_ULPS = 8.0 * float(np.finfo(np.float64).eps)
"""What a power in float64 is off by at most."""


def linear(first: float, last: float, size: int) -> NDArray[np.float64]:
    """Return the floats nearest to evenly spaced decimals, both ends included.

    Args:
        first: the first value, the decimal that Python writes for it.
        last: the last value, likewise.
        size: how many, 2 or more.
    """
    start, end = Fraction(repr(first)), Fraction(repr(last))
    unit = math.lcm(start.denominator, end.denominator)
    low, high = int(start * unit), int(end * unit)
    parts = size - 1
    # Where numerator and denominator are exact, one division is rounded just once.
    if max(abs(low), abs(high), unit) * parts < _EXACT:
        place = np.arange(size, dtype=np.float64)
        values: NDArray[np.float64] = (low * (parts - place) + high * place) / (unit * parts)
        return values
    if size > _MOST_AT_LENGTH:
        return np.linspace(first, last, size)
    tops = (low * (parts - place) + high * place for place in range(size))
    return np.array([top / (unit * parts) for top in tops], dtype=np.float64)


def logarithmic(first: float, last: float, size: int) -> NDArray[np.float64]:
    """Return values evenly spaced in the logarithm, both ends included.

    Args:
        first: the first value, above 0.
        last: the last value, above 0.
        size: how many, 2 or more.

    Returns:
        The values; one within rounding of a decimal of 12 digits is that decimal.
    """
    values: NDArray[np.float64] = np.geomspace(first, last, size)
    with np.errstate(all="ignore"):
        places = _DIGITS - 1 - np.floor(np.log10(values))
        near = np.abs(places) < 300  # beyond, the scale is no float
        scale = np.where(near, 10.0 ** np.where(near, np.abs(places), 0), 1.0)
        scaled = np.where(places >= 0, values * scale, values / scale)
        whole = np.rint(scaled)
        meant = np.where(places >= 0, whole / scale, whole * scale)
    found = near & (np.abs(meant - values) <= _ULPS * values)
    exact = np.abs(places) <= 22  # powers of ten up to here are floats
    inner = found & exact
    inner[[0, -1]] = False  # the ends are what was written
    return np.where(inner, meant, values)
