"""Laws of callbacks that raise: the user's line is found, and only our chunks are kept silent."""

from __future__ import annotations

import logging

import jax
import pytest

from leakscape.evaluation import callbacks

JAXS = f'  File "{jax.__path__[0]}/_src/callback.py", line 71, in __call__\n'
USERS = '  File "/somewhere/mine.py", line 5, in act\n    raise\n'
CALLER = '  File "/somewhere/script.py", line 9, in <module>\n'


@pytest.mark.parametrize(
    ("text", "place", "got"),
    [
        (CALLER + JAXS + USERS + "ValueError: no\n", "mine.py, line 5: ", "ValueError: no"),
        (CALLER + JAXS + USERS + "ValueError: \n", "mine.py, line 5: ", "ValueError"),
        (CALLER + JAXS + "OSError: gone", "", "OSError: gone"),
        ("RESOURCE_EXHAUSTED: out of memory", "", "RESOURCE_EXHAUSTED: out of memory"),
        ("", "", "no reason"),
    ],
)
def test_of_what_xla_says_the_users_line_and_the_reason_are_told(text, place, got):
    assert callbacks.told(text) == (place, got)


def test_jax_is_silent_of_callbacks_only_while_chunks_are_computed():
    silence = callbacks._Silence()
    logging.getLogger("jax._src.callback").removeFilter(silence)
    report = logging.makeLogRecord({"msg": "jax.pure_callback failed"})
    assert silence.filter(report)
    silence.change(1)
    assert not silence.filter(report)
    assert silence.filter(logging.makeLogRecord({"msg": "something else"}))
    silence.change(-1)
    assert silence.filter(report)
