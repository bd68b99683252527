"""Equilibria of random membranes: the resting one and all of them, against rivals by hand.

One million cells with an inward rectifier and constant-field leaks of K and Na. Every rival looks
in the same bracket and solves each cell until a step is below the same tolerance:

* Newton's method guarded by bisection, with the analytic slope, compiled by Numba for all cores.
  It finds some zero of the bracket. Told to find the most negative one, it first steps up from the
  lower end to the first change of sign, at the width of our cells.
* `scipy.optimize.elementwise.find_root` on that first change of sign, which a NumPy scan finds.
* All zeros: a NumPy scan on a hundredth of the cells, then bisection.

What each of them gets wrong is printed too.

Run: python tests/benchmarks/equilibrium.py [size]
"""

from __future__ import annotations

import math
import sys
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numba
import numpy as np
from numpy.typing import NDArray
from pairing import machine, measure, report
from scipy.optimize import elementwise

from leakscape_kernels.constants import F, R
from leakscape_kernels.membrane.equilibrium import equilibrium

LOW, HIGH, CELLS = -200.0, 100.0, 64
K_IN, NA_OUT, NA_IN = 140.0, 145.0, 12.0
TOLERANCE = {"float32": 1e-3, "float64": 1e-9}
"""The last step of a rival [mV]."""

Cells = dict[str, NDArray[Any]]

MEMBRANE = {
    "ions": {
        "K": {"valence": 1, "inside": "140 mmol/L"},
        "Na": {"valence": 1, "inside": "12 mmol/L", "outside": "145 mmol/L"},
    },
    "mechanisms": {
        "Kir": {"type": "kir", "ion": "K", "V_shift": "0 mV"},
        "K": {"type": "ghk_leak", "ion": "K"},
        "Na": {"type": "ghk_leak", "ion": "Na"},
    },
}


def draw(size: int, dtype: str) -> Cells:
    """Draw cells: rectifiers and leaks of every size relative to one another."""
    rng = np.random.default_rng(1)
    P_K = 10 ** rng.uniform(-7, -5.7, size)
    drawn = {
        "g_Kir": rng.uniform(0.05, 1.5, size),
        "V_shift_Kir": rng.uniform(-10, 15, size),
        "k_Kir": rng.uniform(6, 13, size),
        "K_out": rng.uniform(2, 12, size),
        "P_K": P_K,
        "P_Na": P_K * 10 ** rng.uniform(-2, 0, size),
        "temperature": rng.uniform(15, 40, size),
    }
    return {name: values.astype(dtype) for name, values in drawn.items()}


class Ours:
    """The kernel, batched over the cells."""

    def __init__(self, cells: Cells, outputs: tuple[str, ...]) -> None:
        kernel = equilibrium(membrane=MEMBRANE).keeping(outputs)  # as the engine asks
        dtype = cells["g_Kir"].dtype
        self.double = dtype == np.float64
        fixed = {"K_in": K_IN, "Na_in": NA_IN, "Na_out": NA_OUT}
        fixed |= dict.fromkeys(("blocked_Kir", "blocked_K", "blocked_Na"), 0.0)
        fixed |= {"area": 1000.0, "capacitance": 1.0, "V_threshold": -55.0}

        def point(drawn: dict[str, Any]) -> dict[str, Any]:
            values = {name: jnp.asarray(value, dtype) for name, value in fixed.items()}
            found = kernel.evaluate(values | drawn)
            return {name: found[name] for name in outputs}

        with jax.enable_x64(self.double):
            self.given = {name: jnp.asarray(values) for name, values in cells.items()}
            self.run = jax.jit(jax.vmap(point)).lower(self.given).compile()

    def __call__(self) -> Any:
        with jax.enable_x64(self.double):
            return jax.block_until_ready(self.run(self.given))


