"""What a picture is asked to show, and what is decided to be drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from leakscape.sweep import Place

CELL = "cell"
FEW = 8
"""Up to so many values an axis is drawn as that many lines, from there on as a heat map."""
NUMBER = "number"
"""The kind of what is a single number, which is no picture."""
CURRENT_VOLTAGE, BIFURCATION = "iv", "bifurcation"
"""The kinds of a current along a potential, and of lists of solutions along an axis."""
MOST_SETS = 5
"""Sets of solutions that can be told apart over one another."""
MOST_PANELS = 9
"""Values of an axis that have a panel each."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What was asked for; None leaves the choice to the study, then to the data.

    Args:
        output: what to draw.
        x: along which axis; alone it asks for lines.
        y: the second axis of a heat map.
        hue: what tells lines apart.
        col: the axis of which every value has a panel of its own.
        kind: a kind of picture.
        select: axis -> value of the slice.
    """

    output: str | None = None
    x: str | None = None
    y: str | None = None
    hue: str | None = None
    col: str | None = None
    kind: str | None = None
    select: Mapping[str, str | float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What will be drawn of one sweep.

    Args:
        kind: a name of the table of kinds, or `NUMBER`.
        output: the variable.
        x: coordinate along the horizontal axis, or empty.
        y: coordinate along the vertical axis of a heat map, or empty.
        hue: coordinate that tells lines apart, or empty.
        col: dimension of which every value has a panel, or empty.
        places: where the other dimensions are held.
    """

    kind: str
    output: str
    x: str = ""
    y: str = ""
    hue: str = ""
    col: str = ""
    places: tuple[Place, ...] = ()
