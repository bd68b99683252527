"""Flickering potentials of a population of cells: one batch against exact loops of events.

10 000 cells of about 100 channels, for 200 ms, stored every 50 ms, with the averages of V and V^2
over time. All rivals simulate every event of the same exact process and integrate V exactly between
events: a Python loop over events with drawn blocks of random numbers and tables by the number of
open channels; NumPy that takes all cells from event to event together; and the Python loop compiled
by Numba on all cores, where Numba is installed. Ours is run in float32, the default of a study, and
in float64, in which the others run.

Run: python tests/benchmarks/flicker.py [size]
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray
from pairing import machine, measure, report

from leakscape_kernels.flicker.moments import flicker
from leakscape_kernels.flicker.traces import flicker_traces

E_C, E_L, N, TAU, C, G = -90.0, 60.0, 100, 5.0, 20.0, 0.2
END, STEPS = 200.0, 4
TIMES = [END / STEPS * i for i in range(STEPS + 1)]
FEW = 100
"""Cells that the Python loop simulates; its time is proportional to their number."""

Cells = dict[str, NDArray[Any]]


def draw(size: int) -> Cells:
    """Draw cells: channels of different conductance and open probability."""
    rng = np.random.default_rng(1)
    return {
        "gamma_channel": 14 * np.exp(0.3 * rng.standard_normal(size)),
        "open_probability": rng.uniform(0.3, 0.7, size),
    }


class Ours:
    """The kernel, batched over the cells."""

    def __init__(self, cells: Cells, precise: bool) -> None:
        kernel = flicker_traces(times=TIMES)
        self.precise = precise
        with jax.enable_x64(precise):
            self.given = {k: jax.numpy.asarray(v, float) for k, v in cells.items()}
            self.given["seed"] = jax.numpy.arange(float(cells["gamma_channel"].size))
            self.run = jax.jit(jax.vmap(lambda drawn: kernel(**drawn)))
            self.run = self.run.lower(self.given).compile()

    def __call__(self) -> Any:
        with jax.enable_x64(self.precise):
            return jax.block_until_ready(self.run(self.given))


def path(tables: Any, n: int, V: float, waits: Any, draws: Any, shown: Any) -> tuple[float, float]:
    """Follow one cell; return the integrals of V and V^2, and fill in what is stored."""
    rest, decay, rate, rises = tables
    exp = math.exp
    now, stored, event, first, second = 0.0, 0, 0, 0.0, 0.0
    shown[0] = V
    step = END / STEPS
    goal = step
    after = waits[0] / rate[n]
    while True:
        until = goal if after > goal else after
        dt = until - now
        k, at = decay[n], rest[n]
        away = V - at
        left = away * exp(-k * dt)
        lost = (away - left) / k
        first += at * dt + lost
        second += at * (at * dt + 2.0 * lost) + 0.5 * lost * (away + left)
        V = at + left
        now = until
        if after > goal:
            stored += 1
            shown[stored] = V
            if stored == STEPS:
                return first, second
            goal = step * (stored + 1)
        else:
            n += 1 if draws[event] < rises[n] else -1
            event += 1
            after = now + waits[event] / rate[n]


def tables_of(gamma: float, p: float) -> NDArray[Any]:
    """Return rest, rate of V, rate of events and chance to open, by the number of open channels."""
    n = np.arange(N + 1)
    G_n = 1e-3 * gamma * n + G
    rest = (1e-3 * gamma * n * E_C + G * E_L) / G_n
    rate = ((N - n) * p + n * (1 - p)) / TAU
    return np.array([rest, G_n / C, rate, (N - n) * p / TAU / rate])


def start_of(gamma: float, p: float) -> float:
    """Return the potential for the mean number of open channels [mV]."""
    open_ = 1e-3 * gamma * N * p
    return (open_ * E_C + G * E_L) / (open_ + G)


def most(p: float) -> int:
    """Return more events than a path has."""
    return int(1.5 * (2 * N * p * (1 - p) * END / TAU) + 200)


def python_loop(cells: Cells, seed: int = 1) -> tuple[NDArray[Any], NDArray[Any]]:
    """Simulate cell by cell and event by event; return mean and sd of V over time [mV]."""
    rng = np.random.default_rng(seed)
    sums, shown = [], np.empty((cells["gamma_channel"].size, STEPS + 1))
    for i, (gamma, p) in enumerate(zip(*(v.tolist() for v in cells.values()), strict=True)):
        waits, draws = rng.standard_exponential(most(p)).tolist(), rng.random(most(p)).tolist()
        tables = tables_of(gamma, p).tolist()
        row = [0.0] * (STEPS + 1)
        sums.append(path(tables, int(rng.binomial(N, p)), start_of(gamma, p), waits, draws, row))
        shown[i] = row
    return moments_of(np.array(sums).T)


def moments_of(sums: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return mean and standard deviation from the integrals of V and V^2."""
    mean, square = sums / END
    return mean, np.sqrt(square - mean**2)


