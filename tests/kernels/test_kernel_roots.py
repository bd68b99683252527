"""Every zero of currents whose zeros are known: products of tanh((V - zero)/20 mV)."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from quick import quick

from leakscape_kernels.codes import NEAR_FOLD, NO_ROOT, TOO_MANY_ROOTS
from leakscape_kernels.zeros.all_zeros import all_zeros

LOW, HIGH, SLOTS = -150.0, 90.0, 8
WIDTH = (HIGH - LOW) / 64


def product(zeros):
    """Return a current with these zeros, negative at the lower end."""
    factors = jnp.asarray(zeros, float)
    sign = 1.0 if factors.size % 2 else -1.0
    return lambda V: sign * jnp.prod(jnp.tanh((V - factors) / 20.0))


def found(current, slots=SLOTS, cells=64):
    return quick(lambda: all_zeros(current, LOW, HIGH, slots=slots, cells=cells))()


def product_of_some(zeros):
    """Return the product of as many factors as there are zeros that are not NaN."""
    there = jnp.isfinite(zeros)
    place = jnp.where(there, zeros, 0.0)
    sign = jnp.where(jnp.sum(there) % 2 == 1, 1.0, -1.0)
    return lambda V: sign * jnp.prod(jnp.where(there, jnp.tanh((V - place) / 20.0), 1.0))


@functools.cache
def solver(double):
    """Return the search for the zeros of 200 products of up to seven, compiled once."""
    search = functools.partial(all_zeros, low=LOW, high=HIGH, slots=SLOTS)
    return quick(jax.vmap(lambda zeros: search(product_of_some(zeros))))


def found_of(*rows):
    """Return what is found of products, one for each row of zeros."""
    seven = np.pad(rows, ((0, 0), (0, 7 - len(rows[0]))), constant_values=np.nan)
    batch = jnp.asarray(np.resize(seven, (200, 7)), float)
    roots = solver(jax.config.jax_enable_x64)(batch)
    return jax.tree.map(lambda whole: whole[: len(rows)], roots)


@functools.cache
def straight(double):
    """Return the search for the zeros of a V + b."""
    return quick(lambda a, b: all_zeros(lambda V: a * V + b, LOW, HIGH, slots=SLOTS))


def spread(number, rng, apart=6.0):
    """Draw zeros, no two of them closer than a distance."""
    while True:
        zeros = np.sort(rng.uniform(LOW + 1, HIGH - 1, number))
        if number == 1 or np.min(np.diff(zeros)) > apart:
            return zeros


@pytest.mark.slow
@pytest.mark.parametrize("number", range(1, 8))
def test_all_zeros_are_found_and_their_stability_is_the_sign_of_the_slope(double, number):
    rng = np.random.default_rng(number)
    many = np.array([spread(number, rng) for _ in range(200)])
    roots = found_of(*many)
    assert np.all(roots.status == 1)
    assert np.all(roots.count == number)
    np.testing.assert_allclose(roots.V[:, :number], many, rtol=0, atol=1e-9)
    rising = np.arange(number) % 2 == 0
    assert np.all(np.asarray(roots.rising[:, :number]) == rising)
    assert np.all(np.isnan(roots.V[:, number:]))
    assert np.all(np.asarray(roots.rising[:, number:]) == -1)


@pytest.mark.slow
def test_float32_finds_the_same_zeros():
    rng = np.random.default_rng(0)
    for number in (1, 3, 4):
        many = np.array([spread(number, rng, apart=15) for _ in range(100)])
        roots = found_of(*many)
        assert roots.V.dtype == jnp.float32
        assert np.all(roots.count == number)
        others = np.tanh((many[:, :, None] - many[:, None, :]) / 20.0)
        steep = np.abs(np.prod(np.where(others == 0, 1.0, others), axis=2)) / 20.0
        # What rounding of the current moves a zero by.
        assert np.all(np.abs(roots.V[:, :number] - many) < 1e-4 + 1e-6 / steep)


@pytest.mark.slow
def test_a_zero_on_a_node_counts_once(double):
    nodes = LOW + WIDTH * np.array([0, 1, 13, 32, 63, 64])
    roots = found_of(*nodes[:, None])
    assert np.all(roots.count == 1)
    assert np.all(roots.status == 1)
    np.testing.assert_allclose(roots.V[:, 0], nodes, atol=1e-9)
    assert np.all(np.asarray(roots.rising[:, 0]) == 1)


@pytest.mark.slow
def test_zeros_on_both_ends_and_on_nodes_between_all_count(double):
    zeros = LOW + WIDTH * np.array([0, 16, 40, 64])
    roots = found_of(zeros)
    assert roots.count[0] == 4
    np.testing.assert_allclose(roots.V[0, :4], zeros, atol=1e-9)
    np.testing.assert_array_equal(roots.rising[0, :4], [1, 0, 1, 0])


@pytest.mark.slow
def test_a_close_pair_is_told_apart(double):
    pairs = np.array([[-70.2, -70.2 + gap, 20.0] for gap in (3.0, 0.3, 0.01)])
    roots = found_of(*pairs)
    assert np.all(roots.count == 3)
    np.testing.assert_allclose(roots.V[:, :3], pairs, atol=1e-7)
    assert np.all(np.asarray(roots.rising[:, :3]) == [1, 0, 1])


@pytest.mark.slow
def test_zeros_close_together_are_near_a_fold(double):
    roots = found_of([-70.2, -70.19, 20.0])
    assert roots.status[0] == NEAR_FOLD
    np.testing.assert_array_equal(roots.fold[0, :3], [True, True, False])


def touching(V):
    return jnp.tanh((V + 70.2) / 20.0) ** 2


@pytest.mark.slow
def test_a_zero_that_only_touches_is_one_and_not_stable(double):
    roots = found(touching)
    assert (roots.count, roots.status, roots.rising[0]) == (1, NEAR_FOLD, 0)
    assert float(roots.V[0]) == pytest.approx(-70.2, abs=1e-6)


@pytest.mark.slow
def test_a_current_just_short_of_touching_has_no_zero(double):
    def solve(height):
        return all_zeros(lambda V: touching(V) + height, LOW, HIGH)

    roots = quick(jax.vmap(solve))(jnp.asarray([1e-3, 1e-6, 1e-9]))
    assert np.all(roots.count == 0)
    assert np.all(roots.status == NO_ROOT)


@pytest.mark.slow
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_current_that_is_not_finite_has_status_10(double, value):
    roots = straight(True)(0.0, value)
    assert (roots.count, roots.status) == (0, 10)
    assert np.all(np.isnan(roots.V))
    assert np.all(np.asarray(roots.rising) == -1)


@pytest.mark.slow
@pytest.mark.parametrize(("slope", "offset"), [(0.0, 0.0), (0.0, 1.0), (1.0, 200.0)])
def test_no_change_of_sign_has_status_12(double, slope, offset):
    roots = straight(True)(slope, offset)
    assert (roots.count, roots.status) == (0, NO_ROOT)
    assert np.all(np.isnan(roots.V))


@pytest.mark.slow
def test_more_zeros_than_slots_keep_the_lowest_and_count_on(double):
    zeros = np.array([-120.0, -90.0, -60.0, -30.0, 0.0, 30.0, 60.0])
    roots = found(product(zeros), slots=3)
    assert (roots.count, roots.status) == (7, TOO_MANY_ROOTS)
    np.testing.assert_allclose(roots.V, zeros[:3], atol=1e-9)


@pytest.mark.parametrize("cells", [0, 8, 20, 63])
def test_cells_that_are_no_multiple_of_16_are_refused(cells):
    with pytest.raises(ValueError, match=f"cells must be a multiple of 16, got {cells}"):
        all_zeros(product([0.0]), LOW, HIGH, cells=cells)


@pytest.mark.slow
def test_more_cells_find_what_is_narrower(double):
    def current(V):
        return (V + 60.0) / 50.0 + 3.0 * jnp.exp(-(((V - 20.3) / 0.5) ** 2)) * jnp.sin(
            (V - 20.3) * 5
        )

    V = np.linspace(LOW, HIGH, 2_000_003)
    values = np.asarray(jax.vmap(current)(jnp.asarray(V)))
    changes = np.count_nonzero(np.diff(np.sign(values)))
    assert changes > 1
    assert found(current, cells=1024).count == changes


@pytest.mark.slow
def test_each_zero_has_the_derivative_of_the_implicit_function(double):
    @jax.jit  # differentiated below: options are for the outermost
    def zeros(shift):
        def current(V):
            return product([-90.0, -40.0, 10.0])(V) + shift

        roots = all_zeros(current, LOW, HIGH, slots=5)
        return jnp.where(roots.rising >= 0, roots.V, 0.0)

    at, step = 0.05, 1e-6
    slope = quick(jax.jacfwd(zeros))(at)
    numeric = (zeros(at + step) - zeros(at - step)) / (2 * step)
    np.testing.assert_allclose(slope, numeric, atol=1e-5)
    dI_dV = jax.vmap(jax.grad(product([-90.0, -40.0, 10.0])))(zeros(at)[:3])
    np.testing.assert_allclose(slope[:3], -1 / dI_dV, rtol=1e-9)
    np.testing.assert_allclose(quick(jax.jacrev(zeros))(at), slope, rtol=1e-12)


@pytest.mark.slow
def test_no_nan_comes_from_empty_slots(double):
    def total(middle):
        roots = all_zeros(lambda V: jnp.tanh((V - middle) / 20.0), LOW, HIGH)
        return jnp.sum(jnp.where(roots.rising >= 0, roots.V, 0.0))

    assert float(quick(jax.grad(total))(-60.0)) == pytest.approx(1.0, rel=1e-12)


@pytest.mark.slow
def test_one_by_one_as_all_at_once(double):
    rng = np.random.default_rng(3)
    many = jnp.asarray([spread(3, rng) for _ in range(20)])
    alone = quick(lambda zeros: all_zeros(product(zeros), LOW, HIGH, slots=SLOTS))
    batch = found_of(*many)
    for row, zeros in enumerate(many):
        single = alone(zeros)
        np.testing.assert_allclose(batch.V[row], single.V, atol=1e-10)
        np.testing.assert_array_equal(batch.rising[row], single.rising)
        assert batch.status[row] == single.status
