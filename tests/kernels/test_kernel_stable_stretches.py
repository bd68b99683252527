"""The stable stretches of a membrane, against numbers of 34 digits and a scan by brute force."""

import json
import re
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from active_membranes import HODGKIN_HUXLEY, MODELS, values
from quick import quick

from leakscape_kernels.codes import NOT_CONVERGED, OK, TOO_MANY_ROOTS
from leakscape_kernels.membrane.gating import Gating
from leakscape_kernels.membrane.jacobian import characteristic, linear, routh
from leakscape_kernels.membrane.stability_look import look, opened
from leakscape_kernels.membrane.stability_scan import changes
from leakscape_kernels.membrane.stable_stretches import stretches

ENTRIES = {
    entry["id"]: entry
    for entry in json.loads(Path(__file__).with_name("reference_excitability.json").read_text())
}
EVENTS = [name for name in ENTRIES if "event" in ENTRIES[name]["case"]]
KINDS = {"fold": 1, "hopf": 2}
LOW, HIGH = -120.0, 60.0


@pytest.fixture(scope="module")
def found():
    """Return found(model, values): stretches, and the squared frequencies at their ends."""
    compiled = {}

    def run(model, values):
        cell = MODELS[model][0]

        def all_of(values):
            gating = Gating(cell.at(values))
            every = stretches(gating, LOW, HIGH)

            def square(V):
                return routh(characteristic(linear(gating, V))[0]).square

            return every, jax.lax.map(square, every.V_start), jax.lax.map(square, every.V_end)

        return compiled.setdefault(id(cell), quick(all_of))(values)

    with jax.enable_x64(True):
        yield run


def end_of(entry, every, starts, ends):
    """Return current, kind and squared frequency of the event that an entry is about."""
    _, which, _ = entry["id"].rsplit("_", 2)
    kind, before, after = re.search(r"\((fold|hopf) (\d)->(\d)\)", entry["case"]).groups()
    if before == "0":
        # Events between the first loss and the next stretch lead from unstable to unstable.
        number = 0 if which == "0" else 1
        return every.I_end[number], every.end_kind[number], ends[number], KINDS[kind]
    assert after == "0"
    return every.I_start[1], every.start_kind[1], starts[1], KINDS[kind]


@pytest.mark.repeats(quick=8)
@pytest.mark.parametrize("name", EVENTS)
def test_ends_of_stretches_are_those_of_the_reference(found, name):
    entry = ENTRIES[name]
    every, starts, ends = found(name.split("_")[0], values(name.split("_")[0], entry["parameters"]))
    assert every.status == OK
    current, kind, square, wanted = end_of(entry, every, starts, ends)
    assert kind == wanted
    if name.endswith("_I"):
        assert current == pytest.approx(entry["value"], rel=entry["tolerance"])
    else:
        # Of the pair that crosses, the reference follows either eigenvalue: the sign is its own.
        frequency = 1000 * np.sqrt(square) / (2 * np.pi)
        assert frequency == pytest.approx(abs(entry["value"]), rel=entry["tolerance"])


def test_a_window_that_nothing_divides_is_one_stretch(found):
    p = ENTRIES["charpoly_-60_a1"]["parameters"]
    every, _, _ = found("hh", values("hh", p | {"g_L": 3.0}))
    assert every.count == 1
    assert (every.V_start[0], every.V_end[0]) == (LOW, HIGH)
    assert (every.start_kind[0], every.end_kind[0]) == (0, 0)
    assert np.isnan(every.V_start[1:]).all()


def test_what_is_not_known_is_not_told(found):
    p = ENTRIES["charpoly_-60_a1"]["parameters"]
    every, _, _ = found("hh", values("hh", p, g_Na=np.nan))
    assert every.status == NOT_CONVERGED
    assert np.isnan(every.I_end).all()
    assert (np.asarray(every.end_kind) == -1).all()


def test_more_stretches_than_slots_are_no_list(double):
    p = ENTRIES["charpoly_-60_a1"]["parameters"]

    def one_slot(values):
        return stretches(Gating(HODGKIN_HUXLEY.at(values)), LOW, HIGH, slots=1)

    every = quick(one_slot)(values("hh", p))
    assert (every.status, every.count) == (TOO_MANY_ROOTS, 2)
    assert np.isnan(every.V_end).all()


def neurons(number, seed):
    """Draw neurons like that of the squid: sizes, midpoints and rates of their own."""
    rng = np.random.default_rng(seed)
    p = ENTRIES["charpoly_-60_a1"]["parameters"]
    given = values("hh", p)
    drawn = {
        "g_Na": 120 * 10 ** rng.uniform(-0.6, 0.6, number),
        "g_K": 36 * 10 ** rng.uniform(-0.9, 0.5, number),
        "g_L": 0.3 * 10 ** rng.uniform(-1, 1, number),
        "E_L": rng.uniform(-80, -30, number),
        "capacitance": 10 ** rng.uniform(-0.3, 0.3, number),
    }
    for gate in ("m_Na", "h_Na", "n_K"):
        shift = rng.uniform(-10, 10, number)
        drawn |= {
            name: given[name] + shift
            for name in given
            if name.endswith(f"a_{gate}") and name.startswith("midpoint")
        }
        drawn[f"rate_factor_{gate}"] = 10 ** rng.uniform(-1, 1, number)
    return given, drawn


def numbers(given):
    return {name: jnp.asarray(value) for name, value in given.items()}


def by_brute_force(given, drawn, cells=16_384, kept=8):
    """Return how often stability changes along the window, and where: by so many cells."""
    width = (HIGH - LOW) / cells

    def one(drawn):
        gating = Gating(HODGKIN_HUXLEY.at(numbers(given) | drawn))

        def node(i, state):
            before, number, at = state
            now = look(gating, LOW + i * width).n_unstable == 0
            changed = (now != before) & (i > 0)
            here = changed & (jnp.arange(kept) == number)
            return now, number + changed, jnp.where(here, LOW + (i - 0.5) * width, at)

        start = jnp.asarray(True), jnp.int32(0), jnp.full(kept, jnp.nan)
        return jax.lax.fori_loop(0, cells + 1, node, start)[1:]

    # Batches that fit a cache.
    return jax.jit(lambda drawn: jax.lax.map(one, drawn, batch_size=1024))(drawn), width / 2


def ours(given, drawn):
    def one(drawn):
        remade, held = opened(Gating(HODGKIN_HUXLEY.at(numbers(given) | drawn)), jnp.asarray(LOW))
        return changes(remade, held, jnp.asarray(LOW), jnp.asarray(HIGH), 128, 8)

    return jax.jit(jax.vmap(one))(drawn)


@pytest.mark.parametrize("number", [300, pytest.param(10_000, marks=pytest.mark.slow)])
def test_no_change_is_missed_that_a_scan_of_16_384_cells_sees(double, number):
    given, drawn = neurons(number, seed=number)
    (wanted, at), reach = by_brute_force(given, drawn)
    found = ours(given, drawn)
    assert found.known.all()
    assert set(np.unique(wanted)) >= ({0, 2, 4} if number > 1000 else {0, 2})
    assert np.sum(np.asarray(found.number) != np.asarray(wanted)) == 0
    middle, half = found.low + found.width[:, None] / 2, found.width[:, None] / 2
    assert (np.isnan(at) | (np.abs(middle - at) <= half + reach)).all()
