"""Distributions as one table: what their numbers mean, support, quantile, log density, check.

Quantile and log density are written for any array namespace, NumPy with SciPy as well as JAX, so
that draws, priors and tests share one formula.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from leakscape.declare import units
from leakscape.errors import DeclarationError
from leakscape.shown import shown

Numbers = tuple[float, ...]
_LOG_ROOT_2_PI = 0.5 * math.log(2.0 * math.pi)


@dataclass(frozen=True)
class Law:
    """One kind of distribution.

    Args:
        meaning: of its numbers, in order.
        support: numbers -> the smallest and the largest value that can be drawn.
        quantile: (numbers, u, xp, special) -> the value below which a share u lies; u in (0, 1).
        log_density: (numbers, x, xp, special) -> natural logarithm of the density inside the
            support; of a choice, of the probability.
        check: values -> what is wrong with them, or "".
    """

    meaning: str
    support: Callable[[Numbers], tuple[float, float]]
    quantile: Callable[[Numbers, Any, Any, Any], Any]
    log_density: Callable[[Numbers, Any, Any, Any], Any]
    check: Callable[[Numbers], str]


def _rising(numbers: Numbers) -> str:
    low, high = numbers
    if not low < high:
        return f"lowest must be below highest, got {[low, high]}"
    return "" if math.isfinite(high - low) else f"span is too wide, got {[low, high]}"


def _positive_rising(numbers: Numbers) -> str:
    if not numbers[0] < numbers[1]:
        return f"lowest must be below highest, got {list(numbers)}"
    return _positive(numbers)


def _positive(numbers: Numbers) -> str:
    return "" if numbers[0] > 0.0 else f"must be above zero, got {numbers[0]:g}"


def _wide(numbers: Numbers) -> str:
    sigma = numbers[1]
    return "" if sigma > 0.0 else f"standard deviation must be above zero, got {sigma:g}"


def _truncated(numbers: Numbers) -> str:
    mean, sigma, low, high = numbers
    if wrong := _wide(numbers):
        return wrong
    if not low < high:
        return f"lowest must be below highest, got {low:g} and {high:g}"
    if low > mean + 5.0 * sigma or high < mean - 5.0 * sigma:
        return f"[{low:g}, {high:g}] lies beyond 5 standard deviations of {mean:g}; move the limits"
    return ""


def _distinct(numbers: Numbers) -> str:
    if numbers and len(set(numbers)) == len(numbers):
        return ""
    return f"needs distinct values, got {shown(numbers)}"


def _normal_log_density(mean: float, sigma: float, x: Any) -> Any:
    z = (x - mean) / sigma
    return -0.5 * z * z - (math.log(sigma) + _LOG_ROOT_2_PI)


def _ends(numbers: Numbers, like: Any, xp: Any, special: Any) -> tuple[Any, Any]:
    """Return the shares of the whole normal below both limits, in the precision of an array."""
    mean, sigma, low, high = numbers
    bottom, top = (
        special.ndtr(xp.asarray((end - mean) / sigma, like.dtype)) for end in (low, high)
    )
    return bottom, top


def _truncated_quantile(numbers: Numbers, u: Any, xp: Any, special: Any) -> Any:
    bottom, top = _ends(numbers, u, xp, special)
    return numbers[0] + numbers[1] * special.ndtri(bottom + (top - bottom) * u)


def _truncated_log_density(numbers: Numbers, x: Any, xp: Any, special: Any) -> Any:
    bottom, top = _ends(numbers, x, xp, special)
    return _normal_log_density(numbers[0], numbers[1], x) - xp.log(top - bottom)


def _choice(numbers: Numbers, u: Any, xp: Any, special: Any) -> Any:
    place = xp.minimum((u * len(numbers)).astype("int32"), len(numbers) - 1)
    return xp.asarray(numbers, u.dtype)[place]


LAWS: Mapping[str, Law] = {
    "uniform": Law(
        "lowest, highest",
        lambda n: (n[0], n[1]),
        lambda n, u, xp, special: n[0] + (n[1] - n[0]) * u,
        lambda n, x, xp, special: xp.zeros_like(x) - math.log(n[1] - n[0]),
        _rising,
    ),
    "loguniform": Law(
        "lowest, highest",
        lambda n: (n[0], n[1]),
        lambda n, u, xp, special: n[0] * xp.exp(math.log(n[1] / n[0]) * u),
        lambda n, x, xp, special: -xp.log(x) - math.log(math.log(n[1] / n[0])),
        _positive_rising,
    ),
    "normal": Law(
        "mean, standard deviation",
        lambda n: (-math.inf, math.inf),
        lambda n, u, xp, special: n[0] + n[1] * special.ndtri(u),
        lambda n, x, xp, special: _normal_log_density(n[0], n[1], x),
        _wide,
    ),
    "truncated_normal": Law(
        "mean, standard deviation, lowest, highest",
        lambda n: (n[2], n[3]),
        _truncated_quantile,
        _truncated_log_density,
        _truncated,
    ),
    "lognormal": Law(
        "median, standard deviation of the logarithm",
        lambda n: (0.0, math.inf),
        lambda n, u, xp, special: n[0] * xp.exp(n[1] * special.ndtri(u)),
        lambda n, x, xp, special: _normal_log_density(math.log(n[0]), n[1], xp.log(x)) - xp.log(x),
        lambda n: _positive(n) or _wide(n),
    ),
    "choice": Law(
        "the values",
        lambda n: (min(n), max(n)),
        _choice,
        lambda n, x, xp, special: xp.zeros_like(x) - math.log(len(n)),
        _distinct,
    ),
}
"""Every distribution that a study can name."""


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """How one parameter varies from cell to cell.

    Args:
        name: one of LAWS.
        numbers: its numbers, in the order that LAWS gives [unit].
        unit: their unit; the sigma of a lognormal has none.
    """

    name: str
    numbers: Numbers
    unit: str = "1"

    @classmethod
    def of(cls, table: object) -> Distribution:
        """Read a distribution from its TOML table, such as `{ uniform = [2, 8], unit = "mV" }`.

        Raises:
            DeclarationError: unknown name, wrong count, or numbers that make no distribution.
        """
        if isinstance(table, Distribution):
            return table
        if not isinstance(table, Mapping):
            raise DeclarationError(
                f"expected a table, got {shown(table)}; write {{ uniform = [0, 1] }}"
            )
        given = [name for name in table if name != "unit"]
        if len(given) != 1 or given[0] not in LAWS:
            raise DeclarationError(
                f"needs exactly one distribution, got {shown(given)}; use one of {', '.join(LAWS)}"
            )
        name, numbers = given[0], table[given[0]]
        law = LAWS[name]
        if not isinstance(numbers, list | tuple):
            raise DeclarationError(f"{name}: expected [{law.meaning}], got {shown(numbers)}")
        values = tuple(units.finite(number) for number in numbers)
        unit = table.get("unit", "")
        if not isinstance(unit, str):
            raise DeclarationError(f'unit: expected text, got {shown(unit)}; write unit = "mV"')
        units.check_unit(unit)
        if name != "choice" and len(values) != len(law.meaning.split(", ")):
            raise DeclarationError(f"{name}: expected [{law.meaning}], got {shown(values)}")
        if wrong := law.check(values):
            raise DeclarationError(f"{name}: {wrong}")
        return cls(name=name, numbers=values, unit=unit or "1")

    @property
    def support(self) -> tuple[float, float]:
        """Return the smallest and largest value that can be drawn [unit]."""
        return LAWS[self.name].support(self.numbers)

    def quantile(self, u: Any, xp: Any, special: Any) -> Any:
        """Return the value below which a share lies.

        Args:
            u: the share, a floating array between 0 and 1, both excluded.
            xp: array namespace, numpy or jax.numpy.
            special: what has `ndtr` and `ndtri` for it: scipy.special or jax.scipy.special.

        Returns:
            The value [unit], inside the support, in the precision of u.
        """
        value = LAWS[self.name].quantile(self.numbers, u, xp, special)
        low, high = self.support
        if math.isfinite(high):
            value = xp.clip(value, low, high)
        return value.astype(u.dtype)

    def log_density(self, x: Any, xp: Any, special: Any) -> Any:
        """Return the natural logarithm of the density [1/unit]; of a choice, of the probability.

        Args:
            x: values, a floating array [unit].
            xp: array namespace, numpy or jax.numpy.
            special: what has `ndtr` and `ndtri` for it.

        Returns:
            The logarithm; minus infinity outside the support, and between the values of a choice.
        """
        low, high = self.support
        if self.name == "choice":
            there = xp.any(x[..., None] == xp.asarray(self.numbers, x.dtype), axis=-1)
        else:
            there = (x >= low) & (x <= high)
        if self.name == "lognormal":
            there = there & (x > 0.0)
        inner = min(max(self.numbers[0], low), high)  # where the formula is finite
        within = xp.where(there, x, xp.asarray(inner, x.dtype))
        value = LAWS[self.name].log_density(self.numbers, within, xp, special)
        return xp.where(there, value, -math.inf)

    def table(self) -> dict[str, Any]:
        """Return the distribution as its TOML table."""
        return {self.name: list(self.numbers), "unit": self.unit}
