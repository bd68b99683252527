"""Traces of a flickering potential: their random words, their laws, and a path by plain Python.

Statistics are held to four standard errors, chi-squared to one in 10 000; seeds are fixed.
"""

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.extend.random import threefry_2x32
from scipy.stats import binom, chisquare

from leakscape_kernels.flicker.moments import flicker
from leakscape_kernels.flicker.random_words import uniform, words
from leakscape_kernels.flicker.traces import flicker_traces, lost

pytestmark = pytest.mark.usefixtures("double")

E_C, E_L = -90.0, 60.0
FEW = {"n_channels": 6.0, "open_probability": 0.3, "tau_channel": 2.0, "cell_capacitance": 2.0}
"""A cell whose channels and membrane are about equally fast."""

SOON = (0.0, 0.5, 1.0, 3.0, 10.0, 30.0)
LATE = (100.0, 101.0, 105.0, 110.0, 120.0)


@functools.cache
def kernel(times, **options):
    return flicker_traces(times=list(times), **options)


@functools.cache
def compiled(times):
    """Return the kernel for many seeds of one cell, compiled."""
    return jax.jit(jax.vmap(lambda seed, at: kernel(times)(seed=seed, **at), (0, None)))


def paths(times, seeds=range(1000), **at):
    """Return the outputs for all seeds [first dimension: the seed]."""
    usual = {name: kernel(times)._default(name) for name in kernel(times).parameters}
    del usual["seed"]
    at = {name: jnp.asarray(value, float) for name, value in (usual | at).items()}
    found = compiled(times)(jnp.asarray(seeds, float), at)
    return {name: np.asarray(value) for name, value in found.items()}


def rests(N, gamma=0.014, g=0.2):
    """Return the potential at which V rests, by the number of open channels [mV]."""
    n = np.arange(N + 1)
    return (n * gamma * E_C + g * E_L) / (n * gamma + g)


def four_errors(sample):
    return 4 * float(np.std(sample, dtype=float)) / math.sqrt(len(sample))


@pytest.mark.parametrize(
    ("key", "counter", "known"),
    [
        ("00000000 00000000", "00000000 00000000", "6b200159 99ba4efe"),
        ("ffffffff ffffffff", "ffffffff ffffffff", "1cb996fc bb002be7"),
        ("13198a2e 03707344", "243f6a88 85a308d3", "c4923a9c 483df7a0"),
    ],
)
def test_words_are_the_known_answers_of_random123(key, counter, known):
    key, counter = ([jnp.uint32(int(w, 16)) for w in given.split()] for given in (key, counter))
    assert [f"{int(word):08x}" for word in words(tuple(key), tuple(counter))] == known.split()


def test_words_are_those_of_jax():
    rng = np.random.default_rng(3)
    key = jnp.asarray(rng.integers(0, 2**32, 2), jnp.uint32)
    one, two = (jnp.asarray(rng.integers(0, 2**32, 1000), jnp.uint32) for _ in range(2))
    theirs = threefry_2x32(key, jnp.concatenate([one, two])).reshape(2, -1)
    np.testing.assert_array_equal(words((key[0], key[1]), (one, two)), theirs)


@pytest.mark.parametrize(("dtype", "bits"), [("float32", 24), ("float64", 32)])
def test_uniform_numbers_leave_out_0_and_1_and_are_symmetric(dtype, bits):
    ends = uniform(jnp.asarray([0, 2**32 - 1], jnp.uint32), dtype)
    assert (ends.dtype, ends.tolist()) == (dtype, [2.0**-bits, 1 - 2.0**-bits])


