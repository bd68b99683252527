"""Intervals from independent replicates: Student's t over scrambles, never a bootstrap.

Owen (1997, doi:10.1137/S0036142994277468) randomises Sobol points so that each scramble gives an
independent and unbiased estimate; their scatter says how sure the mean of them is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.95
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A value with the half-width of its 95 % interval.

    Args:
        value: the estimate.
        error: the half-width; NaN where there is one replicate, None where the value is exact.
    """

    value: Floats
    error: Floats | None = None


@lru_cache(maxsize=64)
def student(replicates: int) -> float:
    """Return the factor of a standard error in a 95 % interval: Student's t [1]."""
    from scipy.stats import t

    return float(t.ppf(0.5 + LEVEL / 2.0, replicates - 1))


def ratio(top: Floats, bottom: Floats) -> Estimate:
    """Estimate a ratio of two means from replicates of both.

    The sums of all replicates are divided, and the scatter is that of what each replicate has above
    its share of the ratio (Cochran 1977, Sampling Techniques, 3rd ed., section 6.4).

    Args:
        top: numerators, the replicates first.
        bottom: denominators, in a shape that broadcasts against them.

    Returns:
        The ratio, NaN where the denominator is 0.
    """
    top, bottom = np.broadcast_arrays(top, bottom)
    whole = bottom.mean(axis=0)
    whole = np.where(whole > 0.0, whole, np.nan)
    value = top.mean(axis=0) / whole
    return Estimate(value, _half_width((top - value * bottom) / whole))


def mean(values: Floats) -> Estimate:
    """Estimate a mean from replicates, which are first."""
    return Estimate(values.mean(axis=0), _half_width(values))


def _half_width(values: Floats) -> Floats:
    number = len(values)
    if number < 2:
        return np.full(values.shape[1:], np.nan)
    half: Floats = student(number) * values.std(axis=0, ddof=1) / np.sqrt(number)
    return half
