"""A problem's functions at many vectors at once: compiled once, and kept for the next process.

Compiling takes longer than any fit of a table. So all vectors go through one executable of `WIDTH`
rows, whether they are one or thousands, and what is compiled is kept by the fit and its table: a
process that fits the same again traces nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from leakscape.evaluation import shelf
from leakscape.evaluation.compiling import compiled
from leakscape.interrupt import checkpoint

WIDTH = 64
"""Vectors that are computed together: memory is bounded by it and the table."""
KEPT = 64
"""Executables that a process holds on to."""
Floats = NDArray[np.float64]
Function = Callable[..., Any]


@dataclass(frozen=True)
class _Key:
    """What is compiled; `same` is what its code follows from, or the problem itself."""

    same: Any
    function: Function
    given: tuple[Any, ...]
    soon: bool
    device: str
    problem: Any = field(compare=False, repr=False)


def ready(
    problem: Any, function: Function, *given: Any, soon: bool = True, same: str | None = ""
) -> Any:
    """Return a compiled function of a problem: from this process, from an earlier one, or anew.

    Args:
        problem: a `Problem`.
        function: of a module; it takes the problem first, and arrays.
        given: shapes and dtypes of the arrays.
        soon: whether to compile quickly instead of for speed.
        same: what its code follows from, if not from the whole problem; None where that may be
            more than can be told.

    Returns:
        The executable, with numbers in 64 bits.
    """
    told = getattr(problem, "follows_from", None) if same == "" else same
    # JAX gives its settings no types.
    device = str(jax.config.jax_default_device)  # type: ignore[attr-defined]
    return _ready(_Key(told or problem, function, given, soon, device, problem))


@lru_cache(maxsize=KEPT)
def _ready(key: _Key) -> Any:
    known = isinstance(key.same, str)
    own = partial(key.function, key.problem)

    def make() -> Any:
        return compiled(own, *key.given, double=True, soon=key.soon, kept=known)

    if not known:
        return make()
    name = f"{key.function.__module__}.{key.function.__qualname__}"
    return shelf.executable(repr(("fit", key.same, name, key.given, key.soon)), make)


def reals(*lengths: int) -> jax.ShapeDtypeStruct:
    """Return the shape of an array of numbers in 64 bits."""
    return jax.ShapeDtypeStruct(lengths, np.dtype("float64"))


def batched(compute: Any, *arrays: Any, width: int = WIDTH) -> list[NDArray[Any]]:
    """Call an executable of so many rows for any number of them.

    Args:
        compute: takes arrays of `width` rows and returns one such array or several.
        arrays: of n rows.
        width: its rows.

    Returns:
        What it returned, of n rows each.
    """
    count, parts = len(arrays[0]), []
    for start in range(0, count, width):
        checkpoint()
        rows = np.minimum(np.arange(start, start + width), count - 1)
        with jax.enable_x64(True):
            found = compute(*(array[rows] for array in arrays))
        several = found if isinstance(found, tuple | list) else (found,)
        parts.append([np.asarray(part)[: count - start] for part in several])
    return [np.concatenate(part) for part in zip(*parts, strict=True)]


def mapped(problem: Any, function: Function, points: Floats) -> Floats:
    """Apply a function of one vector to many.

    Args:
        problem: a `Problem`.
        function: one of those below.
        points: (n, D).

    Returns:
        What it returned, along n.
    """
    points = np.asarray(points, np.float64)
    compute = ready(problem, function, reals(WIDTH, points.shape[1]))
    return batched(compute, points)[0]


def log_likelihood(problem: Any, values: jax.Array) -> Any:
    """Return the log density of every recording, (n, rows, outputs)."""
    return jax.vmap(problem.log_likelihood)(values)


def chi2(problem: Any, values: jax.Array) -> Any:
    """Return the sums of squares of standardised residuals, (n,)."""
    return jax.vmap(problem.chi2)(values)
