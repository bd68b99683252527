"""The loss of the rest of squid axons under injected current, against rivals by hand.

Neurons with sizes of Na, K and leak and a leak's reversal potential of their own. Every rival finds
the current at which the lowest stable stretch of V ends, and what ends it:

* a loop of SciPy, timed on a sample: eigenvalues of the Jacobian on a grid of V (`numpy.linalg`,
  one call a neuron), then `brentq` on the largest real part;
* NumPy over all neurons at once: Routh's count on the same grid, blocks that fit a cache, then
  halving until the interval is rounding.

Both rivals write x/(1 - e^-x) as it stands, which costs them digits near its singularity (6e-5
uA/cm2 here); and their grid misses unstable stretches narrower than a cell, which ours does not.

Run: python tests/benchmarks/excitability.py [size]
"""

from __future__ import annotations

import sys
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from pairing import as_json, machine, measure, rows, table
from scipy.optimize import brentq

from leakscape_kernels.membrane.excitability import excitability
from leakscape_kernels.membrane.gating import Gating
from leakscape_kernels.membrane.membrane import membrane

LOW, HIGH, CELLS = -120.0, 60.0, 256
SAMPLE = 200
"""Neurons that the loop of SciPy is timed on."""

BLOCK = 4096
"""Neurons that NumPy takes at once: fastest of 1024 to 65536 here."""

E_NA, E_K = 50.0, -77.0

Cells = dict[str, Any]


def draw(size: int) -> Cells:
    """Draw neurons around that of Hodgkin and Huxley."""
    rng = np.random.default_rng(1)
    return {
        "g_Na": 120 * 10 ** rng.uniform(-0.3, 0.3, size),
        "g_K": 36 * 10 ** rng.uniform(-0.3, 0.3, size),
        "g_leak": 0.3 * 10 ** rng.uniform(-0.5, 0.5, size),
        "E_leak": rng.uniform(-70, -45, size),
    }


class Ours:
    """The read-outs, batched over the neurons."""

    def __init__(self, cells: Cells, dtype: Any) -> None:
        self.double = dtype == np.float64
        cell = membrane("hodgkin_huxley")
        fixed = {name: _number(row.default) for name, row in cell.parameters.items()}

        def point(drawn: Cells) -> dict[str, Any]:
            values = {name: jnp.asarray(value, dtype) for name, value in fixed.items()} | drawn
            nowhere = jnp.full_like(drawn["g_Na"], jnp.nan)
            wanted = ("I_loss", "loss_kind")
            return excitability(Gating(cell.at(values)), nowhere, True, wanted=wanted)

        with jax.enable_x64(self.double):
            self.given = {name: jnp.asarray(each, dtype) for name, each in cells.items()}
            self.run = jax.jit(jax.vmap(point)).lower(self.given).compile()

    def __call__(self) -> Any:
        with jax.enable_x64(self.double):
            return jax.block_until_ready(self.run(self.given))


def _number(default: Any) -> float:
    return float(str(default).split()[0])


def gates(V: Any) -> tuple[tuple[Any, Any, Any], ...]:
    """Return where each gate rests, how steeply that changes with V, and its rate."""

    def linear(x: Any) -> tuple[Any, Any]:
        grown = np.exp(-x)
        less = 1 - grown
        near = np.abs(x) < 1e-6
        less = np.where(near, 1.0, less)
        value = np.where(near, 1 + x / 2, x / less)
        return value, np.where(near, 0.5, (1 - value * grown) / less)

    (am, dam), (an, dan) = linear((V + 40) / 10), linear((V + 55) / 10)
    bm, ah = 4 * np.exp(-(V + 65) / 18), 0.07 * np.exp(-(V + 65) / 20)
    bh, bn = 1 / (1 + np.exp(-(V + 35) / 10)), 0.125 * np.exp(-(V + 65) / 80)
    found = []
    for a, da, b, db in (
        (am, dam / 10, bm, -bm / 18),
        (ah, -ah / 20, bh, bh * (1 - bh) / 10),
        (0.1 * an, 0.1 * dan / 10, bn, -bn / 80),
    ):
        rate = a + b
        found.append((a / rate, (da * b - a * db) / (rate * rate), rate))
    return tuple(found)


def linearised(V: Any, cells: Cells) -> tuple[Any, list[tuple[Any, Any]], Any]:
    """Return G, what each gate does with its rate, and the current."""
    (m, dm, km), (h, dh, kh), (n, dn, kn) = gates(V)
    m3, n4 = m * m * m, n * n * n * n
    g_Na, g_K, g_leak = cells["g_Na"], cells["g_K"], cells["g_leak"]
    drive_Na, drive_K = V - E_NA, V - E_K
    open_Na, open_K = g_Na * (m3 * h), g_K * n4
    current = open_Na * drive_Na + open_K * drive_K + g_leak * (V - cells["E_leak"])
    arms = [
        (g_Na * (3 * m * m * h * dm * drive_Na), km),
        (g_Na * (m3 * dh * drive_Na), kh),
        (g_K * (4 * n * n * n * dn * drive_K), kn),
    ]
    return open_Na + open_K + g_leak, arms, current


