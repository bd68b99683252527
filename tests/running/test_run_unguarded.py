"""Laws of worker processes: they never run the user's program, and get its kernels by value."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

DECLARED = """
open("executed", "a").write("once ")
import time
import leakscape as ls
"""
FUNCTION = """
def kernel(*, x):
    return {"V": FACTOR * x}

FACTOR = 3.0
kernel.parameters, kernel.outputs = {"x": "mV"}, {"V": "mV"}
"""
OBJECT = """
class Times:
    def __init__(self, factor):
        self.factor = factor
        self.parameters, self.outputs = {"x": "mV"}, {"V": "mV"}
    def __call__(self, *, x):
        return {"V": self.factor * x}

kernel = Times(3.0)
"""
RUN = """
axes = {"x": {"values": [1.0, 2.0, 4.0], "unit": "mV"}}
study = ls.Study(name="own", kernel=kernel, axes=axes)
ds = ls.run(study, f"own_{time.time_ns()}.zarr", scheduler="local:2")
print(ds.V.values.tolist())
"""
RIGHT = "[3.0, 6.0, 12.0]\n"


def ran(folder: Path, *words: str, program: str | None = None) -> str:
    """Run Python in a folder and return what it printed."""
    environment = {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p), "JAX_PLATFORMS": "cpu"}
    ended = subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env=os.environ | environment,
        input=program,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert ended.returncode == 0, ended.stderr
    assert "Traceback" not in ended.stderr
    return ended.stdout


@pytest.mark.slow
@pytest.mark.parametrize("kernel", [FUNCTION, OBJECT], ids=["function", "object"])
def test_a_script_without_a_guard_runs_once_and_is_right(tmp_path: Path, kernel: str) -> None:
    (tmp_path / "script.py").write_text(DECLARED + kernel + RUN, encoding="utf-8")
    assert ran(tmp_path, "script.py") == RIGHT
    assert (tmp_path / "executed").read_text() == "once "
    assert len(list(tmp_path.glob("own_*.zarr"))) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "way", ["command", *(pytest.param(way, marks=pytest.mark.slow) for way in ("input", "module"))]
)
def test_so_does_a_program_that_is_no_file(tmp_path: Path, way: str) -> None:
    program = DECLARED + FUNCTION + RUN
    if way == "command":
        said = ran(tmp_path, "-c", program)
    elif way == "input":
        said = ran(tmp_path, "-", program=program)
    else:
        (tmp_path / "script.py").write_text(program, encoding="utf-8")
        said = ran(tmp_path, "-m", "script")
    assert said == RIGHT
    assert (tmp_path / "executed").read_text() == "once "


KILLED = """
class Assassin:
    killed = 0
    def started(self, total, done, points_per_task): ...
    def finished(self, report): ...
    def advanced(self, done):
        if not self.killed:
            children = psutil.Process().children(recursive=True)
            workers = [p for p in children if "running.worker" in " ".join(p.cmdline())]
            for worker in workers:
                assert os.getpgid(worker.pid) != os.getpgid(0)  # no Ctrl-C of a terminal's
                os.kill(worker.pid, signal.SIGKILL)
            self.killed = len(workers)

import os, signal, psutil
from leakscape.evaluation import plan
plan.CHUNK_BYTES = 40
assassin = Assassin()
study = ls.Study(name="own", kernel=kernel, axes={
    "x": {"linear": [0.0, 1.0], "size": 400, "unit": "mV"}})
ds = ls.run(study, f"own_{time.time_ns()}.zarr", scheduler="local:1", observer=assassin)
print(assassin.killed, float(abs(ds.V - 3.0 * ds.x).max()) < 1e-6)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="looks at groups of processes")
def test_nor_when_a_worker_is_started_again(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(DECLARED + FUNCTION + KILLED, encoding="utf-8")
    assert ran(tmp_path, "script.py") == "1 True\n"
    assert (tmp_path / "executed").read_text() == "once "
