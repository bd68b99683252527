"""Firing rates of a population: `spiking` against diffrax's Tsit5 at the same error of the rate.

1000 squid axons of different g_K under a step of 10 uA/cm2 for 500 ms. Ours is the whole kernel,
its search for the rest included. The rival solves the same equations written by hand, all cells in
one vmap, at rtol 1e-6 in float64; V comes every 0.1 ms, and the crossings by the cubic through four
potentials. Without V, the end alone, it tells no rate: what solving costs at least. Errors are the
largest over some cells against SciPy's DOP853 at 1e-10.

Elapsed time depends on what else the machine does; CPU seconds are of all threads.

Run: python tests/benchmarks/spiking.py [cells] [rounds]
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import diffrax
import jax
import jax.numpy as jnp
import numpy as np
from pairing import machine

sys.path.append(str(Path(__file__).parents[1] / "kernels"))

import active_cells

from leakscape_kernels.dynamics.spiking import spiking

DURATION, CURRENT, SOME = 500.0, 10.0, 8
AXON = active_cells.hodgkin_huxley()
GRID = 0.1
LEVEL = -55.0
"""What a crossing is for all but the kernel, whose rate does not depend on it [mV]."""


def ours(g_K: Any, dtype: Any, dt: float) -> Callable[[], Any]:
    """Return the call that gives the rates of our kernel."""
    kernel = spiking(membrane=AXON.table, duration=f"{DURATION} ms", dt=f"{dt} ms")
    lean = kernel.keeping(("rate",))
    fixed = {n: jnp.asarray(kernel._default(n), dtype) for n in kernel.parameters}

    def rate(g_K: Any) -> Any:
        return lean.evaluate({**fixed, "g_K": g_K})["rate"]

    cells = jnp.asarray(g_K, dtype)
    return compiled(jax.vmap(rate), cells, f"ours, {np.dtype(dtype).name}, dt {dt} ms")


def theirs(g_K: Any, save: diffrax.SaveAt, name: str, rtol: float = 1e-6) -> Callable[[], Any]:
    """Return the call that gives the rates by diffrax, or the end alone."""

    def linear(x: Any) -> Any:
        near = jnp.abs(x) < 1e-6
        return jnp.where(near, 1 + x / 2, x / -jnp.expm1(-jnp.where(near, 1.0, x)))

    def change(t: Any, y: Any, g_K: Any) -> Any:
        V, m, h, n = y
        a_m, b_m = linear((V + 40) / 10), 4 * jnp.exp(-(V + 65) / 18)
        a_h, b_h = 0.07 * jnp.exp(-(V + 65) / 20), 1 / (1 + jnp.exp(-(V + 35) / 10))
        a_n, b_n = 0.1 * linear((V + 55) / 10), 0.125 * jnp.exp(-(V + 65) / 80)
        current = 120 * m**3 * h * (V - 50) + g_K * n**4 * (V + 77) + 0.3 * (V + 54.3)
        return (
            CURRENT - current,
            a_m * (1 - m) - b_m * m,
            a_h * (1 - h) - b_h * h,
            a_n * (1 - n) - b_n * n,
        )

    V = AXON.ends(0.0)[0]
    start = tuple(jnp.asarray(x) for x in (V, *AXON.steady(V)))

    def rate(g_K: Any) -> Any:
        found = diffrax.diffeqsolve(
            diffrax.ODETerm(change),
            diffrax.Tsit5(),
            0.0,
            DURATION,
            0.01,
            start,
            args=g_K,
            saveat=save,
            # One number for both: V is in tens of mV, gates in parts of 1, as users set it.
            stepsize_controller=diffrax.PIDController(rtol=rtol, atol=rtol),
            max_steps=1_000_000,
        )
        V = found.ys[0]
        return V[-1] if len(V) == 1 else _rate(V)

    return compiled(jax.vmap(rate), jnp.asarray(g_K), name)


def _rate(V: Any) -> Any:
    """Return one over the mean of the intervals that end in the second half [Hz]."""
    before, start, end, after = V[:-3], V[1:-2], V[2:-1], V[3:]
    rises = (start < LEVEL) & (end >= LEVEL)
    rise, bend = end - start, 0.5 * (end - 2 * start + before)
    twist = (after - 3 * end + 3 * start - before) / 6
    x = (LEVEL - start) / jnp.where(rises, rise, 1.0)
    for _ in range(2):
        off = x * rise + x * (x - 1) * (bend + (x + 1) * twist) - (LEVEL - start)
        slope = rise + (2 * x - 1) * bend + (3 * x * x - 1) * twist
        x = x - off / jnp.where(rises, slope, 1.0)
    t = GRID * (jnp.arange(1, len(V) - 2) + x)
    late = rises & (t > DURATION / 2)
    first = jnp.max(jnp.where(rises & ~late, t, 0.0))
    return 1e3 * jnp.sum(late) / (jnp.max(jnp.where(late, t, 0.0)) - first)


def compiled(function: Callable[..., Any], cells: Any, name: str) -> Callable[[], Any]:
    """Return a call without arguments, compiled, and say what that took."""
    start = time.process_time()
    run = jax.jit(function).lower(cells).compile()
    print(f"compiled {name}: {time.process_time() - start:.1f} CPU s", flush=True)
    return lambda: np.asarray(jax.block_until_ready(run(cells)), float)


def exact(g_K: Any) -> Any:
    """Return the rates of some cells by SciPy."""
    found = []
    for g in g_K:
        extra = float(g) - 36.0
        cell = active_cells.Cell(
            AXON.table,
            lambda V, x, extra=extra: AXON.current(V, x) + extra * x[2] ** 4 * (V + 77),
            AXON.steady,
            AXON.speed,
        )
        rest = cell.ends(0.0)[0]
        spikes = cell.fires(CURRENT, DURATION, start=rest, gates_at=rest, level=LEVEL).t_events[0]
        found.append(active_cells.late_rate(spikes, DURATION))
    return np.array(found)


def main(size: int, rounds: int) -> None:
    """Time all rivals in turn."""
    print(machine())
    g_K = np.linspace(30, 40, size)
    some = np.linspace(0, size - 1, SOME).astype(int)
    truth = exact(g_K[some])
    saved = diffrax.SaveAt(ts=jnp.arange(0, DURATION + GRID / 2, GRID))
    rivals = {
        "float32, dt 0.05 ms": ours(g_K, jnp.float32, 0.05),
        "float32, dt 0.025 ms": ours(g_K, jnp.float32, 0.025),
        "float64, dt 0.02 ms": ours(g_K, jnp.float64, 0.02),
        "Tsit5 with V": theirs(g_K, saved, "Tsit5 with V every 0.1 ms"),
        "Tsit5, end alone": theirs(g_K, diffrax.SaveAt(t1=True), "Tsit5, end alone"),
    }
    errors = {n: np.max(np.abs(call()[some] / truth - 1)) for n, call in rivals.items()}
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in rivals}
    for _ in range(rounds):
        for name, call in rivals.items():
            begin, used = time.perf_counter(), time.process_time()
            call()
            seconds[name].append((time.perf_counter() - begin, time.process_time() - used))
    print("\n| | elapsed s | CPU s | error of the rate | Tsit5 with V / this | CPU |")
    print("|---|---|---|---|---|---|")
    rival = seconds["Tsit5 with V"]
    for name, own in seconds.items():
        cells = [f"{statistics.median(column):.3g}" for column in zip(*own, strict=True)]
        for k in (0, 1):
            ratios = [b[k] / a[k] for a, b in zip(own, rival, strict=True)]
            cells.append(
                f"{statistics.median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f})"
            )
        print(
            f"| {name} | {cells[0]} | {cells[1]} | {errors[name]:.1e} | {' | '.join(cells[2:])} |"
        )


if __name__ == "__main__":
    with jax.enable_x64(True):
        main(*(int(x) for x in sys.argv[1:3] or ("1000", "5")))
