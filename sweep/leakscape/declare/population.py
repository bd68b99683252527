"""Populations: cells whose parameters are drawn from distributions or read from a table.

Only the declaration is here: which distribution, its numbers and its unit. No sample is held.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from leakscape.declare import names, units
from leakscape.declare.table import Table
from leakscape.errors import DeclarationError
from leakscape.shown import shown

DISTRIBUTIONS = {
    "uniform": "lowest, highest",
    "loguniform": "lowest, highest",
    "normal": "mean, standard deviation",
    "truncated_normal": "mean, standard deviation, lowest, highest",
    "lognormal": "median, standard deviation of the logarithm",
    "choice": "the values",
}
"""Name of each distribution and the meaning of its numbers, in order."""

SAMPLINGS = ("sobol", "latin_hypercube", "random")
LARGEST_POPULATION = 2**30
"""A draw has 30 bits, so a Sobol sequence repeats after this many cells."""


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """How one parameter varies from cell to cell.

    Args:
        name: one of DISTRIBUTIONS.
        numbers: its numbers, in the order that DISTRIBUTIONS gives [unit].
        unit: their unit; the sigma of a lognormal has none.
    """

    name: str
    numbers: tuple[float, ...]
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
        if len(given) != 1 or given[0] not in DISTRIBUTIONS:
            raise DeclarationError(
                f"needs exactly one distribution, got {shown(given)}; "
                f"use one of {', '.join(DISTRIBUTIONS)}"
            )
        name, numbers = given[0], table[given[0]]
        if not isinstance(numbers, list | tuple):
            raise DeclarationError(
                f"{name}: expected [{DISTRIBUTIONS[name]}], got {shown(numbers)}"
            )
        values = tuple(units.finite(number) for number in numbers)
        unit = table.get("unit", "")
        if not isinstance(unit, str):
            raise DeclarationError(f'unit: expected text, got {shown(unit)}; write unit = "mV"')
        units.parse_unit(unit)
        _check(name, values)
        return cls(name=name, numbers=values, unit=unit or "1")

    @property
    def support(self) -> tuple[float, float]:
        """Return the smallest and largest value that can be drawn [unit]."""
        first, *rest = self.numbers
        match self.name:
            case "uniform" | "loguniform":
                return first, rest[0]
            case "truncated_normal":
                return rest[1], rest[2]
            case "choice":
                return min(self.numbers), max(self.numbers)
            case "lognormal":
                return 0.0, np.inf
            case _:
                return -np.inf, np.inf

    def table(self) -> dict[str, Any]:
        """Return the distribution as its TOML table."""
        return {self.name: list(self.numbers), "unit": self.unit}


def _check(name: str, values: tuple[float, ...]) -> None:
    wanted = DISTRIBUTIONS[name]
    if name == "choice":
        if not values or len(set(values)) != len(values):
            raise DeclarationError(f"choice: needs distinct values, got {shown(values)}")
        return
    if len(values) != len(wanted.split(", ")):
        raise DeclarationError(f"{name}: expected [{wanted}], got {shown(values)}")
    if name in ("uniform", "loguniform") and not values[0] < values[1]:
        raise DeclarationError(f"{name}: lowest must be below highest, got {list(values)}")
    if name == "uniform" and not np.isfinite(values[1] - values[0]):
        raise DeclarationError(f"{name}: span is too wide, got {list(values)}")
    if name in ("loguniform", "lognormal") and values[0] <= 0.0:
        raise DeclarationError(f"{name}: must be above zero, got {values[0]:g}")
    if "normal" in name and values[1] <= 0.0:
        raise DeclarationError(f"{name}: standard deviation must be above zero, got {values[1]:g}")
    if name == "truncated_normal":
        mean, sigma, low, high = values
        if not low < high:
            raise DeclarationError(
                f"{name}: lowest must be below highest, got {low:g} and {high:g}"
            )
        if low > mean + 5.0 * sigma or high < mean - 5.0 * sigma:
            raise DeclarationError(
                f"{name}: [{low:g}, {high:g}] lies beyond 5 standard deviations of {mean:g}; "
                "move the limits"
            )


@dataclass(frozen=True, kw_only=True)
class Population:
    """A sampled dimension `cell`.

    Args:
        parameters: name -> Distribution or its TOML table; empty when `table` is given.
        size: how many cells.
        sampling: sobol, latin_hypercube or random.
        seed: cell i is a function of the seed and i.
        table: measured cells instead of distributions.
    """

    parameters: Mapping[str, Any] = field(default_factory=dict)
    size: int = 0
    sampling: str = "sobol"
    seed: int = 0
    table: Table | None = None

    def __post_init__(self) -> None:
        if self.table is not None:
            return
        if self.sampling not in SAMPLINGS:
            raise DeclarationError(
                f"population.sampling: got {shown(self.sampling)}; "
                f"use one of {', '.join(SAMPLINGS)}"
            )
        for key, number, low, high in (
            ("size", self.size, 1, LARGEST_POPULATION),
            ("seed", self.seed, 0, 2**32 - 1),
        ):
            if isinstance(number, bool) or not isinstance(number, int):
                raise DeclarationError(
                    f"population.{key}: expected a whole number, got {shown(number)}"
                )
            if not low <= number <= high:
                raise DeclarationError(
                    f"population.{key}: must be {low} to {high}, got {shown(number)}"
                )
        if not isinstance(self.parameters, Mapping):
            raise DeclarationError(
                f"population.parameters: expected a table, got {shown(self.parameters)}"
            )
        if not self.parameters:
            raise DeclarationError("population.parameters: names no parameter; add one")
        drawn = {}
        for name, table in self.parameters.items():
            names.check(name, "population.parameters")
            try:
                drawn[name] = Distribution.of(table)
            except DeclarationError as error:
                raise DeclarationError(f"population.parameters.{name}: {error}") from error
        object.__setattr__(self, "parameters", drawn)  # a frozen dataclass settles once, here
