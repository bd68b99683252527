"""Populations: cells whose parameters are drawn from distributions or read from a table.

Only the declaration is here: which distribution, its numbers and its unit. No sample is held.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leakscape.card import html_of, text_of
from leakscape.declare import names
from leakscape.declare.correlation import Correlation, correlation_of
from leakscape.declare.distributions import Distribution
from leakscape.declare.table import Table, read_table, table_of
from leakscape.declare.tables.frames import is_frame
from leakscape.errors import DeclarationError
from leakscape.shown import shown
from leakscape.spelling import openable

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
        correlation: "A, B" -> correlation of their normal scores (a Gaussian copula), in (-1, 1).
        table: measured cells instead of distributions: a DataFrame, a Dataset along one dimension,
            or the path of a file; their columns are as in a file.
    """

    parameters: Mapping[str, Any] = field(default_factory=dict)
    size: int = 0
    sampling: str = "sobol"
    seed: int = 0
    correlation: Any = field(default_factory=dict)
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
            object.__setattr__(self, "correlation", Correlation())
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
        found = correlation_of(self.correlation, tuple(drawn))
        object.__setattr__(self, "correlation", found)

    def as_tables(self) -> dict[str, Any]:
        """Return the population as its TOML table."""
        if self.table is not None:
            return {"table": self.table.declared(), "digest": self.table.digest}
        tables = {
            "size": self.size,
            "sampling": self.sampling,
            "seed": self.seed,
            "parameters": {name: drawn.table() for name, drawn in self.parameters.items()},
        }
        return tables | ({"correlation": self.correlation.table()} if self.correlation else {})

    def __repr__(self) -> str:
        from leakscape.declare.portrait import portrait

        return text_of(portrait(self))

    def _repr_html_(self) -> str:
        from leakscape.declare.portrait import portrait

        return html_of(portrait(self))


def population_of(entry: Any, folder: Path | None) -> Population | None:
    """Read what a study has as its population.

    Args:
        entry: a population, its TOML table, a DataFrame or a Dataset; None for none.
        folder: where relative files are.

    Raises:
        DeclarationError: whatever is wrong with it, in one sentence.
    """
    if entry is None or isinstance(entry, Population):
        return entry
    if is_frame(entry):
        return Population(table=entry)
    if not isinstance(entry, Mapping):
        raise DeclarationError(
            f"population: expected a table, got {shown(entry)}; write [population]"
        )
    known = ("size", "sampling", "seed", "parameters", "correlation", "table", "digest")
    for key in entry:
        if key not in known:
            remedy = names.nearest(key, known[:6])
            raise DeclarationError(f"population: unknown key, got {shown(key)}; {remedy}")
    if "table" in entry:
        return _measured(entry, folder)
    if "digest" in entry:
        raise DeclarationError("population.digest: goes with a table, got none; remove it")
    return Population(**entry)


def _measured(entry: Mapping[str, Any], folder: Path | None) -> Population:
    for key in ("size", "sampling", "seed", "parameters", "correlation"):
        if key in entry:
            raise DeclarationError(f"population.{key}: a table has its own rows; remove {key}")
    given, sd = entry["table"], False
    if isinstance(given, Mapping) and not is_frame(given):
        if extra := sorted(set(given) - {"file", "sd"}):
            raise DeclarationError(
                f"population.table: unknown key, got {shown(extra[0])}; use file and sd"
            )
        sd = given.get("sd", False)
        given = given.get("file")
    if not isinstance(sd, bool):
        raise DeclarationError(f"population.table.sd: expected true or false, got {shown(sd)}")
    if is_frame(given):
        return Population(table=table_of(given, sd=sd))
    if not isinstance(given, str):
        raise DeclarationError(f"population.table: expected a file name, got {shown(given)}")
    table = read_table((folder or Path()) / openable(given), given, sd=sd)
    if entry.get("digest", table.digest) != table.digest:
        raise DeclarationError(f"{given}: content differs from the one swept; restore the file")
    return Population(table=table)
