"""Which two parameters act together, in words: the largest indices of pairs."""

from __future__ import annotations

import numpy as np
import xarray as xr

from leakscape.analyse.sensitivity.labelled import PARAMETER
from leakscape.analyse.sensitivity.spans import plus, spans
from leakscape.card import Section, Table

MOST = 5
"""Pairs that are listed."""
_ROUNDING = 1e-6
"""What counts as 0 of an index that has no interval, as those of a grid."""


def section(dataset: xr.Dataset, name: str, text: str) -> tuple[Section, ...]:
    """List the pairs with the largest S2 whose interval excludes 0 at some place of the axes.

    Args:
        dataset: the result of an analysis.
        name: of the outcome.
        text: as it was asked for.

    Returns:
        One section, or none where the indices of pairs were not asked for.
    """
    if f"{name}_S2" not in dataset:
        return ()
    values = dataset[f"{name}_S2"].values
    error = f"{name}_S2_error"
    wide = dataset[error].values if error in dataset else np.full(values.shape, np.nan)
    least = np.where(np.isfinite(wide), wide, _ROUNDING)
    sure = np.where(np.abs(values) > least, np.abs(values), 0.0)
    sure = sure.reshape(*sure.shape[:2], -1).max(axis=2)
    first, second = np.triu_indices(len(sure), 1)
    order = np.argsort(-sure[first, second], kind="stable")[:MOST]
    labels = dataset[PARAMETER].values
    rows = []
    for i, j in zip(first[order], second[order], strict=True):
        if sure[i, j] > 0.0:
            half = plus(wide[i, j]) if np.isfinite(wide[i, j]).any() else ""
            rows.append((f"{labels[i]} with {labels[j]}", spans(values[i, j], 1.0, ""), half))
    heading = f"{text}, two parameters only together"
    if not rows:
        told = "The interval of S2 includes 0 for every pair."
        if error not in dataset:
            told = "No pair has an S2 other than 0."
        if not np.isfinite(values).any():
            told = "No pair has an S2."
        return (Section(heading=heading, texts=(told,)),)
    heads = ("pair", "together (S2)", "+- S2")
    return (Section(heading=heading, table=Table(heads=heads, rows=tuple(rows), right=heads[1:])),)
