"""Solutions followed along an axis: branches, where two of them meet, and where one changes.

Along a branch the number of modes that grow stays odd, or stays even: a fold joins one of each
kind, and where the number changes by two an oscillation begins or ends, a Hopf point. Where nobody
counted the modes, 1 stands for any solution that is not stable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations, islice, pairwise

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Whole = NDArray[np.int64]

_STEPS = 13
"""Points along the curve that leads into a fold."""
_MOST_WAYS = 2_000
"""Ways to leave solutions out that are compared; no membrane has so many."""


@dataclass
class Branch:
    """One solution followed along the axis.

    Args:
        x: where, rising or falling as the axis does.
        y: the solution there.
        growing: how many modes grow there.
    """

    x: list[float] = field(default_factory=list)
    y: list[float] = field(default_factory=list)
    growing: list[int] = field(default_factory=list)

    def add(self, x: float, y: float, growing: int) -> None:
        """Add a point at the end."""
        self.x.append(x)
        self.y.append(y)
        self.growing.append(growing)


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A part of a branch along which the number of modes that grow does not change.

    Args:
        growing: how many modes grow.
        x: where.
        y: the solution there.
    """

    growing: int
    x: list[float]
    y: list[float]


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A point between two of the axis, at which solutions meet or change.

    Args:
        x: where.
        y: the solution there.
        apart: the distance between the two points of the axis.
    """

    x: float
    y: float
    apart: float


@dataclass(frozen=True, kw_only=True)
class Followed:
    """Solutions that were followed.

    Args:
        pieces: of all branches.
        folds: where two branches meet.
        changes: where the number of modes that grow changes along a branch.
    """

    pieces: Sequence[Piece]
    folds: Sequence[Mark]
    changes: Sequence[Mark]


@dataclass(frozen=True, kw_only=True)
class _Meeting:
    """Two branches that end, or begin, between two points of the axis.

    Args:
        pair: the branches, an odd number of modes grows along one of them.
        beyond: the next point of the axis, where they are not.
        last: whether they end there; otherwise they begin.
    """

    pair: tuple[Branch, Branch]
    beyond: float
    last: bool


def follow(
    x: Numbers, rows: Numbers, growing: Whole, known: NDArray[np.bool_], *, counted: bool = True
) -> Followed:
    """Follow solutions by continuity: to the nearest of the same kind at the next point.

    Near a fold two solutions are V = V_f + c (p - p_f) +- sqrt(a (p - p_f)). The last two points
    of both give p_f and V_f, which are exact for this form; p_f never leaves the step of the axis
    inside which the two are lost. Fold and change lie halfway through the step where points tell
    no more.

    Args:
        x: the axis, rising or falling.
        rows: the solutions by slot, shape (slots, len(x)), NaN where there is none.
        growing: how many modes grow at each, same shape.
        known: whether a point was solved, shape (len(x),); nothing meets where none was.
        counted: whether the modes were; otherwise 1 is any solution that is not stable, and one
            that is may turn into it.

    Returns:
        The branches in pieces, led into the folds at which they meet, and these.
    """
    found: list[Branch] = []
    meetings: list[_Meeting] = []
    going: list[Branch] = []
    for place, at in enumerate(x.tolist()):
        here = np.flatnonzero(np.isfinite(rows[:, place])) if known[place] else np.array([], int)
        here = here[np.argsort(rows[here, place])]
        values, modes = rows[here, place].tolist(), growing[here, place].tolist()
        solved = bool(place and known[place] and known[place - 1])
        joined = _joined(going, values, modes) if solved else {}
        now = [going[joined[n]] if n in joined else Branch() for n in range(len(values))]
        ended = [branch for number, branch in enumerate(going) if number not in joined.values()]
        born = [branch for number, branch in enumerate(now) if number not in joined]
        found += born
        for branch, value, grow in zip(now, values, modes, strict=True):
            branch.add(at, value, grow)
        if solved:
            lost, begun = _pairs(ended, -1), _pairs(born, 0)
            before = float(x[place - 1])
            meetings += [_Meeting(pair=pair, beyond=at, last=True) for pair in lost]
            meetings += [_Meeting(pair=pair, beyond=before, last=False) for pair in begun]
            for old, new in zip(_alone(ended, lost), _alone(born, begun), strict=False):
                if not counted and old.growing[-1] != new.growing[0]:  # it changed on the way
                    old.add(new.x[0], new.y[0], new.growing[0])
                    found = [branch for branch in found if branch is not new]
                    now = [old if branch is new else branch for branch in now]
        going = now
    folds = [_fold(meeting) for meeting in meetings]
    pieces: list[Piece] = []
    changes: list[Mark] = []
    for branch in found:
        parts, between = _parted(branch)
        pieces += parts
        changes += between
    return Followed(pieces=pieces, folds=folds, changes=changes)


def _joined(
    going: Sequence[Branch], values: Sequence[float], modes: Sequence[int]
) -> dict[int, int]:
    """Return for each solution that goes on a branch which: its place among `going`."""
    joined: dict[int, int] = {}
    for odd in (0, 1):
        old = [number for number, branch in enumerate(going) if branch.growing[-1] % 2 == odd]
        new = [number for number, own in enumerate(modes) if own % 2 == odd]
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


def _pairs(branches: Sequence[Branch], end: int) -> list[tuple[Branch, Branch]]:
    """Pair neighbours, one of each kind at this end, in the order of their values."""
    pairs: list[tuple[Branch, Branch]] = []
    taken = False
    for lower, upper in pairwise(branches):
        taken = not taken and lower.growing[end] % 2 != upper.growing[end] % 2
        if taken:
            pairs.append((lower, upper))
    return pairs


def _alone(branches: Sequence[Branch], pairs: Sequence[tuple[Branch, Branch]]) -> list[Branch]:
    return [one for one in branches if not any(one is a or one is b for a, b in pairs)]


def _fold(meeting: _Meeting) -> Mark:
    """Place the fold of two branches and lead both into it."""
    pair, at = meeting.pair, -1 if meeting.last else 0
    near = pair[0].x[at]
    low, high = (branch.y[at] for branch in pair)
    ahead, y = _tip(meeting) or (0.5 * (meeting.beyond - near), 0.5 * (low + high))
    left = np.linspace(1.0, 0.0, _STEPS)[1:]  # of the way to the fold, in y
    x = near + ahead
    for branch, end in zip(pair, (low, high), strict=True):
        xs, ys = (x - ahead * left**2).tolist(), (y + (end - y) * left).tolist()
        more = [branch.growing[at]] * len(xs)
        branch.x = [*branch.x, *xs] if meeting.last else [*xs[::-1], *branch.x]
        branch.y = [*branch.y, *ys] if meeting.last else [*ys[::-1], *branch.y]
        branch.growing = [*branch.growing, *more] if meeting.last else [*more, *branch.growing]
    return Mark(x=x, y=y, apart=abs(meeting.beyond - near))


def _tip(meeting: _Meeting) -> tuple[float, float] | None:
    """Return how far ahead a fold lies and its solution; None where points do not tell it."""
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
    return ahead, middle1 + (middle1 - middle2) / (near - far) * ahead


def _parted(branch: Branch) -> tuple[list[Piece], list[Mark]]:
    """Part a branch where the number of modes that grow changes: halfway between two points."""
    x, y, growing = branch.x, branch.y, branch.growing
    cuts = [place for place in range(1, len(x)) if growing[place] != growing[place - 1]]
    marks = [
        Mark(
            x=0.5 * (x[cut - 1] + x[cut]),
            y=0.5 * (y[cut - 1] + y[cut]),
            apart=abs(x[cut] - x[cut - 1]),
        )
        for cut in cuts
    ]
    pieces = []
    for number, (first, beyond) in enumerate(pairwise([0, *cuts, len(x)])):
        before, after = marks[max(0, number - 1) : number], marks[number : number + 1]
        pieces.append(
            Piece(
                growing=growing[first],
                x=[*(mark.x for mark in before), *x[first:beyond], *(mark.x for mark in after)],
                y=[*(mark.y for mark in before), *y[first:beyond], *(mark.y for mark in after)],
            )
        )
    return pieces, marks
