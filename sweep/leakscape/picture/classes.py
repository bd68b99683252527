"""Colours by the value of an output: a few whole numbers by name, others along a scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.colors import to_rgba_array
from numpy.typing import NDArray

from leakscape.picture import palette, scales, theme, typography
from leakscape.picture.panel import Bar, Span
from leakscape.picture.slices import Numbers
from leakscape.sweep import Sweep
from leakscape.sweep.roles import meanings_of

MOST = len(theme.NAMED)
"""Classes that can be told apart; the rarest share the last one."""


@dataclass(frozen=True, kw_only=True)
class Value:
    """A class of an output: one whole number, or several that are too rare for their own.

    Args:
        numbers: which.
        text: what the legend calls it.
        shade: its colour.
    """

    numbers: Sequence[float]
    text: str
    shade: Any

    def holds(self, values: Numbers) -> NDArray[np.bool_]:
        """Tell which values are of this class."""
        return np.isin(values, self.numbers)


@dataclass(frozen=True, kw_only=True)
class Tint:
    """How cells are coloured by an output.

    Args:
        shades: the colour of each cell, shape (cells, 4).
        handles: the legend's entries.
        bar: the colour bar, where colours are no classes.
    """

    shades: NDArray[np.float64]
    handles: Sequence[Artist]
    bar: Bar | None


def has_classes(sweep: Sweep, output: str) -> bool:
    """Tell whether an output is whole-numbered, or its numbers stand for something."""
    return sweep.dataset[output].dtype.kind in "iub" or bool(meanings_of(sweep, output))


def values_of(sweep: Sweep, output: str, values: Numbers, span: Span | None) -> list[Value]:
    """Find the classes of an output, rising.

    Args:
        sweep: the sweep.
        output: the output.
        values: what is drawn; NaN is skipped.
        span: smallest and largest value of all panels, so that each has one colour in all.
    """
    known, often = np.unique(values[np.isfinite(values)], return_counts=True)
    if not known.size:
        return []
    own = np.sort(
        known[np.argsort(-often, kind="stable")][: MOST if known.size <= MOST else MOST - 1]
    )
    lowest, highest = span or (float(known[0]), float(known[-1]))
    by_value = highest - lowest < MOST
    meanings = meanings_of(sweep, output)
    found = [
        Value(
            numbers=(number,),
            text=_text(output, number, meanings),
            shade=theme.named(round(number - lowest) if by_value else place),
        )
        for place, number in enumerate(own.tolist())
    ]
    if rare := sorted({*known.tolist()} - {*own.tolist()}):
        sign = typography.symbol(output)
        found.append(Value(numbers=rare, text=f"other {sign}", shade=theme.GREY))
    return found


def _text(output: str, number: float, meanings: Mapping[int, str]) -> str:
    said = meanings.get(round(number), "")
    return typography.prose(said) if said else f"{typography.symbol(output)} = {number:g}"


def tint(sweep: Sweep, output: str, values: Numbers, span: Span | None) -> Tint:
    """Colour cells by an output.

    Args:
        sweep: the sweep.
        output: the output.
        values: of each cell, all of them finite.
        span: smallest and largest value that panels share.
    """
    if has_classes(sweep, output):
        shades = np.zeros((len(values), 4))
        handles: list[Artist] = []
        style: dict[str, Any] = {"linewidth": theme.width(3.0)}
        for one in values_of(sweep, output, values, span):
            shades[one.holds(values)] = to_rgba_array([one.shade])[0]
            handles.append(scales.line_handle(one.text, color=one.shade, **style))
        return Tint(shades=shades, handles=handles, bar=None)
    if not values.size:
        return Tint(shades=np.zeros((0, 4)), handles=(), bar=None)
    bar = palette.bar(sweep, output, values if span is None else np.asarray(span))
    return Tint(shades=np.asarray(bar.mappable.to_rgba(values)), handles=(), bar=bar)
