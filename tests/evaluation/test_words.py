"""Draws: cell i depends on the seed, the column and i alone, and each sampling is what it says."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.stats import qmc

from leakscape.declare.distributions import Distribution
from leakscape.declare.population import SAMPLINGS, Population
from leakscape.evaluation.point import draw
from leakscape.evaluation.words import _measured, words


def population(sampling="sobol", size=5000, seed=3, columns=3) -> Population:
    uniform = Distribution(name="uniform", numbers=(0.0, 1.0))
    names = [f"p{column}" for column in range(columns)]
    return Population(
        parameters=dict.fromkeys(names, uniform), size=size, sampling=sampling, seed=seed
    )


@pytest.mark.parametrize(("size", "columns", "seed"), [(5000, 3, 3), (2**15, 7, 1), (100, 1, 0)])
def test_sobol_words_are_those_of_scipy_bit_for_bit(size, columns, seed):
    expected = qmc.Sobol(columns, scramble=True, bits=30, rng=seed).random(
        1 << (size - 1).bit_length()
    )
    found = words(population("sobol", size, seed, columns), 0, size)
    np.testing.assert_array_equal(found, (expected[:size].T * 2**30).astype(np.uint32))


@pytest.mark.parametrize("power", [13, 20, pytest.param(29, marks=pytest.mark.slow)])
def test_sobol_words_far_out_are_those_of_scipy_too(power):
    """Every direction number is in the point 2**k - 1 or after it."""
    sequence = qmc.Sobol(3, scramble=True, bits=30, rng=3).fast_forward(2**power - 1)
    expected = (sequence.random(2).T * 2**30).astype(np.uint32)
    far = population("sobol", 2**30)
    np.testing.assert_array_equal(words(far, 2**power - 1, 2**power + 1), expected)


def test_without_scipys_table_the_words_are_the_same():
    sequence = qmc.Sobol(3, scramble=True, bits=30, rng=3)
    np.testing.assert_array_equal(_measured(sequence, 16), sequence._sv.T[:16])


@pytest.mark.parametrize("sampling", SAMPLINGS)
@given(first=st.integers(0, 4999), length=st.integers(1, 4999))
def test_any_run_of_cells_is_the_same_run_of_the_whole(sampling, first, length):
    whole = words(population(sampling), 0, 5000)
    last = min(first + length, 5000)
    np.testing.assert_array_equal(words(population(sampling), first, last), whole[:, first:last])


@pytest.mark.parametrize("sampling", SAMPLINGS)
def test_past_the_end_the_last_cell_is_repeated(sampling):
    drawn = words(population(sampling), 4990, 5010)
    np.testing.assert_array_equal(drawn[:, 10:], np.repeat(drawn[:, 9:10], 10, axis=1))


@pytest.mark.parametrize(
    ("sampling", "same"), [("sobol", True), ("random", True), ("latin_hypercube", False)]
)
@pytest.mark.parametrize(("size", "more"), [(1, 2), (1000, 1001), (4096, 4097), (5000, 70_000)])
def test_a_larger_population_begins_with_the_same_cells_but_for_a_latin_hypercube(
    sampling, same, size, more
):
    one, other = (words(population(sampling, n), 0, size) for n in (size, more))
    assert np.array_equal(one, other) is same


@pytest.mark.parametrize("size", [1, 2, 3, 17, 1000, 4096, 65537])
def test_a_latin_hypercube_has_one_cell_in_every_stratum(size):
    drawn = words(population("latin_hypercube", size), 0, size)
    strata = ((drawn.astype(np.float64) + 0.5) * 2.0**-30 * size).astype(int)
    for row in strata:
        np.testing.assert_array_equal(np.sort(row), np.arange(size))


@pytest.mark.parametrize("sampling", ["random", "latin_hypercube"])
def test_columns_and_seeds_are_independent_and_even(sampling):
    drawn = words(population(sampling, 200_000, 9), 0, 200_000) * 2.0**-30
    other = words(population(sampling, 200_000, 10), 0, 200_000) * 2.0**-30
    for row in drawn:
        assert stats.kstest(row, "uniform").pvalue > 1e-4
    rows = np.vstack([drawn, other])
    correlation = np.corrcoef(rows) - np.eye(len(rows))
    assert np.abs(correlation).max() < 5.0 / np.sqrt(200_000)


@pytest.mark.parametrize(
    ("sampling", "expected"),
    {
        "sobol": [[698390514, 163957731], [984954286, 535656868]],
        "random": [[936381742, 317146163], [947541543, 396251894]],
        "latin_hypercube": [[967304023, 992454591], [698879726, 779932815]],
    }.items(),
)
def test_frozen_values_hold_on_every_version(sampling, expected):
    drawn = words(population(sampling, 1000, 7, 2), 0, 2)
    np.testing.assert_array_equal(drawn, expected)


REFERENCES = {
    "uniform": ((2.0, 8.0), stats.uniform(2.0, 6.0)),
    "loguniform": ((1e-3, 1.0), stats.loguniform(1e-3, 1.0)),
    "normal": ((5.0, 2.0), stats.norm(5.0, 2.0)),
    "lognormal": ((1e-6, 0.3), stats.lognorm(0.3, scale=1e-6)),
    "truncated_normal": ((5.0, 2.0, 4.0, 9.0), stats.truncnorm(-0.5, 2.0, 5.0, 2.0)),
}


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("name", REFERENCES)
def test_draws_are_the_quantiles_of_scipy(name, precision):
    import jax

    numbers, reference = REFERENCES[name]
    word = np.linspace(0, 2**30 - 1, 1001).astype(np.uint32)
    with jax.enable_x64(precision == "float64"):
        dtype = jnp.dtype(precision)
        one = Distribution(name=name, numbers=numbers)
        found = np.asarray(jax.vmap(lambda w: draw(one, w, dtype))(word))
    assert found.dtype == precision
    if precision == "float64":
        uniform, rtol = (word + 0.5) * 2.0**-30, 1e-9
    else:
        uniform, rtol = (word >> 7) * 2.0**-23 + 2.0**-24, 3e-5
    np.testing.assert_allclose(found, reference.ppf(uniform), rtol=rtol)
    assert np.all(np.isfinite(found))
    low, high = one.support
    assert dtype.type(low) <= found.min() <= found.max() <= dtype.type(high)


def test_a_choice_takes_each_value_equally_often():
    import jax

    word = np.arange(0, 2**30, 2**20, dtype=np.uint32)
    one = Distribution(name="choice", numbers=(3.0, 5.0, 8.0, 9.0))
    found = jax.vmap(lambda w: draw(one, w, jnp.float32))(word)
    values, counts = np.unique(found, return_counts=True)
    assert values.tolist() == [3.0, 5.0, 8.0, 9.0]
    assert set(counts.tolist()) == {256}
