"""Values that an output lacks because a condition of the study leaves their points out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from leakscape.evaluation.grid import blank
from leakscape.status import Status
from leakscape.store.values import loaded


def left_out(
    status: xr.Variable, dims: tuple[Any, ...], part: xr.Variable, taken: Mapping[Any, Any]
) -> NDArray[np.bool_]:
    """Tell which values of a part of an output are left out.

    Args:
        status: of every point.
        dims: all dimensions of the output, of which the part may lack some.
        part: the part, loaded.
        taken: dimension of the output -> the index, indices or slice that the part was taken at.

    Returns:
        For each value of the part whether there is none, by a condition. What an output without a
        dimension lacks, it lacks everywhere along it, so that the first point speaks for all.
    """
    values = part.values
    lacking = ~np.isfinite(values) if values.dtype.kind == "f" else values == blank(values.dtype)
    if not lacking.any():
        return np.asarray(lacking)
    codes = status.isel({dim: taken[dim] if dim in dims else 0 for dim in status.dims})
    gone = xr.Variable(codes.dims, loaded(codes) == Status.LEFT_OUT_BY_A_CONDITION)
    return np.asarray((xr.Variable(part.dims, lacking) & gone).transpose(*part.dims).values)
