"""What was found in a sweep: the range of every output, and where it crosses a level.

Ranges come from the journal; a level needs a look at the values.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xarray as xr

from leakscape import store
from leakscape.analyse import reduced, selection
from leakscape.analyse.crossings import Crossings, find_crossings
from leakscape.analyse.lost import Lost, find_lost
from leakscape.analyse.shares import Counting, count_above
from leakscape.declare import names, units
from leakscape.declare.asked_picture import contour_levels
from leakscape.declare.study import Study
from leakscape.errors import DeclarationError
from leakscape.shown import shown
from leakscape.store.open import labelled


@dataclass(frozen=True, kw_only=True)
class Range:
    """The values of one output.

    Args:
        name: the output.
        unit: its unit.
        minimum: smallest finite value [unit].
        maximum: largest finite value [unit].
        share: part of its computed values that are finite, of those that no condition leaves out;
            None where there are none, and for one with a dimension of its own, where NaN only says
            that there are fewer entries.
    """

    name: str
    unit: str
    minimum: float
    maximum: float
    share: float | None


@dataclass(frozen=True, kw_only=True)
class Level:
    """An output and a level that the study asks about.

    Args:
        output: the output.
        unit: its unit.
        value: the level [unit].
        counting: how much of the output lies above it, under each condition.
        along: the crossings along each axis.
    """

    output: str
    unit: str
    value: float
    counting: Counting
    along: tuple[Crossings, ...]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What somebody wants to know of a sweep.

    Args:
        output: the output that crosses levels; "" for that of the study's picture.
        levels: texts with units; none for those of the study's picture.
    """

    output: str = ""
    levels: tuple[Any, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What was found in a sweep.

    Args:
        ranges: of every output.
        levels: the levels of the study's picture.
        status: code -> number of points.
        n_left_out: how many points a condition leaves out: they count neither as valid nor as
            failed, and nothing else here is of them.
        points: combinations in all, of a reduction those that are kept apart.
        reduced: how many combinations a reduction took in, None where it is none.
        lost: those of a reduction that are in no statistic.
        nbytes: bytes on disk.
    """

    ranges: tuple[Range, ...]
    levels: tuple[Level, ...]
    status: Mapping[int, int]
    n_left_out: int
    points: int
    nbytes: int
    reduced: int | None = None
    lost: tuple[Lost, ...] = ()


def find(path: str | Path, study: Study | None = None, asked: Asked | None = None) -> Findings:
    """Say what was found in a stored sweep.

    Args:
        path: the store, finished or not.
        study: the study that it is of; with it crossings are refined between the points of the
            grid. It is never made from the store here: that might run code that a file names.
        asked: which output and levels to look for; by default those of the study's picture.

    Returns:
        The findings.

    Raises:
        SweepError: no sweep there, or it cannot be read.
    """
    state = store.state(path)
    dataset = selection.rising(labelled(path, times=True, dask=False))
    computed = sum(number for code, number in state.status.items() if code) / max(1, state.points)
    ranges = []
    each = reduced.points_each(dataset)
    for name, found in state.found.items():
        if each is not None and counts_points(dataset, name):
            continue
        variable = dataset[name]
        own = [dim for dim in variable.dims if dim not in dataset["status"].dims]
        size = math.prod(variable.shape) * computed - found.left_out
        # A lower-rank output is written with the first chunks: it may be ahead of the others.
        share = None if own or size <= 0.0 else min(1.0, found.finite / size)
        unit = selection.unit_of(dataset, name)
        ranges.append(
            Range(name=name, unit=unit, minimum=found.minimum, maximum=found.maximum, share=share)
        )
    return Findings(
        ranges=tuple(ranges),
        levels=find_levels(dataset, study, asked),
        status=dict(state.status),
        n_left_out=state.n_left_out,
        points=state.points,
        nbytes=state.nbytes,
        reduced=None if each is None else each * state.points,
        lost=find_lost(dataset) if each is not None and state.complete else (),
    )


def counts_points(dataset: xr.Dataset, name: str) -> bool:
    """Tell whether a variable of a reduction only counts points, which `lost` sums up."""
    counted = {one.n_valid for _, one in reduced.statistics(dataset)}
    one = reduced.told(dataset, name)
    return name in counted | {reduced.FAILED, reduced.LEFT_OUT} or (
        one is not None and one.kind == "histogram"
    )


def find_levels(
    dataset: xr.Dataset, study: Study | None = None, asked: Asked | None = None
) -> tuple[Level, ...]:
    """Look for levels in an output.

    Args:
        dataset: the sweep, opened lazily.
        study: the study that it is of, as for `find`.
        asked: as for `find`.

    Returns:
        A level for each that is of the output's kind.

    Raises:
        DeclarationError: no such output, or a level that was asked for is of another kind.
    """
    asked = asked or Asked()
    picture = selection.study_of(dataset).get("picture", {})
    outputs = selection.output_names(dataset)
    if not outputs:
        return ()
    output = asked.output or picture.get("output")
    if asked.output:
        if output not in outputs:
            remedy = names.nearest(asked.output, outputs)
            raise DeclarationError(f"output: unknown name, got {shown(asked.output)}; {remedy}")
        study = None if reduced.is_reduced(dataset) else study
    elif reduced.is_reduced(dataset):
        output, study = _along_kept(dataset, str(output)), None  # a study has no statistics
        if not output:
            return ()
    if output not in outputs:
        output = max(outputs, key=lambda name: dataset[name].ndim)
    unit = selection.unit_of(dataset, output)
    found = []
    for text in asked.levels or contour_levels(picture):
        try:
            value = units.to_unit(text, unit)
        except DeclarationError as error:  # one of the picture's may be of another output
            if asked.levels:
                raise DeclarationError(f"level of {output}: {error}") from error
            continue
        found.append(
            Level(
                output=output,
                unit=unit,
                value=value,
                counting=count_above(dataset, output, value),
                along=find_crossings(dataset, output, value, study),
            )
        )
    return tuple(found)


def _along_kept(dataset: xr.Dataset, drawn: str) -> str:
    """Return a statistic with one value at each kept point: the one that is drawn, or nearest."""
    one = reduced.told(dataset, drawn)
    if one is not None and not one.own:
        return drawn
    found = list(reduced.statistics(dataset, one.output if one is not None else drawn))
    found = found or list(reduced.statistics(dataset))
    return next((name for name, other in found if not other.own), "")
