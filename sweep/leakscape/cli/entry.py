"""The way in and out: the command runs beside the main thread, which is there to hear Ctrl-C.

Nothing else is imported before that: it could not be interrupted in good order.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from leakscape import interrupt
from leakscape.cli.leaving import leave


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: what follows `leakscape`; by default what the process was given, and the
            process ends with the command.

    Returns:
        The exit status.
    """
    statuses: list[int] = []

    def work() -> None:
        from leakscape.cli.answer import answer

        statuses.append(answer(sys.argv[1:] if arguments is None else arguments))

    with interrupt.left(leave):
        done = interrupt.start(work)
        while not done.wait(interrupt.STEP_SECONDS):
            pass
        if arguments is None or interrupt.pressed():
            interrupt.end(statuses[0])
    return statuses[0]
