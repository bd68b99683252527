"""No equilibrium missed and none invented: random membranes against a brute-force scan in NumPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leakscape_kernels.constants import F, R
from leakscape_kernels.membrane.equilibrium import equilibrium

pytestmark = pytest.mark.slow

STEP = 0.1
"""Of the scan [mV]. Between two samples the current is a parabola to 1e-5 of its curvature, for a
gate with k of 5 mV, so that zeros closer than a step are told from their three samples."""

CLOSE = 2e-3
"""Zeros closer than this [mV] may be seen as one, or as none, by either side."""

BLOCK = 5000

LEAKS = {
    "K": {"type": "ghk_leak", "ion": "K"},
    "Na": {"type": "ghk_leak", "ion": "Na"},
}
RECTIFIER = {"type": "kir", "ion": "K", "V_shift": "0 mV"}
PUMP = {"type": "sodium_potassium_pump", "law": "constant"}
IONS = {
    "K": {"valence": 1, "inside": "140 mmol/L"},
    "Na": {"valence": 1, "inside": "12 mmol/L", "outside": "145 mmol/L"},
}
SHUNT = {"type": "ohmic_leak"}
CELLS = {
    "with a pump": {"Kir": RECTIFIER, **LEAKS, "pump": PUMP, "shunt": SHUNT},
    "channels alone": {"Kir": RECTIFIER, **LEAKS},
}


def drawn(name, size, seed):
    rng = np.random.default_rng(seed)
    g = 10 ** rng.uniform(-1, 0.5, size)
    # Leaks of the size at which a rectifier lets go: one part in ten to one in a hundred.
    P_K = 10 ** rng.uniform(-9, -6.5, size)
    cells = {
        "g_Kir": g,
        "V_shift_Kir": rng.uniform(-10, 15, size),
        "k_Kir": rng.uniform(5, 20, size),
        "K_out": rng.uniform(2, 12, size),
        "P_K": P_K,
        "P_Na": P_K * 10 ** rng.uniform(-2, 1, size),
        "temperature": rng.uniform(5, 40, size),
    }
    if name == "with a pump":
        cells["I_max_pump"] = rng.uniform(0, 1, size)
        cells["g_shunt"] = g * 10 ** rng.uniform(-2.5, -1.2, size)
        cells["E_shunt"] = rng.uniform(-60, 20, size)
    return cells


def current(V, c):
    """The currents as textbooks write them [uA/cm2]."""
    kT = 1000 * R * (c["temperature"] + 273.15) / F
    E_K = kT * np.log(c["K_out"] / 140)
    u = V / kT
    small = np.abs(u) < 1e-5
    B = np.where(small, 1 - u / 2, u / np.expm1(np.where(small, 1, u)))
    total = c["g_Kir"] * (V - E_K) / (1 + np.exp((V - E_K - c["V_shift_Kir"]) / c["k_Kir"]))
    total = total + F * c["P_K"] * (140 * (u + B) - c["K_out"] * B)
    total = total + F * c["P_Na"] * (12 * (u + B) - 145 * B)
    if "g_shunt" in c:
        total = total + c["g_shunt"] * (V - c["E_shunt"]) + c["I_max_pump"]
    return total


def bisected(a, b, some, rising):
    for _ in range(60):
        middle = (a + b) / 2
        beyond = (current(middle, some) > 0) == rising
        a, b = np.where(beyond, a, middle), np.where(beyond, middle, b)
    return (a + b) / 2


def brute_force(cells):
    """Every zero between -200 and 100 mV: (cell, V, rising), in no order."""
    nodes = np.arange(-200, 100 + STEP / 2, STEP)
    columns = {name: values[:, None] for name, values in cells.items()}
    sampled = current(nodes[None, :], columns)
    up = sampled > 0
    at, left = np.nonzero(up[:, 1:] != up[:, :-1])
    found = [(at, nodes[left], nodes[left + 1], up[at, left + 1])]
    # Three samples on one side, the middle one nearest to zero: does the parabola cross it?
    before, here, after = (np.abs(sampled[:, s]) for s in (slice(-2), slice(1, -1), slice(2, None)))
    same = (up[:, :-2] == up[:, 1:-1]) & (up[:, 1:-1] == up[:, 2:])
    near, k = np.nonzero(same & (here <= before) & (here < after))
    bend = before[near, k] - 2 * here[near, k] + after[near, k]
    place = 0.5 * (before[near, k] - after[near, k]) / bend
    V = nodes[k + 1] + place * STEP
    some = {name: values[near] for name, values in cells.items()}
    across = (current(V, some) > 0) != up[near, k]
    near, k, V = near[across], k[across], V[across]
    side = up[near, k]
    found.append((near, nodes[k], V, ~side))
    found.append((near, V, nodes[k + 2], side))
    at, a, b, rising = (np.concatenate(parts) for parts in zip(*found, strict=True))
    some = {name: values[at] for name, values in cells.items()}
    return at, bisected(a, b, some, rising), rising


def solved(name, cells, dtype, outputs):
    kernel = equilibrium(membrane={"ions": IONS, "mechanisms": CELLS[name]})
    given = {"K_in": 140.0, "Na_in": 12.0, "Na_out": 145.0, "area": 1000.0}
    given |= {"capacitance": 1.0, "V_threshold": -55.0, "IC50_pump": 1.0, "hill_pump": 1.0}
    rest = {n: given.get(n, 0.0) for n in kernel.parameters if n not in cells}

    def point(swept):
        values = {n: jnp.asarray(value, dtype) for n, value in rest.items()} | swept
        found = kernel.evaluate(values)
        return {output: found[output] for output in outputs}

    with jax.enable_x64(dtype == "float64"):
        whole = {n: jnp.asarray(values, dtype) for n, values in cells.items()}
        return {n: np.asarray(v) for n, v in jax.jit(jax.vmap(point))(whole).items()}


@pytest.fixture(scope="module", params=[("with a pump", 50_000), ("channels alone", 55_000)])
def membranes(request):
    """Random membranes, their equilibria by brute force and by the kernel."""
    name, size = request.param
    cells = drawn(name, size, seed=7)
    outputs = ("V_rest", "V_equilibrium", "stable", "n_equilibria", "status", "slope_conductance")
    ours = solved(name, cells, "float64", outputs)
    parts = []
    for start in range(0, size, BLOCK):
        at, V, rising = brute_force({n: v[start : start + BLOCK] for n, v in cells.items()})
        parts.append((at + start, V, rising))
    at, V, rising = (np.concatenate(each) for each in zip(*parts, strict=True))
    order = np.lexsort((V, at))
    at, V, rising = at[order], V[order], rising[order]
    number = np.bincount(at, minlength=size)
    table = np.full((size, 7), np.nan)
    sign = np.full((size, 7), -1)
    slot = np.arange(at.size) - np.repeat(np.cumsum(number) - number, number)
    table[at, slot], sign[at, slot] = V, rising
    return name, cells, ours, number, table, sign


def apart(table):
    """Whether all zeros of a cell are further from one another than either side can tell."""
    gaps = np.diff(table, axis=1)
    return ~np.any(gaps < CLOSE, axis=1)


def test_the_drawn_membranes_have_one_and_three_equilibria(membranes):
    _, _, _, number, _, _ = membranes
    assert np.mean(number == 3) > 0.05
    assert np.mean(number == 1) > 0.1


def test_no_equilibrium_is_missed_and_none_invented(membranes):
    _, _, ours, number, table, _ = membranes
    sure = apart(table) & apart(ours["V_equilibrium"])
    assert np.mean(~sure) < 1e-3
    np.testing.assert_array_equal(ours["n_equilibria"][sure], number[sure])
    distance = np.abs(ours["V_equilibrium"] - table)[sure]
    # Beside an extremum a zero moves with the square root of the rounding of the current.
    assert np.nanmax(distance) < 1e-5
    assert np.nanquantile(distance, 0.999) < 1e-9


def test_an_equilibrium_is_stable_where_the_current_rises(membranes):
    _, _, ours, _, table, sign = membranes
    sure = apart(table) & apart(ours["V_equilibrium"])
    np.testing.assert_array_equal(ours["stable"][sure], sign[sure])


def test_the_rest_is_the_lowest_stable_equilibrium(membranes):
    _, _, ours, _, table, sign = membranes
    sure = apart(table)
    lowest = np.nanmin(np.where(sign == 1, table, np.inf), axis=1)
    assert np.isfinite(lowest).all()
    assert np.max(np.abs(ours["V_rest"] - lowest)[sure]) < 1e-5
    # Beyond E_K or E_Na the chord equation has no answer, which is remark 3.
    assert set(np.unique(ours["status"])) <= {1, 2, 3}


def test_float32_agrees_away_from_folds(membranes):
    """Away from folds: where the slope is more than a twentieth of all conductance there is."""
    name, cells, ours, _, table, _ = membranes
    single = solved(name, cells, "float32", ("V_rest", "status"))
    conductance = cells["g_Kir"] + cells.get("g_shunt", 0.0) + 400 * F * cells["P_K"] / 25
    steep = (ours["slope_conductance"] > 0.05 * conductance) & np.isin(ours["status"], (1, 3))
    distance = np.abs(single["V_rest"] - ours["V_rest"])
    assert np.mean(steep & apart(table)) > 0.4
    assert np.quantile(distance[steep], 0.999) < 1e-3
    # A pair about to vanish may have vanished in float32: the rest is then another zero.
    assert np.mean(distance[steep] > 1e-3) < 1e-3


def test_five_equilibria_of_a_spiny_neuron_are_found(double):
    """Gruber et al. (2003), mu = 1.3 and g_s = 13.2 uS/cm2 at 293 K, computed with 30 digits."""
    kernel = equilibrium(membrane="striatal_msn")
    given = {name: kernel._default(name) for name in kernel.parameters}
    given |= {"mu": 1.3, "g_s": 0.0132, "temperature": 19.85}
    found = jax.jit(lambda values: kernel(**values))(given)
    expected = [-75.477072694948, -68.23196581172, -56.264520711876, -45.934079899803]
    expected.append(-40.887825932215)
    assert int(found["n_equilibria"]) == 5
    assert np.asarray(found["V_equilibrium"])[:5] == pytest.approx(expected, abs=1e-9)
    assert list(np.asarray(found["stable"])[:5]) == [1, 0, 1, 0, 1]