def count(V: Any, cells: Cells) -> Any:
    """Return the number of unstable eigenvalues: -1 counts as an odd one, by the slope."""
    G, ((sm, km), (sh, kh), (sn, kn)), _ = linearised(V, cells)
    e1, e2, e3 = km + kh + kn, km * kh + km * kn + kh * kn, km * kh * kn
    pm, ph, pn = sm * km, sh * kh, sn * kn
    a1 = G + e1
    a2 = G * e1 + e2 + (pm + ph + pn)
    a3 = G * e2 + e3 + pm * (kh + kn) + ph * (km + kn) + pn * (km + kh)
    a4 = G * e3 + pm * (kh * kn) + ph * (km * kn) + pn * (km * kh)
    b = a1 * a2 - a3
    stable = (a1 > 0) & (b > 0) & (a3 * b > a1 * a1 * a4) & (a4 > 0)
    return np.where(stable, 0, np.where(a4 < 0, 1, 2))


def in_numpy(cells: Cells) -> tuple[Any, Any]:
    """Return the losses of all neurons, block by block."""
    size = cells["g_Na"].size
    I_loss, kind = np.empty(size), np.empty(size, np.int8)
    for start in range(0, size, BLOCK):
        here = slice(start, start + BLOCK)
        I_loss[here], kind[here] = _block({name: each[here] for name, each in cells.items()})
    return I_loss, kind


def _block(cells: Cells) -> tuple[Any, Any]:
    nodes = np.linspace(LOW, HIGH, CELLS + 1)
    size = cells["g_Na"].size
    before, been, place = np.zeros(size, bool), np.zeros(size, bool), np.full(size, -1)
    for i, V in enumerate(nodes):
        stable = count(V, cells) == 0
        place = np.where(before & ~stable & (place < 0), i, place)
        before = stable
        been |= stable
    lost = np.nonzero(place > 0)[0]
    some = {name: each[lost] for name, each in cells.items()}
    a, b = nodes[place[lost] - 1], nodes[place[lost]]
    while np.max(b - a, initial=0.0) > 4e-14 * 120:
        middle = (a + b) / 2
        stable = count(middle, some) == 0
        a, b = np.where(stable, middle, a), np.where(stable, b, middle)
    I_loss, kind = np.full(size, np.nan), np.zeros(size, np.int8)
    I_loss[lost] = linearised(a, some)[2]
    kind[lost] = count(b, some)
    return I_loss, kind


def jacobians(V: Any, cell: Cells) -> Any:
    """Return the Jacobians of one neuron at potentials."""
    V = np.atleast_1d(V)
    G, arms, _ = linearised(V, cell)
    steep = [d for _, d, _ in gates(V)]
    J = np.zeros((V.size, 4, 4))
    J[:, 0, 0] = -G
    for j, ((s, k), d) in enumerate(zip(arms, steep, strict=True), start=1):
        J[:, 0, j], J[:, j, 0], J[:, j, j] = -s / np.where(d == 0, 1, d), k * d, -k
    return J


def in_scipy(cells: Cells) -> tuple[Any, Any]:
    """Return the losses, neuron by neuron."""
    nodes = np.linspace(LOW, HIGH, CELLS + 1)
    found = []
    for i in range(cells["g_Na"].size):
        cell = {name: each[i] for name, each in cells.items()}

        def growth(V: float, cell: Cells = cell) -> float:
            return float(np.linalg.eigvals(jacobians(V, cell)).real.max())

        most = np.linalg.eigvals(jacobians(nodes, cell)).real.max(axis=1)
        leaves = np.nonzero((most[:-1] < 0) & (most[1:] >= 0))[0]
        if not leaves.size:
            found.append((np.nan, 0))
            continue
        V = brentq(growth, nodes[leaves[0]], nodes[leaves[0] + 1], xtol=1e-12)
        beyond = np.linalg.eigvals(jacobians(V + 1e-6, cell)).real
        found.append((float(linearised(V, cell)[2]), int(np.sum(beyond > 0))))
    return np.array([each for each, _ in found]), np.array([kind for _, kind in found])


def compare(size: int) -> None:
    """Time all of them on the same neurons, and say by how much they differ."""
    cells = draw(size)
    few = {name: each[:SAMPLE] for name, each in cells.items()}
    ours, single = Ours(cells, np.float64), Ours(cells, np.float32)
    rivals = {
        "leakscape": ours,
        "leakscape, float32": single,
        "vectorised NumPy": lambda: in_numpy(cells),
        "SciPy loop": lambda: in_scipy(few),
    }
    seconds = measure(rivals, repeats=5, warm=1)
    seconds["SciPy loop"] = [size / SAMPLE * each for each in seconds["SciPy loop"]]
    goals = {"vectorised NumPy": 2.0, "SciPy loop": 100.0, "leakscape, float32": None}
    what = "`I_loss` and `loss_kind` of HH neurons, float64"
    made = rows(what, seconds, points=size, ours="leakscape", goals=goals)
    print(table(made))
    print(as_json(made))
    found = {name: np.asarray(each) for name, each in ours().items()}
    for name, (I_loss, kind) in {"NumPy": in_numpy(cells), "SciPy": in_scipy(few)}.items():
        same = {key: each[: kind.size] for key, each in found.items()}
        off = np.nanmax(np.abs(same["I_loss"] - I_loss))
        print(f"{name}: kinds differ in {np.sum(same['loss_kind'] != kind)}, currents by {off:.1e}")
    half = {name: np.asarray(each) for name, each in single().items()}
    off = np.abs(half["I_loss"] - found["I_loss"])
    differ = np.sum(half["loss_kind"] != found["loss_kind"])
    print(f"float32: kinds differ in {differ}, currents by {np.nanquantile(off, 0.99):.1e} in 99 %")
    print("none, fold, Hopf:", np.bincount(found["loss_kind"], minlength=3))


if __name__ == "__main__":
    print(machine())
    compare(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
