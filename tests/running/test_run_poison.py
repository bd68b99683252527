"""Laws of chunks that end or hang whatever computes them: named, failed, and the rest computed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from leakscape import store as stores
from leakscape.declare.study import Study
from leakscape.evaluation import plan
from leakscape.running import sweep

KERNEL = """
import os, signal, sys, time
import jax, numpy as np

def act(x):
    if np.any(np.abs(np.asarray(x) - 7.0) < 0.1):
        {poison}
    return np.asarray(x)

def kernel(*, x):
    x = jax.pure_callback(
        act, jax.ShapeDtypeStruct((), x.dtype), x, vmap_method="broadcast_all"
    )
    return {{"V": 2.0 * x}}

kernel.parameters, kernel.outputs = {{"x": "mV"}}, {{"V": "mV"}}
"""
POISONS = {
    "exit": ("os._exit(9)", "its worker ended (exit status 9), 3 times"),
    "exit 0": ("os._exit(0)", "its worker ended (exit status 0), 3 times"),
    "segfault": ("os.kill(os.getpid(), signal.SIGSEGV)", "its worker ended (SIGSEGV), 3 times"),
    "hang": ("time.sleep(1e6)", "runs for more than 5 s and was given up"),
    "sys.exit(0)": ("sys.exit(0)", "SystemExit: 0"),
}
RAISED = {
    "raise ValueError('no')": "ValueError: no",
    "raise ValueError": "ValueError",
    "raise KeyboardInterrupt": "KeyboardInterrupt",
    "sys.exit(3)": "SystemExit: 3",
}
BAD = 3
"""The chunk that holds x = 7 mV, of chunks of two points."""


@pytest.fixture
def poisoned(tmp_path, monkeypatch):
    """Make a study of 6 chunks of which one does harm."""
    monkeypatch.setattr(plan, "CHUNK_BYTES", 8)

    def make(poison):
        text = KERNEL.format(poison=POISONS.get(poison, (poison, ""))[0])
        (tmp_path / "poison.py").write_text(text, encoding="utf-8")
        axes = {"x": {"linear": [1.0, 12.0], "size": 12, "unit": "mV"}}
        return Study(name="poison", kernel="poison.py:kernel", axes=axes, folder=tmp_path)

    return make


def only_the_bad_chunk_failed(report, path, words):
    [(chunk, why)] = report.failed
    assert chunk == BAD
    assert why.startswith("chunk 3 (x 7 to 8 mV): ")
    assert words in why
    assert "\n" not in why
    assert report.done == 5
    expected = 2.0 * np.arange(1.0, 13.0)
    expected[6:8] = np.nan
    with stores.open(path) as dataset:
        np.testing.assert_array_equal(dataset.V.values, expected)
    assert stores.verify(path).sound
    assert stores.state(path).failed == report.failed


@pytest.mark.slow
@pytest.mark.parametrize("poison", POISONS)
def test_on_processes_it_is_named_and_all_others_are_computed(poisoned, path, poison, capfd):
    report = sweep(poisoned(poison), path, scheduler="local:2", chunk_limit=5.0)
    only_the_bad_chunk_failed(report, path, POISONS[poison][1])
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("poison", ["hang", "sys.exit(0)"])
def test_on_threads_too_where_it_does_not_end_the_process(poisoned, path, poison):
    report = sweep(poisoned(poison), path, chunk_limit=5.0)
    only_the_bad_chunk_failed(report, path, POISONS[poison][1])
    assert not (path.parent / "a.zarr.sweep" / "flight").exists()


@pytest.mark.parametrize("poison", RAISED)
def test_what_a_callback_raises_is_told_in_our_sentence_and_nowhere_else(
    poisoned, path, poison, caplog
):
    words = (
        "kernel poison.py:kernel: poison.py, line 7: fails while chunk 3 is computed, got "
        f"{RAISED[poison]}; correct it"
    )
    only_the_bad_chunk_failed(sweep(poisoned(poison), path), path, words)
    assert caplog.records == []  # what JAX logs goes to standard error elsewhere than here


@pytest.mark.slow
def test_on_a_cluster_a_hanging_chunk_is_named_and_others_compute(poisoned, path, program):
    address, _ = program("dask_cluster", "0")
    for _ in range(2):
        program("dask_worker", address)
    report = sweep(poisoned("hang"), path, scheduler=address, chunk_limit=5.0)
    only_the_bad_chunk_failed(report, path, POISONS["hang"][1])


COMMAND = """
import sys
from leakscape.evaluation import plan
from leakscape.cli import main
plan.CHUNK_BYTES = 8
sys.argv[0] = "leakscape"
main()
"""
TOML = """
name = "poison"
kernel = "poison.py:kernel"
axes.x = { linear = [1, 12], size = 12, unit = "mV" }
"""


def command(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    path = {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p), "JAX_PLATFORMS": "cpu"}
    return subprocess.run(
        [sys.executable, "-c", COMMAND, *words],
        cwd=folder,
        env=os.environ | path,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


@pytest.mark.slow
def test_on_threads_status_names_it_and_run_says_what_to_do(poisoned, tmp_path):
    poisoned("exit")
    (tmp_path / "poison.toml").write_text(TOML, encoding="utf-8")
    name = "chunk 3 (x 7 to 8 mV)"
    assert command(tmp_path, "run", "poison.toml").returncode == 9
    assert (
        f"in flight    {name} was being computed"
        in command(tmp_path, "status", "poison.zarr").stdout
    )
    again = command(tmp_path, "run", "poison.toml")
    assert again.returncode == 9
    suspects = again.stderr.partition("ended without a word: ")[2]
    assert name in suspects  # beside the chunk that another thread was at
    assert "use --scheduler local:2" in again.stderr
    assert stores.state(tmp_path / "poison.zarr").done >= 4  # what was suspected came last
    ended = command(tmp_path, "run", "poison.toml", "--scheduler", "local:2")
    assert ended.returncode == 3
    assert f"Failed: {name}: its worker ended (exit status 9), 3 times" in ended.stdout
    assert "Remark: worker process " in ended.stdout
    assert "ended (exit status 9) while it computed chunk 3" in ended.stdout
    assert "start some" not in ended.stderr
    assert "distributed" not in ended.stderr
    assert stores.state(tmp_path / "poison.zarr").in_flight == ()


@pytest.mark.slow
def test_a_hanging_chunk_holds_up_no_end_of_the_command(poisoned, tmp_path):
    poisoned("hang")
    (tmp_path / "poison.toml").write_text(TOML, encoding="utf-8")
    ended = command(tmp_path, "run", "poison.toml", "--chunk-limit", "5")
    assert ended.returncode == 3
    assert "runs for more than 5 s and was given up" in ended.stdout
    assert ended.stdout.splitlines()[-2:] == [
        "Incomplete: poison.zarr, 5 of 6 chunks",
        "Resume with: leakscape run poison.toml --chunk-limit 5",
    ]
