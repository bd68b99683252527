"""A population to disk: its cells, V_rest and the six sampled parameters, against NumPy by hand.

The rival draws the same scrambled Sobol sample with `scipy.stats.qmc`, turns it into the same
distributions with `scipy.special.ndtri`, evaluates the GHK voltage with NumPy in float32 and writes
the same seven variables with xarray's `to_zarr` in chunks of the same length.

Run: python tests/benchmarks/population.py [FOLDER]
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import xarray as xr
from pairing import machine, measure, rows, table
from scipy.special import ndtri
from scipy.stats import qmc
from store import KT, drop

import leakscape as ls
from leakscape.evaluation.plan import make_plan
from leakscape.running import sweep

OURS, RIVAL = "leakscape.run", "NumPy + scipy.stats.qmc + to_zarr"
MEDIANS = {
    "P_Na_over_P_K": (0.04, "1"),
    "K_out": (4.0, "mmol/L"),
    "Na_out": (145.0, "mmol/L"),
    "K_in": (140.0, "mmol/L"),
    "Na_in": (12.0, "mmol/L"),
    "P_K": (1e-6, "cm/s"),
}
"""Median and unit of every sampled parameter, log-normal with a sigma of 0.1."""
SIGMA = 0.1


def study(cells: int) -> ls.Study:
    """Return a population of cells with six sampled parameters."""
    parameters = {
        name: {"lognormal": [median, SIGMA], "unit": unit}
        for name, (median, unit) in MEDIANS.items()
    }
    return ls.Study(
        name="six_parameters",
        kernel="ghk_voltage",
        fixed={"P_Cl": "0 cm/s"},
        population={"size": cells, "sampling": "sobol", "seed": 1, "parameters": parameters},
        outputs=["V_rest"],
    )


def rivals(folder: Path, cells: int) -> dict[str, Callable[[], None]]:
    """Return a run into a fresh store, and the same by hand."""
    one = study(cells)
    plan = make_plan(one)
    fresh = iter(range(10**6))

    def place() -> Path:
        return folder / f"population-{next(fresh)}.zarr"

    def ours() -> None:
        path = place()
        sweep(one, path)
        drop(path)

    def by_hand() -> None:
        path = place()
        sobol = qmc.Sobol(len(MEDIANS), scramble=True, bits=30, rng=1)
        normal = ndtri(sobol.random(cells)).T.astype(np.float32)
        drawn = {
            name: np.float32(median) * np.exp(np.float32(SIGMA) * column)
            for (name, (median, _)), column in zip(MEDIANS.items(), normal, strict=True)
        }
        ratio = drawn["P_Na_over_P_K"]
        top = drawn["K_out"] + ratio * drawn["Na_out"]
        bottom = drawn["K_in"] + ratio * drawn["Na_in"]
        voltage = KT * np.float32(310.15) * np.log(top / bottom)
        arrays = {"V_rest": voltage, **drawn}
        data = {name: (("cell",), values) for name, values in arrays.items()}
        chunks = plan.grid.chunks
        encoding = {name: {"chunks": chunks} for name in arrays}
        xr.Dataset(data).to_zarr(path, encoding=encoding, consolidated=False, zarr_format=3)
        drop(path)

    return {OURS: ours, RIVAL: by_hand}


def main(folder: Path) -> None:
    """Print the table."""
    print(machine())
    made = []
    for cells in (10**6, 10**7):
        seconds = measure(rivals(folder, cells), repeats=7, warm=1)
        goals = {RIVAL: 3.0 if cells == 10**7 else None}
        made += rows("population to disk", seconds, points=cells, ours=OURS, goals=goals)
    print(table(made))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as made:
        main(Path(made))
