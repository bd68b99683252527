"""The numbers of a sweep as a card, in the order in which they are read."""

from __future__ import annotations

from collections.abc import Sequence

from leakscape.amounts import amount, percent, quantity
from leakscape.analyse import wording
from leakscape.analyse.findings import Findings, Level
from leakscape.analyse.folds import Fold
from leakscape.analyse.spread import Spread
from leakscape.card import Card, Section, Table


def summary_card(
    name: str, found: Findings, places: Sequence[Fold], spreads: Sequence[Spread]
) -> Card:
    """Return the card of a sweep.

    Args:
        name: of the study.
        found: ranges, levels, and what a reduction lacks.
        places: where counts change.
        spreads: outputs over the cells of a population.
    """
    sections = [_ranges(found)]
    for level in found.levels:
        sections += _level(level)
    if spreads:
        sections.append(_quantiles(spreads))
    if places:
        sections.append(_folds(places))
    return Card(title=f"{name}: {wording.counted(found)}", sections=tuple(sections))


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
