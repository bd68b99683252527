"""A whole run to disk, warm, against its parts and against xarray.apply_ufunc with dask.

`leakscape.run` of a grid of 10^8 points into a fresh store, compiled before. Rivals: the kernel
alone plus the same chunks written with plain zarr (same codecs) from as many threads; and
xarray.apply_ufunc(dask="parallelized") with `to_zarr` on the same chunks, its inputs left
one-dimensional for NumPy to broadcast, as a careful user would write it: with the compression
that `to_zarr` chooses, and with ours. Those two write V_rest alone, ours also the status.

Then what safety costs: the same run without fsync (goal: at most 3 % less), `verify` against
reading the same files (goal: the speed of the disk), and `status` of a finished sweep of 50 000
chunks as a command (goal: 1.5 s).

Run: python tests/benchmarks/store.py [FOLDER]
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import xarray as xr
import zarr
from pairing import machine, measure, report
from zarr.codecs import BloscCodec, Crc32cCodec

import leakscape as ls
from leakscape import store
from leakscape.evaluation import plan as plans
from leakscape.evaluation.compile import Evaluator
from leakscape.evaluation.plan import make_plan
from leakscape.running import sweep

CODECS = [BloscCodec(cname="lz4", clevel=5, shuffle="shuffle"), Crc32cCodec()]
KT = np.float32(1000.0 * 8.31446261815324 / 96485.3321233100184)
THREADS = 2


def study(points: int = 10**8) -> ls.Study:
    """Return the grid: the GHK voltage without chloride, 10^8 points or a power of ten fewer."""
    axes = {
        "blocked_K": ls.Axis.linear(0, 0.99, size=100),
        "P_Na_over_P_K": ls.Axis.log(1e-3, 1, size=200),
        "temperature": ls.Axis.linear(5, 40, size=min(50, points // 200_000), unit="degC"),
        "K_out": ls.Axis.log(1, 100, size=max(10, points // 10**6), unit="mmol/L"),
    }
    fixed = {"P_Cl": "0 cm/s"}
    return ls.Study(name="hundred_million", kernel="ghk_voltage", fixed=fixed, axes=axes)


def rivals(folder: Path, one: ls.Study) -> dict[str, Callable[[], None]]:
    """Return a run of a study into a fresh store, and those that do the same."""
    plan = make_plan(one)
    evaluator = Evaluator(plan)
    fresh = iter(range(10**6))

    def place() -> Path:
        return folder / f"{next(fresh)}.zarr"

    def ours() -> None:
        path = place()
        sweep(one, path)
        drop(path)

    def parts() -> None:
        path = place()
        group = zarr.open_group(path, mode="w")
        arrays = {
            variable.name: group.create_array(
                variable.name,
                shape=variable.shape,
                chunks=variable.chunks,
                dtype=variable.dtype,
                compressors=CODECS,
                filters=None,
                fill_value=variable.fill,
                chunk_key_encoding={"name": "default", "separator": "."},
            ).with_config({"write_empty_chunks": True})
            for variable in plan.variables
        }

        def task(number: int) -> None:
            with evaluator.block(number) as block:
                for variable in plan.variables:
                    inside = plan.grid.within(variable, number)
                    region = plan.grid.region(variable, number)
                    arrays[variable.name][region] = block[variable.name][inside]

        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(task, range(plan.grid.tasks)))
        drop(path)

    def apply_ufunc(compressors: object = "auto") -> None:
        path = place()
        axis = {
            name: xr.DataArray(axis.points().astype(np.float32), dims=name).chunk(
                {name: plan.grid.chunks[plan.grid.dimensions.index(name)]}
            )
            for name, axis in one.axes.items()
        }

        def voltage_of(b, r, t, k):  # type: ignore[no-untyped-def]
            potassium = np.float32(1) - b
            top = potassium * k + r * np.float32(145)
            bottom = potassium * np.float32(140) + r * np.float32(15)
            return KT * (t + np.float32(273.15)) * np.log(top / bottom)

        result = xr.apply_ufunc(
            voltage_of,
            *axis.values(),
            dask="parallelized",
            output_dtypes=[np.float32],
        )
        encoding = {"V_rest": {"compressors": compressors, "chunks": plan.grid.chunks}}
        dataset = result.astype(np.float32).to_dataset(name="V_rest")
        dataset.to_zarr(path, encoding=encoding, consolidated=False, zarr_format=3)
        drop(path)

    return {
        "leakscape.run": ours,
        "kernel + plain zarr": parts,
        "xarray.apply_ufunc + to_zarr": apply_ufunc,
        "the same with our codecs": lambda: apply_ufunc(CODECS),
    }


def main(folder: Path) -> None:
    """Print the table and the cold start."""
    one = study()
    print(machine())
    seconds = measure(rivals(folder, one), repeats=5, warm=1)
    plan = make_plan(one)
    points = plan.space.points
    title = f"run of {points / 1e6:.0f} million points in {plan.grid.tasks} chunks, float32, warm"
    report(title, seconds, points=points, ours="leakscape.run")

    durable(folder, one)
    checked(folder, one)
    many(folder)
    cold(folder)


def durable(folder: Path, one: ls.Study) -> None:
    """Print what flushing costs; stores are taken away outside of what is timed."""
    flush, path = os.fsync, folder / "flushed.zarr"
    ratios = []
    for turn in range(16):
        taken = {}
        for way in ("durable", "volatile") if turn % 2 else ("volatile", "durable"):
            os.fsync = flush if way == "durable" else lambda handle: None
            began = time.perf_counter()
            sweep(one, path)
            taken[way] = time.perf_counter() - began
            os.fsync = flush
            drop(path)
            os.sync()
        ratios.append(taken["durable"] / taken["volatile"])
    middle = statistics.median(ratios[1:])
    print(f"\nthe same with fsync / without: {middle:.3f} (median of 15 pairs)")


def checked(folder: Path, one: ls.Study) -> None:
    """Print what verifying costs, against reading the files and doing nothing with them."""
    path = folder / "whole.zarr"
    sweep(one, path)
    files = [file for file in path.rglob("c.*") if file.is_file()]

    def read() -> None:
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(lambda file: len(file.read_bytes()), files))

    rivals = {"verify": lambda: store.verify(path), "reading the files": read}
    seconds = measure(rivals, repeats=9, warm=1)
    nbytes = sum(file.stat().st_size for file in files)
    report(f"verify of {nbytes / 1e6:.0f} MB", seconds, points=nbytes, ours="verify")
    drop(path)


def many(folder: Path) -> None:
    """Print what looking at a finished sweep of 50 000 small chunks costs."""
    path = folder / "many.zarr"
    plans.CHUNK_BYTES, whole = 400, plans.CHUNK_BYTES
    axes = {
        "K_out": ls.Axis.log(1, 100, size=50_000, unit="mmol/L"),
        "P_Na_over_P_K": ls.Axis.log(1e-3, 1, size=100),
    }
    study = ls.Study(name="many", kernel="ghk_voltage", axes=axes, outputs=["V_rest"])
    began = time.perf_counter()
    sweep(study, path)
    taken = time.perf_counter() - began
    plans.CHUNK_BYTES = whole
    print(f"\n50 000 chunks: computed and written in {taken:.0f} s")
    for words in (["status", str(path)], ["verify", str(path)]):
        command = [sys.executable, "-c", "import sys; from leakscape.cli import main; main()"]
        times = []
        for _ in range(3):
            began = time.perf_counter()
            subprocess.run([*command, *words], check=True, stdout=subprocess.DEVNULL)
            times.append(time.perf_counter() - began)
        print(f"leakscape {words[0]}: {min(times):.2f} s (best of 3)")
    drop(path)


def cold(folder: Path) -> None:
    """Print what a cold start costs: the interpreter, imports, compilation, the template."""
    code = (
        "import leakscape as ls; from leakscape.running import sweep;"
        "s = ls.Study(name='one', kernel='ghk_voltage',"
        "axes={'K_out': ls.Axis.log(1, 100, size=100, unit='mM')});"
        f"sweep(s, {str(folder / 'cold.zarr')!r})"
    )
    times = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        times.append(time.perf_counter() - start)
        drop(folder / "cold.zarr")
    print(f"\ncold start, a study of 100 points to disk: {sorted(times)[2]:.2f} s (median of 5)")


def drop(path: Path) -> None:
    """Remove a store and its sidecar."""
    shutil.rmtree(path)
    shutil.rmtree(path.with_name(path.name + ".sweep"), ignore_errors=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as made:
        main(Path(made))
