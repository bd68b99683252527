"""Ctrl-C at any moment of any command: exit status 130, one way to go on, no traceback."""

from __future__ import annotations

import os
import random
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

NEVER_SECONDS = 300.0
"""A process that still runs after this long has lost its Ctrl-C [s]."""
ENVIRONMENT = os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
HEARD = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
MARKED = """
import importlib, os, sys, time
module, name, pause = sys.argv[1], sys.argv[2], float(sys.argv[3])
owner = importlib.import_module(module)
*path, name = name.split(".")
for part in path:
    owner = getattr(owner, part)
original = getattr(owner, name)
def marked(*arguments, **options):
    os.write(2, b"HERE\\n")  # in one piece: two threads may come here at once
    time.sleep(pause)
    return original(*arguments, **options)
setattr(owner, name, marked)
sys.argv = ["leakscape", *sys.argv[4:]]
from leakscape.cli import main
sys.exit(main())
"""
SLOW_TO_COMPILE = """
import jax.numpy as jnp

def kernel(*, x, y):
    for turn in range(20):
        x = jnp.sin(x + turn) + jnp.cos(x * y) ** 3 / (1.5 + jnp.sin(x))
    return {"V": x}

kernel.parameters = {"x": {"unit": "1", "default": 0.5}, "y": {"unit": "1", "default": 0.5}}
kernel.outputs = {"V": {"unit": "mV", "headline": True}}
"""
STUDY = """
name = "long"
[kernel]
name = "long.py:kernel"
[axes]
x = { linear = [0, 1], size = 30_000, unit = "1" }
y = { linear = [0, 1], size = 3_000, unit = "1" }
"""
BIG = """
name = "big"
kernel = "ghk_voltage"
[fixed]
P_Cl = "0 cm/s"
[axes]
P_Na_over_P_K = { log = [0.001, 1], size = 500 }
K_out = { linear = [1, 50], size = 500, unit = "mM" }
temperature = { linear = [5, 40], size = 8, unit = "degC" }
blocked_K = { linear = [0, 95], size = 10, unit = "%" }
[outputs]
keep = ["V_rest", "I_K", "I_Na"]
"""
KIR_CELL = """
name = "kircell"
[kernel]
name = "equilibrium"
[kernel.membrane.ions]
K = { valence = 1, inside = "140 mM", outside = "4 mM" }
Na = { valence = 1, inside = "12 mM", outside = "145 mM" }
[kernel.membrane.mechanisms]
Kir = { type = "kir", ion = "K", g = "1 mS/cm2", V_shift = "0 mV", k = "10 mV" }
leak = { type = "ohmic_leak", g = "0.02 mS/cm2", E = "0 mV" }
[axes]
g_leak = { linear = [0.01, 0.2], size = 96, unit = "mS/cm2" }
K_out = { values = [2, 3, 4, 5, 6, 8], unit = "mM" }
[outputs]
keep = ["V_rest", "n_equilibria", "V_equilibrium", "stable"]
"""


def started(folder: Path, *words: str) -> subprocess.Popen[str]:
    """Start a program in a folder; whoever runs the tests may have turned Ctrl-C off."""
    program, *rest = words
    return subprocess.Popen(
        [sys.executable, "-c", HEARD + program, *rest],
        cwd=folder,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def interrupted(process: subprocess.Popen[str]) -> tuple[int, str, list[str]]:
    """Press Ctrl-C; return exit status, standard output and the lines on standard error."""
    process.send_signal(signal.SIGINT)
    try:
        out, err = process.communicate(timeout=NEVER_SECONDS)
    finally:
        process.kill()
    assert "Traceback" not in err
    assert "ignored" not in err
    return process.returncode, out, [line for line in err.splitlines() if line != "HERE"]


def wait_for_mark(process: subprocess.Popen[str]) -> None:
    """Return once a command has called the function that is marked."""
    assert process.stderr is not None
    line = ""
    while line != "HERE\n":
        line = process.stderr.readline()
        if not line:
            process.communicate()
        assert line, "the command ended before it came there"


def at_mark(folder: Path, module: str, name: str, *words: str, pause: float = 0.0) -> list[str]:
    """Interrupt a command where it calls a function; return its lines on standard error."""
    process = started(folder, MARKED, module, name, str(pause), *words)
    wait_for_mark(process)
    status, _, lines = interrupted(process)
    assert status == 130
    return lines


@pytest.fixture
def long(tmp_path: Path) -> Path:
    """A folder with a study that takes long to compile and to compute."""
    (tmp_path / "long.py").write_text(SLOW_TO_COMPILE, encoding="utf-8")
    (tmp_path / "long.toml").write_text(STUDY, encoding="utf-8")
    return tmp_path


@pytest.mark.repeats(quick=3)
@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("leakscape.running.run", "make_plan"),
        ("leakscape.evaluation.executable", "nested"),
        ("leakscape.evaluation.executable", "compiled"),
        ("leakscape.running.filling", "threads"),
        ("leakscape.running.work", "_one"),
    ],
    ids=["planning", "tracing", "compiling", "starting", "computing"],
)
def test_run_ends_with_130_and_the_command_that_resumes(long: Path, module: str, name: str) -> None:
    *_, said, resume = at_mark(long, module, name, "run", "long.toml")
    assert said.startswith("long.zarr: interrupted")
    assert resume == "Resume with: leakscape run long.toml"