@pytest.mark.slow
@pytest.mark.parametrize("precise", [True, False])
def test_a_seed_gives_the_same_path_anywhere_in_any_batch(evaluate, precise):
    with jax.enable_x64(precise):
        once, turned = paths(SOON, **FEW), paths(SOON, np.arange(999, -1, -1), **FEW)
        for name, batch in once.items():
            assert batch.dtype == {"status": "uint8"}.get(name, "float64" if precise else "float32")
            np.testing.assert_array_equal(batch, turned[name][::-1])
        for seed in (0, 1, 999):
            # Compiled for one path XLA rounds in another order; what happens is the same.
            alone = evaluate(kernel(SOON), seed=seed, **FEW)
            np.testing.assert_array_equal(once["n_open"][seed], alone["n_open"])
            for name in ("V", "V_mean", "V_sd"):
                near = {"rtol": 1e-13} if precise else {"rtol": 0, "atol": 5e-5}
                np.testing.assert_allclose(once[name][seed], alone[name], **near)
    assert len(np.unique(once["V"][:, -1])) == 1000


@pytest.mark.parametrize(("dtype", "near"), [("float32", 1e-4), ("float64", 2e-13)])
def test_the_lost_share_is_that_of_expm1(dtype, near):
    x = np.geomspace(1e-30, 100, 10_001).astype(dtype)
    np.testing.assert_allclose(lost(jnp.asarray(x)), -np.expm1(-x.astype(float)), rtol=near)


def replayed(at, seed, times, n):
    """Follow one path in plain Python: V and n at the times, mean and sd of V, events."""
    N, p, tau, C = at["n_channels"], *(at[k] for k in list(FEW)[1:])
    key = jax.random.key_data(jax.random.fold_in(jax.random.key(0), seed))
    count = jnp.arange(4000, dtype=jnp.uint32)
    drawn = threefry_2x32(key, jnp.concatenate([count, 0 * count])).reshape(2, -1)
    one, two = ((np.asarray(drawn) >> 1) + 0.5) / 2**31
    nodes, weights = np.polynomial.legendre.leggauss(20)
    V = (N * p * 0.014 * E_C + 0.2 * E_L) / (N * p * 0.014 + 0.2)
    event, now, sums, shown = 0, 0.0, np.zeros(2), []
    for time in times:
        while now < time:
            up, down = (N - n) * p / tau, n * (1 - p) / tau
            wait = -math.log(one[event]) / (up + down)
            step = min(wait, time - now)
            rest, rate = rests(int(N))[int(n)], (n * 0.014 + 0.2) / C
            if time > times[0]:
                course = rest + (V - rest) * np.exp(-rate * step * (nodes + 1) / 2)
                sums += step / 2 * np.array([weights @ course, weights @ course**2])
            V = rest + (V - rest) * math.exp(-rate * step)
            if step == wait:
                n += 1 if two[event] * (up + down) < up else -1
            now = now + step if step == wait else time
            event += 1
        shown.append((V, n))
    mean, square = sums / (times[-1] - times[0])
    return np.array(shown).T, mean, math.sqrt(square - mean**2), event


@pytest.mark.parametrize("times", [SOON, LATE])
@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1])
def test_a_path_is_that_of_plain_python(evaluate, times, seed):
    start = evaluate(kernel(SOON), seed=seed, **FEW)["n_open"][0]
    (V, n), mean, sd, events = replayed(FEW, seed, times, start)
    found = evaluate(kernel(times), seed=seed, **FEW)
    assert events > 20
    np.testing.assert_array_equal(found["n_open"], n)
    np.testing.assert_allclose(found["V"], V, rtol=0, atol=1e-10)
    assert found["V_mean"] == pytest.approx(mean, abs=1e-10)
    assert found["V_sd"] == pytest.approx(sd, abs=1e-9)


@pytest.mark.slow
def test_events_are_counted_to_the_last(evaluate):
    start = evaluate(kernel(SOON), **FEW)["n_open"][0]
    *_, events = replayed(FEW, 0, SOON, start)
    found = [evaluate(kernel(SOON, most_events=most), **FEW) for most in (events, events - 1)]
    assert [each.pop("status") for each in found] == [1, 13]
    assert all(np.isfinite(value).all() for value in found[0].values())
    assert all(np.isnan(value).all() for value in found[1].values())


