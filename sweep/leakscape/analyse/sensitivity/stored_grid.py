"""Indices of a finished sweep, from its own points: nothing is evaluated.

Along an axis a point counts as its quadrature weight: that of Gauss' node; half a step and a step
(trapezoids) where values are evenly spaced, in the logarithm for `log`; and as much as any other
where values were listed. An axis along which several parameters change together is one parameter,
by the axis's name; its rows count alike, but where all of them are spaced the same way, which then
says how rows count. One pass reads slabs of the store.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from leakscape import interrupt
from leakscape.analyse.sensitivity import labelled
from leakscape.analyse.sensitivity.anova import MOST_AXES, Divided, indices
from leakscape.analyse.sensitivity.intervals import Estimate, Floats
from leakscape.analyse.sensitivity.outcome import Outcome, outcomes
from leakscape.declare.output import Output
from leakscape.declare.population import CELL
from leakscape.declare.spacing import legendre
from leakscape.errors import DeclarationError
from leakscape.status import FIRST_FAILURE, Status
from leakscape.store.open import labelled as opened
from leakscape.sweep import Sweep

SLAB_BYTES = 64_000_000
"""About how much of one outcome is read at a time."""


@dataclass(frozen=True)
class Axes:
    """The axes of a sweep.

    Args:
        analysed: axis -> its weights.
        held: axes of texts and the like, which stay dimensions of the result.
    """

    analysed: Mapping[str, Floats]
    held: tuple[str, ...]


def of_grid(given: str | Path | xr.Dataset, asked: Sequence[str], *, second: bool) -> xr.Dataset:
    """Analyse a finished sweep over its axes.

    Args:
        given: the path of its store, or the dataset.
        asked: outputs and conditions on outputs; by default all that it holds.
        second: whether the indices of pairs are wanted.

    Returns:
        The dataset: S1, ST and Shapley effects, exact for the quadrature.

    Raises:
        DeclarationError: a population, too few axes, or a point without a value.
        StoreError: no sweep there.
    """
    dataset = given if isinstance(given, xr.Dataset) else opened(given, times=False, dask=False)
    sweep = Sweep.of(dataset)
    where = f"sensitivity of {sweep.says('title', 'the sweep')}, grid"
    axes = axes_of(sweep, where)
    known = {
        name: Output(
            unit=sweep.unit_of(name),
            long_name=sweep.says("long_name", name, of=name),
            dimension=next((str(d) for d in dataset[name].dims if d not in sweep.swept), None),
        )
        for name in sweep.outputs
    }
    found_outcomes = outcomes(known, tuple(asked) or tuple(known), f"{where}, output")
    _refuse_unfinished(sweep, where)
    found = {}
    for outcome in found_outcomes:
        made = _divided(sweep, axes, outcome, where, second=second)
        if not np.any(made["variance"].value > 0.0):
            raise DeclarationError(
                f"{where}: {outcome.text} is constant, so that there is nothing to explain; "
                "choose another output"
            )
        found[outcome.name] = made
    points = math.prod(len(weights) for weights in axes.analysed.values())
    attributes = {key: value for key, value in dataset.attrs.items() if isinstance(value, str)}
    attributes = {k: attributes[k] for k in ("title", "question", "study") if k in attributes}
    attributes |= {"method": "grid", "outcomes": labelled.outcomes_told(found_outcomes)}
    if axes.held:
        attributes["remark"] = (
            f"{', '.join(axes.held)} {'holds' if len(axes.held) == 1 else 'hold'} labels, no "
            "numbers: left out of what is explained, and a dimension of the result."
        )
    return labelled.dataset(
        found_outcomes,
        tuple(axes.analysed),
        axes.held,
        {str(n): c for n, c in dataset.coords.items() if set(c.dims) <= _stay(axes, known)},
        found,
        {"n_points": points, "n_failed": np.zeros([dataset.sizes[d] for d in axes.held])},
        attributes,
    )


def axes_of(sweep: Sweep, where: str) -> Axes:
    """Tell the axes that are analysed, with their weights, from those that are held.

    Raises:
        DeclarationError: cells, fewer than two axes of numbers, or too many.
    """
    analysed, held = {}, []
    for name in sweep.swept:
        if name == CELL:
            raise DeclarationError(
                f"{where}: the sweep has a population, which is no grid; use --method sobol on the "
                "study"
            )
        if sweep.is_text(name):
            held.append(name)
        else:
            analysed[name] = weights(sweep.axes.get(name, {}), sweep.dataset.sizes[name])
    if len(analysed) < 2:
        raise DeclarationError(
            f"{where}: needs two axes of numbers or more, got {', '.join(analysed) or 'none'}; "
            "sweep another parameter"
        )
    if len(analysed) > MOST_AXES:
        raise DeclarationError(f"{where}: at most {MOST_AXES} axes, got {len(analysed)}")
    return Axes(analysed, tuple(held))


def weights(table: Mapping[str, Any], size: int) -> Floats:
    """Return the weights of an axis, adding up to 1.

    Args:
        table: the axis as its study has it; of several parameters a table of theirs.
        size: how many values it has.
    """
    linked = [one for one in table.values() if isinstance(one, Mapping)]
    if linked:
        each = [weights(one, size) for one in linked]
        alike = all(np.array_equal(one, each[0]) for one in each)
        return each[0] if alike else np.full(size, 1.0 / size)
    if "gauss" in table or "log_gauss" in table:
        return legendre(size)[1]
    found = np.ones(size)
    if size > 1 and ("linear" in table or "log" in table):
        found[[0, -1]] = 0.5
    share: Floats = found / found.sum()
    return share


def _stay(axes: Axes, known: Mapping[str, Output]) -> set[str]:
    own = {output.dimension for output in known.values() if output.dimension is not None}
    return {*axes.held, *own}


def _refuse_unfinished(sweep: Sweep, where: str) -> None:
    status = sweep.status
    if status is None:
        raise DeclarationError(f"{where}: expected a sweep, got a dataset without a status")
    lost: dict[str, int] = {"not computed": 0, "failed": 0, "left out": 0}
    for first, last in _slabs(int(status.shape[0]), int(np.prod(status.shape[1:])), 1):
        codes = np.asarray(status[first:last])
        left = int((codes == Status.LEFT_OUT_BY_A_CONDITION).sum())
        lost["not computed"] += int((codes == 0).sum())
        lost["failed"] += int((codes >= FIRST_FAILURE).sum()) - left
        lost["left out"] += left
    for words, number in lost.items():
        if number:
            remedy = "run it to its end" if words == "not computed" else "use --method sobol"
            raise DeclarationError(
                f"{where}: {number} of its points are {words}, and a quadrature needs every one; "
                f"{remedy}"
            )


def _slabs(length: int, rest: int, itemsize: int) -> Iterator[tuple[int, int]]:
    step = max(1, SLAB_BYTES // max(1, rest * itemsize))
    for first in range(0, length, step):
        interrupt.checkpoint()
        yield first, min(first + step, length)


def _divided(
    sweep: Sweep, axes: Axes, outcome: Outcome, where: str, *, second: bool
) -> dict[str, Estimate]:
    """Divide the variance of an outcome, at each place of what is held."""
    dataset = sweep.dataset
    own = () if outcome.dimension is None else (outcome.dimension,)
    sizes = [dataset.sizes[dim] for dim in (*axes.held, *own)]
    made: dict[str, list[Any]] = {}
    parts = [divide(sweep, axes, outcome, place, where) for place in product(*map(range, sizes))]
    for mean, variances in parts:
        told: dict[str, Any] = indices(variances, second=second)
        told |= {"mean": mean, "variance": variances[-1]}
        for name, value in told.items():
            made.setdefault(name, []).append(value)
    found = {}
    for name, values in made.items():
        stacked = np.array(values, np.float64)
        stacked = np.moveaxis(stacked, 0, -1)
        shape = (*stacked.shape[:-1], *sizes, *(() if own else (1,)))
        found[name] = Estimate(stacked.reshape(shape))
    return found


def divide(
    sweep: Sweep, axes: Axes, outcome: Outcome, place: tuple[int, ...], where: str
) -> tuple[float, Floats]:
    """Divide the variance of an outcome at one place of what is held.

    Args:
        sweep: the sweep.
        axes: its axes.
        outcome: what is analysed.
        place: along the axes that are held, and along the outcome's own dimension.
        where: how messages call it.

    Returns:
        The mean, and the variance of every set of axes.
    """
    names = tuple(axes.analysed)
    own = () if outcome.dimension is None else (outcome.dimension,)
    at = dict(zip((*axes.held, *own), place, strict=True))
    sizes = [len(one) for one in axes.analysed.values()]
    divided = None
    for first, last in _slabs(sizes[0], math.prod(sizes[1:]), 8):
        shape = (last - first, *sizes[1:])
        read = {}
        for name in outcome.reads:
            variable = sweep.dataset[name].variable
            kept = {dim: index for dim, index in at.items() if dim in variable.dims}
            if names[0] in variable.dims:
                kept[names[0]] = slice(first, last)
            part = variable.isel(kept)
            rank = [size if n in part.dims else 1 for n, size in zip(names, shape, strict=True)]
            values = np.asarray(part.transpose(*(n for n in names if n in part.dims)))
            read[name] = np.broadcast_to(values.reshape(rank), shape)
        slab = _finite(outcome, read, where)
        if divided is None:
            divided = Divided(tuple(axes.analysed.values()), float(slab.flat[0]))
        divided.see(first, slab)
    assert divided is not None  # an axis has at least one value
    variances = divided.variances()
    return divided.mean, np.where(variances > 0.0, variances, 0.0)


def _finite(outcome: Outcome, read: Mapping[str, NDArray[Any]], where: str) -> NDArray[np.float64]:
    floats = [v.dtype for v in read.values() if v.dtype.kind == "f"]
    dtype = np.result_type(*floats) if floats else np.dtype(np.float64)
    lost = sum(int((~np.isfinite(v)).sum()) for v in read.values() if v.dtype.kind == "f")
    if lost:
        raise DeclarationError(
            f"{where}: {outcome.text} has no value at {lost} points or more, and a quadrature "
            "needs every one; choose another output, or use --method sobol --on-invalid drop"
        )
    values: NDArray[np.float64] = np.asarray(outcome.of(read, np, dtype), np.float64)
    return values
