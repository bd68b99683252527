"""What is too large for any store: own dimensions and coordinates are never split."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from leakscape.errors import PlanError
from leakscape.evaluation.coordinates import Coordinate
from leakscape.sizes import LARGEST_CHUNK_BYTES, LARGEST_COORDINATE_BYTES, TEXT_BYTES

if TYPE_CHECKING:
    from leakscape.evaluation.grid import Variable


def refuse_huge(variables: tuple[Variable, ...], labels: tuple[Coordinate, ...]) -> None:
    """Refuse a plan with chunks that no store may have.

    Args:
        variables: what is stored in chunks.
        labels: the coordinates.

    Raises:
        PlanError: which, and how large it is.
    """
    for label in labels:
        if (size := _width(label.values.dtype) * label.values.size) > LARGEST_COORDINATE_BYTES:
            raise PlanError(
                f"{label.name}: a coordinate may take {LARGEST_COORDINATE_BYTES / 1e6:.0f} MB, got "
                f"{size / 1e6:.0f} MB; shorten {label.dims[0]}"
            )
    for variable in variables:
        size = math.prod(variable.chunks) * np.dtype(variable.dtype).itemsize
        if size > LARGEST_CHUNK_BYTES:
            raise PlanError(
                f"output {variable.name}: a chunk may take {LARGEST_CHUNK_BYTES / 1e6:.0f} MB, got "
                f"{size / 1e6:.0f} MB for {' x '.join(map(str, variable.chunks))} numbers; "
                f"shorten {variable.dims[-1]}, or keep other outputs"
            )


def _width(dtype: np.dtype[Any]) -> int:
    return dtype.itemsize if dtype.kind in "fiu" else TEXT_BYTES
