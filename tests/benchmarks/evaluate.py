"""Closed forms on a grid: nested vmaps against a flattened vmap and against NumPy by hand.

Ours works through the study's own chunks, and NumPy through the same ones, each writing into
arrays that it reuses; the flattened vmap takes the whole grid at once, as one would write it, with
and without the time to flatten it, and also chunk by chunk. The first row gives V_rest alone, as
the rivals do; the second also settles the status of every point, which is what a sweep stores.

Run: python tests/benchmarks/evaluate.py
"""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray
from pairing import machine, measure, report

import leakscape as ls
from leakscape.evaluation.compile import Evaluator
from leakscape.evaluation.plan import Plan, make_plan

KT = np.float32(1000.0 * 8.31446261815324 / 96485.3321233100184)
KELVIN, NA_OUT, NA_IN, K_IN = (np.float32(value) for value in (273.15, 145.0, 15.0, 140.0))
AXES = ("blocked_K", "P_Na_over_P_K", "temperature", "K_out")
Grid = tuple[NDArray[np.float32], ...]


def by_hand(blocked: Grid, ratio: Grid, celsius: Grid, k_out: Grid, out: Grid, low: Grid) -> None:
    """Compute V_rest as an expert would: every part at the rank that it has, no fresh arrays."""
    potassium = np.float32(1.0) - blocked
    top, bottom = low
    np.multiply(potassium, k_out, out=top)
    np.add(top, ratio * NA_OUT, out=top)
    np.add(potassium * K_IN, ratio * NA_IN, out=bottom)
    np.divide(top, bottom, out=top)
    np.log(top, out=top)
    np.multiply(top, KT * (celsius + KELVIN), out=out)


def point(b: jax.Array, r: jax.Array, t: jax.Array, k: jax.Array) -> jax.Array:
    """Compute V_rest of one point, for the flattened rival."""
    ratio = ((1.0 - b) * k + r * NA_OUT) / ((1.0 - b) * K_IN + r * NA_IN)
    return KT * (t + KELVIN) * jnp.log(ratio)


def pieces(plan: Plan) -> list[Grid]:
    """Cut the axes into the chunks of a plan, padded as the plan pads them."""
    axes = plan.space.study.axes
    values = [axes[name].points() if name in axes else np.array([37.0]) for name in AXES]
    sizes = [
        plan.grid.chunks[plan.grid.dimensions.index(name)] if name in plan.grid.dimensions else 1
        for name in AXES
    ]
    cut = []
    for task in range(plan.grid.tasks):
        start = dict(zip(plan.grid.dimensions, plan.grid.start(task), strict=True))
        cut.append(
            tuple(
                np.pad(v[start.get(n, 0) :][:size], (0, size), mode="edge")[:size].astype("f4")
                for n, v, size in zip(AXES, values, sizes, strict=True)
            )
        )
    return cut


def rivals(study: ls.Study) -> tuple[dict[str, Callable[[], object]], int]:
    """Return the rivals on a study whose axes are some of AXES, in that order, and its points."""
    plan = make_plan(study)
    evaluator = Evaluator(plan)
    grids = [
        tuple(
            values.reshape([-1 if place == i else 1 for place in range(4)])
            for i, values in enumerate(cut)
        )
        for cut in pieces(plan)
    ]
    shape = tuple(values.size for values in grids[0])
    out = np.empty(shape, np.float32)
    low = (
        np.empty((shape[0], shape[1], 1, shape[3]), np.float32),
        np.empty((shape[0], shape[1], 1, 1), np.float32),
    )
    flattened = jax.jit(jax.vmap(point))
    flat = [[jnp.asarray(g.ravel()) for g in np.broadcast_arrays(*grid)] for grid in grids]
    given = plan.space.study.axes
    axes = [given[name].points() if name in given else np.array([37.0]) for name in AXES]
    whole = [jnp.concatenate(columns) for columns in zip(*flat, strict=True)]

    def ours() -> None:
        for task in range(plan.grid.tasks):
            named = evaluator.compute(task)
            named["V_rest"].block_until_ready()
            evaluator.give_back(named)

    def ours_with_status() -> None:
        for task in range(plan.grid.tasks):
            with evaluator.block(task):
                pass

    def numpy_by_hand() -> None:
        for grid in grids:
            by_hand(*grid, out, low)

    def flat_vmap() -> None:
        flattened(*whole).block_until_ready()

    def flat_vmap_from_axes() -> None:
        values = [axis.astype(np.float32) for axis in axes]
        columns = [g.ravel() for g in np.meshgrid(*values, indexing="ij")]
        flattened(*columns).block_until_ready()

    def flat_vmap_in_chunks() -> None:
        for columns in flat:
            flattened(*columns).block_until_ready()

    for task, (grid, columns) in enumerate(zip(grids, flat, strict=True)):
        by_hand(*grid, out, low)
        with evaluator.block(task) as block:
            np.testing.assert_allclose(block["V_rest"].reshape(shape), out, atol=1e-3)
        np.testing.assert_allclose(flattened(*columns).reshape(shape), out, atol=1e-3)
    works: dict[str, Callable[[], object]] = {
        "leakscape, V_rest": ours,
        "leakscape, V_rest and settled status": ours_with_status,
        "numpy by hand, out=": numpy_by_hand,
        "vmap over the flattened grid": flat_vmap,
        "the same, flattened from the axes": flat_vmap_from_axes,
        "vmap over the flattened chunks": flat_vmap_in_chunks,
    }
    return works, plan.grid.tasks * out.size


def studies() -> dict[str, ls.Study]:
    """Return what is timed, by what it shows."""
    axes = {
        "blocked_K": ls.Axis.linear(0, 0.99, size=200),
        "P_Na_over_P_K": ls.Axis.log(1e-3, 1, size=200),
        "K_out": ls.Axis.log(1, 100, size=250, unit="mmol/L"),
    }
    fixed = {"P_Cl": "0 cm/s"}
    return {
        "resting_landscape (the logarithm lacks one axis)": ls.load("resting_landscape"),
        "a logarithm of full rank": ls.Study(
            name="full_rank", kernel="ghk_voltage", fixed=fixed, axes=axes
        ),
    }


def main() -> None:
    """Print both tables."""
    print(machine())
    for title, study in studies().items():
        works, points = rivals(study)
        title = f"{title}, {points / 1e6:.1f} million points, float32"
        report(title, measure(works), points=points, ours="leakscape, V_rest")


if __name__ == "__main__":
    main()
