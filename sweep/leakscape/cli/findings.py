"""What `run` says of what was found in a sweep."""

from __future__ import annotations

from pathlib import Path

from leakscape import amounts
from leakscape.analyse import wording
from leakscape.analyse.findings import Level, find
from leakscape.cli import terminal
from leakscape.cli.terminal import heading, say
from leakscape.declare.study import Study


def tell(path: str | Path, study: Study) -> None:
    """Print what was found in a store of a study."""
    found = find(path, study)
    heading("What was found")
    rows = []
    for entry in found.ranges:
        share = "" if entry.share is None else amounts.percent(entry.share)
        rows.append((entry.name, wording.span(entry), share))
    terminal.table(("output", "range", "valid"), rows, right=("valid",))
    for lost in found.lost:
        say(wording.missing(lost))
    if found.n_left_out:
        say(wording.left_out(found))
    for text in wording.remarks(found):
        say(text)
    for level in found.levels:
        _level(level)
    say()
    say(f"{wording.counted(found)}, {amounts.size(found.nbytes)} on disk")


def _level(level: Level) -> None:
    counting = level.counting
    title, whole = wording.level_heading(level)
    heading(title)
    if not whole:
        told = [wording.share(share, counting.what) for share in counting.shares]
        conditions = [wording.held(share.condition) for share in counting.shares]
        terminal.table(("with", "above it"), zip(conditions, told, strict=True))
        say()
    if even := wording.even(counting):
        say(even)
    rows = [(entry.axis, wording.where(entry), wording.held(entry.held)) for entry in level.along]
    if rows:
        terminal.table(("along", "crosses it at", "with"), rows)
