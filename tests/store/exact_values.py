"""The study `exact` by NumPy and SciPy, to the last bit, and in chunks that pass its edge."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

STUDY = Path(__file__).parent / "exact_study" / "exact.toml"
STORES = STUDY.with_name("stores.tar.gz")
OF_ONE_TABLE = STUDY.with_name("stores_of_one_table.tar.gz")
DIMS, SHAPE, CHUNKS, COUNTS = ("x", "t", "cell"), (5, 3, 7), (2, 2, 4), (3, 2, 2)
LENGTHS = dict(zip(DIMS, CHUNKS, strict=True)) | {"part": 2}
TASKS = list(itertools.product(*map(range, COUNTS)))
"""Index of the chunk of each task."""
FILLS = {"V": np.nan, "E": np.nan, "pair": np.nan, "above": -1, "y": np.nan, "status": 0}


def expected() -> dict[str, tuple[tuple[str, ...], NDArray[Any]]]:
    """Return the dimensions and values of every variable."""
    x = np.array([0.5, 1.5, 2.5, 3.5, 4.5], np.float32)
    t = np.array([5.0, 25.0, 37.0], np.float32)
    words = qmc.Sobol(1, scramble=True, bits=30, rng=3).random(8)[:7, 0] * 2**30
    y = ((words.astype(np.uint32) >> 7) * 2.0**-23 + 2.0**-24).astype(np.float32)
    inside = (x < 4)[:, None, None]
    chosen = np.where(y < 0.5, x[:, None, None], t[None, :, None])
    pair = np.stack(np.broadcast_arrays(t[:, None], y), axis=-1)
    status = np.broadcast_to(np.where(inside, 1, 11), SHAPE).astype(np.uint8)
    return {
        "V": (DIMS, np.where(inside, chosen, np.float32(np.nan))),
        "E": (("x",), -x),
        "pair": (("t", "cell", "part"), pair),
        "above": (("cell",), (y > 0.5).astype(np.int8)),
        "y": (("cell",), y),
        "status": (DIMS, status),
    }


def beyond(name: str, dims: tuple[str, ...], values: NDArray[Any], how: str) -> NDArray[Any]:
    """Return values as whole chunks hold them: beyond the edge the last value, or fill."""
    wide = [(0, -size % LENGTHS[dim]) for dim, size in zip(dims, values.shape, strict=True)]
    if how == "edge":
        return np.pad(values, wide, mode="edge")
    return np.pad(values, wide, constant_values=FILLS[name])


def held(path: Path, name: str, dims: tuple[str, ...]) -> NDArray[Any]:
    """Read the chunks of a variable as bytes, without zarr: beyond the edge too."""
    _, values = expected()[name]
    chunks = tuple(LENGTHS[dim] for dim in dims)
    counts = [-(-size // chunk) for size, chunk in zip(values.shape, chunks, strict=True)]
    whole = np.empty([n * c for n, c in zip(counts, chunks, strict=True)], values.dtype)
    for place in itertools.product(*map(range, counts)):
        content = (path / name / ".".join(["c", *map(str, place)])).read_bytes()
        chunk = np.frombuffer(content[:-4], values.dtype).reshape(chunks)
        whole[tuple(slice(p * c, (p + 1) * c) for p, c in zip(place, chunks, strict=True))] = chunk
    return whole
