"""Solutions followed along an axis: branches, and the folds at which two of them meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations, islice, pairwise

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

_STEPS = 13
"""Points along the curve that leads into a fold."""
_MOST_WAYS = 2_000
"""Ways to leave solutions out that are compared; no membrane has so many."""


@dataclass
class Branch:
    """One solution followed along the axis.

    Args:
        stable: whether it is stable.
        x: where, rising or falling as the axis does.
        y: the solution there.
    """

    stable: bool
    x: list[float] = field(default_factory=list)
    y: list[float] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class _Meeting:
    """Two branches that end, or begin, between two points of the axis.

    Args:
        pair: the branches, one of them stable.
        beyond: the next point of the axis, where they are not.
        last: whether they end there; otherwise they begin.
    """

    pair: tuple[Branch, Branch]
    beyond: float
    last: bool


def follow(
    x: Numbers, rows: Numbers, stable: NDArray[np.bool_], known: NDArray[np.bool_]
) -> tuple[list[Branch], list[tuple[float, float]]]:
    """Follow solutions by continuity: to the nearest of the same stability at the next point.

    Near a fold two solutions are V = V_f + c (p - p_f) +- sqrt(a (p - p_f)). The last two points
    of both give p_f and V_f, which are exact for this form; p_f never leaves the step of the axis
    inside which the two are lost.

    Args:
        x: the axis, rising or falling.
        rows: the solutions by slot, shape (slots, len(x)), NaN where there is none.
        stable: whether each is stable, same shape.
        known: whether a point was solved, shape (len(x),); nothing meets where none was.

    Returns:
        The branches, led into the folds at which they meet, and the folds as x and y.
    """
    found: list[Branch] = []
    meetings: list[_Meeting] = []
    going: list[Branch] = []
    for place, at in enumerate(x):
        here = np.flatnonzero(np.isfinite(rows[:, place])) if known[place] else np.array([], int)
        here = here[np.argsort(rows[here, place])]
        values, kinds = rows[here, place].tolist(), stable[here, place].tolist()
        solved = bool(place and known[place] and known[place - 1])
        joined = _joined(going, values, kinds) if solved else {}
        ended = [branch for number, branch in enumerate(going) if number not in joined.values()]
        now = [going[joined[n]] if n in joined else Branch(kind) for n, kind in enumerate(kinds)]
        born = [branch for number, branch in enumerate(now) if number not in joined]
        if solved:
            lost, begun = _pairs(ended), _pairs(born)
            meetings += [_Meeting(pair=pair, beyond=float(at), last=True) for pair in lost]
            before = float(x[place - 1])
            meetings += [_Meeting(pair=pair, beyond=before, last=False) for pair in begun]
            _exchange(_alone(ended, lost), _alone(born, begun))
        for branch, value in zip(now, values, strict=True):
            branch.x.append(float(at))
            branch.y.append(float(value))
        found += born
        going = now
    folds = [_fold(meeting) for meeting in meetings]
    return found, [fold for fold in folds if fold is not None]


def _joined(
    going: Sequence[Branch], values: Sequence[float], kinds: Sequence[bool]
) -> dict[int, int]:
    """Return for each solution that goes on a branch which: its place among `going`."""
    joined: dict[int, int] = {}
    for kind in (True, False):
        old = [number for number, branch in enumerate(going) if branch.stable == kind]
        new = [number for number, own in enumerate(kinds) if own == kind]
        before = np.asarray([going[number].y[-1] for number in old])
        after = np.asarray([values[number] for number in new])
        if len(old) <= len(new):
            joined |= dict(zip(_nearest(before, after, new), old, strict=True))
        else:
            joined |= dict(zip(new, _nearest(after, before, old), strict=True))
    return joined


def _nearest(few: Numbers, many: Numbers, called: Sequence[int]) -> list[int]:
    """Return which of many solutions the few are, as these are called; the order is kept."""
    ways = list(islice(combinations(range(len(many)), len(few)), _MOST_WAYS))
    best = min(ways, key=lambda way: float(np.sum(np.abs(many[list(way)] - few))))
    return [called[number] for number in best]


def _pairs(branches: Sequence[Branch]) -> list[tuple[Branch, Branch]]:
    """Pair neighbours, one of them stable, in the order of their values."""
    pairs: list[tuple[Branch, Branch]] = []
    taken = False
    for lower, upper in pairwise(branches):
        taken = not taken and lower.stable != upper.stable
        if taken:
            pairs.append((lower, upper))
    return pairs


def _alone(branches: Sequence[Branch], pairs: Sequence[tuple[Branch, Branch]]) -> list[Branch]:
    return [one for one in branches if not any(one is a or one is b for a, b in pairs)]


def _exchange(ended: Sequence[Branch], born: Sequence[Branch]) -> None:
    """Let a branch begin where one of the other stability ends: it changed on the way."""
    for old, new in zip(ended, born, strict=False):
        if old.stable != new.stable:
            new.x.append(old.x[-1])
            new.y.append(old.y[-1])


def _fold(meeting: _Meeting) -> tuple[float, float] | None:
    """Place the fold of two branches and lead both into it; None where points do not tell it."""
    pair, order = meeting.pair, (-1, -2) if meeting.last else (0, 1)
    if any(len(branch.x) < 2 for branch in pair):
        return None
    (near, far), others = ((branch.x[n] for n in order) for branch in pair)
    if [near, far] != list(others):
        return None
    (low1, low2), (high1, high2) = ([branch.y[n] for n in order] for branch in pair)
    gap1, gap2 = (0.5 * (high1 - low1)) ** 2, (0.5 * (high2 - low2)) ** 2
    if not 0.0 < gap1 < gap2:
        return None
    ahead = min((near - far) * gap1 / (gap2 - gap1), meeting.beyond - near, key=abs)
    middle1, middle2 = 0.5 * (low1 + high1), 0.5 * (low2 + high2)
    x = near + ahead
    y = middle1 + (middle1 - middle2) / (near - far) * ahead
    left = np.linspace(1.0, 0.0, _STEPS)[1:]  # of the way to the fold, in y
    for branch, end in zip(pair, (low1, high1), strict=True):
        xs, ys = (x - ahead * left**2).tolist(), (y + (end - y) * left).tolist()
        branch.x = [*branch.x, *xs] if meeting.last else [*xs[::-1], *branch.x]
        branch.y = [*branch.y, *ys] if meeting.last else [*ys[::-1], *branch.y]
    return x, y
