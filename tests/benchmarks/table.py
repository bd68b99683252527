"""All speeds in one table, and as JSON: medians of interleaved pairs against named rivals.

For 10^6, 10^7, 10^8 points (reductions up to 10^9), so that growth shows. Ratios above 1 say that
ours is faster.

Run: python tests/benchmarks/table.py [--json FILE] [--up-to POINTS] [--folder FOLDER]
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

import evaluate
import planning
import population
import reductions
import store
from pairing import Row, as_json, machine, measure, rows, table

PAIRS = 7
SIZES = (10**6, 10**7, 10**8)
TO_DISK = {
    "kernel + plain zarr": 1 / 1.25,
    "xarray.apply_ufunc + to_zarr": 2.0,
    "the same with our codecs": 1.4,
}
"""Rival of a grid to disk -> the ratio aimed at, of 10^8 points."""
IN_MEMORY = {
    "numpy by hand, out=": None,
    "vmap over the flattened grid": None,
    "the same, flattened from the axes": None,
}


def measured(folder: Path, most: int) -> Iterator[list[Row]]:
    """Yield rows as they come.

    Args:
        folder: where stores are written.
        most: sizes above this are left out.
    """
    for points in [size for size in reductions.LENGTHS if size <= most]:
        seconds = measure(reductions.rivals(points), repeats=PAIRS, warm=1)
        goals = {reductions.RIVAL: 6.0 if points == 10**9 else None}
        what = "mean, sd, histogram, share above of a grid"
        yield rows(what, seconds, points=points, ours=reductions.OURS, goals=goals)
    for cells in [size for size in SIZES if size <= min(most, 10**7)]:
        seconds = measure(population.rivals(folder, cells), repeats=PAIRS, warm=1)
        goals = {population.RIVAL: 3.0 if cells == 10**7 else None}
        what = "population of 6 parameters to Zarr"
        yield rows(what, seconds, points=cells, ours=population.OURS, goals=goals)
    for points in [size for size in SIZES if size <= most]:
        seconds = measure(store.rivals(folder, store.study(points)), repeats=PAIRS, warm=1)
        goals = {name: goal if points == 10**8 else None for name, goal in TO_DISK.items()}
        yield rows("grid to Zarr", seconds, points=points, ours="leakscape.run", goals=goals)
    for what, study in evaluate.studies().items():
        works, points = evaluate.rivals(study)
        seconds = measure(works, repeats=PAIRS)
        yield rows(what, seconds, points=points, ours="leakscape, V_rest", goals=IN_MEMORY)
    planned, words = planning.rows(PAIRS)
    print(f"\n{words}", flush=True)
    yield planned


def main() -> None:
    """Measure, print the table, and write the JSON if asked to."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", type=Path)
    parser.add_argument("--up-to", type=float, default=1e9)
    parser.add_argument("--folder")
    given = parser.parse_args()
    made: list[Row] = []
    print(machine())
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        for some in measured(Path(folder), int(given.up_to)):
            made += some
            print(table(some), flush=True)
    print(f"\n{table(made)}")
    if given.json is not None:
        given.json.write_text(as_json(made) + "\n")


if __name__ == "__main__":
    main()
