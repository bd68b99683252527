"""The numbers of a sweep as tables, to be read beside its picture."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xarray as xr

from leakscape.amounts import amount, percent, quantity
from leakscape.analyse import reduced, selection, wording
from leakscape.analyse.findings import Asked, Findings, Level, find, find_levels
from leakscape.analyse.folds import Fold, find_folds
from leakscape.analyse.part import found_in, selected
from leakscape.analyse.spread import QUANTILES, Spread, find_spreads
from leakscape.analyse.stored_study import stored_study
from leakscape.card import Card, Section, Table, html_of, text_of
from leakscape.declare.catalogue import study_of
from leakscape.declare.study import Study
from leakscape.errors import DeclarationError
from leakscape.shown import shown
from leakscape.store.open import labelled

if TYPE_CHECKING:
    import pandas as pd

Records = list[dict[str, Any]]
"""Rows of a table: numbers in the unit beside them, NaN for what there is none of."""


@dataclass(frozen=True, kw_only=True)
class Summary:
    """The numbers of a sweep, as `leakscape findings` prints them.

    Args:
        name: of the study.
        found: ranges, levels with shares and crossings, codes; what a reduction lacks.
        places: where a count such as n_equilibria changes: folds.
        spreads: outputs over the cells of a population.
    """

    name: str
    found: Findings
    places: tuple[Fold, ...]
    spreads: tuple[Spread, ...]

    @property
    def ranges(self) -> pd.DataFrame:
        """Each output from its smallest to its largest value, and what share has one."""
        return _frame(self.records()["ranges"])

    @property
    def crossings(self) -> pd.DataFrame:
        """Where outputs cross levels, along each axis and along time: between low and high."""
        return _frame(self.records()["crossings"])

    @property
    def shares(self) -> pd.DataFrame:
        """What share of an output lies above a level, under each condition."""
        return _frame(self.records()["shares"])

    @property
    def quantiles(self) -> pd.DataFrame:
        """Medians, quantiles, means and deviations over the cells of a population."""
        return _frame(self.records()["quantiles"])

    @property
    def folds(self) -> pd.DataFrame:
        """Where a count such as n_equilibria changes along an axis: between low and high."""
        return _frame(self.records()["folds"])

    @property
    def missing(self) -> pd.DataFrame:
        """Points that are in no statistic of a reduction: failed, left out, without a value."""
        return _frame(self.records()["missing"])

    def records(self) -> dict[str, Records]:
        """Return all tables, each as a list of rows."""
        return {
            "ranges": [{**vars(entry)} for entry in self.found.ranges],
            "crossings": [*_crossings(self.found)],
            "shares": [*_shares(self.found)],
            "quantiles": [_spread(entry) for entry in self.spreads],
            "folds": [{**vars(entry), "held": wording.held(entry.held)} for entry in self.places],
            "missing": [
                {**vars(entry), "where": wording.held(entry.where)} for entry in self.found.lost
            ],
        }

    def plain(self) -> dict[str, Any]:
        """Return everything as plain data for JSON; null stands for NaN."""
        counts = {"points": self.found.points, "reduced": self.found.reduced}
        counts["left_out"] = self.found.n_left_out
        status = {str(code): number for code, number in sorted(self.found.status.items())}
        tables = {
            key: [{name: _plain(value) for name, value in row.items()} for row in rows]
            for key, rows in self.records().items()
        }
        return {"name": self.name} | counts | {"status": status} | tables

    @property
    def card(self) -> Card:
        """Everything, in the order in which it is read."""
        sections = [_ranges(self.found)]
        for level in self.found.levels:
            sections += _level(level)
        if self.spreads:
            sections.append(_quantiles(self.spreads))
        if self.places:
            sections.append(_folds(self.places))
        return Card(title=f"{self.name}: {wording.counted(self.found)}", sections=tuple(sections))

    def __repr__(self) -> str:
        return text_of(self.card)

    def _repr_html_(self) -> str:
        return html_of(self.card)


def findings(
    sweep: xr.Dataset | str | Path,
    *,
    level: str | float | Sequence[str | float] = (),
    output: str = "",
    select: Mapping[str, Any] | None = None,
    study: Study | str | Path | None = None,
    refine: bool = True,
) -> Summary:
    """Say in numbers what a sweep shows.

    Args:
        sweep: the path of a store, finished or not, or a dataset of `evaluate`, `reduce` or `open`.
        level: one or several, such as "-55 mV", a number alone where the output has no unit; by
            default those of the study's picture.
        output: what crosses them; by default what the picture shows.
        select: axis -> the value that it is held at, the nearest there is.
        study: the study that it is of, its name or its file, which is evaluated between two points
            of the grid to narrow crossings and folds down. By default the one that the sweep
            carries, if its kernel is an installed one: no code that a store names is run.
        refine: whether to do that at all; where cells are drawn it cannot be done.

    Returns:
        The numbers, as text, HTML and DataFrames.

    Raises:
        SweepError: no sweep there, no such output, or a level of another kind.
    """
    levels = (level,) if isinstance(level, str | int | float) else tuple(level)
    asked = Asked(output=output, levels=levels)
    found = None
    if isinstance(sweep, str | Path):
        dataset = labelled(sweep, times=True, dask=False)
    elif isinstance(sweep, xr.Dataset):
        dataset = reduced.in_order(sweep)
    else:
        raise DeclarationError(
            f"findings: expected a dataset or the path of a store, got {shown(sweep)}; give one"
        )
    if study is not None:
        study = study_of(study, "findings")
    study = (study or stored_study(dataset)) if refine else None
    if isinstance(sweep, str | Path) and not select:
        found = find(sweep, study, asked)
    elif selection.status_of(dataset) is None:
        raise DeclarationError(
            "findings: expected a sweep, got a dataset without a status; give one of evaluate, "
            "reduce or open"
        )
    dataset = selected(selection.rising(dataset), select or {})
    if found is None:
        found = found_in(dataset, find_levels(dataset, study, asked))
    return Summary(
        name=selection.told(dataset.attrs, "title", "sweep"),
        found=found,
        places=find_folds(dataset, study),
        spreads=find_spreads(dataset),
    )


def _frame(records: Records) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(records)


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _crossings(found: Findings) -> Records:
    return [
        {"output": level.output, "level": level.value, "unit": level.unit}
        | {"along": line.axis, "low": passage.low, "high": passage.high, "along_unit": line.unit}
        | {"rising": passage.rising, "held": wording.held(line.held)}
        for level in found.levels
        for line in level.along
        for passage in line.passages
    ]


def _shares(found: Findings) -> Records:
    return [
        {"output": level.output, "level": level.value, "unit": level.unit}
        | {"condition": wording.held(share.condition), "above": share.above}
        | {"of": share.counted - share.lost, "what": level.counting.what, "exact": share.exact}
        for level in found.levels
        for share in level.counting.shares
    ]


def _spread(entry: Spread) -> dict[str, Any]:
    named = {f"q{100 * q:g}": value for q, value in zip(QUANTILES, entry.quantiles, strict=True)}
    return (
        {"output": entry.output, "unit": entry.unit, "condition": wording.held(entry.condition)}
        | {"median": named.pop("q50")}
        | named
        | {"mean": entry.mean, "sd": entry.sd, "cells": entry.cells, "of": entry.of}
        | {"exact": entry.exact}
    )


def _ranges(found: Findings) -> Section:
    rows = tuple(
        (entry.name, wording.span(entry), "" if entry.share is None else percent(entry.share))
        for entry in found.ranges
    )
    texts = [wording.missing(lost) for lost in found.lost]
    texts += [wording.left_out(found)] if found.n_left_out else []
    return Section(
        heading="Ranges",
        texts=(*texts, *wording.remarks(found)),
        table=Table(heads=("output", "range", "valid"), rows=rows, right=("valid",)),
    )


def _level(level: Level) -> list[Section]:
    counting = level.counting
    title, whole = wording.level_heading(level)
    even = wording.even(counting)
    shares = tuple(
        (wording.held(share.condition), wording.share(share, counting.what))
        for share in counting.shares
    )
    lines = tuple((line.axis, wording.where(line), wording.held(line.held)) for line in level.along)
    above = None if whole else Table(heads=("with", "above it"), rows=shares)
    crossed = Table(heads=("along", "crosses it at", "with"), rows=lines)
    texts = (even,) if even else ()
    if whole or not lines:
        table = crossed if lines else above
        return [Section(heading=title, texts=texts, table=table)]
    return [
        Section(heading=title, texts=texts, table=above),
        Section(heading=f"Crossings of {quantity(level.value, level.unit)}", table=crossed),
    ]


def _quantiles(spreads: Sequence[Spread]) -> Section:
    heads = ("output", "median", "5 to 95 %", "25 to 75 %", "mean and sd", "cells", "with")
    rows = []
    for entry in spreads:
        low, lower, median, upper, high = (quantity(q, digits=4) for q in entry.quantiles)
        whole = entry.exact and entry.cells == entry.of
        cells = amount(entry.of) if whole else f"{amount(entry.cells)} of {amount(entry.of)}"
        rows.append(
            (
                f"{entry.output} [{entry.unit}]",
                median,
                f"{low} to {high}",
                f"{lower} to {upper}",
                f"{quantity(entry.mean)} +- {quantity(entry.sd)}",
                cells,
                wording.held(entry.condition),
            )
        )
    table = Table(heads=heads, rows=tuple(rows), right=("median", "cells"))
    return Section(heading="The cells of the population", table=table)


def _folds(places: Sequence[Fold]) -> Section:
    rows = tuple(
        (
            entry.output,
            f"{entry.before} to {entry.after}",
            entry.axis,
            wording.between(entry.low, entry.high, entry.unit),
            wording.held(entry.held),
        )
        for entry in places
    )
    heads = ("count", "goes from", "along", "at", "with")
    return Section(heading="Where a count changes", table=Table(heads=heads, rows=rows))
