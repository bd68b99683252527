"""The slice that nobody asked about, where conditions leave something of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from leakscape.status import FIRST_FAILURE, Status
from leakscape.store.values import loaded
from leakscape.sweep.analysed import PARAMETER, strongest
from leakscape.sweep.noun import Sweep
from leakscape.sweep.place import Place, place_at, usual_place

_LOOKED_AT = 250_000
"""Points of which the status is read to find one that has a value."""


def usual_places(
    sweep: Sweep, output: str, held: Sequence[str], chosen: Mapping[str, Place]
) -> dict[str, Place]:
    """Choose where dimensions are held that nobody asked about.

    Args:
        sweep: the sweep.
        output: what is shown.
        held: the dimensions to be held.
        chosen: where others are held already, by dimension.

    Returns:
        By dimension the usual place, of an analysis the parameter that decides most; where the
        study's conditions leave nothing of that slice, the first places that have something,
        moving a single dimension if that will do.
    """
    usual = {dim: usual_place(sweep, dim) for dim in held}
    if PARAMETER in usual and (index := strongest(sweep, output)) is not None:
        usual[PARAMETER] = place_at(sweep, PARAMETER, index)
    swept = [dim for dim in held if dim in sweep.swept]
    if not sweep.leaves_out or not swept:
        return usual
    at = {place.dimension: place.index for place in (*usual.values(), *chosen.values())}
    if _first(sweep, output, at, ()) is not None:
        return usual
    for moved in [*((dim,) for dim in swept), tuple(swept)]:
        kept = {dim: index for dim, index in at.items() if dim not in moved}
        found = _first(sweep, output, kept, moved)
        if found is not None:
            return usual | {dim: place_at(sweep, dim, index) for dim, index in found.items()}
    return usual


def _first(
    sweep: Sweep, output: str, held: Mapping[str, int], moved: Sequence[str]
) -> dict[str, int] | None:
    """Return the first place along some dimensions where a point has a value, None if nowhere.

    Args:
        sweep: the sweep.
        output: what is shown.
        held: dimension -> the index at which it is held.
        moved: the dimensions that are searched; all others are shown.
    """
    status = sweep.status
    assert status is not None
    dims = [str(dim) for dim in sweep.dataset[output].dims if dim in status.dims]
    looked_at = [*moved, *(dim for dim in dims if dim not in held and dim not in moved)]
    most = max(2, int(_LOOKED_AT ** (1.0 / max(1, len(looked_at)))))
    along = {dim: _evenly(sweep.dataset.sizes[dim], most) for dim in looked_at}
    taken = {str(dim): along.get(str(dim), held.get(str(dim), 0)) for dim in status.dims}
    part = status.isel(taken)
    codes = xr.Variable(part.dims, loaded(part)).transpose(*looked_at).values
    solved = (codes != Status.NOT_COMPUTED) & (codes < FIRST_FAILURE)
    there = np.asarray(np.any(solved, axis=tuple(range(len(moved), len(looked_at)))))
    if not there.any():
        return None
    first = np.unravel_index(int(np.argmax(there)), there.shape)
    return {dim: int(along[dim][number]) for dim, number in zip(moved, first, strict=True)}


def _evenly(size: int, most: int) -> NDArray[np.int64]:
    """Return at most `most` indices, evenly apart, the first and the last among them."""
    return np.unique(np.linspace(0, size - 1, min(size, most)).round().astype(np.int64))
