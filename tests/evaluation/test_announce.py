"""That something compiles is said if it lasts, and taken away; never in a plain script."""

from __future__ import annotations

import time

import nbformat
import pytest
from nbclient import NotebookClient

import leakscape as ls
from leakscape.evaluation import announce
from leakscape.evaluation import executable as compiling

SOON, LONG = 0.02, 0.5


@pytest.fixture
def said(monkeypatch):
    """Return what is shown and taken away, in order."""
    monkeypatch.setattr(announce, "SECONDS", SOON)
    events = []

    def show(text):
        events.append(text)
        return lambda: events.append("gone")

    with announce.by(show):
        yield events


def test_what_lasts_is_said_and_vanishes(said):
    with announce.announced():
        time.sleep(LONG)
    assert said == ["compiling ...", "gone"]


def test_what_is_over_soon_is_not_said(said):
    with announce.announced():
        pass
    time.sleep(LONG)
    assert said == []


def test_it_vanishes_where_compiling_fails(said):
    def failing():
        with announce.announced():
            time.sleep(LONG)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing()
    assert said == ["compiling ...", "gone"]


def test_a_plain_script_says_nothing(monkeypatch, capfd):
    monkeypatch.setattr(announce, "SECONDS", SOON)
    with announce.announced():
        time.sleep(LONG)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("how", ["evaluate", "model"])
def test_evaluating_and_models_say_that_they_compile(said, monkeypatch, how):
    plain = compiling.compiled

    def slow(*given, **named):
        time.sleep(LONG)
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
        "import time\n"
        "from leakscape.evaluation import announce\n"
        f"announce.SECONDS = {SOON}\n"
        "with announce.announced():\n"
        f"    time.sleep({LONG})\n"
    )
    notebook = nbformat.v4.new_notebook(cells=[cell])
    seen = []
    NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        on_cell_executed=lambda cell, **_: seen.append(cell),
    ).execute()
    shown = [out["data"]["text/plain"] for out in seen[0]["outputs"]]
    assert shown == [""]