@pytest.mark.slow
def test_what_was_computed_before_is_there(folder: Path) -> None:
    at_mark(folder, "leakscape.cli.running", "tell", "run", "toy.toml", pause=600.0)
    standing = subprocess.run(
        [sys.executable, "-c", MARKED, "json", "dumps", "0", "status", "toy.zarr"],
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "complete     yes" in standing.stdout


FIT = """
name = "fitted"
kernel = "own.py:kernel"
[data]
table = "fitted.csv"
conditions = ["r"]
outputs.V = { output = "V_rest", sd = "2 mV" }
[free]
x = { uniform = [0, 0.9] }
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "name", "pause"),
    [
        ("leakscape.analyse.fit.scan_chunk", "ready", 0.0),
        ("leakscape.analyse.fit.fitting", "best_fit", 600.0),
        ("xarray", "DataTree.to_zarr", 600.0),
    ],
    ids=["scanning", "refining", "writing"],
)
def test_a_fit_that_is_interrupted_writes_nothing(
    folder: Path, module: str, name: str, pause: float
) -> None:
    (folder / "fitted.toml").write_text(FIT, encoding="utf-8")
    (folder / "fitted.csv").write_text("r,V [mV]\n1,-50\n10,-40\n", encoding="utf-8")
    lines = at_mark(folder, module, name, "fit", "fitted.toml", pause=pause)
    assert lines[-1] == "fitted.zarr: interrupted, and nothing was written"
    left = {path.name for path in folder.glob("fitted.zarr*/*")}
    assert left <= {"lock", "holder.json"}
    assert not (folder / "fitted.zarr").exists()


@pytest.mark.repeats(quick=3)
@pytest.mark.parametrize(
    ("module", "name", "words"),
    [
        ("leakscape.declare.catalogue", "load", ("plan", "toy.toml")),
        ("leakscape.cli.listing", "catalogue", ("list",)),
        ("leakscape.declare.resolve", "resolve", ("show", "toy.toml")),
        ("leakscape.store", "state", ("status", "toy.zarr")),
        ("leakscape.store", "verify", ("verify", "toy.zarr")),
        ("leakscape.picture", "draw", ("plot", "toy.zarr")),
    ],
)
def test_every_command_ends_with_130_and_one_line(
    folder: Path, module: str, name: str, words: tuple[str, ...]
) -> None:
    lines = at_mark(folder, module, name, *words, pause=600.0)
    assert lines == ["interrupted; run the same command again"]


def test_a_second_ctrl_c_does_not_wait_for_the_chunk(long: Path) -> None:
    mark = ("leakscape.running.work", "_one", "600")
    process = started(long, MARKED, *mark, "run", "long.toml")
    wait_for_mark(process)
    process.send_signal(signal.SIGINT)
    time.sleep(1.0)
    assert process.poll() is None  # the chunk that is in flight ends first
    status, _, lines = interrupted(process)
    assert status == 130
    assert lines[-2:] == ["long.zarr: interrupted", "Resume with: leakscape run long.toml"]


@pytest.mark.slow
@pytest.mark.parametrize(("text", "longest"), [(BIG, 6.0), (KIR_CELL, 10.0)], ids=["big", "kir"])
def test_ctrl_c_at_random_moments(tmp_path: Path, text: str, longest: float) -> None:
    (tmp_path / "s.toml").write_text(text, encoding="utf-8")
    program = (
        "import os, sys; from leakscape.cli import main; sys.argv[0] = 'leakscape'; "
        "os.write(2, b'HERE\\n'); main()"
    )
    moments = random.Random(10)
    for turn in range(15):
        process = started(tmp_path, program, "run", "s.toml", "--store", f"{turn}.zarr")
        wait_for_mark(process)  # before that, Ctrl-C is Python's own matter
        time.sleep(moments.uniform(0.1, longest))
        if process.poll() is not None:
            process.communicate()
            continue
        status, out, lines = interrupted(process)
        if status == 0:  # it came when all was said
            assert "Draw it with" in out
            continue
        assert status == 130
        words = shlex.split(lines[-1])
        assert words[:2] == ["Resume", "with:"] or "interrupted" in words[0]
