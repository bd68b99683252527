"""The words of `plot`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from leakscape.cli.terminal import say


def plot(paths: Sequence[str], select: Mapping[str, str], file: str, **roles: str | None) -> int:
    """Draw, and say which slice was taken and where the picture is."""
    from leakscape import picture

    drawn = picture.draw(paths, picture.Wish(select=select, **roles), file)
    for text in drawn.said:
        say(text)
    say(f"Picture: {drawn.path}")
    return 0
