"""Work on threads comes back in order, fails where it is asked for, and leaves no thread behind."""

from __future__ import annotations

import threading
import time

import pytest

from leakscape.evaluation.in_order import AHEAD, in_order


def living():
    return [one for one in threading.enumerate() if one.name == "leakscape-order"]


def test_results_come_in_order_whichever_is_done_first():
    def work(number, halted):
        time.sleep(0.02 if number % 3 == 0 else 0.0)
        return number * number

    assert list(in_order(20, work, threads=3)) == [number**2 for number in range(20)]
    assert not living()


def test_no_thread_runs_further_ahead_than_it_may():
    begun = []

    def work(number, halted):
        begun.append(number)
        return number

    results = in_order(100, work, threads=2)
    assert next(results) == 0
    time.sleep(0.05)
    assert max(begun) <= 2 * AHEAD
    results.close()
    assert len(begun) < 100
    assert not living()


def test_what_fails_is_raised_and_the_others_are_told():
    told = threading.Event()

    def work(number, halted):
        if number == 1:
            raise ValueError("one")
        while not halted():
            time.sleep(0.001)
        told.set()
        return number

    with pytest.raises(ValueError, match="one"):
        list(in_order(5, work, threads=2))
    assert told.is_set()
    assert not living()


def test_nothing_to_do_is_done():
    assert list(in_order(0, lambda number, halted: number)) == []
