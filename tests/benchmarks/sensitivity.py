"""Sobol indices and their intervals against SALib, which holds sample and output in memory.

SALib draws the sample, the model is evaluated by NumPy, and `sobol.analyze` resamples 100 times.
Ours has the same number of base points, parted among 16 scrambles. SALib runs in a process of its
own, once: memory is what it takes beyond its imports.

Run: python tests/benchmarks/sensitivity.py [--long]
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np
from pairing import machine

import leakscape as ls

ALPHA = (0.0, 1.0, 4.5, 9.0, 99.0, 99.0, 99.0, 99.0)
NAMES = tuple(f"x{i}" for i in range(8))
BASE_POINTS, SCRAMBLES = 2**18, 16
GOAL_TIMES, GOAL_MEMORY = 200.0, 50.0
KIR_POINTS = 12 * SCRAMBLES * 2**14  # 3 million


def g(xs: Any, xp: Any) -> Any:
    """Return the g-function of eight parameters."""
    product = xp.ones_like(xs[0])
    for x, alpha in zip(xs, ALPHA, strict=True):
        product = product * (xp.abs(4.0 * x - 2.0) + alpha) / (1.0 + alpha)
    return product


def kernel(**values: Any) -> dict[str, Any]:
    """Return the g-function as a kernel."""
    return {"y": g([values[name] for name in NAMES], jnp)}


kernel.parameters = dict.fromkeys(NAMES, "1")  # type: ignore[attr-defined]
kernel.outputs = {"y": "1"}  # type: ignore[attr-defined]


def study() -> ls.Study:
    """Return the g-function over the unit cube."""
    parameters = {name: {"uniform": [0.0, 1.0], "unit": "1"} for name in NAMES}
    population = {"size": BASE_POINTS // SCRAMBLES, "parameters": parameters}
    return ls.Study(name="g", kernel=kernel, population=population)


def ghk(points: int) -> ls.Study:
    """Return what_sets_rest with about so many evaluations."""
    size = points // (10 * SCRAMBLES)
    return ls.load("what_sets_rest").with_(population={"size": size})


def kir(*outputs: str) -> ls.Study:
    """Return a Kir membrane with ten parameters."""
    drawn = {
        "g_leak": ({"loguniform": [0.005, 0.1], "unit": "mS/cm2"}),
        "g_Kir": ({"uniform": [0.5, 1.5], "unit": "mS/cm2"}),
        "E_leak": ({"uniform": [-35, -5], "unit": "mV"}),
        "k_Kir": ({"uniform": [8, 12], "unit": "mV"}),
        "V_shift_Kir": ({"uniform": [-5, 5], "unit": "mV"}),
        "K_out": ({"uniform": [2.5, 7.5], "unit": "mmol/L"}),
        "K_in": ({"uniform": [120, 160], "unit": "mmol/L"}),
        "K_ref_Kir": ({"uniform": [4, 6], "unit": "mmol/L"}),
        "blocked_Kir": ({"uniform": [0, 0.5], "unit": "1"}),
        "temperature": ({"uniform": [20, 40], "unit": "degC"}),
    }
    size = KIR_POINTS // (12 * SCRAMBLES)
    return ls.load("what_sets_bistability").with_(
        population={"size": size, "parameters": drawn}, sensitivity=None, outputs=list(outputs)
    )


def mean_of(one: ls.Study) -> ls.Study:
    """Return the mean of V_rest over as many cells as an analysis evaluates."""
    reduce = {"over": ["cell"], "V_rest": ["mean"]}
    return one.with_(outputs=None, reduce=reduce, population={"size": KIR_POINTS})


def peak() -> float:
    """Return the most memory that this process has held [MB]."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def of_salib(pipe: Any) -> None:
    """Analyse the g-function by SALib, and tell seconds and MB."""
    import warnings

    warnings.simplefilter("ignore")
    from SALib.analyze import sobol as analyze
    from SALib.sample import sobol as sample

    problem = {"num_vars": 8, "names": [*NAMES], "bounds": [[0.0, 1.0]] * 8}
    before, began = peak(), time.perf_counter()
    x = sample.sample(problem, BASE_POINTS, calc_second_order=False, seed=1)
    y = g(list(x.T), np)
    found = analyze.analyze(problem, y, calc_second_order=False, num_resamples=100, seed=1)
    pipe.send((time.perf_counter() - began, peak() - before, found["S1"], found["ST"]))


def apart(work: Callable[[Any], None]) -> Any:
    """Do something in a fresh process."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=work, args=(there,))
    process.start()
    found = here.recv()
    process.join()
    return found


def of_ours(pipe: Any) -> None:
    """Analyse the g-function: compiled before, once more in time; MB beyond imports."""
    one = study()
    import leakscape.analyse.sensitivity.analysis

    before = peak()
    ls.sensitivity(one, scrambles=2, progress=False)  # the same chunks, and so all compiling
    compiled = peak()
    ls.sensitivity(one, progress=False)
    taken = compiled - before, peak() - compiled
    seconds = []
    for _ in range(5):
        began = time.perf_counter()
        found = ls.sensitivity(one, progress=False)
        seconds.append(time.perf_counter() - began)
    del leakscape
    pipe.send((float(np.median(seconds)), taken, found.y_S1.values, found.y_ST.values))


def main() -> None:
    """Print what was measured."""
    print(machine())
    ours, theirs = apart(of_ours), apart(of_salib)
    for place, name in ((2, "S1"), (3, "ST")):
        print(f"largest difference of {name}: {np.abs(ours[place] - theirs[place]).max():.2e}")
    print(f"g-function, 8 parameters, {BASE_POINTS} base points")
    print(f"ours: {ours[0]:.3f} s warm, {ours[1][1]:.0f} MB, and {ours[1][0]:.0f} MB to compile")
    print(f"SALib: {theirs[0]:.1f} s, {theirs[1]:.0f} MB")
    times, memory = theirs[0] / ours[0], theirs[1] / max(1.0, ours[1][1])
    print(
        f"{times:.0f} times as fast (goal {GOAL_TIMES:g}), 1/{memory:.0f} of the memory "
        f"(goal 1/{GOAL_MEMORY:g})"
    )
    one = kir("V_rest")
    each = {
        "S1 and ST of V_rest": lambda: ls.sensitivity(one, progress=False),
        "V_rest alone, its mean": lambda: ls.reduce(mean_of(one), progress=False),
    }
    for what, work in each.items():
        work()
        began = time.perf_counter()
        work()
        passed = time.perf_counter() - began
        print(f"Kir membrane, 10 parameters, {KIR_POINTS} points, {what}: {passed:.2f} s")
    points = 10**9 if "--long" in sys.argv else 10**8
    began, before = time.perf_counter(), peak()
    found = ls.sensitivity(ghk(points), progress=False)
    passed = time.perf_counter() - began
    print(
        f"GHK, 8 parameters, {int(found.n_points)} evaluations: {passed:.1f} s, "
        f"{peak():.0f} MB in all, {peak() - before:.0f} MB of them new; "
        f"half-width {found.half_width:.1e}"
    )


if __name__ == "__main__":
    main()
