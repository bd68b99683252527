"""What it costs until the first point of a membrane is there, in CPU seconds, imports included.

The study is README's `valve.toml`: four mechanisms, ten points, so that nearly all of the time goes
into loading, tracing and compiling. Each row is a command, or a script, in a process of its own:

* cold: `leakscape run` with an empty cache folder.
* changed, new process: the same command with another number of the membrane, on that folder.
* changed, same process: what a second `evaluate` with another number takes in one process.

CPU seconds of all threads; on a machine with others at work they move less than the clock.

Run: python tests/benchmarks/compile.py [repeats]
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from pairing import machine

COMMAND = "import sys; from leakscape.cli import main; sys.argv[0] = 'leakscape'; main()"
CHANGE = 'fixed.P_Na="5e-9 cm/s"'
AIMS = {"cold": 8.0, "changed, new process": 4.0, "changed, same process": 0.0}
"""What the rows are to take at most [CPU s]; nothing is neither a trace nor a compilation."""

TWICE = f"""
import time
import leakscape as ls
from leakscape.declare.catalogue import load
ls.evaluate(load("valve.toml"))
start = time.process_time()
ls.evaluate(load("valve.toml", ('{CHANGE}',)))
print(time.process_time() - start)
"""


def study() -> str:
    """Return the study as README has it."""
    text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    found = re.search(r"```toml\n(# valve\.toml\n.*?)```", text, re.DOTALL)
    assert found is not None
    return found[1]


def child(folder: Path, *arguments: str) -> tuple[float, str]:
    """Return the CPU seconds of a Python process, and what it printed."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith("JAX_")}
    mine["XDG_CACHE_HOME"] = str(folder / "cache")
    started = subprocess.Popen(
        [sys.executable, "-c", *arguments], cwd=folder, env=mine, stdout=subprocess.PIPE, text=True
    )
    assert started.stdout is not None
    said = started.stdout.read()
    _, code, used = os.wait4(started.pid, 0)
    started.returncode = code
    assert code == 0, said
    return used.ru_utime + used.ru_stime, said


def once() -> dict[str, float]:
    """Return what each row takes [CPU s]."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "valve.toml").write_text(study(), encoding="utf-8")
        run = (COMMAND, "run", "valve.toml", "--store")
        cold, _ = child(folder, *run, "cold.zarr")
        changed, _ = child(folder, *run, "changed.zarr", "--set", CHANGE)
        _, said = child(folder, TWICE)
    return dict(zip(AIMS, (cold, changed, float(said)), strict=True))


if __name__ == "__main__":
    rounds = [once() for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 3)]
    print(machine())
    print("\n| valve.toml | CPU s, median (min to max) | aim |\n|---|---|---|")
    for row, aim in AIMS.items():
        seconds = [found[row] for found in rounds]
        print(
            f"| {row} | {statistics.median(seconds):.2f} "
            f"({min(seconds):.2f} to {max(seconds):.2f}) | {aim:g} |"
        )
