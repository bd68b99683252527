"""A bar shows how far work is that lasts, where somebody sees it, and is gone at the end."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import warnings

import pytest

import leakscape as ls
from leakscape import bar
from leakscape.evaluation import announce, plan, reduced

NEVER_SECONDS = 300.0
OUTSIDE = {"outside": {"linear": [1, 12], "size": 12, "unit": "mmol/L"}}
STUDY = ls.Study(name="said", kernel="nernst", axes=OUTSIDE)
REDUCED = STUDY.with_(reduce={"over": ["outside"], "E": ["mean"]})


class Seen:
    """Remembers what is drawn."""

    def __init__(self):
        self.drawn, self.removed = [], 0

    def draw(self, share, told):
        self.drawn.append((share, told))

    def remove(self):
        self.removed += 1


@pytest.fixture
def seen(monkeypatch):
    """Return what a terminal would show, of work that never is too short for it."""
    surface = Seen()
    monkeypatch.setattr(announce, "surface", lambda: surface)
    monkeypatch.setattr(bar, "SECONDS", 0.0)
    monkeypatch.setattr(bar, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(plan, "CHUNK_BYTES", 16)
    monkeypatch.setattr(reduced, "TILE_POINTS", 4)
    return surface


def shares(seen):
    return [share for share, _ in seen.drawn if share is not None]


class Timer:
    """Stands for threading.Timer: its time passes when a test says so."""

    def __init__(self, seconds, call):
        self.seconds, self.call, self.daemon = seconds, call, False

    def start(self): ...

    def cancel(self): ...  # as if it came too late: the call has begun

    def passes(self):
        self.call()


@pytest.fixture
def timers(monkeypatch):
    """Return the timers that a bar sets, which nobody waits for."""
    made = []

    def timer(*given):
        made.append(Timer(*given))
        return made[-1]

    monkeypatch.setattr(threading, "Timer", timer)
    return made


@pytest.mark.parametrize(
    "work",
    [
        lambda path, **more: ls.evaluate(STUDY, **more),
        lambda path, **more: ls.evaluate(REDUCED, **more),
        lambda path, **more: ls.reduce(REDUCED, **more),
        lambda path, **more: ls.run(STUDY, path, **more),
        lambda path, **more: ls.run(REDUCED, path, **more),
    ],
    ids=["evaluate", "evaluate a reduction", "reduce", "run", "run a reduction"],
)
def test_it_rises_to_the_end_and_vanishes(seen, tmp_path, work):
    work(tmp_path / "off.zarr", progress=False)
    assert seen.drawn == []
    work(tmp_path / "on.zarr")
    assert shares(seen)[0] == 0.0
    assert shares(seen) == sorted(shares(seen))
    assert max(shares(seen)) == 1.0
    assert seen.removed == 1
    assert any("of 3 chunks" in told and "points a second" in told for _, told in seen.drawn)


def test_an_observer_is_there_instead(seen, tmp_path):
    class Observer:
        def started(self, *told): ...
        def advanced(self, *told): ...
        def warned(self, *told): ...
        def finished(self, *told): ...

    ls.run(STUDY, tmp_path / "a.zarr", observer=Observer())
    assert shares(seen) == []


def test_it_vanishes_where_work_breaks_off(seen):
    def broken():
        with announce.followed(True) as shown:
            shown.started(3, 0, 1)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken()
    assert seen.removed == 1
    assert announce._told.show is None


def test_what_is_over_soon_has_none(timers):
    surface = Seen()
    shown = bar.Bar(surface)
    shown.started(2, 0, 1)
    shown.advanced(2)
    shown.close()
    [timer] = timers
    timer.passes()  # too late: the end came before
    assert surface.drawn == []
    assert surface.removed == 0


def test_it_appears_although_nothing_advances(timers):
    surface = Seen()
    shown = bar.Bar(surface)
    shown.started(2, 1, 1)
    assert surface.drawn == []
    [timer] = timers
    assert 0.0 < timer.seconds <= bar.SECONDS
    timer.passes()
    shown.close()
    assert shares(surface) == [0.5]


def test_its_timer_is_a_real_one(monkeypatch):
    monkeypatch.setattr(bar, "SECONDS", 0.05)
    drawn = threading.Event()
    surface = Seen()
    surface.draw = lambda share, told: drawn.set()
    shown = bar.Bar(surface)
    shown.started(2, 1, 1)
    assert drawn.wait(NEVER_SECONDS)
    shown.close()


def test_it_says_that_something_compiles_before_and_while_it_counts():
    surface = Seen()
    shown = bar.Bar(surface)
    shown.compiling("compiling ...")()
    assert surface.drawn == [(None, "compiling ...")]
    assert surface.removed == 1
    shown.started(4, 1, 1)
    vanish = shown.compiling("compiling ...")
    assert surface.drawn[-1] == (0.25, "1 of 4 chunks, compiling ...")
    vanish()
    assert "compiling" not in surface.drawn[-1][1]
    shown.close()
    shown.compiling("compiling ...")
    assert "compiling" not in surface.drawn[-1][1]
    assert surface.removed == 2


@pytest.mark.parametrize(
    ("done", "total", "told"),
    [
        (0, 4, ""),  # nobody knows yet
        (2, 2, ""),
        (1, 3, "50 points a second, about 4 s left"),  # 100 points in 2 s
    ],
)
def test_speed_and_time_left_are_told_where_they_are_known(done, total, told):
    assert bar.pace_of(done, total, 0, 100, 2.0) == told


def test_a_single_chunk_has_no_share():
    surface = Seen()
    shown = bar.Bar(surface)
    shown.started(1, 0, 5)
    shown.compiling("compiling ...")()
    assert surface.drawn[-1] == (None, "0 of 1 chunk")
    shown.close()


def test_what_cannot_wait_is_a_warning():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        bar.Bar(None).warned("the disk is nearly full")
    assert [str(warning.message) for warning in caught] == ["the disk is nearly full"]


SCRIPT = """
import leakscape as ls
from leakscape import bar
from leakscape.evaluation import announce
bar.SECONDS = bar.PAUSE_SECONDS = 0.0
print("before")
with announce.followed(True) as shown:
    shown.started(4, 0, 1000)
    shown.advanced(3)
print("after")
"""


def test_in_a_file_nothing_is_shown():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True)
    assert done.stdout == "before\nafter\n"
    assert done.stderr == ""


@pytest.mark.skipif(os.name != "posix", reason="no pseudo-terminal")
def test_on_a_terminal_it_is_drawn_on_standard_error_alone():
    import pty

    ours, theirs = pty.openpty()
    environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "80"}
    done = subprocess.Popen(
        [sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, stderr=theirs, env=environment
    )
    os.close(theirs)
    drawn = b""
    try:
        while piece := os.read(ours, 4096):
            drawn += piece
    except OSError:  # Linux says so that the other end is closed
        pass
    assert done.communicate()[0] == b"before\nafter\n"
    assert b"3 of 4 chunks" in drawn
    assert drawn.count(b"\n") < 20
    assert b"\x1b[2K" in drawn  # the line is taken away at the end
