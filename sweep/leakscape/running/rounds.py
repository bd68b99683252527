"""Rounds: how the chunks still to do are cut into tasks.

A task costs dask 0.04-0.2 ms on threads and 2-3 ms on a cluster, so it should be worth about
0.2 s; towards the end of a round tasks become shorter, so that all workers end together.
"""

from __future__ import annotations

from collections.abc import Sequence

TASK_SECONDS = 0.2
ROUND_SECONDS = 20.0


def first_round(todo: Sequence[int], width: int) -> list[tuple[int, int]]:
    """Return one chunk for each worker, to learn how long chunks take."""
    return [(task, task) for task in todo[:width]]


def next_round(todo: Sequence[int], width: int, seconds: float) -> list[tuple[int, int]]:
    """Cut the next round.

    Args:
        todo: chunks to do, ascending.
        width: how many workers there are.
        seconds: what a chunk takes [s].

    Returns:
        (first, last) of each task, in order.
    """
    each = max(seconds, 1e-6)
    longest = max(1, int(TASK_SECONDS / each))
    taken = todo[: max(width, int(ROUND_SECONDS * width / each))]
    runs: list[tuple[int, int]] = []
    place = 0
    while place < len(taken):
        length = max(1, min(longest, (len(taken) - place) // (4 * width)))
        first = taken[place]
        count = 1
        while (
            count < length and place + count < len(taken) and taken[place + count] == first + count
        ):
            count += 1
        runs.append((first, first + count - 1))
        place += count
    return runs
