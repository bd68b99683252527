"""Merging partials is seeing all points at once: any split gives what NumPy gives of the whole."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leakscape.evaluation import accumulate, bins, order
from leakscape.evaluation.accumulate import NOWHERE, Rows
from leakscape.evaluation.order import Search

WIDTH = 16
"""Points of a piece: one shape, so that each accumulator is compiled once."""


def seen(accumulator, compiled, pieces, numbers=None):
    """Let an accumulator see masked pieces of one kept point, one after another."""
    held = accumulator.init((1,))
    for place, (values, ok) in enumerate(pieces):
        with jax.enable_x64(True):
            new = compiled(values[None], ok[None], place * WIDTH, numbers or accumulator.numbers)
        held = accumulator.merge(held, {part: np.asarray(value) for part, value in new.items()})
    return held


def compile_(accumulator):
    def update(values, ok, start, numbers):
        rows = Rows(values, ok, (WIDTH,), jnp.array([start]), jnp.array([1]))
        return accumulator.update(rows, numbers)

    return jax.jit(update)


def pieces_of(values, ok):
    short = -len(values) % WIDTH
    values = np.pad(np.array(values, np.float32), (0, short), constant_values=np.nan)
    ok = np.pad(np.array(ok, bool), (0, short))
    return [(values[i : i + WIDTH], ok[i : i + WIDTH]) for i in range(0, len(values), WIDTH)]


LEVELS = np.array([-1.5, 0.0, 2.25], np.float32)
KINDS = {
    "moments": accumulate.moments(),
    "least": accumulate.extreme("float32", largest=False),
    "greatest": accumulate.extreme("float32", largest=True),
    "above": accumulate.beyond(LEVELS, "level", above=True),
    "below": accumulate.beyond(LEVELS, "level", above=False),
    "between": accumulate.between(LEVELS[:2]),
    "histogram": bins.histogram(-3.0, 4.0, 5, "float32", "bin"),
}
COMPILED = {name: compile_(one) for name, one in KINDS.items()}
SIXTHS = st.integers(-40, 40).map(lambda whole: whole / 6)
POINTS = st.lists(st.tuples(SIXTHS, st.booleans()), min_size=1, max_size=70)


@settings(max_examples=25)
@given(POINTS)
def test_any_number_of_pieces_gives_what_numpy_gives_of_the_whole(points):
    values, ok = (np.array(part) for part in zip(*points, strict=True))
    values = values.astype(np.float32)
    pieces = pieces_of(values, ok)
    found = {name: seen(one, COMPILED[name], pieces) for name, one in KINDS.items()}
    some = values[ok].astype(float)
    assert found["moments"]["n"] == len(some)
    np.testing.assert_array_equal(found["above"]["n"][0], [(some > one).sum() for one in LEVELS])
    np.testing.assert_array_equal(found["below"]["n"][0], [(some < one).sum() for one in LEVELS])
    assert found["between"]["n"] == ((some >= LEVELS[0]) & (some <= LEVELS[1])).sum()
    counts = np.histogram(values[ok], 5, (-3.0, 4.0))[0]
    np.testing.assert_array_equal(found["histogram"]["n"][0], counts)
    if not len(some):
        assert found["least"]["at"] == found["greatest"]["at"] == NOWHERE
        assert np.isnan(found["least"]["value"])
        return
    assert found["moments"]["mean"] == pytest.approx(some.mean(), abs=1e-12)
    assert found["moments"]["m2"] == pytest.approx(len(some) * some.var(), abs=1e-10)
    for name, first in (("least", some.argmin()), ("greatest", some.argmax())):
        assert found[name]["value"] == some[first]
        assert found[name]["at"] == np.flatnonzero(ok)[first]


@given(st.lists(st.tuples(st.integers(0, 5), SIXTHS, st.floats(0, 9)), min_size=3, max_size=3))
def test_moments_merge_in_any_grouping_and_order(parts):
    one, two, three = (
        {"n": np.array(n), "mean": np.array(mean * bool(n)), "m2": np.array(m2 * (n > 1))}
        for n, mean, m2 in parts
    )
    merge = accumulate.moments().merge
    left, right = merge(merge(one, two), three), merge(one, merge(two, three))
    turned = merge(three, merge(two, one))
    for part in left:
        assert right[part] == pytest.approx(left[part], abs=1e-9)
        assert turned[part] == pytest.approx(left[part], abs=1e-9)


@given(st.lists(st.tuples(SIXTHS, st.integers(-1, 30)), min_size=3, max_size=3), st.booleans())
def test_extremes_merge_in_any_grouping_and_order_bit_by_bit(parts, largest):
    one, two, three = (
        {"value": np.array(v if at != NOWHERE else np.nan), "at": np.array(at)} for v, at in parts
    )
    merge = accumulate.extreme("float64", largest=largest).merge
    left, right = merge(merge(one, two), three), merge(one, merge(two, three))
    turned = merge(three, merge(two, one))
    for part in left:
        np.testing.assert_array_equal(right[part], left[part])
        np.testing.assert_array_equal(turned[part], left[part])


@pytest.mark.repeats(quick=12)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("low", "high"), [(-100.0, 0.0), (-1.0, 0.3), (0.1, 0.7), (-70.3, 61.7)])
@pytest.mark.parametrize("number", [1, 7, 200, 999])
def test_counts_of_bins_are_numpys_on_edges_and_beside_them(dtype, low, high, number):
    edges = bins.edges(low, high, number, dtype)
    near = [edges, np.nextafter(edges, edges.dtype.type(-np.inf)), np.nextafter(edges, edges[-1])]
    beyond = np.array([low - 1, high + 1, low - 1e6, high + 1e6], dtype)
    inside = np.random.default_rng(number).uniform(low - 1, high + 1, 5000).astype(dtype)
    values = np.concatenate([*near, beyond, inside])
    one = bins.histogram(low, high, number, dtype, "bin")
    with jax.enable_x64(True):
        rows = Rows(jnp.asarray(values[None]), None, values.shape, jnp.array([0]), jnp.array([1]))
        found = jax.jit(lambda numbers: one.update(rows, numbers))(one.numbers)
        found = {part: np.asarray(value) for part, value in found.items()}
    counts, same = np.histogram(values, number, (low, high))
    np.testing.assert_array_equal(edges, same)
    np.testing.assert_array_equal(found["n"][0], counts)
    assert found["below_range"] == (values < edges[0]).sum()
    assert found["above_range"] == (values > edges[-1]).sum()


SHARES = np.array([0.0, 0.01, 0.25, 0.5, 0.775, 1.0])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_digit_by_digit_the_quantiles_are_numpys(dtype):
    source = np.random.default_rng(5)
    rows = [
        source.normal(-60, 8, 1000),
        np.round(source.normal(0, 1, 1000)),
        source.lognormal(0, 15, 1000) * source.choice([-1, 1], 1000),
        np.full(1000, 3.0),
    ]
    values = np.array(rows, dtype)
    ranks = 2 * len(SHARES)
    one = order.digits(ranks, dtype)

    def update(values, numbers):
        rows = Rows(values, None, (1000,), jnp.array([0]), jnp.array([1]))
        return one.update(rows, numbers)["digits"]

    compiled = jax.jit(update)
    n = np.full(len(rows), 1000)
    search = Search.begin(n, SHARES)
    for turn in range(order.passes(dtype)):
        slots = search.slots()
        with jax.enable_x64(True):
            counts = np.concatenate(
                [
                    np.asarray(compiled(values[k : k + 1], order.turned(slots[k], dtype, turn)))
                    for k in range(len(rows))
                ]
            )
        search = search.narrowed(counts, order.digit_bits(dtype, turn))
    found = order.between(search.found(dtype), n, SHARES)
    np.testing.assert_array_equal(found, np.quantile(values.astype(float), SHARES, axis=1).T)


@given(st.lists(SIXTHS, min_size=1, max_size=40), st.lists(st.floats(0, 1), min_size=1, max_size=4))
def test_interpolation_between_ranks_is_numpys(values, shares):
    rising, shares = np.sort(values), np.array(shares)
    n = np.array(len(values))
    found = order.between(rising[order.needed(n, shares)], n, shares)
    np.testing.assert_array_equal(found, np.quantile(rising, shares))


def test_nothing_valid_has_no_quantile():
    n = np.array([0, 2])
    search = Search.begin(n, SHARES)
    counts = np.zeros((2, 2 * len(SHARES), 2**order.DIGIT_BITS), np.int64)
    counts[1, :, 5] = 2
    search = search.narrowed(counts, order.DIGIT_BITS)
    assert (search.prefix[1] == 5).all()
    ranked = np.full((2, 2 * len(SHARES)), [[np.inf], [7.0]])
    found = order.between(ranked, n, SHARES)
    assert np.isnan(found[0]).all()
    assert (found[1] == 7.0).all()


def test_a_device_that_sorts_gives_the_ranks_that_the_host_gives():
    values = np.random.default_rng(2).normal(size=(3, 101)).astype(np.float32)
    ok = np.random.default_rng(3).random((3, 101)) < 0.7
    with jax.enable_x64(True):
        rows = Rows(jnp.asarray(values), jnp.asarray(ok), (101,), jnp.array([0]), jnp.array([1]))
        device = order.whole(tuple(SHARES), "float32", on_host=False)
        there = device.update(rows, {"shares": jnp.asarray(SHARES)})["ranked"]
        host = order.whole(tuple(SHARES), "float32", on_host=True)
        here = host.update(rows, host.numbers)
    n = ok.sum(axis=1)
    np.testing.assert_array_equal(there, host.after(here, n)["ranked"])
    wanted = [np.quantile(v[k].astype(float), SHARES) for v, k in zip(values, ok, strict=True)]
    np.testing.assert_array_equal(order.between(np.asarray(there), n, SHARES), wanted)
