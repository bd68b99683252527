"""The studies of sensitivity find what integrals over all of their parameters give."""

from __future__ import annotations

import functools
import itertools

import numpy as np
import pytest
from claims import kT
from membrane_oracles import E_K_of, logistic
from test_pump_leak_studies import Cell

import leakscape as ls
from leakscape.analyse.sensitivity.question import pose


def shares(values, weights):
    """Return S1 and ST of every axis of an array, by sums with weights that add up to 1."""
    axes = range(values.ndim)

    def left(kept):
        mean = values
        for axis in reversed(axes):
            if axis not in kept:
                mean = np.tensordot(mean, weights[axis], axes=(axis, 0))
        total = functools.reduce(np.multiply.outer, [weights[a] for a in kept], 1.0)
        center = np.sum(total * mean)
        return np.sum(total * (mean - center) ** 2)

    whole = left(tuple(axes))
    first = np.array([left((axis,)) for axis in axes]) / whole
    rest = np.array([left(tuple(a for a in axes if a != axis)) for axis in axes])
    return first, 1.0 - rest / whole


def nodes(low, high, size, *, log=False):
    x, w = np.polynomial.legendre.leggauss(size)
    u = (x + 1.0) / 2.0
    return (low * (high / low) ** u if log else low + (high - low) * u), w / 2.0


@functools.cache
def rest():
    """GHK over all eight parameters, five of Gauss' nodes each."""
    ranges = [(0.001, 0.1, True), (0.01, 1, True), (2, 12), (120, 160), (100, 140)]
    ranges += [(120, 160), (5, 25), (4, 30)]
    made = [nodes(low, high, 5, log=bool(log)) for low, high, *log in ranges]
    grid = np.meshgrid(*[x for x, _ in made], indexing="ij", sparse=True)
    p_Na, p_Cl, K_out, Na_out, Cl_out, K_in, Na_in, Cl_in = grid
    outside = K_out + p_Na * Na_out + p_Cl * Cl_in
    V = kT(37.0) * np.log(outside / (K_in + p_Na * Na_in + p_Cl * Cl_out))
    return shares(V, [w for _, w in made])


@functools.cache
def bistability():
    """Three equilibria: where g_leak lies between the turns of I_Kir(V) / (E_leak - V)."""
    g, weight = np.geomspace(0.005, 0.1, 1201), np.ones(1200) / 1200
    middles = np.sqrt(g[1:] * g[:-1])
    made = [nodes(2.5, 7.5, 16), nodes(-35, -5, 16), nodes(8, 12, 16)]
    three = np.zeros((16, 16, 16, 1200))
    for at in itertools.product(range(16), repeat=3):
        K_out, E_leak, k = (x[i] for (x, _), i in zip(made, at, strict=True))
        E_K = E_K_of(K_out)
        V = np.linspace(E_K, E_leak, 2002)[1:-1]
        current = np.sqrt(K_out / 5.0) * logistic((E_K - V) / k) * (V - E_K)
        leak = current / (E_leak - V)
        turns = np.diff(np.sign(np.diff(leak)))
        high, low = leak[1:-1][turns < 0], leak[1:-1][turns > 0]
        if high.size and low.size:
            three[at] = (middles > low.min()) & (middles < high.max())
    return shares(three, [*(w for _, w in made), weight])


RUNDOWN_TIMES = (1.0, 600.0, 3600.0, 10800.0)  # s
RUNDOWN_ORDER = ("g_Na", "g_K", "g_Cl", "K_out")


@functools.cache
def rundown():
    """LSODA on the cell's equations, from a steady state found by LSODA, at Gauss' nodes."""
    ranges = ((0.01, 0.03), (0.035, 0.105), (0.01, 0.03), (2.6, 4.4))
    made = [nodes(low, high, 4) for low, high in ranges]
    V, volume = (np.zeros((4, 4, 4, 4, len(RUNDOWN_TIMES))) for _ in range(2))
    for at in itertools.product(range(4), repeat=4):
        cell = Cell.__new__(Cell)
        numbers = [x[i] for (x, _), i in zip(made, at, strict=True)]
        vars(cell).update(dict(zip(RUNDOWN_ORDER, numbers, strict=True)))
        cell.Na_out, cell.Cl_out, cell.X_out = 148.5 - cell.K_out, 119.0, 29.5
        cell.kT, cell.osmolarity = kT(36.98074679842597), 148.5 + 119.0 + 29.5
        cell.g_KCC2, cell.I_max_pump = 0.02, 1000.0
        cell.valence_X, cell.n_X, cell.area = -0.85, 304.2575141118309, 785.3981633974483
        start = cell.settled()
        potential, content = cell.run(start, 0.0, np.array((0.0, *RUNDOWN_TIMES)))
        V[at] = potential[1:]
        volume[at] = content[1:] / content[0]
    weights = [w for _, w in made]
    return {
        name: np.array([shares(values[..., i], weights) for i in range(len(RUNDOWN_TIMES))])
        for name, values in (("V", V), ("relative_volume", volume))
    }


