"""A sweep as a netCDF-4 file: the same arrays, labels and attributes, read chunk by chunk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import dask
import xarray as xr

from leakscape.errors import DeclarationError, StoreError, SweepError
from leakscape.export.chosen import named
from leakscape.sweep import Place, Sweep
from leakscape.sweep.place import hold

MOST_AT_ONCE = 2**30
"""Bytes of an array that is not opened chunk by chunk, because it has too many of them."""


def selected(
    sweep: Sweep, outputs: Sequence[str], select: Mapping[str, str | float]
) -> tuple[xr.Dataset, tuple[Place, ...]]:
    """Return what goes into the file, and where dimensions are held.

    Args:
        sweep: the sweep.
        outputs: the outputs, whatever their dimensions; by default all.
        select: axis -> the value at which it is held.

    Raises:
        DeclarationError: an unknown name, or more than can be written.
    """
    kept = named(sweep, outputs)
    dims = dict.fromkeys(str(dim) for name in kept for dim in sweep.dataset[name].dims)
    held = hold(sweep, tuple(dims), select)
    kept += ["status"] if sweep.status is not None else []
    dataset = sweep.dataset[kept].isel({place.dimension: place.index for place in held})
    for variable, found in dataset.variables.items():
        if found.nbytes > MOST_AT_ONCE and not found.chunks:
            raise DeclarationError(
                f"{variable}: has too many chunks for one file, got {found.nbytes / 1e9:.3g} GB; "
                "hold axes with --select"
            )
    return dataset.drop_encoding(), held


def write(file: Path, dataset: xr.Dataset) -> None:
    """Write a dataset, one chunk after the other.

    Args:
        file: the file.
        dataset: as `selected` returned it.

    Raises:
        StoreError: a chunk cannot be read, or an attribute not be written.
        OSError: the file cannot be written.
    """
    try:
        with dask.config.set(scheduler="synchronous"):  # one chunk in memory, and Ctrl-C is heard
            dataset.to_netcdf(file, engine="h5netcdf")
    except (SweepError, OSError):
        raise
    except Exception as error:  # a damaged chunk, or an attribute that netCDF cannot hold
        kind = type(error).__name__
        raise StoreError(
            f"export: not written, got {kind} {error}; see leakscape verify, or write .csv"
        ) from error
