"""A process that was forked off one where JAX works refuses in a sentence, and does not hang."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PROGRAM = """
import os, sys, warnings
warnings.simplefilter("ignore")
import leakscape as ls
from leakscape.declare.catalogue import from_tables
axis = {"values": [5, 37], "unit": "degC"}
tables = {"name": "n", "kernel": "nernst", "axes": {"temperature": axis}}
study = from_tables(tables, "t")
if sys.argv[1] == "used":
    ls.evaluate(study)
else:
    import leakscape.evaluation.plan
read, write = os.pipe()
child = os.fork()
if not child:
    try:
        if sys.argv[2] == "evaluate":
            ls.evaluate(study)
        else:
            ls.run(study, sys.argv[3])
        text = "computed"
    except ls.SweepError as error:
        text = str(error)
    os.write(write, text.encode())
    os._exit(0)
os.waitpid(child, 0)
print(os.read(read, 10_000).decode())
"""


def said(*words: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )
    return ended.stdout.strip()


pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system forks nothing")


@pytest.mark.repeats(quick=1)
@pytest.mark.parametrize("act", ["evaluate", "run"])
def test_after_jax_was_used_a_fork_is_told_to_spawn(act, tmp_path):
    text = said("used", act, str(tmp_path / "a.zarr"))
    assert "was forked off one in which JAX is at work" in text
    assert text.endswith('start it by multiprocessing.get_context("spawn")')
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_before_jax_was_used_a_fork_computes(tmp_path):
    assert said("unused", "evaluate", str(tmp_path / "a.zarr")) == "computed"
