"""What one process compiled, the next one does not; what it traced, not of kernels that stay."""

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


OWN = """
import json, sys
import jax, jax.numpy as jnp, numpy as np
import leakscape as ls
from leakscape.evaluation.compiling import compiled
made, plain = [], jax.stages.Lowered.compile
def told(lowered, options=None):
    made.append(1)
    return plain(lowered, options)
jax.stages.Lowered.compile = told
def kernel(x, y):
    return {"root": jnp.sqrt(x) + y}
kernel.parameters = {"x": "1", "y": "1"}
kernel.outputs = {"root": "1"}
axes = {"x": {"values": [-1, 4, 9]}, "y": {"values": [1, 2]}}
study = ls.Study(name="own", kernel=kernel, axes=axes, where=["y < 2"])
found = ls.evaluate(study)
number = jax.ShapeDtypeStruct((), np.dtype("float32"))
given = {"a": number, "b": number}
one = compiled(lambda of: of["a"] + 1, given, double=False)
other = compiled(lambda of: of["b"] + 1, given, double=False)
both = {"a": np.float32(1), "b": np.float32(2)}
seen = []
def call(x):
    jax.debug.callback(lambda x: seen.append(float(x)), x)
    return x
heard = compiled(call, number, double=False)
jax.block_until_ready(heard(np.float32(7)))
jax.effects_barrier()
told = [found.status.values.tolist(), found.root.values[1].tolist()]
print(json.dumps([len(made), repr(told), float(one(both)), float(other(both)), seen]))
"""


@pytest.fixture
def own(tmp_path: Path):
    """Run OWN in a process of its own; return what it printed."""

    def ran() -> list[object]:
        mine = {k: v for k, v in os.environ.items() if not k.startswith("JAX_")}
        mine["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        mine["LEAKSCAPE_COMPILED"] = str(tmp_path / "kept")
        words = [sys.executable, "-c", OWN]
        done = subprocess.run(words, env=mine, capture_output=True, text=True, check=True)
        found: list[object] = json.loads(done.stdout)
        return found

    return ran


@pytest.mark.slow
def test_a_kernel_of_ones_own_is_compiled_once_and_callbacks_in_every_process(own):
    # The point, the conditions, what clears, the judge, two functions; and what calls back.
    for compilations in (7, 1):
        made, told, one, other, seen = own()
        assert told == "[[[10, 16], [1, 16], [1, 16]], [3.0, nan]]"
        assert (one, other, seen) == (2.0, 3.0, [7.0])
        assert made == compilations


def expected(temperature: float) -> np.ndarray:
    return PER_KELVIN * (temperature + 273.15) * np.log(np.array([4, 16]) / 140)


@pytest.mark.slow
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