@pytest.mark.slow
@pytest.mark.parametrize("precise", [True, False])
def test_between_events_V_relaxes_exponentially_to_the_rest_at_that_number(precise):
    with jax.enable_x64(precise):
        found = paths(SOON, **FEW | {"tau_channel": 1e9})
    n = found["n_open"][:, 0]
    assert len(np.unique(n)) >= 4
    np.testing.assert_array_equal(found["n_open"], np.broadcast_to(n[:, None], (1000, 6)))
    rest, rate = rests(6)[n.astype(int)], (n * 0.014 + 0.2) / 2
    away = (1.8 * 0.014 * E_C + 0.2 * E_L) / (1.8 * 0.014 + 0.2) - rest
    decay = np.exp(-np.outer(rate, SOON))
    near = 1e-11 if precise else 5e-5
    np.testing.assert_allclose(found["V"], rest[:, None] + away[:, None] * decay, atol=near)
    first = away * (decay[:, 0] - decay[:, -1]) / (rate * 30)
    second = away**2 * (decay[:, 0] ** 2 - decay[:, -1] ** 2) / (2 * rate * 30)
    np.testing.assert_allclose(found["V_mean"], rest + first, atol=near)
    np.testing.assert_allclose(found["V_sd"], np.sqrt(second - first**2), atol=10 * near)


# As in test_kernel_flicker: N, gamma [pS], g [nS], C [pF], p, tau_c [ms], and a factor on both
# times, which leaves the moments and makes the slower one about 10 ms.
CELLS = [
    (1000, 14, 0.5, 20, 0.5, 5, 2),
    (100, 14, 0.2, 20, 0.5, 5, 0.5),
    (20, 100, 0.3, 20, 0.2, 4, 0.35),
    (10, 14, 0.02, 10, 0.5, 5, 0.1),
    (1, 14, 0.01, 10, 0.5, 10, 0.02),
]


@pytest.mark.slow
@pytest.mark.parametrize("precise", [True, pytest.param(False, marks=pytest.mark.slow)])
@pytest.mark.parametrize(("N", "gamma", "g", "C", "p", "tau", "factor"), CELLS)
def test_averages_are_the_exact_moments(evaluate, precise, N, gamma, g, C, p, tau, factor):
    at = {"n_channels": N, "gamma_channel": gamma, "leak_conductance": g, "open_probability": p}
    at |= {"cell_capacitance": C * factor, "tau_channel": tau * factor}
    exact = evaluate(flicker(most=1000), **at)
    with jax.enable_x64(precise):
        found = paths(LATE, **at)
    assert (found["status"] == 1).all()
    mean, sd = exact["V_mean"], exact["V_sd"]
    assert found["V_mean"].mean() == pytest.approx(mean, abs=four_errors(found["V_mean"]))
    # About the exact mean: the spread about a path's own lacks what the path's mean varies by.
    square = found["V_sd"] ** 2 + (found["V_mean"] - mean) ** 2
    assert square.mean() == pytest.approx(sd**2, abs=four_errors(square))
    assert four_errors(square) < 0.25 * sd**2
    last = found["V"][:, -1]
    assert last.mean() == pytest.approx(mean, abs=four_errors(last))
    assert last.var() == pytest.approx(sd**2, abs=four_errors((last - mean) ** 2))
    rest = rests(N, gamma / 1000, g)
    assert rest[-1] <= found["V"].min()
    assert found["V"].max() <= rest[0]


@pytest.mark.parametrize(("N", "p"), [(1, 0.5), (10, 0.3), (20, 0.01), (100, 0.9), (1000, 0.5)])
def test_open_channels_are_binomial_from_the_start_on(N, p):
    found = paths(SOON, n_channels=N, open_probability=p, tau_channel=0.5)["n_open"]
    law = 1000 * binom.pmf(np.arange(N + 1), N, p)
    # Neighbours together in about twenty parts.
    bins = np.minimum(np.floor(np.cumsum(law) / 50), 19).astype(int)
    expected = np.bincount(bins, law)
    for column in found.T:
        seen = np.bincount(bins[column.astype(int)], minlength=expected.size)
        assert chisquare(seen[expected > 0], expected[expected > 0]).pvalue > 1e-4


