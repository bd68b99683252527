"""Cells told apart by colour: by a few values of an axis, or by a label that each carries."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from numpy.typing import NDArray

from leakscape.picture import palette, scales, theme, typography
from leakscape.picture.panel import Layer, Span
from leakscape.picture.request import CELL, Decision
from leakscape.picture.slices import Numbers, Slice, coordinate, read, some_cells, spread
from leakscape.sweep import Sweep


@dataclass(frozen=True, kw_only=True)
class Group:
    """Cells that share a colour.

    Args:
        text: what the legend calls them, "" where there is one group only.
        shade: their colour.
        values: of the output, the cells along the last dimension; NaN where there is none.
        members: which of the cells that were read they are.
    """

    text: str
    shade: Any
    values: Numbers
    members: NDArray[np.bool_] | slice = field(default_factory=lambda: slice(None))


@dataclass(frozen=True, kw_only=True)
class Grouped:
    """What was read of a population.

    Args:
        groups: the cells by colour.
        found: all of it.
        notes: what the subtitle should add.
    """

    groups: Sequence[Group]
    found: Slice
    notes: Sequence[str]


def grouped(
    sweep: Sweep,
    decision: Decision,
    along: Mapping[str, Any],
    *,
    numbers: int,
    most: int = len(theme.NAMED),
    shade: Any = None,
) -> Grouped:
    """Read an output of cells, told apart by the hue.

    Args:
        sweep: the sweep, opened lazily.
        decision: what is drawn.
        along: the other dimensions drawn, each with its indices.
        numbers: how many values may be read at most.
        most: how many groups there may be.
        shade: the colour where there is one group only.
    """
    hue, order = decision.hue, dict(along)
    dim = sweep.dimension_of(hue, decision.output, "hue") if hue else ""
    if dim not in ("", CELL):
        order = {dim: spread(sweep.dataset.sizes[dim], most), **order}
    each = max(1, numbers // math.prod(len(taken) for taken in order.values()))
    found = read(sweep, decision, order | {CELL: some_cells(sweep, each)})
    notes = how_many(sweep, len(found.along[CELL]))
    if dim == CELL and sweep.is_text(hue):
        members = labelled(sweep, hue, found.along[CELL], most)
        groups = [
            Group(
                text=text, shade=theme.named(place), values=found.values[..., which], members=which
            )
            for place, (text, which) in enumerate(members)
        ]
        return Grouped(groups=groups, found=found, notes=notes)
    if dim in ("", CELL):
        lone = theme.named(0) if shade is None else shade
        return Grouped(
            groups=[Group(text="", shade=lone, values=found.values)], found=found, notes=notes
        )
    hues = coordinate(sweep, hue, dim, found.along[dim])
    texts, shades = palette.words(sweep, hue, *hues), palette.colours(sweep, hue, *hues)
    groups = [
        Group(text=text, shade=shade, values=values)
        for text, shade, values in zip(texts, shades, found.values, strict=True)
    ]
    if len(groups) < (size := sweep.dataset.sizes[dim]):
        sign = typography.symbol(hue)
        notes = [*notes, f"{len(groups)} of {typography.count(size)} values of {sign}"]
    return Grouped(groups=groups, found=found, notes=notes)


def span_read(layer: Layer, *, numbers: int, along: Mapping[str, Any] | None = None) -> Span | None:
    """Return the smallest and the largest value that `grouped` reads, None where there is none.

    Args:
        layer: the sweep, and what is drawn of it.
        numbers: how many values may be read at most.
        along: the other dimensions drawn, each with its indices.
    """
    known = grouped(layer.sweep, layer.decision, along or {}, numbers=numbers).found.values
    known = known[np.isfinite(known)]
    return (float(known.min()), float(known.max())) if known.size else None


def labelled(
    sweep: Sweep, column: str, taken: NDArray[np.int64], most: int
) -> list[tuple[str, NDArray[np.bool_]]]:
    """Tell cells apart by a label: of each its text, and which cells carry it.

    Args:
        sweep: the sweep.
        column: the labels, along the cells.
        taken: the cells.
        most: how many labels at most; the rest are "all others".
    """
    _, labels = coordinate(sweep, column, CELL, taken)
    known = {label: place for place, label in enumerate(dict.fromkeys(labels))}
    places = np.array([known[label] for label in labels], dtype=np.int64)
    own = len(known) if len(known) <= most else most - 1
    texts = [typography.tidy(label) or "no label" for label in list(known)[:own]]
    found = [(text, places == place) for place, text in enumerate(texts)]
    return found if own == len(known) else [*found, ("all others", places >= own)]


def dot_handles(groups: Sequence[Group]) -> list[Artist]:
    """Return the legend's entries of groups that are drawn as dots."""
    style: dict[str, Any] = {"marker": "o", "linestyle": "none", "markersize": theme.width(7)}
    return [
        scales.line_handle(group.text, color=group.shade, **style) for group in groups if group.text
    ]


def columns(sweep: Sweep) -> list[str]:
    """Return what is known of every cell: sampled parameters, and what a table holds beside."""
    return [str(name) for name, known in sweep.dataset.coords.items() if known.dims == (CELL,)]


def parameters(sweep: Sweep) -> list[str]:
    """Return the numbers that are known of every cell, without those that only count them."""
    known = [name for name in columns(sweep) if name not in (CELL, "id")]
    return [name for name in known if sweep.dataset[name].dtype.kind in "iuf"]


def how_many(sweep: Sweep, shown: int) -> list[str]:
    """Say which cells are drawn, where these are not all."""
    size = sweep.dataset.sizes[CELL]
    words = f"{typography.count(shown)} of {typography.count(size)} cells"
    whole = "table" in sweep.population
    return [] if shown >= size else [words if whole else f"the first {words}"]
