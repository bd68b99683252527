"""Populations: cells whose parameters are drawn from distributions or read from a table.

Only the declaration is here: which distribution, its numbers and its unit. No sample is held.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from leakscape.declare import names
from leakscape.declare.distributions import Distribution
from leakscape.declare.table import Table, table_of
from leakscape.errors import DeclarationError
from leakscape.shown import shown

CELL = "cell"
"""Name of a population's dimension."""
SAMPLINGS = ("sobol", "latin_hypercube", "random")
LARGEST_POPULATION = 2**30
"""A draw has 30 bits, so a Sobol sequence repeats after this many cells."""


@dataclass(frozen=True, kw_only=True)
class Population:
    """A sampled dimension `cell`.

    Args:
        parameters: name -> Distribution or its TOML table; empty when `table` is given.
        size: how many cells.
        sampling: sobol, latin_hypercube or random.
        seed: cell i is a function of the seed and i.
        table: measured cells instead of distributions: a DataFrame, a Dataset along one dimension,
            or the path of a file; their columns are as in a file.
    """

    parameters: Mapping[str, Any] = field(default_factory=dict)
    size: int = 0
    sampling: str = "sobol"
    seed: int = 0
    table: Any = None

    @property
    def units(self) -> dict[str, str]:
        """The parameters that vary from cell to cell, with the study's units."""
        if self.table is not None:
            return {name: unit for name, (unit, _) in self.table.columns.items()}
        return {name: drawn.unit for name, drawn in self.parameters.items()}

    def __post_init__(self) -> None:
        if self.table is not None:
            table: Table = table_of(self.table)
            object.__setattr__(self, "table", table)  # a frozen dataclass settles once, here
            object.__setattr__(self, "size", table.size)
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
        object.__setattr__(self, "parameters", drawn)
