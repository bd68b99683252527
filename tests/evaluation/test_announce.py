"""That something compiles is said if it lasts, and taken away; never in a plain script."""

from __future__ import annotations

import threading

import nbformat
import pytest
from nbclient import NotebookClient

import leakscape as ls
from leakscape.evaluation import announce
from leakscape.evaluation import executable as compiling

SOON, NEVER = 0.02, 300.0
"""What is longer than the one is said; nothing takes as long as the other [s]."""


class Said(list):
    """What is shown and taken away, in order."""

    def __init__(self):
        self.shown = threading.Event()

    def show(self, text):
        self.append(text)
        self.shown.set()
        return lambda: self.append("gone")

    def lasts(self):
        """Last for as long as it takes until it is said."""
        assert self.shown.wait(NEVER)


@pytest.fixture
def said(monkeypatch):
    """Return what is shown and taken away."""
    monkeypatch.setattr(announce, "SECONDS", SOON)
    events = Said()
    with announce.by(events.show):
        yield events


def test_what_lasts_is_said_and_vanishes(said):
    with announce.announced():
        said.lasts()
    assert said == ["compiling ...", "gone"]


def test_what_is_over_soon_is_not_said(said, monkeypatch):
    late = []

    class Timer:
        """Its time passes when the test says so, and its end came too late."""

        def __init__(self, seconds, call):
            late.append(call)

        def start(self): ...

        def cancel(self): ...

    monkeypatch.setattr(threading, "Timer", Timer)
    with announce.announced():
        pass
    [passes] = late
    passes()
    assert said == []


def test_it_vanishes_where_compiling_fails(said):
    def failing():
        with announce.announced():
            said.lasts()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing()
    assert said == ["compiling ...", "gone"]


def test_a_plain_script_says_nothing(monkeypatch, capfd):
    monkeypatch.setattr(announce, "SECONDS", 0.0)
    with announce.announced():
        assert not [one for one in threading.enumerate() if isinstance(one, threading.Timer)]
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("how", ["evaluate", "model"])
def test_evaluating_and_models_say_that_they_compile(said, monkeypatch, how):
    plain = compiling.compiled

    def slow(*given, **named):
        said.lasts()
        return plain(*given, **named)

    compiling._executable.cache_clear()
    compiling._computing.cache_clear()
    monkeypatch.setattr(compiling, "compiled", slow)
    outside = {"values": [4, 16], "unit": "mmol/L"}
    study = ls.Study(name="said", kernel="nernst", axes={"outside": outside})
    if how == "evaluate":
        ls.evaluate(study)
        assert said[-2:] == ["compiling ...", "gone"]
        return
    model = ls.model(study)
    model(outside=4.0)
    first = list(said)
    model(outside=16.0)
    assert said == first  # what comes again is compiled already


def test_in_a_notebook_a_display_appears_and_vanishes(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    cell = nbformat.v4.new_code_cell(
        "import threading\n"
        "from leakscape import bar\n"
        "from leakscape.evaluation import announce\n"
        f"announce.SECONDS = {SOON}\n"
        "said, draw = threading.Event(), bar.Notebook.draw\n"
        "bar.Notebook.draw = lambda *given: (draw(*given), said.set())\n"
        "with announce.announced():\n"
        f"    said.wait({NEVER})\n"
    )
    notebook = nbformat.v4.new_notebook(cells=[cell])
    seen = []
    NotebookClient(
        notebook,
        timeout=2 * NEVER,
        kernel_name="python3",
        on_cell_executed=lambda cell, **_: seen.append(cell),
    ).execute()
    shown = [out["data"]["text/plain"] for out in seen[0]["outputs"]]
    assert shown == [""]
