"""Correlated parameters of a population: correlations of their normal scores (a Gaussian copula).

Each parameter keeps its distribution. Behind its share u stands the normal score z with Phi(z) = u,
and the scores have the correlations that are given; 0.7 of them is a rank correlation of 0.683,
(6 / pi) asin(0.7 / 2) (Pearson 1907).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leakscape.declare import names
from leakscape.errors import DeclarationError
from leakscape.shown import shown

WHERE = "population.correlation"
_EXAMPLE = 'write { "g_K, g_Na" = 0.7 }'


@dataclass(frozen=True)
class Correlation:
    """The correlations of normal scores.

    Args:
        pairs: two parameters, in the order of the population -> their correlation; none is 0.
    """

    pairs: tuple[tuple[str, str, float], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.pairs)

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters that are correlated with another, sorted."""
        return tuple(sorted({name for one, other, _ in self.pairs for name in (one, other)}))

    def matrix(self, parameters: tuple[str, ...]) -> NDArray[np.float64]:
        """Return the correlations among some parameters, in their order."""
        found = np.eye(len(parameters))
        for one, other, value in self.pairs:
            if one in parameters and other in parameters:
                i, j = parameters.index(one), parameters.index(other)
                found[i, j] = found[j, i] = value
        return found

    def table(self) -> dict[str, float]:
        """Return it as its TOML table."""
        return {f"{one}, {other}": value for one, other, value in self.pairs}


def correlation_of(table: Any, parameters: tuple[str, ...]) -> Correlation:
    """Read the correlations of a population.

    Args:
        table: "A, B" -> correlation of the normal scores, or what was read already.
        parameters: of the population.

    Returns:
        The correlations; those of 0 are left out.

    Raises:
        DeclarationError: a key that is no pair, an unknown parameter, a pair twice, a number not
            between -1 and 1, or correlations that cannot hold together.
    """
    if isinstance(table, Correlation):
        return table
    if not isinstance(table, Mapping):
        raise DeclarationError(f"{WHERE}: expected a table, got {shown(table)}; {_EXAMPLE}")
    found: dict[tuple[str, str], float] = {}
    for key, value in table.items():
        pair = [part.strip() for part in str(key).split(",")]
        if len(pair) != 2 or pair[0] == pair[1]:
            raise DeclarationError(
                f"{WHERE}: expected two parameters, got {shown(key)}; {_EXAMPLE}"
            )
        for name in pair:
            if name not in parameters:
                remedy = names.nearest(name, parameters)
                raise DeclarationError(
                    f"{WHERE}: the population has no parameter {shown(name)}; {remedy}"
                )
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not -1.0 < value < 1.0:
            raise DeclarationError(
                f"{WHERE}: {key}: must be between -1 and 1, got {shown(value)}; change it"
            )
        one, other = sorted(pair, key=parameters.index)
        if (one, other) in found:
            raise DeclarationError(f"{WHERE}: {one} and {other} are there twice; keep one")
        found[one, other] = float(value)
    made = Correlation(tuple((*pair, value) for pair, value in found.items() if value))
    if not made:
        return made
    lowest = float(np.linalg.eigvalsh(made.matrix(made.names)).min())
    if not lowest > 1e-9:
        raise DeclarationError(
            f"{WHERE}: no parameters can be correlated so: the matrix must be positive definite, "
            f"and its smallest eigenvalue is {lowest:.3g}; weaken one of them"
        )
    return made


def spearman(value: float) -> float:
    """Return the rank correlation of two parameters whose normal scores correlate so."""
    return 6.0 / math.pi * math.asin(value / 2.0)