@pytest.mark.slow
def test_open_channels_forget_exponentially():
    n = paths(LATE, n_channels=10.0, open_probability=0.3, tau_channel=5.0)["n_open"]
    kept = np.exp(-np.subtract(LATE[1:], LATE[0]) / 5)
    seen = np.mean((n[:, :1] - 3.0) * (n[:, 1:] - 3.0), axis=0) / (10 * 0.3 * 0.7)
    np.testing.assert_array_less(np.abs(seen - kept), 4 * np.sqrt((1 + kept**2) / 1000))


@pytest.mark.slow
@pytest.mark.parametrize("p", [0.5, 0.2])
def test_one_channel_stays_open_and_closed_for_exponential_times(p):
    # Looked at every 0.5 ms, it stays for a geometric number of looks.
    times = tuple(np.arange(0.0, 4000.0, 0.5))
    found = paths(times, range(8), n_channels=1.0, open_probability=p, tau_channel=5.0)["n_open"]
    assert set(np.unique(found)) == {0, 1}
    for state, chance in ((1, p), (0, 1 - p)):
        leaves = (1 - chance) * -math.expm1(-0.5 / 5)
        stays = []
        for row in found == state:
            ends = np.flatnonzero(np.diff(row.astype(int))) + 1
            runs = np.diff(ends)
            stays.extend(runs[(0 if row[ends[0]] else 1) :: 2])
        stays = np.array(stays)
        assert stays.mean() == pytest.approx(1 / leaves, abs=four_errors(stays))
        # The chance to stay longer is uniform but for its steps: ten parts of equal size.
        edges = np.ceil(np.log(np.arange(9, 0, -1) / 10) / math.log1p(-leaves))
        beyond = np.concatenate([[1.0], (1 - leaves) ** edges, [0.0]])
        seen = np.bincount(np.searchsorted(edges, stays, side="left"), minlength=10)
        expected = -np.diff(beyond) * stays.size
        assert chisquare(seen[expected > 0], expected[expected > 0]).pvalue > 1e-4


@pytest.mark.parametrize(
    "still",
    [{"open_probability": 0.0}, {"open_probability": 1.0}, {"E_leak": -90.0}],
)
def test_what_cannot_flicker_stands_still(evaluate, still):
    found = evaluate(kernel(SOON), **FEW | still)
    assert found["status"] == 1
    assert found["V_sd"] == 0
    assert set(found["V"]) == {found["V_mean"]}


@pytest.mark.parametrize(
    "outside",
    [{"seed": -1.0}, {"seed": 0.5}, {"seed": 2.0**32}, {"seed": math.nan}, {"n_channels": 2.5}],
)
def test_what_is_no_seed_or_cell_has_status_11(evaluate, outside):
    found = evaluate(kernel(SOON), **outside)
    assert found.pop("status") == 11
    assert all(np.isnan(value).all() for value in found.values())


def test_what_overflows_has_status_10(evaluate):
    found = evaluate(kernel(SOON), E_leak=1e308, E_channel=-1e308)
    assert found.pop("status") == 10
    assert all(np.isnan(value).all() for value in found.values())


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"most_events": 0}, "most_events must be a whole number from 1 to 2147483647"),
        ({"most_events": 2**31}, "most_events must be a whole number from 1 to 2147483647"),
        ({"times": [5, 1]}, "two or more times from 0 on that rise, in ms"),
        ({"steps": 3}, "no option named steps"),
    ],
)
def test_a_wrong_option_is_one_sentence(options, says):
    with pytest.raises(ValueError, match=r"^flicker_traces: [^\n]*$") as caught:
        flicker_traces(**options)
    assert says in str(caught.value)