REST = {
    "K_out": ("36.4 %", "41.9 %"),
    "P_Na_over_P_K": ("34.7 %", "39.5 %"),
    "P_Cl_over_P_K": ("8.1 %", "17.1 %"),
    "Cl_in": ("5.9 %", "10.8 %"),
    "K_in": ("2.7 %", ""),
    "Na_out": ("0.15", ""),
    "Cl_out": ("0.09 %", ""),
}
REST_ORDER = (
    "P_Na_over_P_K",
    "P_Cl_over_P_K",
    "K_out",
    "Na_out",
    "Cl_out",
    "K_in",
    "Na_in",
    "Cl_in",
)
BISTABLE = {"g_leak": "83 %", "K_out": "61 %", "E_leak": "50 %", "k_Kir": "46 %"}
BISTABLE_ORDER = ("K_out", "E_leak", "k_Kir", "g_leak")
RUNDOWN = {
    ("V", "g_Na", 0): "48 %",
    ("V", "g_K", 0): "40 %",
    ("V", "K_out", 0): "10 %",
    ("V", "g_Na", 1): "65 %",
    ("V", "g_K", 1): "23 %",
    ("V", "g_Na", 2): "99 %",
    ("V", "g_Na", 3): "99 %",
    ("relative_volume", "g_Cl", 0): "50 %",
    ("relative_volume", "g_Cl", 1): "8 %",
    ("relative_volume", "g_Na", 1): "87 %",
    ("relative_volume", "g_Na", 3): "92 %",
}
CLAIMS = {
    "what_sets_rest": REST,
    "what_sets_bistability": BISTABLE,
    "what_sets_rundown": RUNDOWN,
}


def told(text, value):
    """Assert that a text is a share, to every digit that is given."""
    digits = text.split()[0]
    decimals = len(digits.partition(".")[2])
    assert float(digits) == pytest.approx(100.0 * value, abs=0.51 * 10**-decimals), text


@pytest.mark.parametrize("name", CLAIMS)
def test_study_asks_and_says_in_numbers(name):
    study = ls.load(name)
    assert study.name == name
    assert study.question.endswith("?")
    assert "assumed, not measured" in " ".join(study.expect.split())
    question = pose(study, ())
    assert len(question.outcomes) >= 1


@pytest.mark.slow
def test_what_sets_rundown_is_what_lsoda_gives():
    study, truth = ls.load("what_sets_rundown"), rundown()
    found = ls.sensitivity(study)
    said = " ".join(study.expect.split())
    for (output, name, time), text in RUNDOWN.items():
        assert text in said
        told(text, truth[output][time, 0, RUNDOWN_ORDER.index(name)])
    for output, whole in truth.items():
        for place, statistic in enumerate(("S1", "ST")):
            ours = found[f"{output}_{statistic}"].sel(parameter=list(RUNDOWN_ORDER))
            error = found[f"{output}_{statistic}_error"].sel(parameter=list(RUNDOWN_ORDER))
            away = np.abs(ours.transpose("time", "parameter") - whole[:, place])
            assert (away <= 2.0 * error.transpose("time", "parameter") + 2e-3).all()


@pytest.mark.slow
def test_what_sets_rest_is_what_integrals_give():
    study, (first, total) = ls.load("what_sets_rest"), rest()
    found = ls.sensitivity(study)
    said = " ".join(study.expect.split())
    for name, (alone, whole) in REST.items():
        place = REST_ORDER.index(name)
        assert alone in said
        told(alone, first[place])
        if whole:
            assert whole in said
            told(whole, total[place])
        for statistic, truth in (("S1", first), ("ST", total)):
            one = found[f"V_rest_{statistic}"].sel(parameter=name)
            assert float(one) == pytest.approx(truth[place], abs=4e-3)
    told("11.9 %", 1.0 - first.sum())
    assert "11.9 %" in said


@pytest.mark.slow
def test_what_sets_bistability_is_what_integrals_give():
    study, (_, total) = ls.load("what_sets_bistability"), bistability()
    found = ls.sensitivity(study)
    said = " ".join(study.expect.split())
    for name, text in BISTABLE.items():
        truth = total[BISTABLE_ORDER.index(name)]
        assert text in said
        told(text, truth)
        one = found.n_equilibria_at_least_3_ST.sel(parameter=name)
        error = found.n_equilibria_at_least_3_ST_error.sel(parameter=name)
        assert abs(float(one) - truth) <= 2.0 * float(error)
