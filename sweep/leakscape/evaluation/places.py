"""Where an extreme lies: places in the reduced space as values of parameters, or as labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from leakscape.declare.population import CELL
from leakscape.declare.space import Dimension, Space
from leakscape.evaluation.accumulate import NOWHERE
from leakscape.evaluation.coordinates import long_name
from leakscape.evaluation.point import draws, dtype_of
from leakscape.evaluation.words import words

BLOCK = 2**12
"""Cells that are drawn at a time."""


@dataclass(frozen=True)
class Named:
    """Something that has a value at each place along a dimension.

    Args:
        name: of a parameter, or of a linked axis with labels.
        unit: of its values in the study, "" of labels.
        long_name: what a plot calls it.
        dimension: the dimension.
        dtype: of its values.
    """

    name: str
    unit: str
    long_name: str
    dimension: Dimension
    dtype: str


def named(space: Space, over: tuple[str, ...]) -> Iterator[Named]:
    """Return what is to be told of a place in some dimensions, in study order."""
    population = space.population
    for dimension in space.dimensions:
        if dimension.name not in over:
            continue
        if dimension.label and dimension.name != CELL:
            text = str(np.array(dimension.label).dtype)
            yield Named(dimension.name, "", dimension.name, dimension, text)
            continue
        given = {name: axis.unit for name, axis in dimension.axes.items()}
        dtype = "float64"
        if dimension.name == CELL and population is not None:
            if population.table is not None:
                given = {name: unit for name, (unit, _) in population.table.columns.items()}
            else:
                given = {name: drawn.unit for name, drawn in population.parameters.items()}
                dtype = str(np.dtype(dtype_of(space)))
        for name, unit in given.items():
            yield Named(name, unit or "1", long_name(space, name), dimension, dtype)


def told(space: Space, what: Named, at: NDArray[np.int64]) -> NDArray[Any]:
    """Return what a place along a dimension is called.

    Args:
        space: the space.
        what: a parameter, or a linked axis.
        at: places along its dimension, of any shape; NOWHERE where there is none.

    Returns:
        Values [the study's unit], NaN for none; or labels, empty for none.
    """
    none, place = at == NOWHERE, np.maximum(at, 0)
    if what.unit == "":
        return np.where(none, "", np.array(what.dimension.label)[place])
    population = space.population
    if what.name in what.dimension.axes:
        values = what.dimension.axes[what.name].points()[place]
    elif population is not None and population.table is not None:
        values = population.table.columns[what.name][1][place]
    else:
        values = drawn(space, what.name, place)
    return np.where(none, np.nan, values).astype(what.dtype)


def drawn(space: Space, name: str, cells: NDArray[np.int64]) -> NDArray[Any]:
    """Draw a sampled parameter of some cells again.

    Args:
        space: the space.
        name: the parameter.
        cells: indices of cells, of any shape.

    Returns:
        Its values [the study's unit], in the study's precision.
    """
    population = space.population
    assert population is not None
    flat = cells.reshape(-1)
    taken = np.empty((len(population.parameters), *flat.shape), np.uint32)
    rising = np.argsort(flat, kind="stable")
    borders = np.flatnonzero(np.diff(flat[rising] // BLOCK)) + 1
    for here in np.split(rising, borders) if flat.size else ():
        first = int(flat[here[0]]) // BLOCK * BLOCK
        rows = words(population, first, min(first + BLOCK, population.size))
        taken[:, here] = rows[:, flat[here] - first]
    double = space.study.precision == "float64"
    with jax.enable_x64(double):
        columns = dict(zip(population.parameters, taken, strict=True))
        values = jax.jit(lambda named: draws(population, named, dtype_of(space))[name])
        return np.asarray(values(columns)).reshape(cells.shape)
