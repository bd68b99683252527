"""The words for what was found in a sweep."""

from __future__ import annotations

from collections.abc import Sequence

from leakscape import amounts
from leakscape.amounts import quantity
from leakscape.analyse import code_words
from leakscape.analyse.crossings import Crossings
from leakscape.analyse.findings import Findings, Level, Range
from leakscape.analyse.lost import Lost
from leakscape.analyse.shares import Counting, Share
from leakscape.sweep import Place

_NOTHING = 1e-6
"""An end of a range that is smaller than this part of the other is rounding around zero."""


def span(entry: Range) -> str:
    """Say between which values an output lies, or which words it has."""
    if entry.words:
        return ", ".join(f"{word} {amounts.percent(share)}" for word, share in entry.words)
    if entry.minimum != entry.minimum or entry.share == 0.0:
        return "no value"
    if entry.minimum == entry.maximum:
        return quantity(entry.minimum, entry.unit)
    low, high = (
        0.0 if abs(end) < _NOTHING * abs(other) else end
        for end, other in ((entry.minimum, entry.maximum), (entry.maximum, entry.minimum))
    )
    return f"{amounts.number(low)} to {quantity(high, entry.unit)}"


def counted(found: Findings) -> str:
    """Say how many points there are, and of how many a reduction is."""
    if found.reduced is None:
        return f"{amounts.amount(found.points)} points"
    kept = "one" if found.points == 1 else amounts.amount(found.points)
    return f"{_amount(found.reduced, 'points')} reduced to {kept}"


def level_heading(level: Level) -> tuple[str, bool]:
    """Return the heading of a level, and whether it says already what share lies above it."""
    counting = level.counting
    title = f"Where {level.output} crosses {quantity(level.value, level.unit)}"
    if len(counting.shares) > 1 or counting.shares[0].condition:
        return title, False
    told = share(counting.shares[0], counting.what)
    known = counting.shares[0].above == counting.shares[0].above
    return f"{title}: {told} lie above it" if known else f"{title}: {told}", True


def missing(lost: Lost) -> str:
    """Say how many points of a reduction are in no statistic, and where most of them are."""
    text = (
        f"{lost.why}: {amounts.amount(lost.number)} of {amounts.amount(lost.of)} points "
        f"({amounts.percent(lost.number / lost.of)})"
    )
    if not lost.where:
        return text
    return f"{text}; most with {held(lost.where)}: {amounts.percent(lost.most)}"


def remarks(found: Findings) -> list[str]:
    """Say what the status codes tell, where they tell more than that all is well."""
    return code_words.remarks(found.status, found.codes)


def left_out(found: Findings) -> str:
    """Say how many points the conditions leave out, which count nowhere else."""
    return code_words.left_out(found.n_left_out, found.points)


def share(part: Share, what: str) -> str:
    """Say what part of how many lies above; what has no value is no part of either."""
    about = "" if part.exact else "about "
    number = part.counted - part.lost
    if not part.counted:
        return "all are left out"
    if part.above != part.above:
        looked = "" if part.exact else "looked at "
        return f"no value {looked}in {_amount(part.counted, what)}"
    text = f"{about}{amounts.percent(part.above)} of {_amount(number, what)}"
    if part.lost:
        text += f" that have a value ({about}{amounts.amount(part.lost)} have none)"
    return text


def _amount(number: int, what: str) -> str:
    return f"{amounts.amount(number)} {what if number != 1 else what.removesuffix('s')}"


def even(counting: Counting) -> str:
    """Say how the points that are counted together are spread, for that decides their share."""
    parts = []
    if counting.linear:
        parts.append(_and(counting.linear))
    if counting.logarithmic:
        parts.append(f"the logarithm of {_and(counting.logarithmic)}")
    return f"The {counting.what} are evenly spaced in {', and in '.join(parts)}." if parts else ""


def _and(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def where(entry: Crossings) -> str:
    """Say where a line crosses."""
    if not entry.passages:
        if entry.above is None:
            return "no values on this line"
        return f"nowhere: {'above' if entry.above else 'below'} throughout"
    texts = [
        f"{between(passage.low, passage.high, entry.unit)} "
        f"({'rising' if passage.rising else 'falling'})"
        for passage in entry.passages
    ]
    return " and ".join(texts)


def between(low: float, high: float, unit: str) -> str:
    """Write a value that lies between two with the digits that both have."""
    for digits in (4, 3):
        if quantity(low, unit, digits) == quantity(high, unit, digits):
            return quantity(low, unit, digits)
    return f"between {amounts.number(low)} and {quantity(high, unit)}"


def held(places: tuple[Place, ...]) -> str:
    """Say where dimensions are held."""
    return ", ".join(f"{place.name} = {quantity(place.value, place.unit)}" for place in places)
