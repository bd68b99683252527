"""Which axes a kind of picture takes when it is asked for by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from leakscape.picture.request import CELL, FEW
from leakscape.sweep import Sweep, reduced

Roles = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Given:
    """What is known before axes are taken.

    Args:
        sweep: the sweep.
        output: what is drawn.
        asked: role -> name, of what was asked for.
        roles: the same, completed by what the study's picture says.
        free: the output's dimensions that nothing holds, longer than 1.
        dimension: returns the dimension that a name means for a role.
    """

    sweep: Sweep
    output: str
    asked: Mapping[str, str]
    roles: Mapping[str, str]
    free: Sequence[str]
    dimension: Callable[[str, str], str]

    def is_text(self, name: str) -> bool:
        """Tell whether a coordinate names things: texts, or the values that a share is of."""
        one = reduced.meaning(self.sweep, name)
        return self.sweep.is_text(name) or (one is not None and one.kind == "share")

    def size(self, dim: str) -> int:
        """Return how many values a dimension has."""
        return int(self.sweep.dataset.sizes[dim])

    def usual(self, role: str, fits: Callable[[str], bool], taken: Sequence[str] = ()) -> str:
        """Return the name for a role: the one asked for, the study's, or the longest that fits.

        Args:
            role: x, y or hue.
            fits: whether a name may be taken for it.
            taken: dimensions that other roles have.
        """
        for known in (self.asked, self.roles):
            name = known.get(role, "")
            if name and fits(name) and self.dimension(name, role) not in taken:
                return name
        order = sorted(self.free, key=lambda dim: -self.size(dim))
        return next((dim for dim in order if dim not in taken and fits(dim)), "")

    def hue(self, taken: Sequence[str]) -> Roles:
        """Return the hue: the one asked for, the study's, or what else varies."""
        for known in (self.asked, self.roles):
            if (name := known.get("hue")) and self.dimension(name, "hue") not in taken:
                return {"hue": name}
        own = set(self.sweep.swept)
        left = [dim for dim in self.free if dim not in taken and dim != CELL]
        left.sort(key=lambda dim: dim in own)  # an output's own dimension first
        return {"hue": left[0]} if left else {}

    @property
    def has_cells(self) -> bool:
        """Whether every cell of a population has a value."""
        return CELL in self.free


def lines(given: Given) -> Roles | None:
    """Take an axis with numbers, and a hue."""
    if given.has_cells:
        return None
    x = given.usual("x", lambda name: not given.is_text(name))
    return {"x": x, **given.hue([given.dimension(x, "x")])} if x else None


def heat_map(given: Given) -> Roles | None:
    """Take two axes, numbers before names."""
    if given.has_cells:
        return None
    x = given.usual("x", lambda name: not given.is_text(name)) or given.usual("x", lambda _: True)
    if not x:
        return None
    taken = [given.dimension(x, "x")]
    y = given.usual("y", lambda name: not given.is_text(name), taken)
    y = y or given.usual("y", lambda _: True, taken)
    return {"x": x, "y": y} if y else None


def bars(given: Given) -> Roles | None:
    """Take an axis of names, or of few numbers."""
    if given.has_cells:
        return None
    x = given.usual("x", given.is_text)
    return {"x": x, **given.hue([given.dimension(x, "x")])} if x else None


def histogram(given: Given) -> Roles | None:
    """Take the cells, and a short axis as hue."""
    if not given.has_cells:
        return None
    few = [dim for dim in given.free if dim != CELL and given.size(dim) <= FEW]
    hue = given.asked.get("hue") or given.roles.get("hue") or next(iter(few), "")
    return {"hue": hue} if hue else {}


def scatter(given: Given) -> Roles | None:
    """Take a sampled parameter along x."""
    if not given.has_cells:
        return None
    columns = [
        str(name)
        for name, found in given.sweep.dataset.coords.items()
        if found.dims == (CELL,) and not given.is_text(str(name)) and name != CELL
    ]
    for known in (given.asked, given.roles):
        if known.get("x") in columns:
            columns = [known["x"]]
            break
    hue = given.asked.get("hue", given.roles.get("hue", ""))
    return {"x": columns[0]} | ({"hue": hue} if hue else {}) if columns else None


def bands(given: Given) -> Roles | None:
    """Take an axis with numbers, across the cells."""
    if not given.has_cells:
        return None
    x = given.usual("x", lambda name: not given.is_text(name) and name != CELL, [CELL])
    return {"x": x} if x else None
