"""A part of an output: its values as they are stored, which of them are none, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from leakscape.evaluation.grid import blank
from leakscape.status import FIRST_FAILURE, Status
from leakscape.store.values import loaded
from leakscape.sweep.noun import Sweep
from leakscape.sweep.reduced import TOO_FEW, is_reduced


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of an output.

    Args:
        values: as they are stored, one array axis per dimension.
        codes: why there is no value, uint8, same shape: the status of the point, or
            `UNDEFINED_OUTPUT` where the point's solution holds and this output is NaN by itself;
            in a reduced sweep `TOO_FEW`.
        blank: where what is stored stands for no value, same shape; NaN says so itself too.
    """

    values: NDArray[Any]
    codes: NDArray[np.uint8]
    blank: NDArray[np.bool_]


def read(sweep: Sweep, output: str, held: Mapping[str, int], order: Mapping[str, Any]) -> Part:
    """Read a part of an output.

    Args:
        sweep: the sweep, opened lazily.
        output: the output.
        held: dimension -> the index at which it is held; the others are of no matter.
        order: the other dimensions in the order wanted, each with a slice or its indices.

    Returns:
        The part.
    """
    variable = sweep.dataset[output].variable
    taken = {**held, **order}
    values = _turned(variable.isel({dim: taken[str(dim)] for dim in variable.dims}), order)
    shape = values.shape
    if output == "status" and sweep.status is not None:  # what is told of itself has no reason
        found = np.full(shape, Status.OK, np.uint8)
        return Part(values=values, codes=found, blank=np.zeros(shape, bool))
    status = sweep.status
    if status is None:
        status = xr.Variable((), np.uint8(Status.OK))
    # An output without a dimension was computed with the first chunk along it.
    state = status.isel({d: taken[str(d)] if d in variable.dims else 0 for d in status.dims})
    own = [dim for dim in order if dim not in status.dims]
    codes = _turned(state, [dim for dim in order if dim not in own])
    for place, dim in enumerate(order):
        if dim in own:
            codes = np.expand_dims(codes, place)
    codes = np.broadcast_to(codes, shape).astype(np.uint8)
    none = codes == Status.NOT_COMPUTED
    if values.dtype.kind in "iub":  # whole numbers cannot say "no value" themselves
        failed = (codes >= FIRST_FAILURE) & (codes != Status.LEFT_OUT_BY_A_CONDITION)
        # An output without a dimension may stand for other points too than the one left out.
        none |= failed | ((codes >= FIRST_FAILURE) & (values == blank(values.dtype)))
    # What an output lacks by itself only its own NaN tells: a point with several remarks has one
    # status, and the remark may be of another output.
    reduced = is_reduced(sweep)
    single = reduced or set(variable.dims) <= set(sweep.swept)
    tells = single and values.dtype.kind == "f"
    lacking = ~np.isfinite(values) if tells else np.zeros(shape, bool)
    reason = np.uint8(TOO_FEW if reduced else Status.UNDEFINED_OUTPUT)
    found = np.where(lacking, reason, np.uint8(Status.OK))
    solved = (codes != Status.NOT_COMPUTED) & (codes < FIRST_FAILURE)
    return Part(values=values, codes=np.where(solved, found, codes), blank=none)


def _turned(picked: xr.Variable, order: Iterable[str]) -> NDArray[Any]:
    """Load a slice, then turn it: turned first, zarr would look it up point by point."""
    return xr.Variable(picked.dims, loaded(picked)).transpose(*order).values
