"""The words of `status`, `verify` and `repair`."""

from __future__ import annotations

import json
import math
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leakscape import amounts
from leakscape.cli import terminal
from leakscape.cli.terminal import say
from leakscape.shown import sentence
from leakscape.spelling import openable, readable

if TYPE_CHECKING:
    from leakscape.store import Damage, State

FAILED = 3
MOST_SHOWN = 10
LONGEST_COMMAND = 10_000
"""Letters of the command that a store remembers; a stranger's store may hold any number."""


def status(path: str, as_json: bool) -> int:
    """Say how a sweep stands.

    Args:
        path: the store.
        as_json: one line of JSON and nothing else.

    Returns:
        0, or 3 where chunks failed or are damaged.
    """
    from leakscape.analyse.code_words import remarks
    from leakscape.store import state

    found = state(path)
    worst = FAILED if found.failed or found.damaged else 0
    if as_json:
        say(json.dumps(_record(found), allow_nan=False))
        return worst
    attributes = _attributes(path)
    rows = [
        ("study", str(attributes.get("title", ""))),
        ("pass", f"{found.turn} of a reduction" if found.turn else ""),
        ("done", f"{found.done} of {found.total} chunks ({_percent(found)})"),
        ("failed", str(len(found.failed))),
        ("damaged", str(len(found.damaged)) if found.damaged else ""),
        ("complete", "yes" if found.complete else "no"),
        ("running", "yes" if found.running else "no"),
        ("points", amounts.amount(found.points)),
        ("left out", amounts.amount(found.n_left_out) if found.n_left_out else ""),
        ("on disk", amounts.size(found.nbytes)),
        ("computed by", str(attributes.get("device", ""))),
        ("fingerprint", found.fingerprint),
    ]
    for name, value in rows:
        if value:
            say(f"{name:<12} {sentence(value)}")
    for task, reason in found.failed[:MOST_SHOWN]:
        say(f"{'failure':<12} {reason if reason.startswith('chunk') else f'{task}: {reason}'}")
    for name in found.in_flight[:MOST_SHOWN]:
        say(f"{'in flight':<12} {name} was being computed when the run ended without a word")
    for text in remarks(found.status, found.codes):
        say(f"{'remark':<12} {sentence(text)}")
    _list("Damaged", path, found.damaged)
    say(_next(found, path, attributes))
    return worst


def _record(found: State) -> dict[str, Any]:
    outputs = {
        name: {
            "minimum": None if math.isnan(entry.minimum) else entry.minimum,
            "maximum": None if math.isnan(entry.maximum) else entry.maximum,
            "finite": entry.finite,
        }
        for name, entry in found.found.items()
    }
    return {
        "path": readable(str(found.path)),
        "done": found.done,
        "total": found.total,
        "failed": len(found.failed),
        "damaged": [damage.file for damage in found.damaged],
        "complete": found.complete,
        "running": found.running,
        "points": found.points,
        "n_left_out": found.n_left_out,
        "bytes": found.nbytes,
        "fingerprint": found.fingerprint,
        "failures": [{"chunk": task, "reason": reason} for task, reason in found.failed],
        "in_flight": list(found.in_flight),
        "outputs": outputs,
        "status": {str(code): number for code, number in sorted(found.status.items())},
    }


def _percent(found: State) -> str:
    return f"{100 * found.done // max(1, found.total)} %"


def _attributes(path: str) -> dict[str, Any]:
    from leakscape.errors import StoreError
    from leakscape.store.layout import pass_place
    from leakscape.store.metadata import attributes, located

    try:
        place = located(path)
        return attributes(place) or attributes(pass_place(place, 0)) or {}
    except StoreError:  # a damaged root, which is told elsewhere
        return {}


def _next(found: State, path: str, attributes: dict[str, Any]) -> str:
    if found.complete:
        return f"Complete: {path}; draw it with: {terminal.command('leakscape', 'plot', path)}"
    if found.running:
        return f"Running: {path}; look again with: {terminal.command('leakscape', 'status', path)}"
    return f"Incomplete: {path}; {_resume('resume', path, attributes)}"


