"""The words of `plot`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from leakscape.cli.terminal import say


def plot(
    paths: Sequence[str],
    outputs: Sequence[str],
    select: Mapping[str, str],
    roles: Mapping[str, str | None],
    file: str,
    look: Mapping[str, str | None],
) -> int:
    """Draw, and say which slice was taken and where the picture is."""
    from leakscape import picture

    wish = picture.Wish(select=select, **roles)
    wishes = picture.each(wish, outputs or None)
    drawn = picture.draw(paths, wishes, file, picture.Look.of(**look))
    for text in drawn.said:
        say(text)
    say(f"Picture: {drawn.path}")
    return 0
