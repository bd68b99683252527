"""A mechanism's file travels with the work, and another one means another study."""

from __future__ import annotations

import numpy as np
import pytest

from leakscape import store as stores
from leakscape.declare.study import Study
from leakscape.errors import StoreError
from leakscape.evaluation import plan
from leakscape.running import run, sweep

MECHANISM = """
from constants import WIDTH
from leakscape_kernels.mechanisms import channel
def own(entry):
    return channel(entry, "g", {}, gate=lambda V, here: 1 / (1 + (V / WIDTH) ** 2))
"""
V = {"linear": [-100.0, 99.0], "size": 200, "unit": "mV"}


@pytest.fixture
def cell(tmp_path, monkeypatch):
    """Make a study of 20 chunks of a membrane with a mechanism of one's own."""
    monkeypatch.setattr(plan, "CHUNK_BYTES", 40)

    def make(width):
        (tmp_path / "mine.py").write_text(MECHANISM, encoding="utf-8")
        (tmp_path / "constants.py").write_text(f"WIDTH = {width}\n", encoding="utf-8")
        row = {"type": "mine.py:own", "g": "2 mS/cm2", "E": "-60 mV"}
        kernel = {"name": "membrane_current", "membrane": {"mechanisms": {"X": row}}}
        return Study(name="own", kernel=kernel, axes={"V": V}, folder=tmp_path)

    return make


def expected(width):
    at = np.linspace(-100.0, 99.0, 200)
    return 2.0 * (at + 60.0) / (1.0 + (at / width) ** 2)


def test_a_store_goes_on_with_the_mechanism_that_it_was_made_with(cell, path):
    np.testing.assert_allclose(run(cell(20.0), path).I_total, expected(20.0), rtol=1e-5, atol=1e-5)
    next((path / "status").glob("c*")).unlink()
    with pytest.raises(StoreError, match="the kernel's code changed since the store was made"):
        sweep(cell(30.0), path)
    assert sweep(cell(20.0), path).computed == 1


class Editor:
    """Changes the mechanism when the first chunk is there."""

    def __init__(self, edit):
        self.edit, self.done = edit, False

    def started(self, total, done, points_per_task): ...

    def advanced(self, done):
        if not self.done:
            self.done = True
            self.edit(50.0)

    def finished(self, report): ...


@pytest.mark.slow
def test_processes_compute_the_mechanism_that_was_read(cell, path):
    editor = Editor(cell)
    report = sweep(cell(20.0), path, scheduler="local:2", observer=editor)
    assert editor.done
    assert report.complete
    found = stores.open(path).I_total
    np.testing.assert_allclose(found, expected(20.0), rtol=1e-5, atol=1e-5)