def _resume(verb: str, path: str, attributes: dict[str, Any]) -> str:
    """Say how to go on with a store: by the command that made it, as it works from here."""
    try:
        words = shlex.split(str(attributes.get("command", ""))[:LONGEST_COMMAND])
        words = [openable(word) for word in words]
    except ValueError:
        words = []
    if words[:2] != ["leakscape", "run"] or len(words) < 3:
        return f"{verb} from Python with: leakscape.run(study, {readable(path)!r})"
    if "--store" in words[:-1]:
        words[words.index("--store") + 1] = path
    else:
        words += ["--store", path]
    from leakscape.store.metadata import located
    from leakscape.store.words import study_of

    study = words[2]
    if study.endswith(".toml"):
        place = study_of(located(path), attributes)
        words[2] = _from_here(place) if place is not None else study
        if not Path(words[2]).is_file():
            return f"{verb} with: {terminal.command(*words)}, where {study} has to be found first"
    return f"{verb} with: {terminal.command(*words)}"


def _from_here(place: Path) -> str:
    """Write a path as one would type it here: relative where that is no detour."""
    here = Path.cwd()
    return str(place.relative_to(here) if place.is_relative_to(here) else place)


def verify(path: str) -> int:
    """Check every checksum.

    Args:
        path: the store.

    Returns:
        0, or 3 where something is damaged.
    """
    from leakscape.store import state, verify

    found = verify(path)
    files = f"{found.chunks} files, {amounts.size(found.nbytes)}"
    if found.sound:
        standing = state(path)
        _say_unchecked(found.unchecked)
        rest = "" if standing.complete else f", {standing.total - standing.done} chunks to compute"
        say(f"Sound: {path}: every checksum holds ({files}{rest})")
        return 0
    _list("Damaged", path, found.damage)
    _say_unchecked(found.unchecked)
    repair = terminal.command("leakscape", "repair", path)
    harmed = len({damage.file for damage in found.damage})
    what = "1 damaged file" if harmed == 1 else f"{harmed} damaged files"
    say(f"Damage: {path}: {what} ({files} of values looked at); make it sound with: {repair}")
    return FAILED


def repair(path: str) -> int:
    """Write anew what follows from the study, and make damaged chunks count as not computed.

    Args:
        path: the store.

    Returns:
        0 where the store is sound, 3 where damage is left.
    """
    from leakscape.store import repair

    done = repair(path)
    _list("Written anew", path, done.rewritten)
    _list("Not computed any more", path, done.dropped)
    _list("Still damaged", path, done.left)
    again = _resume("compute them again", path, _attributes(path))
    if done.left:
        rest = _resume("write them anew", path, _attributes(path))
        say(f"Damage: {path}: {len(done.left)} files do not follow from the store alone; {rest}")
        return FAILED
    if done.dropped:
        chunks = len({damage.task for damage in done.dropped})
        say(f"Repaired: {path}: {chunks} chunks have to be computed; {again}")
    else:
        say(f"Repaired: {path}" if done.rewritten else f"Sound: {path}: nothing to repair")
    return 0


def _list(what: str, path: str, damage: Sequence[Damage]) -> None:
    """Say what is damaged, and where in the sweep it lies."""
    if not damage:
        return
    from leakscape.store.damage import named
    from leakscape.store.metadata import located, standing

    store = standing(located(path))
    for entry in damage[:MOST_SHOWN]:
        say(f"{what}: {sentence(named(store, entry)) if store is not None else entry.file}")
    if len(damage) > MOST_SHOWN:
        say(f"{what}: {len(damage) - MOST_SHOWN} more")


def _say_unchecked(unchecked: Sequence[str]) -> None:
    for text in unchecked:
        say(f"Not checked: {sentence(text)}")
