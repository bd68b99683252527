"""SIGTERM, SIGHUP and Ctrl-C while a chunk hangs: how to resume, the true number, 128 + n."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

NEVER_SECONDS = 300.0
"""A process that still runs after this long has lost its signal [s]."""
KERNEL = """
import os, sys, time
import jax, numpy as np

def act(x):
    if np.any(np.abs(np.asarray(x) - 9.0) < 0.1):
        os.write(2, b"HERE\\n")
        time.sleep(1e6)
    return np.asarray(x)

def kernel(*, x):
    x = jax.pure_callback(
        act, jax.ShapeDtypeStruct((), x.dtype), x, vmap_method="broadcast_all"
    )
    return {"V": 2.0 * x}

kernel.parameters, kernel.outputs = {"x": "mV"}, {"V": "mV"}
"""
STUDY = """
name = "hangs"
kernel = "hangs.py:kernel"
axes.x = { linear = [1, 12], size = 12, unit = "mV" }
"""
HEARING = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
"""Whoever runs the tests may have turned Ctrl-C off."""
COMMAND = """
import sys
from leakscape.evaluation import plan
from leakscape.cli import main
plan.CHUNK_BYTES = 8
sys.argv[0] = "leakscape"
main()
"""
LOADING = """
import os, sys
from leakscape.declare import catalogue
def load(*_):
    os.write(2, b"HERE\\n")
    while True: pass
catalogue.load = load
from leakscape.cli import main
sys.argv[0] = "leakscape"
main()
"""


def hanging(folder: Path) -> Path:
    """Make a folder with a study of which one chunk of six never ends."""
    folder.mkdir(exist_ok=True)
    (folder / "hangs.py").write_text(KERNEL, encoding="utf-8")
    (folder / "hangs.toml").write_text(STUDY, encoding="utf-8")
    return folder


@pytest.fixture
def hangs(tmp_path: Path) -> Path:
    """Such a folder."""
    return hanging(tmp_path)


def struck(folder: Path, program: str, number: int, *words: str) -> tuple[int, list[str]]:
    """Run a command, send it a signal where it says HERE; return its status and last words."""
    path = {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p), "JAX_PLATFORMS": "cpu"}
    with subprocess.Popen(
        [sys.executable, "-c", HEARING + program, "run", "hangs.toml", *words],
        cwd=folder,
        env=os.environ | path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        while process.stderr.readline() != "HERE\n":
            assert process.poll() is None
        process.send_signal(number)
        try:
            _, err = process.communicate(timeout=NEVER_SECONDS)
        finally:
            process.kill()
    assert "Traceback" not in err
    return process.returncode, [line for line in err.splitlines() if line != "HERE"]


def standing(folder: Path) -> int:
    """Return how many chunks `status` sees."""
    told = subprocess.run(
        [sys.executable, "-c", COMMAND, "status", "hangs.zarr", "--json"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
        capture_output=True,
        check=True,
    )
    return int(json.loads(told.stdout)["done"])


@pytest.mark.slow
def test_one_signal_ends_a_run_whose_chunk_hangs(tmp_path: Path) -> None:
    names = ("SIGINT", "SIGTERM", "SIGHUP")
    with ThreadPoolExecutor(len(names)) as pool:  # each waits for its chunk's time to end
        for told in [pool.submit(refuse_to_hang, tmp_path / name, name) for name in names]:
            told.result()


@pytest.mark.slow
def test_one_signal_ends_processes_of_which_one_hangs(tmp_path: Path) -> None:
    refuse_to_hang(tmp_path, "SIGINT", "--scheduler", "local:2")


def refuse_to_hang(folder: Path, name: str, *words: str) -> None:
    """Strike a run whose chunk hangs, and look at how it ends and what it says."""
    number, hangs = getattr(signal, name), hanging(folder)
    status, lines = struck(hangs, COMMAND, number, *words)
    assert status == 128 + number
    told = re.fullmatch(r"hangs\.zarr: interrupted, (\d) of 6 chunks are there", lines[-2])
    assert told is not None, lines
    assert int(told[1]) == standing(hangs)
    assert lines[-1] == " ".join(["Resume with: leakscape run hangs.toml", *words])


@pytest.mark.repeats(quick=1)
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_before_anything_is_computed_a_signal_ends_it_at_once(hangs: Path, name: str) -> None:
    number = getattr(signal, name)
    status, lines = struck(hangs, LOADING, number)
    assert (status, lines) == (128 + number, ["interrupted; run the same command again"])


def test_a_signal_that_is_ignored_stays_ignored(hangs: Path) -> None:
    program = "import os, signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)" + COMMAND.replace(
        "main()", "from leakscape import interrupt\nwith interrupt.left(print): " + "{body}"
    )
    body = "print(signal.getsignal(signal.SIGHUP) is signal.SIG_IGN)"
    told = subprocess.run(
        [sys.executable, "-c", program.replace("{body}", body)],
        cwd=hangs,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "True\n"
