"""Which kind of picture a population or an analysis is drawn as, unless another is asked for."""

from __future__ import annotations

from leakscape.errors import DeclarationError
from leakscape.picture import arrange, arrange_analysed
from leakscape.picture.arrange import Given, Roles
from leakscape.picture.classes import has_classes
from leakscape.picture.request import CELL, FEW
from leakscape.sweep.analysed import PARAMETER


def population(given: Given, *, several: bool) -> tuple[str, Roles]:
    """Choose the kind and the axes for an output of cells.

    Args:
        given: what is known.
        several: whether other sweeps are drawn over this one.

    Returns:
        The kind, and role -> name.

    Raises:
        DeclarationError: roles that contradict one another.
    """
    if "y" in given.asked:
        raise DeclarationError("y: cells are drawn along x; drop y, or select cell=0")
    x, hue = given.roles.get("x", ""), given.roles.get("hue", "")
    classed = has_classes(given.sweep, given.output) and not several
    if not x:
        return _without_x(given, classed=classed, several=several)
    if given.dimension(x, "x") == CELL and not (x == CELL or given.is_text(x)):
        return "scatter", {"x": x} | ({"hue": hue} if hue else {})
    if x == CELL or (given.is_text(x) and not classed):
        raise DeclarationError(
            f"x: {x} only names things, got no numbers; use a sampled parameter or an axis"
        )
    if classed:
        if "hue" in given.asked:
            raise DeclarationError(
                f"hue: the shares of {given.output} have the colours; use col={hue}, or drop hue"
            )
        return "shares", {"x": x}
    return "bands", {"x": x, **arrange.band_hue(given, given.dimension(x, "x"))}


def _without_x(given: Given, *, classed: bool, several: bool) -> tuple[str, Roles]:
    hue = arrange.group(given, "")
    taken = {CELL, given.dimension(hue, "hue")} if hue else {CELL}
    axes = [dim for dim in given.free if dim not in taken]
    long = [dim for dim in axes if given.size(dim) > FEW and not given.is_text(dim)]
    if classed and "hue" not in given.asked:
        order = sorted(axes, key=lambda dim: (given.is_text(dim), -given.size(dim)))
        return "shares", {"x": order[0]} if order else {}
    if not hue and not several and long:
        x = max(long, key=given.size)
        return "bands", {"x": x, **arrange.band_hue(given, x)}
    few = [dim for dim in axes if given.size(dim) <= FEW]
    if not hue and few and not several:
        hue = few[0]
    return "histogram", {"hue": hue} if hue else {}


def of_parameters(given: Given, *, several: bool) -> tuple[str, Roles] | None:
    """Choose the kind for a statistic of parameters; None leaves it to the axes.

    Args:
        given: what is known.
        several: whether other datasets are drawn over this one.
    """
    if several:
        return None
    if (taken := arrange_analysed.along(given)) is not None:
        return "lines", taken
    if given.asked:
        return None
    if (taken := arrange_analysed.interactions(given)) is not None:
        return arrange_analysed.INTERACTIONS, taken
    if set(given.free) != {PARAMETER}:
        return None
    if (taken := arrange_analysed.screening(given)) is not None:
        return arrange_analysed.SCREENING, taken
    taken = arrange_analysed.indices(given)
    return None if taken is None else (arrange_analysed.INDICES, taken)
