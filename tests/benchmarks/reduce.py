"""Points reduced where they are computed, against dask.array doing the same.

Mean, standard deviation, a histogram of 200 bins and the share above -60 mV of GHK over three axes.
The rival gets its axes as they are, so that each part of the formula has the rank that it needs,
and works on all cores in chunks of the size that dask chooses. Neither stores a point.

Run: python tests/benchmarks/reduce.py [points ...]
"""

from __future__ import annotations

import sys

import dask
import dask.array as da
import numpy as np
from pairing import machine, measure, report

import leakscape as ls

KT = np.float32(1000.0 * 8.31446261815324 * 310.15 / 96485.3321233100184)
NA_OUT, NA_IN, K_IN = (np.float32(value) for value in (145.0, 15.0, 140.0))


def study(length: int) -> ls.Study:
    """Return the study, with 100 x 100 x length points."""
    return ls.Study(
        name="reduced",
        kernel="ghk_voltage",
        fixed={"P_Cl": "0 cm/s"},
        axes={
            "blocked_K": ls.Axis.linear(0, 0.99, size=100),
            "P_Na_over_P_K": ls.Axis.log(1e-3, 1, size=100),
            "K_out": ls.Axis.log(1, 100, size=length, unit="mmol/L"),
        },
        reduce={
            "over": ["blocked_K", "P_Na_over_P_K", "K_out"],
            "V_rest": [
                *("mean", "sd"),
                {"above": ["-60 mV"]},
                {"histogram": ["-100 mV", "0 mV"], "bins": 200},
            ],
        },
    )


def by_dask(of: ls.Study) -> tuple[float, float, np.ndarray, float]:
    """Compute the four by dask.array."""
    axes = [of.axes[name].points().astype(np.float32) for name in of.axes]
    blocked, ratio, k_out = (
        da.from_array(values.reshape([-1 if place == i else 1 for place in range(3)]))
        for i, values in enumerate(axes)
    )
    potassium = np.float32(1.0) - blocked
    up, down = potassium * k_out + ratio * NA_OUT, potassium * K_IN + ratio * NA_IN
    V = (KT * da.log(up / down)).rechunk("auto")
    counts, _ = da.histogram(V, 200, (-100.0, 0.0))
    found = dask.compute(V.mean(dtype=float), V.std(dtype=float), counts, (V > -60).mean())
    return float(found[0]), float(found[1]), found[2], float(found[3])


def compare(points: int) -> None:
    """Time both on about as many points."""
    of = study(max(1, points // 10_000))
    ours, theirs = ls.reduce(of), by_dask(of)
    np.testing.assert_allclose(ours.V_rest_mean, theirs[0], atol=1e-4)
    np.testing.assert_allclose(ours.V_rest_sd, theirs[1], rtol=1e-5)
    np.testing.assert_allclose(ours.V_rest_above, theirs[3], atol=1e-4)
    assert np.abs(ours.V_rest_histogram.values - theirs[2]).sum() <= 1e-3 * points
    rivals = {"leakscape.reduce": lambda: ls.reduce(of), "dask.array": lambda: by_dask(of)}
    report(
        f"{points:.0e} points reduced, float32",
        measure(rivals, repeats=7, warm=1),
        points=points,
        ours="leakscape.reduce",
    )


def main() -> None:
    """Print a table for each number of points."""
    print(machine())
    for points in map(int, map(float, sys.argv[1:] or ("1e6", "1e7", "1e8"))):
        compare(points)


if __name__ == "__main__":
    main()