def newton(dtype: str, scan: bool) -> Any:
    """Return Newton's method in every cell, on all cores, with every constant in one precision."""
    real = np.dtype(dtype).type
    one, half, low, high = (real(x) for x in (1, 0.5, LOW, HIGH))
    per_kelvin, kelvin = real(1000 * R / F), real(273.15)
    faraday, k_in, na_out, na_in = (real(x) for x in (F, K_IN, NA_OUT, NA_IN))
    twelfth, sixth, near = real(1 / 12), real(1 / 6), real(1e-2)
    width, tolerance = real((HIGH - LOW) / CELLS), real(TOLERANCE[dtype])

    @numba.njit(inline="always", fastmath=True)
    def current(V, g, out, inside, k, E, half_at, kT):  # type: ignore[no-untyped-def]
        u = V / kT
        if abs(u) < near:
            B, slope = one - half * u + u * u * twelfth, -half + u * sixth
        else:
            grown = math.exp(u)
            less = grown - one
            B, slope = u / less, (less - u * grown) / (less * less)
        s = one / (one + math.exp((V - half_at) / k))
        value = inside * (B + u) - out * B + g * (V - E) * s
        rise = (inside * (slope + one) - out * slope) / kT
        return value, rise + g * s * (one - (V - E) * (one - s) / k)

    @numba.njit(parallel=True, fastmath=True)
    def solve(g, shift, k, K_out, P_K, P_Na, temperature, V_rest):  # type: ignore[no-untyped-def]
        for i in numba.prange(g.size):
            kT = per_kelvin * (temperature[i] + kelvin)
            E = kT * math.log(K_out[i] / k_in)
            out = faraday * (P_K[i] * K_out[i] + P_Na[i] * na_out)
            inside = faraday * (P_K[i] * k_in + P_Na[i] * na_in)
            mid = E + shift[i]
            a, b = low, high
            if scan:
                b = low
                while b < high:
                    a, b = b, b + width
                    if current(b, g[i], out, inside, k[i], E, mid, kT)[0] > 0:
                        break
            V = half * (a + b)
            for _ in range(100):
                value, slope = current(V, g[i], out, inside, k[i], E, mid, kT)
                if value > 0:
                    b = V
                else:
                    a = V
                following = V - value / slope
                if not (a < following < b):
                    following = half * (a + b)
                done = abs(following - V) < tolerance
                V = following
                if done:
                    break
            V_rest[i] = V

    return solve


def total(V: Any, cells: Cells) -> Any:
    """Return the current of cells as NumPy has it."""
    kT = (1000 * R / F) * (cells["temperature"] + np.float32(273.15))
    E = kT * np.log(cells["K_out"] / np.float32(K_IN))
    u = V / kT
    small = np.abs(u) < 1e-6
    B = np.where(small, 1 - u / 2, u / np.expm1(np.where(small, 1, u)))
    inside = F * (cells["P_K"] * K_IN + cells["P_Na"] * NA_IN)
    outside = F * (cells["P_K"] * cells["K_out"] + cells["P_Na"] * NA_OUT)
    s = 1 / (1 + np.exp((V - E - cells["V_shift_Kir"]) / cells["k_Kir"]))
    return inside * (B + u) - outside * B + cells["g_Kir"] * (V - E) * s


def first_change(cells: Cells) -> tuple[Any, Any]:
    """Return the ends of the lowest cell in which the current changes sign."""
    nodes = np.linspace(LOW, HIGH, CELLS + 1)
    found = np.full(cells["g_Kir"].size, CELLS)
    for i in reversed(range(CELLS)):
        found = np.where(total(nodes[i + 1], cells) > 0, i, found)
    return nodes[found], nodes[np.minimum(found + 1, CELLS)]


def find_root(cells: Cells, dtype: str, *, scan: bool) -> Any:
    """Return the zero that SciPy finds, in the lowest cell with a change of sign or anywhere."""
    size = cells["g_Kir"].size
    a, b = first_change(cells) if scan else (np.full(size, LOW), np.full(size, HIGH))
    names = tuple(cells)
    found = elementwise.find_root(
        lambda V, *given: total(V, dict(zip(names, given, strict=True))),
        (a.astype(dtype), b.astype(dtype)),
        args=tuple(cells.values()),
        tolerances={"xatol": TOLERANCE[dtype]},
    )
    assert found.success.all()
    return found.x


