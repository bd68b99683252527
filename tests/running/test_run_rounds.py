"""Laws of rounds: every chunk once, in order, in tasks that are neither tiny nor endless."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from leakscape.running import rounds

todos = st.sets(st.integers(0, 3000), min_size=1).map(sorted)
widths = st.integers(1, 16)


@given(todos, widths, st.floats(1e-7, 30.0))
def test_a_round_is_the_first_chunks_to_do_each_once(todo, width, seconds):
    runs = rounds.next_round(todo, width, seconds)
    covered = [task for first, last in runs for task in range(first, last + 1)]
    assert covered == todo[: len(covered)]
    assert len(covered) >= min(width, len(todo))


@given(todos, widths, st.floats(1e-4, 30.0))
def test_no_task_is_longer_than_it_should_be(todo, width, seconds):
    longest = max(last - first + 1 for first, last in rounds.next_round(todo, width, seconds))
    assert longest == 1 or longest * seconds <= rounds.TASK_SECONDS


@given(todos, widths)
def test_the_first_round_gives_each_worker_one_chunk(todo, width):
    assert rounds.first_round(todo, width) == [(task, task) for task in todo[:width]]


def test_tasks_become_short_towards_the_end():
    runs = rounds.next_round(range(100), 2, 1e-3)
    lengths = [last - first + 1 for first, last in runs]
    assert lengths[0] > 8
    assert lengths[-4:] == [1, 1, 1, 1]
