"""The first Lyapunov coefficient, against one that is computed with full matrices and 30 digits."""

import itertools
import json
from pathlib import Path

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest
from active_membranes import MODELS, values
from quick import quick

from leakscape_kernels.membrane.excitability import excitability
from leakscape_kernels.membrane.gating import Gating
from leakscape_kernels.membrane.hopf import first_lyapunov

ENTRIES = {
    entry["id"]: entry
    for entry in json.loads(Path(__file__).with_name("reference_excitability.json").read_text())
}
SQUID = ENTRIES["l1_hh_0"]["parameters"]
MUSCLE = ENTRIES["ml_gCa5.5_0_I"]["parameters"]


@pytest.fixture(scope="module")
def found():
    """Return found(model, p): V_loss, l1 there, and its sign as a read-out."""
    compiled = {}

    def run(model, p):
        cell = MODELS[model][0]

        def all_of(given):
            gating = Gating(cell.at(given))
            wanted = ("V_loss", "loss_kind", "hopf_criticality")
            told = excitability(gating, jnp.nan, True, wanted=wanted)
            return told | {"l1": first_lyapunov(gating, told["V_loss"])}

        return compiled.setdefault(model, quick(all_of))(values(model, p))

    with jax.enable_x64(True):
        yield run


def squid_field(p):
    """Return the vector field of Hodgkin and Huxley, written apart."""

    def rates(V):
        x, y = (V + 40) / 10, (V + 55) / 10
        return (
            (x / (1 - mp.exp(-x)), 4 * mp.exp(-(V + 65) / 18)),
            (0.07 * mp.exp(-(V + 65) / 20), 1 / (1 + mp.exp(-(V + 35) / 10))),
            (0.1 * y / (1 - mp.exp(-y)), 0.125 * mp.exp(-(V + 65) / 80)),
        )

    def rest(V):
        return [V, *(a / (a + b) for a, b in rates(V))]

    def field(V, m, h, n):
        ionic = p["g_Na"] * m**3 * h * (V - p["E_Na"]) + p["g_K"] * n**4 * (V - p["E_K"])
        gates = [a * (1 - x) - b * x for (a, b), x in zip(rates(V), (m, h, n), strict=True)]
        return [-(ionic + p["g_L"] * (V - p["E_L"])) / p["C"], *gates]

    return field, rest


def muscle_field(p):
    """Return the vector field of Morris and Lecar, written apart."""

    def w_inf(V):
        return (1 + mp.tanh((V - p["V3"]) / p["V4"])) / 2

    def field(V, w):
        m = (1 + mp.tanh((V - p["V1"]) / p["V2"])) / 2
        ionic = p["g_Ca"] * m * (V - p["E_Ca"]) + p["g_K"] * w * (V - p["E_K"])
        rate = p["phi"] * mp.cosh((V - p["V3"]) / (2 * p["V4"]))
        return [-(ionic + p["g_L"] * (V - p["E_L"])) / p["C"], rate * (w_inf(V) - w)]

    return field, lambda V: [V, w_inf(V)]


def by_matrices(field, at):
    """Return l1 by Kuznetsov's formula, with all derivatives by differences of 50 digits."""
    n = len(at)

    def derivative(i, order):
        return mp.diff(lambda *x: field(*x)[i], tuple(at), order)

    def orders(*places):
        return tuple(places.count(k) for k in range(n))

    A = mp.matrix(n, n)
    second, third = {}, {}
    for i in range(n):
        for j in range(n):
            A[i, j] = derivative(i, orders(j))
        for jk in itertools.combinations_with_replacement(range(n), 2):
            second[i, jk] = derivative(i, orders(*jk))
        for jkl in itertools.combinations_with_replacement(range(n), 3):
            third[i, jkl] = derivative(i, orders(*jkl))

    def B(a, b):
        pairs = list(itertools.product(range(n), repeat=2))
        return mp.matrix(
            [sum(second[i, tuple(sorted(s))] * a[s[0]] * b[s[1]] for s in pairs) for i in range(n)]
        )

    def C(a, b, c):
        triples = list(itertools.product(range(n), repeat=3))
        return mp.matrix(
            [
                sum(third[i, tuple(sorted(s))] * a[s[0]] * b[s[1]] * c[s[2]] for s in triples)
                for i in range(n)
            ]
        )

    eigenvalues, left, right = mp.eig(A, left=True, right=True)
    which = max(range(n), key=lambda k: (abs(eigenvalues[k].imag) > 1e-9, eigenvalues[k].imag))
    omega = eigenvalues[which].imag
    assert abs(eigenvalues[which].real) < 1e-9
    q, p = right[:, which], left[which, :]
    q = q / mp.sqrt(sum(abs(x) ** 2 for x in q))
    p = p / (p * q)[0]
    bar = q.apply(mp.conj)
    whole = C(q, q, bar) - 2 * B(q, mp.lu_solve(A, B(q, bar)))
    whole += B(bar, mp.lu_solve(2j * omega * mp.eye(n) - A, B(q, q)))
    return float((p * whole)[0].real / (2 * omega))


def expected(model, p, V):
    with mp.workdps(50):
        field, rest = {"hh": squid_field, "ml": muscle_field}[model](p)
        return by_matrices(field, rest(mp.mpf(float(V))))


def test_the_squid_axon_has_the_published_coefficient(found):
    told = found("hh", SQUID)
    assert told["l1"] == pytest.approx(0.0147936, abs=5e-8)  # published with seven decimals
    assert told["hopf_criticality"] == ENTRIES["l1_hh_0"]["value"]


SUPERCRITICAL = MUSCLE | {"phi": 0.3, "g_Ca": 5.5}
DRAWN = np.random.default_rng(3)
SQUIDS = [
    SQUID
    | {
        "g_Na": 120 * 10 ** DRAWN.uniform(-0.1, 0.3),
        "g_K": 36 * 10 ** DRAWN.uniform(-0.2, 0.2),
        "g_L": 0.3 * 10 ** DRAWN.uniform(-0.5, 0.5),
    }
    for _ in range(3)
]


@pytest.mark.parametrize(
    ("model", "p"),
    [("hh", SQUID), ("ml", MUSCLE), ("ml", SUPERCRITICAL), *(("hh", p) for p in SQUIDS)],
)
def test_the_coefficient_is_that_of_full_matrices(found, model, p):
    told = found(model, p)
    assert told["loss_kind"] == 2
    wanted = expected(model, p, told["V_loss"])
    assert told["l1"] == pytest.approx(wanted, rel=1e-7)
    assert told["hopf_criticality"] == np.sign(wanted)
