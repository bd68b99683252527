"""The rows of a table, some at a time: coordinates, outputs and status of each point.

Rows come in the order of the dimensions, the last one varies fastest. A block of them is read at
once, so that memory holds one block whatever the size of the sweep.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from leakscape import interrupt
from leakscape.export.chosen import Chosen
from leakscape.status import FIRST_FAILURE, Code, Status
from leakscape.store.values import loaded

MOST_VALUES = 2**22
"""Values in a block, all columns together."""
Region = Mapping[str, slice]


class Watch(Protocol):
    """What is told how far the writing is."""

    def started(self, total: int, done: int, points_per_task: int) -> None:
        """Say how many blocks there are, and of how many rows."""

    def advanced(self, done: int) -> None:
        """Say how many are written."""


def headers(chosen: Chosen) -> dict[str, str]:
    """Return what is written above each column: variable -> "name [unit]".

    Args:
        chosen: what is exported.
    """
    sweep = chosen.sweep
    columns = [*chosen.coordinates, *chosen.outputs]
    units = {name: sweep.unit_of(name) for name in columns}
    told = {name: name if unit in ("1", "") else f"{name} [{unit}]" for name, unit in units.items()}
    return told | ({"status": "status"} if chosen.coded else {})


def blocks(chosen: Chosen, watch: Watch) -> Iterator[pd.DataFrame]:
    """Read the rows from the start, some at a time, and hear Ctrl-C in between.

    Args:
        chosen: what is exported.
        watch: is told how far it is.

    Yields:
        At least one block, all of the same columns and types. A point without a value has its row,
        with its status and nothing in the columns of the outputs.

    Raises:
        StoreError: a chunk cannot be read.
    """
    columns = headers(chosen)
    cut = [*regions(chosen.dims, chosen.shape, MOST_VALUES // len(columns))]
    watch.started(len(cut), 0, chosen.rows // len(cut))
    for number, region in enumerate(cut, start=1):
        interrupt.checkpoint()
        yield _block(chosen, columns, region)
        watch.advanced(number)


def regions(dims: Sequence[str], shape: Sequence[int], most: int) -> Iterator[dict[str, slice]]:
    """Cut a grid into blocks that follow one another in its order.

    Args:
        dims: its dimensions.
        shape: their lengths.
        most: how many points a block may have; one at least.

    Yields:
        Dimension -> slice.
    """
    after = [math.prod(shape[place + 1 :]) for place in range(len(shape))]
    cut = next((place for place, size in enumerate(after) if size <= most), 0)
    whole = {dim: slice(0, size) for dim, size in zip(dims, shape, strict=True)}
    if not shape or 0 in shape:
        yield whole
        return
    step = max(1, most // after[cut])
    for outer in np.ndindex(*shape[:cut]):
        first = {dim: slice(at, at + 1) for dim, at in zip(dims, outer, strict=False)}
        for start in range(0, shape[cut], step):
            piece = slice(start, min(start + step, shape[cut]))
            yield whole | first | {dims[cut]: piece}


def _block(chosen: Chosen, columns: Mapping[str, str], region: Region) -> pd.DataFrame:
    dataset = chosen.sweep.dataset
    shape = tuple(part.stop - part.start for part in region.values())
    codes = _codes(chosen, region, shape)
    none = (codes == Status.NOT_COMPUTED) | (codes >= FIRST_FAILURE)
    found: dict[str, Any] = {}
    for name, header in columns.items():
        if name == "status" and chosen.coded:
            words = [said(code, chosen.sweep.codes) for code in range(256)]
            found[header] = np.array(words, object)[codes]
        elif name not in dataset.variables:  # a dimension without a coordinate counts from 0
            counted = np.arange(chosen.sweep.dataset.sizes[name])
            part = _part(chosen, xr.Variable(name, counted), region)
            found[header] = _spread(part, region, shape)
        else:
            values = _spread(_taken(chosen, name, region), region, shape)
            found[header] = _emptied(values, none) if name in chosen.outputs else values
    return pd.DataFrame(found)


def said(code: int, codes: Mapping[int, Code]) -> str:
    """Return a status in words; a code of which nobody says what it means stays a number."""
    return codes[code].words if code in codes else str(code)


def _codes(chosen: Chosen, region: Region, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    if chosen.sweep.status is None:
        return np.full(math.prod(shape), Status.OK, np.uint8)
    return _spread(_taken(chosen, "status", region), region, shape)


def _taken(chosen: Chosen, name: str, region: Region) -> xr.Variable:
    """Read what a block needs of a variable."""
    part = _part(chosen, chosen.sweep.dataset.variables[name], region)
    values = loaded(part)
    if values.dtype.kind in "UTS":  # one object for each label, however many rows bear it
        values = values.astype(object)
    return xr.Variable(part.dims, values)


def _part(chosen: Chosen, variable: xr.Variable, region: Region) -> xr.Variable:
    keys: dict[Any, Any] = {**chosen.places, **region}
    return variable.isel({dim: keys[dim] for dim in variable.dims})


def _spread(part: xr.Variable, region: Region, shape: tuple[int, ...]) -> NDArray[Any]:
    """Repeat values along the dimensions that they lack, and count them out row by row."""
    turned = part.transpose(*(dim for dim in region if dim in part.dims)).values
    missing = [place for place, dim in enumerate(region) if dim not in part.dims]
    return np.broadcast_to(np.expand_dims(turned, tuple(missing)), shape).reshape(-1)


def _emptied(values: NDArray[Any], none: NDArray[np.bool_]) -> Any:
    """Take away the values of points that have none."""
    if values.dtype.kind == "f":
        return np.where(none, values.dtype.type(np.nan), values)
    if values.dtype.kind in "iu":
        return pd.arrays.IntegerArray(values.copy(), none.copy())
    if values.dtype.kind == "b":
        return pd.arrays.BooleanArray(values.copy(), none.copy())
    kept = values.astype(object)
    kept[none] = None
    return kept
