"""A small study of one's own in a folder of one's own, and the command line to run it with."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from leakscape.cli import main

KERNEL = """
import jax.numpy as jnp

def kernel(*, x, r, t):
    V = -70.0 + 40.0 * x + 10.0 * jnp.log10(r) + 0.0 * t
    lost = x > 0.95
    return {
        "V_rest": jnp.where(lost, jnp.nan, V),
        "E_K": -0.3 * (t + 273.0),
        "status": jnp.where(lost, 13, 1),
    }

kernel.parameters = {
    "x": {"unit": "1", "default": 0.5, "bounds": (0.0, 1.0), "meaning": "blocked fraction"},
    "r": {"unit": "1", "default": 1.0, "meaning": "ratio", "source": "invented here"},
    "t": {"unit": "degC", "default": 37.0, "meaning": "temperature"},
}
kernel.outputs = {
    "V_rest": {"unit": "mV", "long_name": "resting potential", "headline": True},
    "E_K": {"unit": "mV", "long_name": "reversal potential", "headline": True},
}
"""
STUDY = """
name = "toy"
question = "How far does it go?"
expect = "As far as -30 mV."
[kernel]
name = "own.py:kernel"
[axes]
x = { linear = [0, 1], size = 101, unit = "1" }
r = { log = [0.01, 100], size = 81, unit = "1" }
t = { values = [5, 37], unit = "degC" }
[picture]
output = "V_rest"
x = "x"
y = "r"
select = { t = "37 degC" }
contour = "-55 mV"
"""


@dataclass(frozen=True)
class Said:
    """What a command said."""

    status: int
    out: str
    err: str

    @property
    def last(self) -> str:
        """The last line, wherever it went."""
        return (self.err.strip() or self.out.strip()).splitlines()[-1]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory that holds a study and its kernel."""
    (tmp_path / "own.py").write_text(KERNEL, encoding="utf-8")
    (tmp_path / "toy.toml").write_text(STUDY, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def command(folder: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> Callable[..., Said]:
    """Run the command line in that folder; names come as the bytes that they are, as in a pipe."""

    def run(*arguments: str) -> Said:
        capsysbinary.readouterr()
        status = main(list(arguments))
        captured = capsysbinary.readouterr()
        return Said(status, *map(os.fsdecode, (captured.out, captured.err)))

    return run
