"""Which axes a kind of picture takes when it is asked for by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from leakscape.errors import DeclarationError
from leakscape.picture.choices import MOST_HUES
from leakscape.picture.classes import has_classes
from leakscape.picture.groups import parameters
from leakscape.picture.request import CELL, FEW, MOST_SETS
from leakscape.sweep import Sweep, reduced
from leakscape.sweep.roles import is_current, is_potential

Roles = dict[str, str]
_LEVEL = "-55"
"""An example in a message."""


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
        slots: the output's own dimension along which solutions are listed of which is known
            whether they are stable; empty where there is none, or where one is selected.
    """

    sweep: Sweep
    output: str
    asked: Mapping[str, str]
    roles: Mapping[str, str]
    free: Sequence[str]
    dimension: Callable[[str, str], str]
    slots: str = ""

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

        Returns:
            The name; empty where none fits, or the one asked for does not.
        """
        for known in (self.asked, self.roles):
            name = known.get(role, "")
            if name and fits(name) and self.dimension(name, role) not in taken:
                return name
            if name and known is self.asked:
                return ""
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
    """Take an axis with numbers, and a hue, which may be the cells."""
    hue = given.asked.get("hue", "")
    if given.has_cells and not (hue and given.dimension(hue, "hue") == CELL):
        return None
    x = given.usual("x", lambda name: not given.is_text(name) and name != CELL)
    if x and given.has_cells:
        return {"x": x, "hue": hue}
    return {"x": x, **given.hue([given.dimension(x, "x")])} if x else None


def current_voltage(given: Given) -> Roles | None:
    """Take a potential along x, and a hue; only a current is drawn so."""
    if given.has_cells or not is_current(given.sweep, given.output):
        return None
    x = given.usual("x", lambda name: is_potential(given.sweep, name))
    return {"x": x, **given.hue([given.dimension(x, "x")])} if x else None


def bifurcation(given: Given) -> Roles | None:
    """Take an axis with numbers along which solutions are followed, and what tells sets apart."""
    if given.has_cells or not given.slots:
        return None

    def is_scale(name: str) -> bool:
        return not given.is_text(name) and given.dimension(name, "x") != given.slots

    x = given.usual("x", is_scale)
    if not x:
        return None
    taken = [given.slots, given.dimension(x, "x")]
    for known in (given.asked, given.roles):
        if (name := known.get("hue")) and given.dimension(name, "hue") not in taken:
            return {"x": x, "hue": name}
    few = (dim for dim in given.free if dim not in taken and given.size(dim) <= MOST_SETS)
    hue = next(few, "")
    return {"x": x} | ({"hue": hue} if hue else {})


def heat_map(given: Given) -> Roles | None:
    """Take two axes, numbers before names."""
    if given.has_cells:
        return None
    held = [given.dimension(name, "y")] if (name := given.asked.get("y")) else []
    x = given.usual("x", lambda name: not given.is_text(name), held)
    x = x or given.usual("x", lambda _: True, held)
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
    """Take the cells, and a short axis or a label as hue."""
    if not given.has_cells:
        return None
    few = [dim for dim in given.free if dim != CELL and given.size(dim) <= FEW]
    hue = group(given, "") or next(iter(few), "")
    return {"hue": hue} if hue else {}


def scatter(given: Given) -> Roles | None:
    """Take a sampled parameter along x."""
    columns = parameters(given.sweep) if given.has_cells else []
    for known in (given.asked, given.roles):
        if known.get("x") in columns:
            columns = [known["x"]]
            break
    hue = given.asked.get("hue", given.roles.get("hue", ""))
    return {"x": columns[0]} | ({"hue": hue} if hue else {}) if columns else None


def bands(given: Given) -> Roles | None:
    """Take an axis with numbers, across the cells, and a short one or a label as hue."""
    x = _axis_of_cells(given)
    if not x or given.is_text(x):
        return None
    dim = given.dimension(x, "x")
    return {"x": x, **band_hue(given, dim)}


def band_hue(given: Given, x: str) -> Roles:
    """Return the hue of bands: the one asked for, the study's, or a short second axis.

    Args:
        given: what is known.
        x: the dimension along x.
    """
    few = [dim for dim in given.free if dim not in (CELL, x) and given.size(dim) <= MOST_HUES]
    hue = group(given, x) or next(iter(few), "")
    return {"hue": hue} if hue else {}


def shares(given: Given) -> Roles | None:
    """Take an axis across the cells, if there is one; real numbers need levels."""
    if not given.has_cells:
        return None
    output = given.output
    if not has_classes(given.sweep, output) and not given.sweep.levels_of(output):
        raise DeclarationError(
            f"kind: shares of {output} are of the cells above levels, got none; name some in the "
            f"study, such as picture.contour = "
            f'"{_LEVEL} {given.sweep.unit_of(output)}"'
        )
    x = _axis_of_cells(given)
    if not x and "x" in given.asked:
        return None
    return {"x": x} if x else {}


def pairs(given: Given) -> Roles | None:
    """Take the parameters of the cells, at least two."""
    return {} if given.has_cells and len(parameters(given.sweep)) > 1 else None


def parallel(given: Given) -> Roles | None:
    """Take the parameters of the cells."""
    return {} if given.has_cells and parameters(given.sweep) else None


def _axis_of_cells(given: Given) -> str:
    """Return the name of an axis that every cell has values along, "" if there is none."""
    asked = given.asked.get("x", "")
    if not given.has_cells or (asked and given.dimension(asked, "x") == CELL):
        return ""
    numbers = given.usual("x", lambda name: name != CELL and not given.is_text(name), [CELL])
    if asked and asked != numbers:
        return asked
    return numbers or given.usual("x", lambda name: name != CELL, [CELL])


def group(given: Given, x: str) -> str:
    """Return the hue that was asked for, or the study's, where it makes groups of cells.

    Args:
        given: what is known.
        x: the dimension along x, "" if there is none.

    Raises:
        DeclarationError: what was asked for differs from cell to cell.
    """
    for known in (given.asked, given.roles):
        hue = known.get("hue", "")
        dim = given.dimension(hue, "hue") if hue else x
        if not hue or dim == x:
            continue
        if dim != CELL or given.is_text(hue):
            return hue
        if known is given.asked:
            raise DeclarationError(
                f"hue: {hue} differs from cell to cell, got no groups; with kind lines every "
                f"cell has a curve"
            )
    return ""
