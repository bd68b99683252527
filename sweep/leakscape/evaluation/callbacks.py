"""What a user's callback raises while a chunk is computed: told in our sentence, and only there.

JAX logs the whole traceback before it raises, and XLA passes it on as text, which names the user's
line among many of JAX's.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from leakscape.declare.blame import foreign, named

_LOGGER = "jax._src.callback"
_FRAME = re.compile(r'\s*File "(?P<file>.+)", line (?P<line>\d+)')
_EMPTY = re.compile(r"([\w.]+):")
_LONGEST = 200


class _Silence(logging.Filter):
    """Keeps JAX's report of a callback back while chunks are computed, by however many threads."""

    def __init__(self) -> None:
        super().__init__()
        self._lock, self._computing = threading.Lock(), 0
        logging.getLogger(_LOGGER).addFilter(self)

    def change(self, by: int) -> None:
        """Count one more that computes, or one less."""
        with self._lock:
            self._computing += by

    def filter(self, record: logging.LogRecord) -> bool:
        """Let through what is none of these reports, or not of a chunk."""
        return not (self._computing and record.getMessage().endswith("callback failed"))


_silence = _Silence()


@contextmanager
def silenced() -> Iterator[None]:
    """Keep JAX from reporting what a callback raises."""
    _silence.change(1)
    try:
        yield
    finally:
        _silence.change(-1)


def told(text: str) -> tuple[str, str]:
    """Read what XLA says of a failure.

    Args:
        text: its words, with a traceback where a callback raised.

    Returns:
        "file, line n: " of the user's innermost line, "" where there is none; and what was raised.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    got = lines[-1].strip()[:_LONGEST] if lines else "no reason"
    empty = _EMPTY.fullmatch(got)
    frames = [found for line in lines if (found := _FRAME.match(line))]
    for frame in reversed(frames):
        if frame["file"].endswith("_src/callback.py"):
            break  # further out is the caller of JAX
        if not foreign(frame["file"]):
            return f"{named(frame['file'])}, line {frame['line']}: ", empty[1] if empty else got
    return "", empty[1] if empty else got
