"""In a notebook: short errors, a bar that leaves nothing behind, Ctrl-C that loses nothing."""

from __future__ import annotations

import asyncio

import nbformat
import pytest
from nbclient import NotebookClient

SECONDS = 600
"""Time after which a cell hangs [s]."""
FEW, WHILE = 10, 2.0
"""Chunks after which Ctrl-C comes, and how long after [s]."""
SLOW = """
import time
from pathlib import Path
import jax
import numpy as np
from dask.system import CPU_COUNT


def waited(x):
    if not Path("soon").exists():  # the whole takes 10 s, on however many threads
        time.sleep(0.05 * CPU_COUNT)
    return np.asarray(x)


def kernel(*, x, y):
    x = jax.pure_callback(waited, jax.ShapeDtypeStruct((), x.dtype), x, vmap_method="broadcast_all")
    return {"V": x + y}


kernel.parameters, kernel.outputs = {"x": "1", "y": "1"}, {"V": "1"}
"""
STUDY = """
name = "slow"
kernel = "slow_kernel.py:kernel"
[axes]
x = { linear = [0, 1], size = 200, unit = "1" }
y = { linear = [0, 1], size = 20, unit = "1" }
"""
BEGIN = """
import leakscape as ls
from leakscape.evaluation import plan
plan.CHUNK_BYTES = 80
"""
MISTAKE = """
def mine():
    return ls.evaluate("slow.toml", nothing=1) if False else ls.evaluate("slw.toml")
mine()
"""
ALL = """
import sys, traceback
print("".join(traceback.format_exception(sys.last_value)))
"""
LONG = """
ls.run("slow.toml")
"""
AFTER = """
from pathlib import Path
Path("soon").touch()
done = ls.run("slow.toml", progress=False)
assert int((done.status != 1).sum()) == 0
"""


@pytest.fixture
def ran(tmp_path, monkeypatch):
    """Run cells in a notebook; Ctrl-C comes a while after a run began."""
    for name in ("JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    (tmp_path / "slow_kernel.py").write_text(SLOW, encoding="utf-8")
    (tmp_path / "slow.toml").write_text(STUDY, encoding="utf-8")

    async def press(client) -> None:
        while len([*(tmp_path / "slow.zarr" / "V").glob("c.*")]) < FEW:
            await asyncio.sleep(0.05)
        await asyncio.sleep(WHILE)
        await client.km.interrupt_kernel()

    def run(*sources: str):
        cells = [nbformat.v4.new_code_cell(source.strip()) for source in sources]
        notebook = nbformat.v4.new_notebook(cells=cells)
        seen, waiting = [], []

        async def begin(cell, cell_index) -> None:
            if cell.source == LONG.strip():
                waiting.append(asyncio.ensure_future(press(client)))

        client = NotebookClient(
            notebook,
            timeout=SECONDS,
            kernel_name="python3",
            allow_errors=True,
            resources={"metadata": {"path": str(tmp_path)}},
            on_cell_start=begin,
        )
        process = client.process_message

        def message(msg, cell, cell_index):
            seen.append((cell_index, msg["msg_type"], msg["content"]))
            return process(msg, cell, cell_index)

        client.process_message = message
        client.execute()
        return [cell.outputs for cell in notebook.cells], seen

    return run


@pytest.mark.slow
def test_an_error_is_the_readers_line_and_one_sentence(ran):
    outputs, _ = ran(BEGIN, MISTAKE, ALL, "%xmode Verbose", MISTAKE)
    (error,) = outputs[1]
    assert error.ename == "DeclarationError"
    assert error.evalue == "slw.toml: no such file; see leakscape list"
    text = "\n".join(error.traceback)
    assert text.splitlines()[:2] == ["Cell In[2], line 3", "----> 3 mine()"]
    assert text.splitlines()[3] == "Cell In[2], line 2"
    assert text.splitlines()[-1] == f"DeclarationError: {error.evalue}"
    assert len(text.splitlines()) == 7
    assert "catalogue.py" not in text
    assert "catalogue.py" in outputs[2][0].text  # all of it is there for who asks
    assert "catalogue.py" in "\n".join(outputs[4][0].traceback)


@pytest.mark.slow
def test_ctrl_c_in_a_cell_keeps_what_was_computed_and_the_bar_vanishes(ran, tmp_path):
    outputs, seen = ran(BEGIN, LONG, AFTER)
    (error,) = [out for out in outputs[1] if out.output_type == "error"]
    assert error.ename == "Interrupted"
    text = "\n".join(error.traceback)
    assert "----> 1 ls.run" in text
    assert "chunks done" in text.splitlines()[-1]
    assert len(text.splitlines()) == 4
    assert not [out for out in outputs[2] if out.output_type == "error"]
    assert (tmp_path / "slow.zarr").is_dir()
    # One display, updated in place, and empty at the end; nothing on the streams.
    shown = [out for out in outputs[1] if out.output_type == "display_data"]
    assert [out.data["text/plain"] for out in shown] == [""]
    assert not [out for out in outputs[1] if out.output_type == "stream"]
    drawn = [c["data"] for i, kind, c in seen if i == 1 and kind.endswith("display_data")]
    bars = [data["text/html"] for data in drawn if "<progress value=" in data["text/html"]]
    assert 2 <= len(bars) <= 100
    assert any("of 200 chunks" in bar for bar in bars)
    assert outputs[2] == []  # progress=False
