"""`leakscape findings`: the numbers of a finished store again, as text and as JSON."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def stored(command):
    assert command("run", "toy.toml").status == 0
    return "toy.zarr"


def test_findings_tell_again_what_run_told(command, folder):
    run = command("run", "toy.toml")
    told = command("findings", "toy.zarr", "--study", "toy.toml")
    assert (told.status, told.err) == (0, "")
    assert told.out.startswith("toy: 16 362 points\n")
    lines = [line for line in run.out.splitlines() if line.endswith(("mV", "degC")) or "%" in line]
    lines = [line for line in lines if not line.startswith(("status", "Where"))]
    assert lines
    for line in lines:
        assert line.split() in [each.split() for each in told.out.splitlines()]


def test_json_is_one_line_with_the_same_numbers(command, stored):
    said = command("findings", stored, "--level", "-50 mV", "--select", "r=1", "--json")
    assert (said.status, said.err) == (0, "")
    (line,) = said.out.splitlines()
    found = json.loads(line)
    assert found["name"] == "toy"
    # -70 + 40 x = -50 at x = 0.5, a point of the grid: where it is not above yet.
    (crossing,) = [row for row in found["crossings"] if row["along"] == "x"]
    assert crossing["low"] <= 0.5 <= crossing["high"]
    assert crossing["high"] - crossing["low"] == pytest.approx(0.01)
    assert crossing["rising"] is True


def test_what_is_not_there_is_told_in_a_sentence(command, stored):
    assert command("findings", stored, "--select", "r").status == 2
    said = command("findings", stored, "--output", "V_res")
    assert (said.status, said.out) == (65, "")
    assert said.last == "output: unknown name, got 'V_res'; did you mean V_rest?"
    assert command("findings", "none.zarr").status == 65
