"""The file of a picture: written whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from leakscape import content
from leakscape.errors import DeclarationError, StorageError
from leakscape.picture import theme
from leakscape.shown import shown

FORMATS = (".png", ".svg", ".pdf", ".jpg", ".jpeg")


def checked(file: str | Path) -> Path:
    """Return the path of a picture.

    Raises:
        DeclarationError: no file can have it, or it ends in a format that is none of `FORMATS`.
    """
    target = Path(file)
    content.located(target, DeclarationError)
    if target.suffix.lower() not in FORMATS:
        raise DeclarationError(
            f"file: unknown format, got {shown(target.name)}; end it in {', '.join(FORMATS)}"
        )
    return target


def write(made: Figure, target: Path) -> None:
    """Write a figure.

    Args:
        made: the figure.
        target: the file, as `checked` returned it.

    Raises:
        StorageError: it cannot be written.
    """
    partial = target.with_name(f".{os.getpid()}{target.suffix}")
    try:
        with mpl.rc_context(theme.FILES):
            made.savefig(partial)
        partial.replace(target)  # a reader of the file never sees half of it
    except OSError as error:
        with suppress(OSError):
            partial.unlink()
        raise StorageError(
            f"{target}: cannot be written, got {error.strerror}; give another --file"
        ) from error


def png(made: Figure) -> bytes:
    """Return a figure as the bytes of a PNG file."""
    into = BytesIO()
    made.savefig(into, format="png")
    return into.getvalue()
