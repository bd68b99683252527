"""Tables that Python holds, or a file of columns: DataFrame, Dataset, Parquet; into columns."""

from __future__ import annotations

import sys
from array import array
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from leakscape.declare.tables.column import PLAIN, Column, Reading
from leakscape.declare.tables.gather import ID, LARGEST_TABLE, Gathered, read_headers, settled
from leakscape.declare.tables.reader import needs
from leakscape.errors import DeclarationError
from leakscape.shown import shown

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


def is_frame(value: object) -> bool:
    """Tell whether a value is a DataFrame or a Dataset, without loading pandas or xarray."""
    return any(
        (module := sys.modules.get(name)) is not None and isinstance(value, getattr(module, kind))
        for name, kind in (("pandas", "DataFrame"), ("xarray", "Dataset"))
    )


def from_parquet(path: Path, name: str, reading: Reading) -> Gathered:
    """Read the columns of a Parquet file.

    Args:
        path: the file.
        name: how messages call it.
        reading: what texts may be.

    Raises:
        DeclarationError: pyarrow is not installed, or it cannot read the file.
    """
    needs("pyarrow", name)
    import pandas as pd
    import pyarrow.parquet

    try:
        told = pyarrow.parquet.ParquetFile(path).metadata
        if (size := 8 * told.num_rows * told.num_columns) > LARGEST_TABLE:
            raise DeclarationError(f"{name}: at most {LARGEST_TABLE} bytes, got {size}; split it")
        frame = pd.read_parquet(path, engine="pyarrow")
    except DeclarationError:
        raise
    except Exception as error:  # pyarrow raises many unrelated types
        raise DeclarationError(
            f"{name}: cannot be read as Parquet, got {shown(str(error))}; check it"
        ) from error
    return from_frame(frame, name, reading)


def from_frame(table: pd.DataFrame | xr.Dataset, name: str, reading: Reading = PLAIN) -> Gathered:
    """Take the columns of a DataFrame, or the variables of a Dataset along one dimension.

    Args:
        table: with headers such as `K_in [mmol/L]`; a Dataset's units are its attributes.
        name: how messages call it.
        reading: what texts may be.

    Returns:
        The columns; rows are counted from 0.

    Raises:
        DeclarationError: without rows, of several dimensions, or as for a file.
    """
    frame: Any = table if hasattr(table, "iloc") else _as_frame(table, name)
    frame = _with_index(frame, name)
    if not len(frame):
        raise DeclarationError(f"{name}: needs at least one row, got none")
    if getattr(frame.columns, "nlevels", 1) > 1:
        raise DeclarationError(f"{name}: headers have several levels; write one for each column")
    header = read_headers([str(title) for title in frame.columns], name)
    columns = tuple(
        _column(Column(title, unit, name, reading, title == ID), frame.iloc[:, place])
        for place, (title, unit) in enumerate(header)
    )
    return settled(columns, (), name, lambda: range(len(frame)))


def _column(column: Column, series: Any) -> Column:
    """Fill a column."""
    if series.dtype.kind in "fiub" and not column.text:
        values = series.to_numpy(dtype=np.float64, na_value=np.nan)
        column.numbers = array("d", np.ascontiguousarray(values).tobytes())
        if len(wrong := np.flatnonzero(~np.isfinite(values))):
            column.gap = (
                f"{column.file}: row {wrong[0]}, column {column.name}: "
                f"not a finite number, got {values[wrong[0]]}; fix it"
            )
        if np.isinf(values).any():
            raise DeclarationError(column.gap)
        return column
    missing = series.isna().to_numpy()
    cells = ["" if no else str(cell) for cell, no in zip(series, missing, strict=True)]
    column.add(cells, int)
    column.finish()
    if column.turned:  # what was kept of its numbers is not the texts
        labels = Column(column.name, "", column.file, column.reading, True, gap=column.gap)
        labels.add(cells, int)
        return labels
    return column


def _with_index(frame: Any, name: str) -> Any:
    """Make a column of an index that says something: one with a name, or of texts."""
    if all(level is None for level in frame.index.names):
        if frame.index.nlevels > 1 or frame.index.dtype.kind in "fiu":
            return frame
        frame = frame.rename_axis(ID)
    if taken := {*map(str, frame.index.names)} & {*map(str, frame.columns)}:
        raise DeclarationError(f"{name}: {min(taken)} is the index and a column; drop one of them")
    return frame.reset_index()


def _as_frame(dataset: Any, name: str) -> pd.DataFrame:
    """Put the variables of a Dataset side by side."""
    if len(dataset.dims) != 1:
        found = ", ".join(map(str, dataset.dims)) or "none"
        raise DeclarationError(f"{name}: a table has one dimension, got {found}; select or stack")
    (dim,) = dataset.dims
    index = dataset.indexes.get(dim)
    plain = dataset.drop_vars(dim) if index is not None else dataset
    frame = plain.reset_coords().to_dataframe().reset_index(drop=True)
    units = {key: str(plain[key].attrs.get("units", "")) for key in frame.columns}
    frame = frame.rename(columns={key: f"{key} [{unit}]" for key, unit in units.items() if unit})
    if index is not None and not any(str(key).lower() == ID for key in frame.columns):
        frame.insert(0, ID, index.to_numpy())
    return frame
