"""A study of a kernel that stays as it is needs no tracing and no compiling in the next process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

PROGRAM = """
import json, sys
from leakscape.evaluation import executable, tracing
done = []
for module, name in ((tracing, "point_function"), (executable, "_compile")):
    plain = getattr(module, name)
    def told(*given, plain=plain, name=name):
        done.append(name)
        return plain(*given)
    setattr(module, name, told)
import leakscape as ls
outside = {"values": [4, 16], "unit": "mmol/L"}
fixed = {"inside": "140 mmol/L", "temperature": sys.argv[1]}
study = ls.Study(name="kept", kernel="nernst", fixed=fixed, axes={"outside": outside})
# Buffers are handed back and forth: the last of three is as good as the first.
E = [ls.evaluate(study).E.values.tolist() for _ in range(3)][-1]
print(json.dumps([done, E]))
"""
PER_KELVIN = 1000 * 8.31446261815324 / 96485.33212331002
"""R/F [mV/K], from the exact constants of the SI."""


@pytest.fixture
def run(tmp_path: Path):
    """Evaluate at a temperature, in a process of its own; return what it made anew, and E."""

    def ran(temperature: float) -> tuple[list[str], list[float]]:
        mine = {k: v for k, v in os.environ.items() if not k.startswith("JAX_")}
        mine["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        mine["JAX_COMPILATION_CACHE_DIR"] = str(tmp_path / "kept")
        words = [sys.executable, "-c", PROGRAM, f"{temperature} degC"]
        said = subprocess.run(words, env=mine, capture_output=True, text=True, check=True).stdout
        made, E = json.loads(said)
        return made, E

    return ran


def expected(temperature: float) -> np.ndarray:
    return PER_KELVIN * (temperature + 273.15) * np.log(np.array([4, 16]) / 140)


def test_another_number_in_another_process_is_read_and_a_damaged_one_made_anew(run, tmp_path):
    both = ["point_function", "_compile"]
    for temperature, anew in ((37.0, both), (20.0, [])):
        made, E = run(temperature)
        assert made == anew
        np.testing.assert_allclose(E, expected(temperature), rtol=1e-6)
    kept = {file.name.split("-")[0]: file for file in (tmp_path / "kept" / "leakscape").iterdir()}
    assert kept.keys() == {"executable", "trace"}
    kept["executable"].write_bytes(kept["executable"].read_bytes()[:-1])
    kept["trace"].write_bytes(kept["trace"].read_bytes()[:40] + b"x")
    made, E = run(12.0)
    assert made == both
    np.testing.assert_allclose(E, expected(12.0), rtol=1e-6)
