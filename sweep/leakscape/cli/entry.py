"""The way in: the command runs beside the main thread, which is left free to hear Ctrl-C.

Nothing else is imported before that: it could not be interrupted in good order.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence

from leakscape import interrupt
from leakscape.cli.leaving import leave


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: what follows `leakscape`; by default what the process was given.

    Returns:
        The exit status. Where Ctrl-C was pressed the process ends by itself with 130.
    """
    statuses: list[int] = []

    def work() -> None:
        from leakscape.cli.answer import answer

        statuses.append(answer(sys.argv[1:] if arguments is None else arguments))

    with interrupt.left(leave):
        thread = interrupt.start(work)
        while thread.is_alive():
            thread.join(interrupt.STEP_SECONDS)
        if interrupt.pressed():
            os._exit(statuses[0])
    if arguments is None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is said, and the process ends now
    return statuses[0]
