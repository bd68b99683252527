"""A small study in many chunks, and a store's content as bytes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leakscape.declare.study import Study
from leakscape.evaluation import plan

sys.path.append(str(Path(__file__).parent))  # tests share what stands beside them

AXES = {
    "x": {"log": [0.1, 10.0], "size": 50, "unit": "1"},
    "t": {"values": [5.0, 25.0, 37.0], "unit": "degC"},
    "y": {"linear": [0.1, 3.0], "size": 10, "unit": "1"},
}


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Study]:
    """Make the study of 1500 points in 13 chunks, with changes."""
    monkeypatch.setattr(plan, "CHUNK_BYTES", 1000)

    def make(**changes: Any) -> Study:
        fields = {"name": "toy", "kernel": "toy_kernel.py:kernel", "axes": AXES} | changes
        return Study(**fields, folder=Path(__file__).parent)

    return make


@pytest.fixture
def contents() -> Callable[[Path], dict[str, bytes]]:
    """Read every chunk and every array's metadata; root attributes hold times and are left out."""

    def read(path: Path) -> dict[str, bytes]:
        files = sorted(file for file in path.rglob("*") if file.is_file())
        root = path / "zarr.json"
        return {str(f.relative_to(path)): f.read_bytes() for f in files if f != root}

    return read