def scanned(cells: Cells, step: float) -> tuple[Any, Any]:
    """Return all zeros by a scan and bisection, and whether the current rises through each."""
    nodes = np.arange(LOW, HIGH + step / 2, step)
    before = total(nodes[0], cells)
    which, lower, rising = [], [], []
    for left, right in pairwise(nodes):
        after = total(right, cells)
        (here,) = np.nonzero((before > 0) != (after > 0))
        which.append(here)
        lower.append(np.full(here.size, left))
        rising.append(after[here] > 0)
        before = after
    at, up = np.concatenate(which), np.concatenate(rising)
    a = np.concatenate(lower)
    b = a + step
    some = {name: values[at] for name, values in cells.items()}
    for _ in range(math.ceil(math.log2(step / TOLERANCE["float64"]))):
        middle = (a + b) / 2
        beyond = (total(middle, some) > 0) == up
        a, b = np.where(beyond, a, middle), np.where(beyond, middle, b)
    return at, np.stack([(a + b) / 2, up])


def resting(dtype: str, size: int) -> None:
    """Time the most negative stable equilibrium."""
    cells = draw(size, dtype)
    ours = Ours(cells, ("V_rest", "status"))
    wanted = np.asarray(ours()["V_rest"])
    V = {scan: np.empty(size, dtype) for scan in (False, True)}
    solve = {scan: newton(dtype, scan) for scan in V}
    columns = tuple(cells.values())
    few = {name: values[: size // 10] for name, values in cells.items()}
    rivals = {
        "leakscape": ours,
        "numba, the most negative zero": lambda: solve[True](*columns, V[True]),
        "numba, some zero": lambda: solve[False](*columns, V[False]),
    }
    seconds = measure(rivals, repeats=11)
    slow = {
        "leakscape": ours,
        "SciPy, the most negative zero": lambda: find_root(few, dtype, scan=True),
        "SciPy, some zero": lambda: find_root(few, dtype, scan=False),
    }
    more = measure(slow, repeats=3, warm=1)
    more = {n: [10 * t if n != "leakscape" else t for t in times] for n, times in more.items()}
    report(f"V_rest of {size} cells, {dtype}", seconds, points=size, ours="leakscape")
    report(f"V_rest, {dtype}, SciPy on a tenth", more, points=size, ours="leakscape")
    far = {name: np.abs(found - wanted) for name, found in (("first", V[True]), ("some", V[False]))}
    far["SciPy"] = np.abs(slow["SciPy, the most negative zero"]() - wanted[: size // 10])
    for name, distance in far.items():
        print(f"{name}: {np.mean(distance > 0.01):.2%} differ, the others by", end=" ")
        print(f"{distance[distance < 0.01].max():.1e} mV at most")


def everything(size: int) -> None:
    """Time all equilibria with their stability."""
    cells = draw(size, "float64")
    ours = Ours(cells, ("V_equilibrium", "stable", "n_equilibria"))
    number = np.asarray(ours()["n_equilibria"])
    few = {name: values[: size // 100] for name, values in cells.items()}
    for step in (1.0, 0.25, 0.05):
        at, _ = scanned(few, step)
        missed = number[: size // 100].sum() - at.size
        print(f"a scan in steps of {step} mV misses {missed} of {number[: size // 100].sum()}")
    rivals: dict[str, Any] = {"leakscape": ours}
    rivals |= {f"NumPy, {step} mV": lambda step=step: scanned(few, step) for step in (1.0, 0.25)}
    seconds = measure(rivals, repeats=3, warm=1)
    whole = seconds.pop("leakscape")
    seconds = {"leakscape": whole} | {n: [100 * t for t in times] for n, times in seconds.items()}
    report(f"all equilibria of {size} cells, float64", seconds, points=size, ours="leakscape")
    print("cells with 1, 2, 3 equilibria:", np.bincount(number, minlength=4)[1:4])


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    print(machine())
    for precision in ("float32", "float64"):
        resting(precision, count)
    everything(count)
