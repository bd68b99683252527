"""The words of `findings`: the numbers of a sweep again, as text or as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from leakscape.cli import terminal
from leakscape.cli.terminal import say


def findings(
    path: str,
    levels: Sequence[str],
    output: str,
    select: Mapping[str, str],
    *,
    study: str | None,
    refine: bool,
    as_json: bool,
) -> int:
    """Print what is in a store.

    Args:
        path: the store.
        levels: levels with their units; by default those of the study's picture.
        output: what crosses them; "" for what the picture shows.
        select: axis -> the value that it is held at.
        study: name or path of the study that it is of, where that has code of its own.
        refine: whether to evaluate the study between two points of the grid.
        as_json: one line of JSON and nothing else.

    Returns:
        0.

    Raises:
        SweepError: no sweep there, no such output, or a level of another kind.
    """
    from leakscape.analyse.summary import findings as find

    found = find(path, level=levels, output=output, select=select, study=study, refine=refine)
    if as_json:
        say(json.dumps(found.plain(), allow_nan=False))
    else:
        terminal.show(found.card)
    return 0
