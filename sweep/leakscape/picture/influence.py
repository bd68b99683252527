"""Which parameters of a population matter most to an output: by rank correlation."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from leakscape.picture import typography
from leakscape.picture.groups import parameters
from leakscape.picture.request import CELL
from leakscape.picture.slices import Numbers, coordinate
from leakscape.sweep import Sweep

_PLAIN = (1e-3, 1e5)
"""Between these numbers are written without a power of ten."""


@dataclass(frozen=True, kw_only=True)
class Sampled:
    """A parameter that differs from cell to cell.

    Args:
        name: what it is called.
        label: the same with its unit, short.
        values: of each cell [what the label says].
        logarithmic: whether it is drawn on a logarithmic scale.
        correlation: Spearman's, with the output, over the cells that have one; 0 where it has none.
    """

    name: str
    label: str
    values: Numbers
    logarithmic: bool
    correlation: float


def sampled(
    sweep: Sweep, output: Numbers, taken: NDArray[np.int64], most: int
) -> tuple[list[Sampled], int]:
    """Return the parameters that matter most, those first that matter more.

    Args:
        sweep: the sweep.
        output: of the cells taken; NaN where there is none.
        taken: the cells.
        most: how many at most.

    Returns:
        The parameters, and of how many they are.
    """
    known: dict[str, Numbers] = {}
    for name in parameters(sweep):
        values, _ = coordinate(sweep, name, CELL, taken)
        if np.all(np.isfinite(values)) and (np.ptp(values) > 0.0 or len(values) == 1):
            known[name] = values
    strength = {name: _correlation(values, output) for name, values in known.items()}
    order = sorted(known, key=lambda name: -abs(strength[name]))
    found = [scaled(sweep, name, known[name], strength[name]) for name in order[:most]]
    return found, len(known)


def scaled(sweep: Sweep, name: str, values: Numbers, correlation: float = 1.0) -> Sampled:
    """Return a parameter or an output with a short label, without very small or large numbers.

    Args:
        sweep: the sweep.
        name: the variable.
        values: of each cell; NaN where there is none.
        correlation: with the output.
    """
    largest = float(np.max(np.abs(values[np.isfinite(values)]), initial=0.0))
    plain = largest == 0.0 or _PLAIN[0] <= largest < _PLAIN[1]
    power = 0 if plain else math.floor(math.log10(largest))
    unit = typography.unit(sweep.unit_of(name))
    factor = f"$10^{{{power}}}$" if power else ""
    said = " ".join(part for part in (factor, unit) if part)
    return Sampled(
        name=name,
        label=typography.symbol(name) + (f" ({said})" if said else ""),
        values=values / 10.0**power,
        logarithmic=sweep.is_logarithmic(name) and bool(np.all(values > 0.0)),
        correlation=correlation,
    )


def _correlation(values: Numbers, output: Numbers) -> float:
    known = np.isfinite(output)
    ranks = [pd.Series(part[known]).rank().to_numpy() for part in (values, output)]
    if not known.any() or any(np.ptp(part) == 0.0 for part in ranks):
        return 0.0
    return float(np.corrcoef(*ranks)[0, 1])
