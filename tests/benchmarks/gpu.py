"""Closed forms, models, reductions and whole runs on whatever device JAX sees, which is named.

Run: python tests/benchmarks/gpu.py
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import jax.numpy as jnp
import reductions
from pairing import machine
from store import study as hundred_million

import leakscape as ls
from leakscape.evaluation.compile import Evaluator
from leakscape.evaluation.plan import make_plan
from leakscape.running import sweep


def median(work: Callable[[], object], repeats: int = 7) -> float:
    """Return the median seconds of a call, the first two not counted."""
    times = []
    for _ in range(repeats + 2):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times[2:])


def row(name: str, points: int, seconds: float) -> None:
    """Print a row of the table."""
    print(f"| {name} | {points:.3g} | {seconds:.4g} | {1e9 * seconds / points:.3g} |")


def kernels() -> None:
    """Time the compiled chunks alone: the results stay on the device."""
    for name, settings in (
        ("resting_landscape", []),
        ("resting_landscape, float64", ["precision=float64"]),
    ):
        plan = make_plan(ls.load("resting_landscape", settings))
        evaluator = Evaluator(plan)

        def all_chunks(evaluator: Evaluator = evaluator) -> None:
            for task in range(evaluator.plan.grid.tasks):
                named = evaluator.compute(task)
                named["V_rest"].block_until_ready()
                evaluator.give_back(named)

        row(f"kernel: {name}", plan.space.points, median(all_chunks))


def models() -> None:
    """Time a model of one array of 10^7 values, which stays on the device."""
    model = ls.model("potassium_titration")
    values = jnp.geomspace(1.0, 100.0, 10**7, dtype=jnp.float32)
    seconds = median(lambda: model(K_out=values, temperature=37.0)["V_rest"].block_until_ready())
    row("model: potassium_titration", values.size, seconds)


def reduced() -> None:
    """Time mean, sd, histogram and share above a level, of which nothing else leaves the device."""
    for points in reductions.LENGTHS:
        one = reductions.study(points)
        row("reduced: mean, sd, histogram, share", points, median(lambda one=one: ls.reduce(one)))


def runs() -> None:
    """Time a whole run of 10^8 points to disk, warm."""
    one = hundred_million()
    with tempfile.TemporaryDirectory() as folder:
        names = iter(range(10**6))
        seconds = median(lambda: sweep(one, Path(folder) / f"{next(names)}.zarr"), repeats=3)
    row("run to disk", make_plan(one).space.points, seconds)


if __name__ == "__main__":
    print(machine())
    print("\n| | points | median s | ns a point |\n|---|---|---|---|")
    kernels()
    models()
    reduced()
    runs()
