"""The words for what was found in a sweep."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from leakscape import amounts
from leakscape.amounts import quantity
from leakscape.analyse.crossings import Crossings
from leakscape.analyse.findings import Findings, Level, find
from leakscape.analyse.lost import Lost
from leakscape.analyse.shares import Counting, Share
from leakscape.cli import terminal
from leakscape.cli.terminal import heading, say
from leakscape.declare.study import Study
from leakscape.status import FIRST_FAILURE, REMEDIES, Status
from leakscape.sweep import Place

_NOTHING = 1e-6
"""An end of a range that is smaller than this part of the other is rounding around zero."""


def tell(path: str | Path, study: Study) -> None:
    """Print what was found in a store of a study."""
    found = find(path, study)
    heading("What was found")
    rows = []
    for entry in found.ranges:
        ends = [
            0.0 if abs(end) < _NOTHING * abs(other) else end
            for end, other in ((entry.minimum, entry.maximum), (entry.maximum, entry.minimum))
        ]
        span = f"{amounts.number(ends[0])} to {quantity(ends[1], entry.unit)}"
        if entry.minimum == entry.maximum:
            span = quantity(entry.minimum, entry.unit)
        if entry.minimum != entry.minimum:
            span = "no finite value"
        share = "" if entry.share is None else amounts.percent(entry.share)
        rows.append((entry.name, span, share))
    terminal.table(("output", "range", "valid"), rows, right=("valid",))
    for lost in found.lost:
        say(_missing(lost))
    if found.n_left_out:
        say(_left_out(found))
    for text in _lost(found):
        say(text)
    for level in found.levels:
        _level(level)
    say()
    points = f"{amounts.amount(found.points)} points"
    if found.reduced is not None:
        kept = "one" if found.points == 1 else amounts.amount(found.points)
        points = f"{_amount(found.reduced, 'points')} reduced to {kept}"
    say(f"{points}, {amounts.size(found.nbytes)} on disk")


def _missing(lost: Lost) -> str:
    """Say how many points of a reduction are in no statistic, and where most of them are."""
    text = (
        f"{lost.why}: {amounts.amount(lost.number)} of {amounts.amount(lost.of)} points "
        f"({amounts.percent(lost.number / lost.of)})"
    )
    if not lost.where:
        return text
    return f"{text}; most with {_held(lost.where)}: {amounts.percent(lost.most)}"


def _lost(found: Findings) -> list[str]:
    """Say what the status codes tell, where they tell more than that all is well."""
    texts = []
    for code, points in sorted(found.status.items()):
        if code in (Status.NOT_COMPUTED, Status.OK, Status.LEFT_OUT_BY_A_CONDITION):
            continue
        try:
            meaning = Status(code).name.lower().replace("_", " ")
            remedy = f"; {REMEDIES[Status(code)]}"
        except ValueError:
            meaning, remedy = "a code of the kernel's own", ""
        kind = "no value" if code >= FIRST_FAILURE else "valid, with a remark"
        share = amounts.percent(points / (found.points - found.n_left_out))
        which = "the points that are kept" if found.n_left_out else "the points"
        texts.append(f"status {code}, {meaning} ({kind}): {share} of {which}{remedy}")
    return texts


def _left_out(found: Findings) -> str:
    """Say how many points the conditions leave out, which count nowhere else."""
    code = Status.LEFT_OUT_BY_A_CONDITION
    words = f"status {int(code)}, {code.name.lower().replace('_', ' ')}"
    if found.n_left_out == found.points:
        return f"{words}: every point; {REMEDIES[code]}"
    return (
        f"{words}: {amounts.amount(found.n_left_out)} of "
        f"{amounts.amount(found.points)} points, which count nowhere else"
    )


def _level(level: Level) -> None:
    value, counting = quantity(level.value, level.unit), level.counting
    title = f"Where {level.output} crosses {value}"
    told = [_share(share, counting.what) for share in counting.shares]
    known = counting.shares[0].above == counting.shares[0].above
    if len(told) == 1 and not counting.shares[0].condition:
        heading(f"{title}: {told[0]} lie above it" if known else f"{title}: {told[0]}")
    else:
        heading(title)
        conditions = [_held(share.condition) for share in counting.shares]
        terminal.table(("with", "above it"), zip(conditions, told, strict=True))
        say()
    if even := _even(counting):
        say(even)
    rows = [(entry.axis, _where(entry), _held(entry.held)) for entry in level.along]
    if rows:
        terminal.table(("along", "crosses it at", "with"), rows)


def _share(share: Share, what: str) -> str:
    """Say what part of how many lies above; what has no value is no part of either."""
    about = "" if share.exact else "about "
    number = share.counted - share.lost
    if not share.counted:
        return "all are left out"
    if share.above != share.above:
        looked = "" if share.exact else "looked at "
        return f"no value {looked}in {_amount(share.counted, what)}"
    text = f"{about}{amounts.percent(share.above)} of {_amount(number, what)}"
    if share.lost:
        text += f" that have a value ({about}{amounts.amount(share.lost)} have none)"
    return text


def _amount(number: int, what: str) -> str:
    return f"{amounts.amount(number)} {what if number != 1 else what.removesuffix('s')}"


def _even(counting: Counting) -> str:
    """Say how the points that are counted together are spread, for that decides their share."""
    parts = []
    if counting.linear:
        parts.append(_and(counting.linear))
    if counting.logarithmic:
        parts.append(f"the logarithm of {_and(counting.logarithmic)}")
    return f"The {counting.what} are evenly spaced in {', and in '.join(parts)}." if parts else ""


def _and(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _where(entry: Crossings) -> str:
    if not entry.passages:
        if entry.above is None:
            return "no values on this line"
        return f"nowhere: {'above' if entry.above else 'below'} throughout"
    texts = [
        f"{_between(passage.low, passage.high, entry.unit)} "
        f"({'rising' if passage.rising else 'falling'})"
        for passage in entry.passages
    ]
    return " and ".join(texts)


def _between(low: float, high: float, unit: str) -> str:
    """Write a value that lies between two with the digits that both have."""
    for digits in (4, 3):
        if quantity(low, unit, digits) == quantity(high, unit, digits):
            return quantity(low, unit, digits)
    return f"between {amounts.number(low)} and {quantity(high, unit)}"


def _held(places: tuple[Place, ...]) -> str:
    return ", ".join(f"{place.name} = {quantity(place.value, place.unit)}" for place in places)
