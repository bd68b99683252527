"""Names: what a parameter, axis or output may be called, and the nearest right one."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from leakscape.errors import DeclarationError
from leakscape.shown import shown

LONGEST = 64
"""Letters of a name."""
MOST_COMPARED = 10_000
"""Names among which the nearest is looked for: a table may hold millions of labels."""
_NAME = re.compile(rf"[A-Za-z][A-Za-z0-9_]{{0,{LONGEST - 1}}}")
RESERVED = {"status": "state", "cell": "cell_type", "id": "identity"}
"""Names that a store uses itself, with what to write instead."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the remedy for an unknown name: "did you mean X?" or the list of all.

    Args:
        name: what was written.
        known: what could have been.

    Returns:
        Half a sentence.
    """
    names = sorted(known)
    folded = {candidate.lower(): candidate for candidate in names[:MOST_COMPARED]}
    close = difflib.get_close_matches(name[:LONGEST].lower(), folded, n=1, cutoff=0.6)
    if close:
        return f"did you mean {folded[close[0]]}?"
    listing = ", ".join(names[:24]) + (", ..." if len(names) > 24 else "")
    return f"use one of {listing}" if names else "there is none to choose from"


def check(name: str, what: str) -> str:
    """Return the name if a store can hold it.

    Raises:
        DeclarationError: not letters, digits and underscores, too long, or reserved.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise DeclarationError(
            f"{what}: a name is letters, digits and _, at most {LONGEST}, got {shown(name)}; "
            "rename it"
        )
    if name.lower() in RESERVED:
        raise DeclarationError(
            f"{what}: the store keeps this name for itself, got {name!r}; "
            f"call it {RESERVED[name.lower()]}, or otherwise"
        )
    return name


def check_distinct(names: Iterable[str], what: str) -> None:
    """Refuse names that differ in case alone: file systems may take them for one.

    Raises:
        DeclarationError: two such names.
    """
    seen: dict[str, str] = {}
    for name in names:
        if (other := seen.setdefault(name.lower(), name)) != name:
            raise DeclarationError(
                f"{what}: names differ in case alone, got {other!r} and {name!r}; rename one"
            )
