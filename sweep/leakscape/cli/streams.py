"""Standard output and standard error, which somebody may have closed: then nobody is told.

`leakscape run STUDY | head -1` is still a run: what nobody reads goes to the null device, and
the exit status is that of the work.
"""

from __future__ import annotations

import codecs
import io
import os
import sys
from typing import TextIO


def prepare() -> None:
    """Make sure that both streams are there and take every text.

    A descriptor that was closed would else be given to the next file that is opened, and messages
    would be written into it.
    """
    for number, name in ((1, "stdout"), (2, "stderr")):
        try:
            os.fstat(number)
        except OSError:
            _to_nothing(number)
        if getattr(sys, name) is None:
            # It stays open while the process lives, as the stream that it stands for would.
            setattr(sys, name, open(number, "w", encoding="utf-8", closefd=False))  # noqa: SIM115
    codecs.register_error("leakscape", _shown)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="leakscape")


def tell(text: str, stream: TextIO | None = None) -> None:
    """Write a line at once, or drop it where nobody reads.

    Args:
        text: the line.
        stream: by default standard output.
    """
    stream = sys.stdout if stream is None else stream
    try:
        print(text, file=stream, flush=True)
    except BrokenPipeError:
        _to_nothing(stream.fileno())


def finish() -> None:
    """Write out what the streams still hold: what a library printed."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            _to_nothing(stream.fileno())


def _to_nothing(number: int) -> None:
    nothing = os.open(os.devnull, os.O_WRONLY)
    if nothing != number:
        os.dup2(nothing, number)
        os.close(nothing)


def _shown(error: UnicodeError) -> tuple[bytes, int]:
    """Write file names as the bytes that they are, and ? for other letters."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letters = map(ord, error.object[error.start : error.end])
    bytes_ = [code - 0xDC00 if 0xDC80 <= code <= 0xDCFF else ord("?") for code in letters]
    return bytes(bytes_), error.end
