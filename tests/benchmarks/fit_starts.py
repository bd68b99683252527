"""Least squares from 256 starts at once against scipy.optimize.least_squares in a loop over them.

The problem is the fit of root potentials under nitrate (two unknowns, five data). SciPy has the
exact Jacobian in NumPy, the same scale (logarithms) and the same tolerance. Compiling is timed
apart, in processor time: it is paid once for a problem, and its profiles need no more.

Run: PYTHONPATH=tests/analyse/fit python tests/benchmarks/fit_starts.py
"""

from __future__ import annotations

import time

import jax.numpy as jnp
import numpy as np
import scipy.optimize
from pairing import machine, measure, rows, table
from toy_problems import Toy, Unknown

from leakscape.analyse.fit.least_squares import best_fit
from leakscape.analyse.fit.minimiser import TOLERANCE, minimise, to_scores
from leakscape.analyse.fit.profiles import profiles

K = np.array([0.1, 1.5, 5.0, 20.0, 40.0])
V = np.array([-141.0, -125.0, -119.0, -86.0, -86.0])
SD = np.array([11.0, 12.0, 13.0, 17.0, 10.0])
KT = 8.314462618 * 293.15 / 96485.33212 * 1e3
LOW, HIGH = np.array([0.01, 10.0]), np.array([100.0, 1e5])
STARTS, PAIRS, GOAL = 256, 7, 50.0


def residuals(logs: np.ndarray) -> np.ndarray:
    """Return standardised residuals."""
    return (KT * (np.log(K + np.exp(logs[0])) - logs[1]) - V) / SD


def slopes(logs: np.ndarray) -> np.ndarray:
    """Return their derivatives, (5, 2)."""
    c0 = np.exp(logs[0])
    return np.stack([KT * c0 / (K + c0), np.full(5, -KT)], axis=1) / SD[:, None]


def main() -> None:
    """Print compile times, what both found, and the ratio of their times."""
    names = ("c0", "K_eff")
    unknowns = [Unknown(*one, "loguniform", "mmol/L") for one in zip(names, LOW, HIGH, strict=True)]
    problem = Toy(unknowns, lambda v: KT * jnp.log((K + v[0]) / v[1]), V, SD)
    starts = np.exp(np.random.default_rng(1).uniform(np.log(LOW), np.log(HIGH), (STARTS, 2)))
    for turn in ("first", "second"):
        moments = [time.process_time()]
        best = best_fit(problem, starts)
        moments.append(time.process_time())
        profiles(problem, best)
        moments.append(time.process_time())
        fit, after = np.diff(moments)
        print(f"{turn} use, processor time: best_fit {fit:.3g} s, profiles {after:.3g} s")
    z = to_scores(problem, starts)
    logs = np.log(starts)
    tight = dict.fromkeys(("xtol", "ftol", "gtol"), TOLERANCE)

    def loop(**more: object) -> list[scipy.optimize.OptimizeResult]:
        return [scipy.optimize.least_squares(residuals, x, slopes, **tight, **more) for x in logs]

    found = loop()
    best_of_scipy = min(found, key=lambda one: one.cost)
    print(f"chi2 {best.chi2:.12g}, scipy's {2.0 * best_of_scipy.cost:.12g}; ", end="")
    theirs = sum(one.success for one in found)
    print(f"{int(best.converged.sum())} of {STARTS} converged, scipy's {theirs}")
    rivals = {
        "ours": lambda: minimise(problem, z),
        "scipy in a loop": loop,
        "scipy in a loop, method lm": lambda: loop(method="lm"),
        "all of best_fit": lambda: best_fit(problem, starts),
    }
    seconds = measure(rivals, repeats=PAIRS, warm=1)
    goals = dict.fromkeys(rivals, None) | {"scipy in a loop": GOAL}
    del goals["ours"]
    what = f"{STARTS} starts"
    print(table(rows(what, seconds, points=STARTS, ours="ours", goals=goals)))
    print(machine())


if __name__ == "__main__":
    main()
