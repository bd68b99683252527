"""Axes that were asked for and contradict one another are refused before anything is chosen."""

from __future__ import annotations

from collections.abc import Callable, Container

from leakscape.errors import DeclarationError
from leakscape.picture.request import CELL, Wish
from leakscape.sweep import Sweep, analysed


def refuse(
    wish: Wish, held: Container[str], dimension: Callable[[str, str], str], several: bool
) -> None:
    """Refuse axes that cannot be drawn together.

    Args:
        wish: what was asked for.
        held: the dimensions at which one value was selected.
        dimension: returns the dimension that a name means for a role.
        several: whether other sweeps are drawn over this one.

    Raises:
        DeclarationError: axes that contradict one another.
    """
    seen = _roles(wish, held, dimension)
    if wish.y is not None and wish.hue is not None:
        raise DeclarationError("hue: a heat map shows the output by colour; drop y or hue")
    if wish.y is not None and several:
        raise DeclarationError("y: several sweeps are overlaid as lines; give x alone")
    if wish.y is not None and dimension(wish.y, "y") == CELL:
        raise DeclarationError("y: cells have no order; use x, or select cell=0")
    if wish.col is None:
        return
    col = dimension(wish.col, "col")
    if col == CELL:
        raise DeclarationError("col: cells have no panel each; use an axis, or select cells")
    if col in held:
        raise DeclarationError(
            f"col: {wish.col} is held at one value by select; drop one of the two"
        )
    if col in seen:
        raise DeclarationError(f"col: {wish.col} is drawn as {seen[col]}; use another axis")


def _roles(
    wish: Wish, held: Container[str], dimension: Callable[[str, str], str]
) -> dict[str, str]:
    """Return the role of each dimension that one was asked for."""
    seen: dict[str, str] = {}
    for role in ("x", "y", "hue"):
        name = getattr(wish, role)
        if name is None:
            continue
        dim = dimension(name, role)
        if dim in held:
            raise DeclarationError(
                f"{role}: {name} is held at one value by select; drop one of the two"
            )
        if dim in seen and dim != CELL:
            raise DeclarationError(f"{role}: {dim} is drawn as {seen[dim]}; use another axis")
        seen[dim] = role
    return seen


def refuse_units(sweep: Sweep, output: str, drawn: set[str]) -> None:
    """Refuse values side by side that have a unit each: mean squared slopes by parameters.

    Args:
        sweep: the dataset.
        output: what is drawn.
        drawn: the dimensions along which it is.

    Raises:
        DeclarationError: it is so.
    """
    one = analysed.told(sweep, output)
    if one is not None and one.statistic == analysed.SLOPES and analysed.PARAMETER in drawn:
        raise DeclarationError(
            f"output: {output} has another unit for each parameter, so that its values cannot be "
            f"compared; draw {one.other(analysed.BOUND)}, or one of them by --select parameter=NAME"
        )
