"""The words for what was found in a sweep."""

from __future__ import annotations

from pathlib import Path

from leakscape.analyse.found import Crossings, Findings, Level, find
from leakscape.analyse.selection import Place
from leakscape.cli import terminal
from leakscape.cli.terminal import heading, quantity, say
from leakscape.status import FIRST_FAILURE, Status

_NOTHING = 1e-6
"""An end of a range that is smaller than this part of the other is rounding around zero."""


def tell(path: str | Path) -> None:
    """Print what was found in a store."""
    found = find(path)
    heading("What was found")
    rows = []
    for entry in found.ranges:
        ends = [
            0.0 if abs(end) < _NOTHING * abs(other) else end
            for end, other in ((entry.minimum, entry.maximum), (entry.maximum, entry.minimum))
        ]
        span = f"{terminal.number(ends[0])} to {quantity(ends[1], entry.unit)}"
        if entry.minimum == entry.maximum:
            span = quantity(entry.minimum, entry.unit)
        if entry.minimum != entry.minimum:
            span = "no finite value"
        share = "" if entry.share is None else terminal.percent(entry.share)
        rows.append((entry.name, span, share))
    terminal.table(("output", "range", "valid"), rows, right=("valid",))
    for text in _lost(found):
        say(text)
    for level in found.levels:
        _level(level)
    say()
    say(f"{terminal.amount(found.points)} points, {terminal.size(found.nbytes)} on disk")


def _lost(found: Findings) -> list[str]:
    """Say what the status codes tell, where they tell more than that all is well."""
    texts = []
    for code, points in sorted(found.status.items()):
        if code in (Status.NOT_COMPUTED, Status.OK):
            continue
        try:
            meaning = Status(code).name.lower().replace("_", " ")
        except ValueError:
            meaning = "a code of the kernel's own"
        kind = "no value" if code >= FIRST_FAILURE else "valid, with a remark"
        share = terminal.percent(points / found.points)
        texts.append(f"status {code}, {meaning} ({kind}): {share} of the points")
    return texts


def _level(level: Level) -> None:
    value = quantity(level.value, level.unit)
    about = "" if level.exact else "about "
    if level.above == level.above:
        share = f"{about}{terminal.percent(level.above)} of the values lie above it"
        heading(f"Where {level.output} crosses {value}: {share}")
    else:
        heading(f"Where {level.output} crosses {value}: there are no values")
    rows = [(entry.axis, _where(entry), _held(entry.held)) for entry in level.along]
    if rows:
        terminal.table(("along", "at", "with"), rows)


def _where(entry: Crossings) -> str:
    if not entry.values:
        if entry.above is None:
            return "no values on this line"
        return f"nowhere: {'above' if entry.above else 'below'} throughout"
    texts = [
        f"{quantity(value, entry.unit)} ({'rising' if rising else 'falling'})"
        for value, rising in zip(entry.values, entry.rising, strict=True)
    ]
    return " and ".join(texts)


def _held(places: tuple[Place, ...]) -> str:
    return ", ".join(f"{place.name} = {quantity(place.value, place.unit)}" for place in places)
