"""A panel of a figure: which sweeps it shows, and what was painted of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable

from leakscape.picture.request import Decision
from leakscape.sweep import Sweep

Span = tuple[float, float]
"""Smallest and largest value, which panels of one output share."""


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One sweep in a panel.

    Args:
        name: what the sweep is called.
        sweep: the sweep, opened lazily.
        decision: what is drawn of it.
        limited: whether the ends of the vertical axis were asked for.
    """

    name: str
    sweep: Sweep
    decision: Decision
    limited: bool = False


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A colour bar, to be drawn beside one panel or several.

    Args:
        mappable: colours and their scale.
        label: what the colours mean.
        dress: writes ticks, and marks levels.
    """

    mappable: ScalarMappable
    label: str
    dress: Callable[[Axes], None]


@dataclass(frozen=True, kw_only=True)
class Painted:
    """What was painted into a panel.

    Args:
        handles: the legend's entries.
        notes: what the subtitle should add.
        lost: status code -> how many of the points shown have no value because of it.
        points: how many points are shown.
        bar: the colour bar, if colours mean numbers.
        words_of: the output whose numbers the legend's entries put into words, "" if of none;
            beside another one they need its name.
    """

    handles: Sequence[Artist] = ()
    notes: Sequence[str] = ()
    lost: Mapping[int, int] = field(default_factory=dict)
    points: int = 0
    bar: Bar | None = None
    words_of: str = ""


def summed(counts: Sequence[Mapping[int, int]]) -> dict[int, int]:
    """Add up counts by status code."""
    total: dict[int, int] = {}
    for count in counts:
        for code, number in count.items():
            total[code] = total.get(code, 0) + number
    return total


def room(axes: Axes) -> Span:
    """Return width and height of a panel before labels take their part of it [inch]."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    wide, high = figure.get_size_inches() * axes.get_position().size
    return float(wide), float(high)
