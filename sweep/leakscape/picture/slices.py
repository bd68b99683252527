"""Reading what a picture needs, and no more: a thinned slice of an output with its states."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from leakscape.picture.foreign import within_reach
from leakscape.picture.request import CELL, Decision
from leakscape.status import FIRST_FAILURE, Status
from leakscape.store.values import loaded
from leakscape.sweep import Sweep
from leakscape.sweep.part import read as read_part
from leakscape.sweep.reduced import meaning

Numbers = NDArray[np.float64]

MOST_CHUNKS = 10_000
"""Chunks that are read for a picture: some seconds, even where none of them is there."""
_GAPS = (Status.NOT_COMPUTED, Status.UNDEFINED_OUTPUT)
"""Codes below the failures that say why there is no value."""


@dataclass(frozen=True, kw_only=True)
class Slice:
    """A thinned slice.

    Args:
        values: the output, one array axis per drawn dimension; NaN where there is no value.
        codes: why there is none, uint8, same shape: the status of the point, or
            `UNDEFINED_OUTPUT` where the point's solution holds and this output is NaN by itself;
            in a reduced sweep `TOO_FEW`.
        along: dimension -> the indices that were read.
    """

    values: Numbers
    codes: NDArray[np.uint8]
    along: Mapping[str, NDArray[np.int64]]

    def missing(self) -> dict[int, int]:
        """Count the points without a value by code, 0 meaning not computed.

        A list has NaN where it has fewer entries: there other codes say nothing of a loss.
        """
        lost = self.codes[~np.isfinite(self.values)]
        found = {int(code): int(np.sum(lost == code)) for code in np.unique(lost)}
        return {code: n for code, n in found.items() if code in _GAPS or code >= FIRST_FAILURE}


def thin(size: int, most: int) -> slice:
    """Return a slice of at most `most` indices, evenly apart from the first on."""
    return slice(0, size, max(1, -(-size // most)))


def some_cells(sweep: Sweep, most: int) -> slice:
    """Return at most `most` cells that stand for all.

    The first cells of a sampled population do; every fourth, say, would be a corner of a Sobol
    sequence. A measured table may be sorted: there cells evenly apart do.
    """
    size = sweep.dataset.sizes[CELL]
    table = "table" in sweep.population
    return thin(size, most) if table else slice(0, min(size, most))


def spread(size: int, most: int) -> NDArray[np.int64]:
    """Return at most `most` indices, evenly apart, the first and the last among them."""
    return np.unique(np.linspace(0, size - 1, min(size, most)).round().astype(np.int64))


def read(sweep: Sweep, decision: Decision, order: Mapping[str, Any]) -> Slice:
    """Read a slice.

    Args:
        sweep: the sweep, opened lazily.
        decision: what is drawn, and where the other dimensions are held.
        order: the drawn dimensions in the order wanted, each with a slice or its indices.

    Returns:
        The slice.
    """
    held = {place.dimension: place.index for place in decision.places}
    variable = sweep.dataset[decision.output].variable
    order = _within(variable, order)
    part = read_part(sweep, decision.output, held, order)
    numbers = within_reach(part.values.astype(np.float64), decision.output)
    numbers[part.blank] = np.nan
    sizes = dict(zip(variable.dims, variable.shape, strict=True))
    along = {dim: _indices(taken, sizes[dim]) for dim, taken in order.items()}
    return Slice(values=numbers, codes=part.codes, along=along)


def _within(variable: xr.Variable, order: Mapping[str, Any]) -> dict[str, Any]:
    """Thin what would be read until it lies in so many chunks, each of which is read whole."""
    sizes = dict(zip(variable.dims, variable.shape, strict=True))
    told = variable.encoding.get("chunks") or variable.shape
    chunks = dict(zip(variable.dims, told, strict=True))
    fitted = dict(order)

    def touched(dim: str) -> int:
        return np.unique(_indices(fitted[dim], sizes[dim]) // chunks[dim]).size

    while math.prod(map(touched, fitted)) > MOST_CHUNKS:
        widest = max(fitted, key=touched)
        fitted[widest] = _indices(fitted[widest], sizes[widest])[::2]
    return fitted


def _indices(taken: Any, size: int) -> NDArray[np.int64]:
    """Return what a slice or a list of indices takes, without counting through all of them."""
    return np.arange(*taken.indices(size)) if isinstance(taken, slice) else np.asarray(taken)


def coordinate(
    sweep: Sweep, name: str, dim: str, taken: NDArray[np.int64]
) -> tuple[Numbers, list[str]]:
    """Read a coordinate at some indices.

    Args:
        sweep: the sweep.
        name: the coordinate; a dimension without one counts from 0.
        dim: its dimension.
        taken: the indices, rising.

    Returns:
        The numbers, and the labels where it holds texts, or whole numbers that only name what is
        counted; labels count from 0.
    """
    if name not in sweep.dataset.coords:
        return taken.astype(np.float64), []
    values = loaded(sweep.dataset[name].variable.isel({dim: _evenly(taken)}))
    if sweep.is_text(name):
        return np.arange(len(taken), dtype=np.float64), [str(value) for value in values]
    one = meaning(sweep, name)
    if one is not None and one.kind == "share":
        labels = [f"{one.output} = {value:g}" for value in values]
        return np.arange(len(taken), dtype=np.float64), labels
    return np.asarray(values, dtype=np.float64), []


def _evenly(taken: NDArray[np.int64]) -> Any:
    """Return indices as a slice where they are evenly apart: chunks between them stay unread."""
    step = int(taken[1] - taken[0]) if len(taken) > 1 else 1
    if len(taken) and np.all(np.diff(taken) == step):
        return slice(int(taken[0]), int(taken[-1]) + 1, step)
    return taken
