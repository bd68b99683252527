"""The numbers of a sweep as rows of tables: plain data, in the unit that stands beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from leakscape.analyse import wording
from leakscape.analyse.findings import Findings
from leakscape.analyse.folds import Fold
from leakscape.analyse.spread import QUANTILES, Spread

Records = list[dict[str, Any]]
"""Rows of a table: numbers in the unit beside them, NaN for what there is none of."""

_LEVEL = ("output", "level", "unit")
_SHARES = tuple(f"q{100 * share:g}" for share in QUANTILES if share != 0.5)
COLUMNS = {
    "ranges": ("name", "unit", "minimum", "maximum", "share"),
    "words": ("output", "word", "share"),
    "crossings": (*_LEVEL, "along", "low", "high", "along_unit", "rising", "held"),
    "shares": (*_LEVEL, "condition", "above", "of", "what", "exact"),
    "quantiles": (
        *("output", "unit", "condition", "median", *_SHARES),
        *("mean", "sd", "cells", "of", "exact"),
    ),
    "folds": ("output", "axis", "unit", "low", "high", "before", "after", "held"),
    "missing": ("why", "number", "of", "most", "where"),
}
"""The columns of each table, which it has without rows too."""


def records(
    found: Findings, places: Sequence[Fold], spreads: Sequence[Spread]
) -> dict[str, Records]:
    """Return all tables, each as a list of rows.

    Args:
        found: ranges, levels, and what a reduction lacks.
        places: where counts change.
        spreads: outputs over the cells of a population.
    """
    ranges = found.ranges
    return {
        "ranges": [{name: getattr(entry, name) for name in COLUMNS["ranges"]} for entry in ranges],
        "words": [
            {"output": entry.name, "word": word, "share": share}
            for entry in ranges
            for word, share in entry.words
        ],
        "crossings": _crossings(found),
        "shares": _shares(found),
        "quantiles": [_spread(entry) for entry in spreads],
        "folds": [{**vars(entry), "held": wording.held(entry.held)} for entry in places],
        "missing": [{**vars(entry), "where": wording.held(entry.where)} for entry in found.lost],
    }


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
