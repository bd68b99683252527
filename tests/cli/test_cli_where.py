"""Conditions at the command line: what is left out is told, and a bad one is one sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Command = Callable[..., Any]
WHERE = '[where]\nkeep = ["V_rest <= -50.13 mV", "r > 0.011"]\n'


@pytest.fixture
def conditional(folder: Path) -> Path:
    """The study of 101 x 81 x 2 points, of which conditions leave some out."""
    text = (folder / "toy.toml").read_text()
    (folder / "toy.toml").write_text(text + WHERE)
    return folder


def left_out() -> int:
    x, r = np.linspace(0, 1, 101)[:, None], np.geomspace(0.01, 100, 81)
    V = np.where(x > 0.955, np.nan, -70.0 + 40.0 * x + 10.0 * np.log10(r))
    return 2 * int(np.sum((V > -50.13) | (r <= 0.011)))


@pytest.mark.usefixtures("conditional")
def test_run_says_how_many_points_are_left_out_and_counts_them_nowhere(command: Command) -> None:
    said = command("run", "toy.toml")
    assert said.status == 0
    number = f"{left_out():,}".replace(",", " ")
    assert (
        f"status 16, left out by a condition: {number} of 16 362 points, which count nowhere else"
        in said.out
    )
    failed = 2 * 5 * 80  # r = 0.01 is left out, and no status of x above 0.95 says why
    share = 100 * failed / (16362 - left_out())
    assert (
        f"status 13, not converged (no value): {share:.4g} % of the points that are k" in said.out
    )
    told = json.loads(command("status", "toy.zarr", "--json").out)
    assert told["n_left_out"] == told["status"]["16"] == left_out()
    assert f"left out     {number}" in command("status", "toy.zarr").out
    assert command("verify", "toy.zarr").status == 0
    assert command("plot", "toy.zarr").status == 0


@pytest.mark.usefixtures("conditional")
def test_show_tells_the_conditions(command: Command) -> None:
    said = command("show", "toy.toml").out
    assert "Conditions: a point that breaks one is left out" in said
    assert "V_rest <= -50.13 mV" in said


@pytest.mark.usefixtures("folder")
def test_a_condition_may_be_set_and_all_points_left_out(command: Command) -> None:
    setting = 'where.keep=["V_rest > 0 mV", "x < 0.9"]'
    said = command("run", "toy.toml", "--set", setting)
    assert said.status == 0
    assert "status 16, left out by a condition: every point; see [where] in the study" in said.out
    assert "all are left out" in said.out
    assert json.loads(command("status", "toy.zarr", "--json").out)["n_left_out"] == 16362
    assert command("plot", "toy.zarr").status == 0
    assert command("run", "toy.toml").status == 65  # another study


BAD = {
    "V_rest > 5": "cannot compare mV with 1",
    "V_rest": "no comparison",
    "V_rset > 5 mV": "did you mean V_rest?",
}


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("text", BAD)
def test_a_bad_condition_is_one_sentence_and_nothing_is_written(command: Command, text) -> None:
    said = command("run", "toy.toml", "--set", f"where.keep=[{json.dumps(text)}]")
    assert said.status == 65
    assert said.err.count("\n") == 1
    assert "where.keep[0]: " in said.err
    assert BAD[text] in said.err
    assert not Path("toy.zarr").exists()
