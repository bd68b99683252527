"""Sensitivity against SALib, and against evaluating the same points without an analysis.

Sobol: SALib draws the sample, NumPy evaluates the model, and `sobol.analyze` resamples 100 times.
Ours has the same number of base points, parted among 16 scrambles. SALib runs in a process of its
own, once: memory is what it takes beyond its imports.

Mean squared slopes: SALib takes finite differences, with steps so small that they cost it no
digits (its default, 1 %, lets no error of Ishigami's fall below 3 %), and ours are given as few
base points as have no larger error, by the root mean square of 5 seeds. NumPy evaluates its model.

Kir: indices of V_rest against its mean over as many random cells.

Run: python tests/benchmarks/sensitivity.py [--long]: 10^9 evaluations instead of 10^8.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

import jax.numpy as jnp
import numpy as np
from known_models import CASES, g
from pairing import machine

import leakscape as ls

NAMES = tuple(f"x{i}" for i in range(8))
BASE_POINTS, SCRAMBLES = 2**18, 16
GOAL_TIMES, GOAL_MEMORY = 200.0, 50.0
GOAL_SLOPES, STEP = 50.0, 1e-6
GOAL_KIR = 1.2
KIR_POINTS = 12 * SCRAMBLES * 2**16  # 13 million


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


def sloped(case: str, size: int) -> ls.Study:
    """Return a model of known slopes, with so many base points in each scramble."""
    function, low, high, exact = CASES[case]
    names = [f"x{i}" for i in range(len(exact))]

    def point(**values: Any) -> dict[str, Any]:
        return {"y": function([values[name] for name in names], jnp)}

    point.parameters = dict.fromkeys(names, "1")  # type: ignore[attr-defined]
    point.outputs = {"y": "1"}  # type: ignore[attr-defined]
    parameters = {name: {"uniform": [low, high], "unit": "1"} for name in names}
    return ls.Study(
        name="slopes", kernel=point, population={"size": size, "parameters": parameters}
    )


def differences(case: str, points: int) -> Any:
    """Return SALib's mean squared slopes."""
    from SALib.analyze import dgsm
    from SALib.sample import finite_diff

    function, low, high, exact = CASES[case]
    number = len(exact)
    problem = {
        "num_vars": number,
        "names": [f"x{i}" for i in range(number)],
        "bounds": [[low, high]] * number,
    }
    x = finite_diff.sample(problem, points, delta=STEP)
    return dgsm.analyze(problem, x, function(list(x.T), np), num_resamples=100)["vi"]


def off(found: Any, exact: Sequence[float]) -> float:
    """Return the largest relative error."""
    return float(np.abs(np.asarray(found) / np.asarray(exact) - 1.0).max())


def enough(case: str, error: float) -> ls.Study:
    """Return the smallest study of ours whose error is no larger."""
    size = 16
    while True:
        one, exact = sloped(case, size), CASES[case][-1]
        found = [ls.sensitivity(one, "dgsm", seed=n, progress=False) for n in range(5)]
        if np.sqrt(np.mean([off(each.y_dgsm, exact) ** 2 for each in found])) <= error:
            return one
        size *= 2


def paired(
    works: dict[str, Callable[[], object]], pairs: int
) -> dict[str, tuple[list[float], list[float]]]:
    """Do things in turn, after a round that compiles: seconds, and seconds of CPU time, of each."""
    taken: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in works}
    for turn in range(1 + pairs):
        for name, work in works.items():
            began, busy = time.perf_counter(), time.process_time()
            work()
            if turn:
                taken[name][0].append(time.perf_counter() - began)
                taken[name][1].append(time.process_time() - busy)
    return taken


def ratio(one: Sequence[float], other: Sequence[float]) -> str:
    """Return the median of the ratios of pairs, and their range."""
    found = [a / b for a, b in zip(one, other, strict=True)]
    return f"{median(found):.3g} ({min(found):.3g} to {max(found):.3g})"


