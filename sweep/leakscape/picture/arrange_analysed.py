"""Which axes the pictures of an analysis of sensitivity take."""

from __future__ import annotations

from leakscape.picture.arrange import Given, Roles
from leakscape.sweep import analysed
from leakscape.sweep.analysed import OTHER, PAIRS, PARAMETER, SIGMA, STAR

INDICES, INTERACTIONS, SCREENING = "indices", "interactions", "screening"
_FIRST = {INTERACTIONS: PAIRS, SCREENING: STAR}


def statistic_of(kind: str | None) -> str:
    """Return the statistic that a kind of picture is of, "" where it fits several."""
    return _FIRST.get(kind or "", "")


def indices(given: Given) -> Roles | None:
    """Take the parameters, a row each."""
    one = analysed.told(given.sweep, given.output)
    fits = one is not None and one.statistic != analysed.SLOPES and OTHER not in _dims(given)
    return {"y": PARAMETER} if fits and PARAMETER in given.free else None


def along(given: Given) -> Roles | None:
    """Take the axis asked for, or the longest one of numbers, and the parameters as hue."""
    one = analysed.told(given.sweep, given.output)
    if one is None or PARAMETER not in given.free or OTHER in _dims(given):
        return None
    if set(given.asked) - {"x"}:
        return None
    numbers = [d for d in given.free if d != PARAMETER and not given.is_text(d)]
    x = given.asked.get("x") or max(numbers, key=given.size, default="")
    return {"x": x, "hue": PARAMETER} if x and not given.is_text(x) else None


def interactions(given: Given) -> Roles | None:
    """Take the parameters twice."""
    one = analysed.told(given.sweep, given.output)
    fits = one is not None and one.statistic == PAIRS and {PARAMETER, OTHER} <= set(given.free)
    return {"x": OTHER, "y": PARAMETER} if fits else None


def screening(given: Given) -> Roles | None:
    """Take the parameters as what tells dots apart."""
    one = analysed.told(given.sweep, given.output)
    if one is None or one.statistic != STAR or PARAMETER not in given.free:
        return None
    return {"hue": PARAMETER} if one.other(SIGMA) in given.sweep.dataset.data_vars else None


def _dims(given: Given) -> set[str]:
    return set(map(str, given.sweep.dataset[given.output].dims))
