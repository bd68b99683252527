"""Mean, sd, histogram and share above a level of a grid, against dask.array doing the same.

The rival keeps its inputs one-dimensional for dask to broadcast, in chunks of the same number of
points, and computes the four statistics in one pass over them.

Run: python tests/benchmarks/reductions.py
"""

from __future__ import annotations

from collections.abc import Callable

import dask
import dask.array as da
import numpy as np
from pairing import machine, measure, rows, table
from store import KT

import leakscape as ls

OURS, RIVAL = "leakscape.reduce", "dask.array, un-broadcast inputs"
BINS, ENDS, LEVEL = 200, (-150.0, 50.0), -60.0
LENGTHS = {
    10**6: (100, 100, 10, 10),
    10**7: (100, 100, 10, 100),
    10**8: (100, 100, 100, 100),
    10**9: (1000, 100, 100, 100),
}
CHUNK = 2**21
"""Points of a chunk of the rival."""


def study(points: int) -> ls.Study:
    """Return a grid of the GHK voltage without chloride, reduced over all of its axes."""
    first, second, third, fourth = LENGTHS[points]
    axes = {
        "blocked_K": ls.Axis.linear(0, 0.99, size=first),
        "P_Na_over_P_K": ls.Axis.log(1e-3, 1, size=second),
        "temperature": ls.Axis.linear(5, 40, size=third, unit="degC"),
        "K_out": ls.Axis.log(1, 100, size=fourth, unit="mmol/L"),
    }
    statistics = [
        "mean",
        "sd",
        {"histogram": [f"{end:g} mV" for end in ENDS], "bins": BINS},
        {"above": [f"{LEVEL:g} mV"]},
    ]
    reduce = {"over": list(axes), "V_rest": statistics}
    fixed = {"P_Cl": "0 cm/s"}
    return ls.Study(name="reduced", kernel="ghk_voltage", fixed=fixed, axes=axes, reduce=reduce)


def rivals(points: int) -> dict[str, Callable[[], object]]:
    """Return the reduction, and dask's, which is held to it."""
    one = study(points)
    lengths = [axis.size for axis in one.axes.values()]
    inner = int(np.prod(lengths[1:]))
    first = max(1, CHUNK // inner)
    inputs = []
    for place, axis in enumerate(one.axes.values()):
        shape = [-1 if place == i else 1 for i in range(4)]
        values = axis.points().astype(np.float32)
        chunks = first if place == 0 else values.size
        inputs.append(da.from_array(values, chunks=chunks).reshape(shape))

    def by_dask() -> tuple[float, float, object, float]:
        blocked, ratio, celsius, potassium = inputs
        open_ = np.float32(1) - blocked
        top = open_ * potassium + ratio * np.float32(145)
        bottom = open_ * np.float32(140) + ratio * np.float32(15)
        voltage = KT * (celsius + np.float32(273.15)) * da.log(top / bottom)
        counts, _ = da.histogram(voltage, bins=BINS, range=ENDS)
        mean, sd = voltage.mean(dtype="f8"), voltage.std(ddof=1, dtype="f8")
        found = dask.compute(mean, sd, counts, (voltage > LEVEL).mean(), scheduler="threads")
        return found  # type: ignore[no-any-return]

    ours, theirs = ls.reduce(one), by_dask()
    np.testing.assert_allclose(ours.V_rest_mean, theirs[0], atol=1e-3)
    np.testing.assert_allclose(ours.V_rest_sd, theirs[1], atol=1e-3)
    np.testing.assert_allclose(ours.V_rest_above, theirs[3], atol=1e-4)
    assert abs(ours.V_rest_histogram.values - theirs[2]).sum() < 1e-3 * points
    return {OURS: lambda: ls.reduce(one), RIVAL: by_dask}


def main() -> None:
    """Print the table."""
    print(machine())
    made = []
    for points in LENGTHS:
        seconds = measure(rivals(points), repeats=7, warm=1)
        goals = {RIVAL: 6.0 if points == 10**9 else None}
        made += rows("mean, sd, histogram, share", seconds, points=points, ours=OURS, goals=goals)
    print(table(made))


if __name__ == "__main__":
    main()
