"""The count of unstable eigenvalues and the characteristic polynomial, against eigenvalues."""

import json
from pathlib import Path

import jax
import numpy as np
import pytest
from active_membranes import HODGKIN_HUXLEY, values
from quick import quick

from leakscape_kernels.membrane.gating import Gating
from leakscape_kernels.membrane.jacobian import Linear, characteristic, linear, routh, steady_slope
from leakscape_kernels.membrane.stability_look import look

ENTRIES = {
    entry["id"]: entry
    for entry in json.loads(Path(__file__).with_name("reference_excitability.json").read_text())
}
SIZES = [(core, gates) for core in (1, 2) for gates in range(2, 9)]


def arrows(core, gates, number, rng):
    """Draw cores, what gates do to them and they to gates, and rates over seven decades."""
    rates = 10 ** rng.uniform(-3, 4, (number, gates))
    size = 10 ** rng.uniform(-3, 4, (number, 1, 1))
    A = rng.normal(size=(number, core, core)) * size
    push = rng.normal(size=(number, gates, core)) * size
    pull = rng.normal(size=(number, gates, core))
    return A, push, pull, rates


def matrices(A, push, pull, rates):
    """Return the Jacobians in full."""
    core, gates = A.shape[-1], rates.shape[-1]
    J = np.zeros((len(A), core + gates, core + gates))
    J[:, :core, :core] = A
    J[:, :core, core:] = np.swapaxes(push, 1, 2)
    J[:, core:, :core] = rates[:, :, None] * pull
    J[:, range(core, core + gates), range(core, core + gates)] = -rates
    return J


def count(A, push, pull, rates):
    """Return the count of one arrow."""
    rows = [[list(row) for row in part] for part in (A, push, pull)]
    return routh(characteristic(Linear(A[0, 0], *rows, list(rates), A[0, 0]))[0]).n_unstable


@pytest.mark.parametrize("dtype", [np.float64, pytest.param(np.float32, marks=pytest.mark.slow)])
def test_the_count_is_that_of_the_eigenvalues_in_all_of_100_000_membranes(dtype):
    rng = np.random.default_rng(7)
    drawn = [arrows(*size, -(-100_000 // len(SIZES)), rng) for size in SIZES]
    drawn = [tuple(part.astype(dtype) for part in parts) for parts in drawn]
    with jax.enable_x64(dtype is np.float64):
        counted = quick(lambda all: [jax.vmap(count)(*parts) for parts in all])(drawn)
    unequal, seen = 0, set()
    for parts, found in zip(drawn, counted, strict=True):
        real = np.linalg.eigvals(matrices(*(part.astype(float) for part in parts))).real
        wanted = np.sum(real > 0, axis=1)
        seen |= set(wanted)
        unequal += np.sum(np.asarray(found) != wanted)
    assert seen >= {0, 1, 2, 3}
    assert unequal == 0


@pytest.fixture(scope="module")
def squid():
    """Return what is seen of the squid axon at a potential, and its polynomial."""

    def seen(values, V):
        gating = Gating(HODGKIN_HUXLEY.at(values))
        at = linear(gating, V)
        polynomial = characteristic(at)[0]
        return polynomial, steady_slope(at, polynomial), look(gating, V)

    given = values("hh", ENTRIES["charpoly_-60_a1"]["parameters"])
    with jax.enable_x64(True):
        compiled = quick(seen)
        yield lambda V, **more: compiled(given | more, V)


@pytest.mark.parametrize(("name", "power"), [("charpoly_-60_a1", 1), ("charpoly_-60_a4", 4)])
def test_the_characteristic_polynomial_is_that_of_the_reference(squid, name, power):
    entry = ENTRIES[name]
    assert squid(-60.0)[0][power] == pytest.approx(entry["value"], abs=entry["tolerance"])


def test_without_a_count_nothing_is_called_stable(squid):
    for value in (np.nan, np.inf, 1e308):
        assert squid(-60.0, g_Na=value)[2].n_unstable == -1
