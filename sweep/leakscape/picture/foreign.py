"""Data that another program wrote: made ready to be drawn where it is labelled, or refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from leakscape.errors import DeclarationError
from leakscape.shown import shown
from leakscape.store.values import loaded
from leakscape.sweep import Sweep

_NUMBERS, _TEXTS, _TIMES = "biuf", "UOST", "mM"
_WORDS = {"c": "complex numbers", "M": "dates", "m": "durations", "V": "records"}
SMALLEST, LARGEST = 1e-300, 1e300
"""Numbers beyond which the arithmetic of a picture - spans, edges, ticks - overflows."""
_DAY = np.timedelta64(1, "D")


def drawable(sweep: Sweep) -> Sweep:
    """Return a sweep whose coordinates are numbers in order, or texts.

    Args:
        sweep: as xarray opened it.

    Returns:
        The sweep with dates as days, and without coordinates that no axis can show in order: their
        dimensions count from 0.
    """
    odd, dataset = [], sweep.dataset
    for name, found in dataset.coords.items():
        kind = found.dtype.kind
        index = found.dims == (name,)
        if kind in _TIMES and index and found.size:
            dataset = dataset.assign_coords({name: _days(loaded(found.variable), str(name))})
            kind = "f"
        whole = kind in _TEXTS or (kind in _NUMBERS and (not index or _is_scale(dataset[name])))
        if not whole:
            odd.append(name)
    return sweep.over(dataset.drop_vars(odd))


def _is_scale(found: xr.DataArray) -> bool:
    """Tell whether an index rises or falls throughout, within reach of a picture."""
    values = np.asarray(loaded(found), dtype=np.float64)
    if not np.all(np.abs(values) < LARGEST):
        return False
    steps = np.diff(values)
    return bool(np.all(steps > 0) or np.all(steps < 0))


def _days(values: NDArray[Any], name: str) -> xr.Variable:
    if values.dtype.kind == "m":
        return xr.Variable(name, values / _DAY, {"units": "days"})
    first = values[0].astype("M8[D]") if not np.isnat(values[0]) else np.datetime64(0, "D")
    return xr.Variable(name, (values - first) / _DAY, {"units": f"days since {first}"})


def within_reach(values: NDArray[np.float64], output: str) -> NDArray[np.float64]:
    """Return values with those next to 0 as 0.

    Args:
        values: of the output.
        output: its name.

    Raises:
        DeclarationError: some are finite and too large.
    """
    size = np.abs(values)
    if np.any((size > LARGEST) & np.isfinite(size)):
        raise DeclarationError(
            f"output: {shown(output)} has values beyond {LARGEST:g}, got {np.nanmax(size):.3g}; "
            "draw its logarithm"
        )
    return np.where(size < SMALLEST, 0.0, values)


def is_numeric(sweep: Sweep, output: str) -> bool:
    """Tell whether an output holds numbers that have an order, and any at all."""
    return sweep.dataset[output].dtype.kind in _NUMBERS and sweep.dataset[output].size > 0


def refuse_undrawable(sweep: Sweep, output: str) -> None:
    """Refuse an output of which no picture can be made.

    Args:
        sweep: the sweep.dataset.
        output: the output.

    Raises:
        DeclarationError: it holds something else than numbers, or nothing.
    """
    found = sweep.dataset[output]
    others = [str(name) for name in sweep.dataset.data_vars if is_numeric(sweep, str(name))]
    remedy = f"draw {others[0]}" if others else "no other variable holds numbers"
    if found.dtype.kind not in _NUMBERS:
        held = _WORDS.get(found.dtype.kind, "texts")
        raise DeclarationError(f"output: {shown(output)} holds {held}, not real numbers; {remedy}")
    if not found.size:
        shape = " x ".join(map(str, found.shape))
        raise DeclarationError(f"output: {shown(output)} has no values, got {shape}; {remedy}")
