"""Which axes a kind of picture of a reduction takes when it is asked for by name."""

from __future__ import annotations

from leakscape.picture.arrange import Given, Roles
from leakscape.picture.choices import MOST_HUES
from leakscape.sweep import reduced


def _own(given: Given, kind: str) -> str:
    """Return the own dimension of a statistic, empty where the output is no such one."""
    one = reduced.told(given.sweep, given.output)
    return one.own if one is not None and one.kind == kind else ""


def counts(given: Given) -> Roles | None:
    """Take the bins, and a short axis as hue."""
    own = _own(given, "histogram")
    if not own:
        return None
    few = [dim for dim in given.free if dim != own and given.size(dim) <= MOST_HUES]
    hue = given.asked.get("hue") or given.roles.get("hue") or next(iter(few), "")
    return {"hue": hue} if hue else {}


def density(given: Given) -> Roles | None:
    """Take an axis, and the bins along y."""
    own = _own(given, "histogram")
    x = own and given.usual("x", lambda _: True, [own])
    return {"x": x, "y": own} if x else None


def quantiles(given: Given) -> Roles | None:
    """Take an axis with numbers, and a short one as hue."""
    own = _own(given, "quantile")
    x = own and given.usual("x", lambda name: not given.is_text(name), [own])
    return {"x": x, **_hue(given, [own, given.dimension(x, "x")])} if x else None


def ranges(given: Given) -> Roles | None:
    """Take an axis of labels, or none."""
    own = _own(given, "quantile")
    if not own:
        return None
    x = given.usual("x", given.is_text, [own])
    return {"x": x, **_hue(given, [own, given.dimension(x, "x")])} if x else {}


def _hue(given: Given, taken: list[str]) -> Roles:
    hue = given.asked.get("hue") or given.roles.get("hue", "")
    return {"hue": hue} if hue and given.dimension(hue, "hue") not in taken else {}
