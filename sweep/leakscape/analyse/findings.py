"""What was found in a sweep: the range of every output, and where it crosses a level.

Ranges come from the journal; a level needs a look at the values.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leakscape import store
from leakscape.analyse.crossings import Crossings, find_crossings
from leakscape.analyse.flag_words import Words, valid_share, words_of
from leakscape.analyse.lost import Lost, find_lost
from leakscape.analyse.shares import Counting, count_above
from leakscape.declare import names, units
from leakscape.declare.study import Study
from leakscape.errors import DeclarationError
from leakscape.shown import shown
from leakscape.status import GENERAL, Code
from leakscape.store.open import labelled
from leakscape.sweep import Sweep, reduced


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
        words: of an output whose numbers stand for words: these, with their shares.
    """

    name: str
    unit: str
    minimum: float
    maximum: float
    share: float | None
    words: Words = ()


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
        codes: code -> what it means, as the sweep says.
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
    codes: Mapping[int, Code] = field(default_factory=lambda: GENERAL)


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
    sweep = Sweep.of(labelled(path, times=True, dask=False)).rising()
    computed = sum(number for code, number in state.status.items() if code) / max(1, state.points)
    ranges = []
    each = reduced.points_each(sweep)
    for name, found in state.found.items():
        if each is not None and counts_points(sweep, name):
            continue
        variable = sweep.dataset[name]
        own = [dim for dim in variable.dims if dim not in sweep.dataset["status"].dims]
        size = math.prod(variable.shape) * computed - found.left_out
        # A lower-rank output is written with the first chunks: it may be ahead of the others.
        share = None if own or size <= 0.0 else min(1.0, found.finite / size)
        unit = sweep.unit_of(name)
        ends = {"minimum": found.minimum, "maximum": found.maximum}
        words = words_of(sweep, name) if each is None else ()
        worded = valid_share(sweep, name, state.status) if each is None else None
        share = share if worded is None else worded
        ranges.append(Range(name=name, unit=unit, share=share, words=words, **ends))
    return Findings(
        ranges=tuple(ranges),
        levels=find_levels(sweep, study, asked),
        status=dict(state.status),
        n_left_out=state.n_left_out,
        points=state.points,
        nbytes=state.nbytes,
        reduced=None if each is None else each * state.points,
        lost=find_lost(sweep) if each is not None and state.complete else (),
        codes=state.codes,
    )


def counts_points(sweep: Sweep, name: str) -> bool:
    """Tell whether a variable of a reduction only counts points, which `lost` sums up."""
    counted = {one.n_valid for _, one in reduced.statistics(sweep)}
    one = reduced.told(sweep, name)
    return name in counted | {reduced.FAILED, reduced.LEFT_OUT} or (
        one is not None and one.kind == "histogram"
    )


def find_levels(
    sweep: Sweep, study: Study | None = None, asked: Asked | None = None
) -> tuple[Level, ...]:
    """Look for levels in an output.

    Args:
        sweep: the sweep, opened lazily.
        study: the study that it is of, as for `find`.
        asked: as for `find`.

    Returns:
        A level for each that is of the output's kind.

    Raises:
        DeclarationError: no such output, or a level that was asked for is of another kind.
    """
    asked = asked or Asked()
    outputs = sweep.outputs
    if not outputs:
        return ()
    output = asked.output or next(iter(sweep.pictured), None)
    if asked.output:
        if output not in outputs:
            remedy = names.nearest(asked.output, outputs)
            raise DeclarationError(f"output: unknown name, got {shown(asked.output)}; {remedy}")
        study = None if reduced.is_reduced(sweep) else study
    elif reduced.is_reduced(sweep):
        output, study = _along_kept(sweep, str(output)), None  # a study has no statistics
        if not output:
            return ()
    if output not in outputs:
        output = max(outputs, key=lambda name: sweep.dataset[name].ndim)
    return tuple(
        Level(
            output=output,
            unit=sweep.unit_of(output),
            value=value,
            counting=count_above(sweep, output, value),
            along=find_crossings(sweep, output, value, study),
        )
        for value in _levels(sweep, output, asked.levels)
    )


def _levels(sweep: Sweep, output: str, asked: tuple[Any, ...]) -> tuple[float, ...]:
    """Return levels [the output's unit]; one of the picture's may be of another output."""
    if not asked:
        return sweep.levels_of(output)
    try:
        return tuple(units.to_unit(text, sweep.unit_of(output)) for text in asked)
    except DeclarationError as error:
        raise DeclarationError(f"level of {output}: {error}") from error


def _along_kept(sweep: Sweep, drawn: str) -> str:
    """Return a statistic with one value at each kept point: the one that is drawn, or nearest."""
    one = reduced.told(sweep, drawn)
    if one is not None and not one.own:
        return drawn
    found = list(reduced.statistics(sweep, one.output if one is not None else drawn))
    found = found or list(reduced.statistics(sweep))
    return next((name for name, other in found if not other.own), "")
