"""Reading what a picture needs, and no more: a thinned slice of an output with its states."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from leakscape.analyse.reduced import TOO_FEW, is_reduced, meaning
from leakscape.analyse.selection import is_text, status_of, study_of, swept_dims
from leakscape.evaluation.grid import blank
from leakscape.picture.foreign import within_reach
from leakscape.picture.request import CELL, Decision
from leakscape.status import FIRST_FAILURE, Status
from leakscape.store.values import loaded

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


def some_cells(dataset: xr.Dataset, most: int) -> slice:
    """Return at most `most` cells that stand for all.

    The first cells of a sampled population do; every fourth, say, would be a corner of a Sobol
    sequence. A measured table may be sorted: there cells evenly apart do.
    """
    size = dataset.sizes[CELL]
    table = "table" in study_of(dataset).get("population", {})
    return thin(size, most) if table else slice(0, min(size, most))


def spread(size: int, most: int) -> NDArray[np.int64]:
    """Return at most `most` indices, evenly apart, the first and the last among them."""
    return np.unique(np.linspace(0, size - 1, min(size, most)).round().astype(np.int64))


def read(dataset: xr.Dataset, decision: Decision, order: Mapping[str, Any]) -> Slice:
    """Read a slice.

    Args:
        dataset: the sweep, opened lazily.
        decision: what is drawn, and where the other dimensions are held.
        order: the drawn dimensions in the order wanted, each with a slice or its indices.

    Returns:
        The slice.
    """
    held = {place.dimension: place.index for place in decision.places}
    variable = dataset[decision.output].variable
    order = _within(variable, order)
    picked = variable.isel({dim: _key({**held, **order}, dim) for dim in variable.dims})
    values = _turned(picked, order)
    shape = values.shape
    status = status_of(dataset)
    if status is None:
        status = xr.Variable((), np.uint8(Status.OK))
    # An output without a dimension was computed with the first chunk along it.
    state = status.isel(
        {d: _key({**held, **order}, d) if d in variable.dims else 0 for d in status.dims}
    )
    own = [dim for dim in order if dim not in status.dims]
    swept = swept_dims(dataset)
    codes = _turned(state, [dim for dim in order if dim not in own])
    for place, dim in enumerate(order):
        if dim in own:
            codes = np.expand_dims(codes, place)
    codes = np.broadcast_to(codes, shape).astype(np.uint8)
    numbers = within_reach(values.astype(np.float64), decision.output)
    if values.dtype.kind in "iub":  # whole numbers cannot say "no value" themselves
        failed = (codes >= FIRST_FAILURE) & (codes != Status.LEFT_OUT_BY_A_CONDITION)
        # An output without a dimension may stand for other points too than the one left out.
        numbers[failed | ((codes >= FIRST_FAILURE) & (values == blank(values.dtype)))] = np.nan
    numbers[codes == Status.NOT_COMPUTED] = np.nan
    # What an output lacks by itself only its own NaN tells: a point with several remarks has one
    # status, and the remark may be of another output.
    reduced = is_reduced(dataset)
    single = reduced or set(variable.dims) <= set(swept)
    lacking = ~np.isfinite(numbers) if single else np.zeros(shape, bool)
    reason = np.uint8(TOO_FEW if reduced else Status.UNDEFINED_OUTPUT)
    found = np.where(lacking, reason, np.uint8(Status.OK))
    solved = (codes != Status.NOT_COMPUTED) & (codes < FIRST_FAILURE)
    codes = np.where(solved, found, codes)
    sizes = dict(zip(variable.dims, variable.shape, strict=True))
    along = {dim: _indices(taken, sizes[dim]) for dim, taken in order.items()}
    return Slice(values=numbers, codes=codes, along=along)


def _turned(picked: xr.Variable, order: Iterable[str]) -> NDArray[Any]:
    """Load a slice, then turn it: turned first, zarr would look it up point by point."""
    return xr.Variable(picked.dims, loaded(picked)).transpose(*order).values


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


def _key(keys: Mapping[str, Any], dim: Any) -> Any:
    return keys[str(dim)]


def coordinate(
    dataset: xr.Dataset, name: str, dim: str, taken: NDArray[np.int64]
) -> tuple[Numbers, list[str]]:
    """Read a coordinate at some indices.

    Args:
        dataset: the sweep.
        name: the coordinate; a dimension without one counts from 0.
        dim: its dimension.
        taken: the indices, rising.

    Returns:
        The numbers, and the labels where it holds texts, or whole numbers that only name what is
        counted; labels count from 0.
    """
    if name not in dataset.coords:
        return taken.astype(np.float64), []
    values = loaded(dataset[name].variable.isel({dim: _evenly(taken)}))
    if is_text(dataset, name):
        return np.arange(len(taken), dtype=np.float64), [str(value) for value in values]
    one = meaning(dataset, name)
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
