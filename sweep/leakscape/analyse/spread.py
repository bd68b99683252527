"""How an output is spread over the cells of a population: median, quantiles, mean, deviation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from leakscape.analyse.own_dimension import is_scale, own_dimensions
from leakscape.analyse.shares import CELL, told_apart
from leakscape.store.values import loaded
from leakscape.sweep import Place, Sweep
from leakscape.sweep.place import place_at, usual_place

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Shares of the cells that lie below what is told."""
MOST_CELLS = 20_000_000
"""Cells that are looked at under each condition; of more, the first: any cells are a sample."""


@dataclass(frozen=True, kw_only=True)
class Spread:
    """An output over the cells of a population under one condition.

    Args:
        output: the output.
        unit: its unit.
        condition: where the other dimensions are.
        quantiles: the values below which QUANTILES of the cells lie [unit].
        mean: of the cells [unit].
        sd: standard deviation, by n - 1; NaN of one cell [unit].
        cells: how many have a finite value, of those that were looked at.
        of: how many cells there are.
        exact: whether every cell was looked at.
    """

    output: str
    unit: str
    condition: tuple[Place, ...]
    quantiles: tuple[float, ...]
    mean: float
    sd: float
    cells: int
    of: int
    exact: bool


def find_spreads(sweep: Sweep) -> tuple[Spread, ...]:
    """Say how each output is spread over the cells of a population.

    Args:
        sweep: the sweep, opened lazily.

    Returns:
        For each output that varies from cell to cell, and each condition; nothing of whole numbers,
        and nothing where there are no cells.
    """
    if CELL not in sweep.swept:
        return ()
    return tuple(
        spread
        for output in sweep.outputs
        if CELL in sweep.dataset[output].dims and sweep.dataset[output].dtype.kind == "f"
        for spread in _of(sweep, output)
    )


def _of(sweep: Sweep, output: str) -> Iterator[Spread]:
    if not all(is_scale(sweep, dim) for dim in own_dimensions(sweep, output)):
        return  # of slots no one knows which is which cell's
    variable = sweep.dataset[output].variable
    others = [str(dim) for dim in variable.dims if dim != CELL]
    conditions, held = told_apart(sweep, others)
    fixed = {dim: usual_place(sweep, dim) for dim in held}
    single = {dim: place_at(sweep, dim, 0) for dim in others if sweep.dataset.sizes[dim] == 1}
    for indices in np.ndindex(*(sweep.dataset.sizes[dim] for dim in conditions)):
        here = single | fixed
        for dim, index in zip(conditions, indices, strict=True):
            here[dim] = place_at(sweep, dim, index)
        places: dict[Any, Any] = {dim: place.index for dim, place in here.items()}
        of = int(sweep.dataset.sizes[CELL])
        values = loaded(variable.isel({**places, CELL: slice(0, MOST_CELLS)}))
        known = np.asarray(values[np.isfinite(values)], dtype=np.float64)
        nothing = (float("nan"),) * len(QUANTILES)
        yield Spread(
            output=output,
            unit=sweep.unit_of(output),
            condition=tuple(here[dim] for dim in others if sweep.dataset.sizes[dim] > 1),
            quantiles=tuple(map(float, np.quantile(known, QUANTILES))) if known.size else nothing,
            mean=float(known.mean()) if known.size else float("nan"),
            sd=float(known.std(ddof=1)) if known.size > 1 else float("nan"),
            cells=int(known.size),
            of=of,
            exact=of <= MOST_CELLS,
        )