def of_sobol() -> str:
    """Compare the g-function's Sobol indices with SALib's."""
    ours, theirs = apart(of_ours), apart(of_salib)
    worst = [np.abs(ours[place] - theirs[place]).max() for place in (2, 3)]
    return (
        f"| S1 and ST, g-function, 8 parameters, 2^18 base points | {ours[0]:.3f} s, "
        f"{ours[1][1]:.0f} MB (and {ours[1][0]:.0f} to compile) | SALib | {theirs[0]:.1f} s, "
        f"{theirs[1]:.0f} MB | {theirs[0] / ours[0]:.0f}; "
        f"{theirs[1] / max(1.0, ours[1][1]):.0f} in memory; indices differ by {max(worst):.0e} | "
        f"{GOAL_TIMES:g}; {GOAL_MEMORY:g} |"
    )


def of_slopes(case: str, points: int) -> str:
    """Compare mean squared slopes with SALib's at equal error."""
    error = off(differences(case, points), CASES[case][-1])
    one = enough(case, error)
    taken = paired(
        {
            "ours": lambda: ls.sensitivity(one, "dgsm", progress=False),
            "theirs": lambda: differences(case, points),
        },
        5,
    )
    (own, busy), (theirs, their_busy) = taken["ours"], taken["theirs"]
    size = one.population.size * SCRAMBLES
    return (
        f"| mean squared slopes, {case}, error {error:.1e} | {size} points, "
        f"{1e3 * median(own):.3g} ms ({1e3 * median(busy):.3g} CPU) | SALib, step {STEP:g} | "
        f"{points} points, {1e3 * median(theirs):.4g} ms ({1e3 * median(their_busy):.4g} CPU) | "
        f"{ratio(theirs, own)}; CPU {ratio(their_busy, busy)} | {GOAL_SLOPES:g} |"
    )


def of_kir() -> str:
    """Compare the indices of a membrane's V_rest with V_rest alone."""
    one = kir("V_rest")
    alone = mean_of(one)
    taken = paired(
        {
            "ours": lambda: ls.sensitivity(one, progress=False),
            "alone": lambda: ls.reduce(alone, progress=False),
        },
        5,
    )
    (own, busy), (bare, bare_busy) = taken["ours"], taken["alone"]
    return (
        f"| S1 and ST of V_rest, Kir membrane, 10 parameters, {KIR_POINTS:.1e} points | "
        f"{median(own):.2f} s ({median(busy):.2f} CPU) | the mean of V_rest over as many cells | "
        f"{median(bare):.2f} s ({median(bare_busy):.2f} CPU) | ours is {ratio(own, bare)} times "
        f"theirs; CPU {ratio(busy, bare_busy)} | {GOAL_KIR:g} |"
    )


def of_ghk(points: int) -> str:
    """Time many evaluations of GHK, and their memory."""
    one = ghk(points)
    ls.sensitivity(ghk(10**7), progress=False)
    began, before = time.perf_counter(), peak()
    found = ls.sensitivity(one, progress=False)
    passed = time.perf_counter() - began
    return (
        f"| S1 and ST of GHK, 8 parameters, {int(found.n_points):.1e} points | {passed:.1f} s, "
        f"{peak():.0f} MB in all, {max(0.0, peak() - before):.0f} of them new; half-width "
        f"{found.half_width:.1e} | | | | 1000 MB |"
    )


def main() -> None:
    """Print what was measured, as Markdown."""
    print(machine())
    print("\n| what | ours | rival | rival's | rival / ours, median (min to max) | goal |")
    print("|---|---|---|---|---|---|", flush=True)
    print(of_ghk(10**9 if "--long" in sys.argv else 10**8), flush=True)
    for case in CASES:
        for points in (2**12, 2**14, 2**16):
            print(of_slopes(case, points), flush=True)
    print(of_kir(), flush=True)
    print(of_sobol())


if __name__ == "__main__":
    main()
