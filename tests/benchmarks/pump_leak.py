"""Run-down of a population of cells: one batch against SciPy's LSODA in a loop over cells.

10 000 cells whose pump is blocked by half or more, for 3600 s. Both sides are run at several
tolerances, and their errors measured against our solver at 1e-11 and against LSODA at 1e-12. The
rival's equations are written with Python's `math` on plain numbers, which is faster there than
NumPy on arrays of two.

Run: python tests/benchmarks/pump_leak.py [size]
"""

from __future__ import annotations

import math
import sys
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray
from pairing import machine, measure, report
from scipy.integrate import solve_ivp

from leakscape_kernels.constants import F
from leakscape_kernels.dynamics.rest import pump_leak_rest
from leakscape_kernels.dynamics.run_down import pump_leak

TIMES = [0.0, 600.0, 1800.0, 3600.0]
KT, NA_O, K_O, CL_O, G_CL, PUMP = 25.69, 147.0, 3.0, 150.0, 0.2, 0.5
AREA, N_X = 314.1592653589793, 26.179938779914945
FEW = 200
"""Cells that the rival solves; its time is proportional to their number."""

Cells = dict[str, NDArray[Any]]


def draw(size: int) -> Cells:
    """Draw cells: leaks of different sizes, and how much of the pump is blocked."""
    rng = np.random.default_rng(1)
    return {
        "g_Na": 0.01 * np.exp(0.3 * rng.standard_normal(size)),
        "g_K": 0.3 * np.exp(0.3 * rng.standard_normal(size)),
        "blocked_pump": rng.uniform(0.5, 1, size),
    }


class Ours:
    """The kernel, batched over the cells."""

    def __init__(self, cells: Cells, tolerance: float) -> None:
        kernel = pump_leak(times=TIMES, tolerance=tolerance)

        def point(drawn: dict[str, Any]) -> Any:
            found = kernel(**drawn)
            return found["V"], found["status"]

        with jax.enable_x64(True):
            self.given = {name: jax.numpy.asarray(values) for name, values in cells.items()}
            self.run = jax.jit(jax.vmap(point)).lower(self.given).compile()

    def __call__(self) -> Any:
        with jax.enable_x64(True):
            return jax.block_until_ready(self.run(self.given))


def lsoda(cells: Cells, start: Cells, tolerance: float) -> NDArray[Any]:
    """Solve cell by cell from the same start, and return V at the times [mV]."""
    V = np.empty((cells["g_Na"].size, len(TIMES)))
    for i in range(V.shape[0]):
        pump = PUMP * (1 - float(cells["blocked_pump"][i]))
        slope, potential = equations(float(cells["g_Na"][i]), float(cells["g_K"][i]), pump)
        content = start["volume"][i] / 1000
        y0 = [start["Na_in"][i] * content, start["K_in"][i] * content]
        found = solve_ivp(
            slope, (0, TIMES[-1]), y0, "LSODA", TIMES, rtol=tolerance, atol=tolerance * 1e-2
        )
        V[i] = [potential(*row)[0] for row in found.y.T.tolist()]
    return V


def equations(g_Na: float, g_K: float, pump: float) -> tuple[Any, Any]:
    """Return the slopes of the amounts of Na and K, and the potential, as plain functions."""
    rate, total, log = 10.0 * AREA / F, g_Na + g_K + G_CL, math.log

    def potential(na: float, k: float) -> Any:
        cl = na + k - N_X
        water = (na + k + cl + N_X) / (NA_O + K_O + CL_O)
        E_Na = KT * log(NA_O * water / na)
        E_K = KT * log(K_O * water / k)
        E_Cl = KT * log(cl / (water * CL_O))
        return (g_Na * E_Na + g_K * E_K + G_CL * E_Cl - pump) / total, E_Na, E_K

    def slope(_: float, y: Any) -> Any:
        V, E_Na, E_K = potential(y[0], y[1])
        return -rate * (g_Na * (V - E_Na) + 3 * pump), -rate * (g_K * (V - E_K) - 2 * pump)

    return slope, potential


def main(size: int) -> None:
    """Time both at each tolerance, and print the errors that go with the times."""
    cells = draw(size)
    few = {name: values[:FEW] for name, values in cells.items()}
    with jax.enable_x64(True):
        kernel = pump_leak_rest()
        leaks = {name: values for name, values in few.items() if name != "blocked_pump"}
        start = jax.jit(jax.vmap(lambda drawn: kernel(**drawn)))(leaks)
    start = {name: np.asarray(values) for name, values in start.items()}
    exact = np.asarray(Ours(few, 1e-11)()[0])
    other = lsoda(few, start, 1e-12)
    print(f"both at their best differ by {np.abs(exact - other).max():.1e} mV")
    for tolerance in (1e-3, 1e-4, 1e-5, 1e-6, 1e-8):
        ours = Ours(cells, tolerance)
        rivals = {
            "leakscape": ours,
            "LSODA": lambda tolerance=tolerance: lsoda(few, start, tolerance),
        }
        seconds = measure(rivals, repeats=3, warm=1)
        seconds["LSODA"] = [t * size / FEW for t in seconds["LSODA"]]
        report(
            f"{size} cells, tolerance {tolerance:g} (LSODA on {FEW})",
            seconds,
            points=size,
            ours="leakscape",
        )
        V, status = (np.asarray(part) for part in ours())
        assert np.all(status == 1)
        far = np.abs(V[:FEW] - exact).max()
        theirs = np.abs(lsoda(few, start, tolerance) - exact).max()
        print(f"largest error: ours {far:.1e} mV, LSODA {theirs:.1e} mV", flush=True)


if __name__ == "__main__":
    print(machine())
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
