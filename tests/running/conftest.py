"""A small study in many chunks, and a store's content as bytes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jax
import pytest

from leakscape.declare.study import Study
from leakscape.evaluation import plan
from leakscape.running import sweep
from leakscape.store.commit import Committer

sys.path.append(str(Path(__file__).parent))  # tests share what stands beside them

AXES = {
    "x": {"log": [0.1, 10.0], "size": 50, "unit": "1"},
    "t": {"values": [5.0, 25.0, 37.0], "unit": "degC"},
    "y": {"linear": [0.1, 3.0], "size": 10, "unit": "1"},
}


@pytest.fixture(scope="session")
def make_toy() -> Callable[..., Study]:
    """Make the study of 1500 points, with changes; how large a chunk is, whoever calls says."""

    def make(**changes: Any) -> Study:
        fields = {"name": "toy", "kernel": "toy_kernel.py:kernel", "axes": AXES} | changes
        return Study(**fields, folder=Path(__file__).parent)

    return make


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch, make_toy: Any) -> Callable[..., Study]:
    """Make the study of 1500 points in 13 chunks, with changes."""
    monkeypatch.setattr(plan, "CHUNK_BYTES", 1000)
    made: Callable[..., Study] = make_toy
    return made


@pytest.fixture(scope="session")
def contents() -> Callable[[Path], dict[str, bytes]]:
    """Read every chunk and every array's metadata; root attributes hold times and are left out."""

    def read(path: Path) -> dict[str, bytes]:
        files = sorted(file for file in path.rglob("*") if file.is_file())
        root = path / "zarr.json"
        return {str(f.relative_to(path)): f.read_bytes() for f in files if f != root}

    return read


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Say where the store of a test is."""
    return tmp_path / "a.zarr"


@pytest.fixture(scope="session")
def whole(
    make_toy: Any, contents: Any, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, bytes]:
    """Return the content of a store made without interruption."""
    path = tmp_path_factory.mktemp("whole") / "whole.zarr"
    with pytest.MonkeyPatch.context() as patch, jax.numpy_rank_promotion("raise"):
        patch.setattr(plan, "CHUNK_BYTES", 1000)
        sweep(make_toy(), path)
    found: dict[str, bytes] = contents(path)
    return found


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Record which chunks get committed, in order."""
    tasks: list[int] = []
    commit = Committer.commit

    def recorded(self: Committer, task: int, chunks: Any) -> dict[str, Any]:
        line = commit(self, task, chunks)
        tasks.append(task)
        return line

    monkeypatch.setattr(Committer, "commit", recorded)
    return tasks


@pytest.fixture
def program() -> Iterator[Callable[..., tuple[str, subprocess.Popen[str]]]]:
    """Start programs of this folder; return how to, giving what one prints first and itself."""
    started = []

    def start(name: str, *arguments: str, **environment: str) -> tuple[str, subprocess.Popen[str]]:
        path = {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p), "JAX_PLATFORMS": "cpu"}
        process = subprocess.Popen(
            [sys.executable, str(Path(__file__).parent / f"{name}.py"), *arguments],
            env=os.environ | path | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        return process.stdout.readline().strip(), process

    yield start
    for process in started:
        process.kill()
        process.communicate()
