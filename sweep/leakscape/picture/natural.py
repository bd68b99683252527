"""Which kind of picture an output is drawn as, unless another is asked for."""

from __future__ import annotations

from leakscape.errors import DeclarationError
from leakscape.picture import arrange, arrange_analysed
from leakscape.picture.arrange import Given, Roles
from leakscape.picture.classes import has_classes
from leakscape.picture.request import CELL, CURRENT_VOLTAGE, FEW, NUMBER
from leakscape.sweep import reduced
from leakscape.sweep.analysed import PARAMETER
from leakscape.sweep.roles import is_current, is_potential, is_time, meanings_of

_FEW_LABELS = 2
"""Up to so many values of an axis labels are drawn as that many lines."""


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


def over_axes(given: Given, *, several: bool) -> tuple[str, Roles]:
    """Choose the kind and the axes for an output of points.

    Two long axes of numbers make a map, and three values of each do where the output is made of
    labels. What was followed along a time is drawn along it.

    Args:
        given: what is known.
        several: whether other sweeps are drawn over this one.
    """
    sweep, roles = given.sweep, dict(given.roles)
    one = reduced.told(sweep, given.output)
    own = "" if one is None else one.own  # levels, quantiles: rather as hues
    taken = {given.dimension(name, role) for role, name in roles.items() if name}
    order = [dim for dim in given.free if dim not in taken]
    # Labels have no order, so they serve as the axis of a curve only when nothing else does.
    free = sorted(order, key=lambda dim: (given.is_text(dim), dim == own, -given.size(dim)))
    if "x" not in roles and free:
        pair = sorted(free[:2], key=order.index)
        time = [dim for dim in free if is_time(sweep, dim) and "y" not in roles]
        alone = not (several or time or {"y", "hue"} & roles.keys()) and len(pair) == 2
        heat = alone and all(_spans(given, dim) for dim in pair)
        roles["x"] = pair[0] if heat else [*time, *free][0]
        if heat:
            roles["y"] = pair[1]
        free.remove(roles["x"])
    if "y" in roles:
        if "x" not in roles:
            roles["x"] = roles.pop("y")
        else:
            roles.pop("hue", None)
            return "heatmap", roles
    if "x" not in roles:
        return NUMBER, roles
    left = [dim for dim in free if roles.get("y") != dim]
    if "hue" not in roles and left and not several:
        roles["hue"] = next((dim for dim in left if dim not in sweep.swept), left[0])
    if given.is_text(roles["x"]):
        return "bars", roles
    is_iv = is_current(sweep, given.output) and is_potential(sweep, roles["x"])
    return CURRENT_VOLTAGE if is_iv else "lines", roles


def _spans(given: Given, dim: str) -> bool:
    """Tell whether a map is drawn over a dimension."""
    labels = dim in given.sweep.swept and bool(meanings_of(given.sweep, given.output))
    return given.size(dim) > (_FEW_LABELS if labels else FEW) and not given.is_text(dim)