def numpy_together(cells: Cells, seed: int = 2) -> tuple[NDArray[Any], NDArray[Any]]:
    """Take all cells from event to event together; return mean and sd of V over time [mV]."""
    rng = np.random.default_rng(seed)
    gamma, p = 1e-3 * cells["gamma_channel"], cells["open_probability"]
    size = p.size
    first, second, shown = np.zeros(size), np.zeros(size), np.empty((STEPS + 1, size))
    n = rng.binomial(N, p).astype(float)
    V = shown[0] = start_of(1e3 * gamma, p)
    opens, closes = p / TAU, (1 - p) / TAU
    for stored in range(1, STEPS + 1):
        # Only cells that have not arrived go on, so that none waits for the slowest.
        who = np.arange(size)
        now = [np.full(size, END / STEPS), n, V, first, second, gamma, opens, closes]
        n, V, first, second = (np.empty(size) for _ in range(4))
        while who.size:
            left, n_, V_, one, two, gamma_, opens_, closes_ = now
            up = (N - n_) * opens_
            rate = up + n_ * closes_
            wait = rng.standard_exponential(who.size) / rate
            dt = np.minimum(wait, left)
            G_n = gamma_ * n_ + G
            rest = (gamma_ * n_ * E_C + G * E_L) / G_n
            away = V_ - rest
            kept = away * np.exp(G_n * dt / -C)
            lost = (away - kept) * (C / G_n)
            one = one + rest * dt + lost
            two = two + rest * (rest * dt + 2 * lost) + 0.5 * lost * (away + kept)
            V_ = rest + kept
            happens = wait < left
            moves = np.where(rng.random(who.size) * rate < up, 1.0, -1.0)
            if happens.all():
                now = [left - dt, n_ + moves, V_, one, two, gamma_, opens_, closes_]
                continue
            arrived = ~happens
            there = who[arrived]
            for whole, part in ((n, n_), (V, V_), (first, one), (second, two)):
                whole[there] = part[arrived]
            who = who[happens]
            state = (left - dt, n_ + moves, V_, one, two, gamma_, opens_, closes_)
            now = [part[happens] for part in state]
        shown[stored] = V
    return moments_of(np.array([first, second]))


def numba_loop() -> Callable[[Cells], Any] | None:
    """Return the Python loop compiled by Numba for all cores, None without Numba."""
    try:
        import numba
    except ImportError:
        return None
    follow = numba.njit(fastmath=True)(path)

    @numba.njit(parallel=True, fastmath=True)
    def every(tables: Any, starts: Any, p: Any, room: Any) -> Any:
        sums, shown = np.empty((2, p.size)), np.empty((p.size, STEPS + 1))
        for i in numba.prange(p.size):
            # Numba knows NumPy's older generators alone, within threads.
            waits = np.random.standard_exponential(room[i])  # noqa: NPY002
            draws = np.random.random(room[i])  # noqa: NPY002
            n = np.random.binomial(N, p[i])  # noqa: NPY002
            sums[0, i], sums[1, i] = follow(tables[i], n, starts[i], waits, draws, shown[i])
        return sums

    def run(cells: Cells) -> Any:
        given = list(zip(*cells.values(), strict=True))
        tables = np.array([tables_of(gamma, p) for gamma, p in given])
        starts = np.array([start_of(gamma, p) for gamma, p in given])
        room = np.array([most(p) for _, p in given])
        return moments_of(every(tables, starts, cells["open_probability"], room))

    return run


def agreement(name: str, cells: Cells, found: Any) -> None:
    """Print how far mean and variance are from the exact moments, in standard errors."""
    with jax.enable_x64(True):
        exact = jax.jit(jax.vmap(lambda drawn: flicker(most=N)(n_channels=N, **drawn)))(cells)
    mean, sd = (np.asarray(part, float) for part in found)
    off = mean - np.asarray(exact["V_mean"])
    # About the exact mean. All start at V*, so that all lack the same part of the variance.
    square = (sd**2 + off**2) / np.asarray(exact["V_sd"]) ** 2
    error = square.std() / math.sqrt(square.size)
    print(
        f"{name}: mean off by {off.mean():+.4f} +- {off.std() / math.sqrt(off.size):.4f} mV, "
        f"variance over the stationary one {square.mean():.4f} +- {error:.4f}"
    )


def main(size: int) -> None:
    """Time all rivals, and print how well they agree with one another."""
    cells = draw(size)
    few = {name: values[:FEW] for name, values in cells.items()}
    rivals: dict[str, Callable[[], Any]] = {
        "leakscape, float32": Ours(cells, False),
        "leakscape, float64": Ours(cells, True),
        "Python loop": lambda: python_loop(few),
        "NumPy, all cells together": lambda: numpy_together(cells),
    }
    numba = numba_loop()
    if numba is not None:
        rivals["Numba loop"] = partial(numba, cells)
    seconds = measure(rivals, repeats=5, warm=1)
    seconds["Python loop"] = [t * size / FEW for t in seconds["Python loop"]]
    p = cells["open_probability"]
    events = int(np.sum(2 * N * p * (1 - p)) * END / TAU)
    title = f"{size} cells, {END:g} ms, {events / size:.0f} events each (a point is an event)"
    report(f"{title}; Python loop on {FEW}", seconds, points=events, ours="leakscape, float32")
    for name, work in rivals.items():
        found = work()
        if isinstance(found, dict):
            assert np.all(np.asarray(found["status"]) == 1)
            found = found["V_mean"], found["V_sd"]
        agreement(name, few if name == "Python loop" else cells, found)


if __name__ == "__main__":
    print(machine())
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
