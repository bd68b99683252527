"""Axes hold their end points, and their tables bring them back."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakscape.declare.axis import Axis, LinkedAxis

numbers = st.floats(-1e6, 1e6, allow_subnormal=False)


@given(numbers, numbers, st.integers(2, 200))
def test_a_linear_axis_includes_both_ends_and_is_even(first, last, size):
    if abs(first - last) < 1e-3:
        return
    points = Axis.linear(first, last, size=size).points()
    assert (points[0], points[-1], len(points)) == (first, last, size)
    np.testing.assert_allclose(np.diff(points), (last - first) / (size - 1), rtol=1e-6, atol=1e-9)


@given(st.floats(1e-9, 1e6), st.floats(1.01, 1e9), st.integers(2, 200))
def test_a_log_axis_includes_both_ends_and_is_even_in_the_logarithm(first, span, size):
    points = Axis.log(first, first * span, size=size).points()
    assert (points[0], points[-1], len(points)) == (first, first * span, size)
    np.testing.assert_allclose(
        np.diff(np.log(points)), np.log(span) / (size - 1), rtol=1e-6, atol=1e-12
    )


def test_values_are_taken_as_they_are():
    axis = Axis.values([37, 25, 5], unit="degC")
    assert axis.points().tolist() == [37.0, 25.0, 5.0]


@pytest.mark.parametrize(
    "axis",
    [
        Axis.linear(0, 1, size=5),
        Axis.log(1, 100, size=7, unit="mmol/L"),
        Axis.values([1.0, 2.0], unit="mV"),
        Axis.linear(3, 3, size=1),
    ],
)
def test_a_table_brings_the_axis_back(axis):
    assert Axis.of(axis.table()) == axis


@pytest.mark.parametrize(
    ("given", "order", "stored"),
    [
        ([10, 1, 0.1, 100], None, [0.1, 1.0, 10.0, 100.0]),
        ([10, 1, 0.1, 100], "given", [10.0, 1.0, 0.1, 100.0]),
        ([100, 10, 1], None, [100.0, 10.0, 1.0]),
        ([1, 2, 3], "given", [1.0, 2.0, 3.0]),
    ],
)
def test_values_come_in_any_order_and_rise_unless_they_fall_or_are_kept(given, order, stored):
    axis = Axis.values(given, order=order)
    assert axis.points().tolist() == stored
    assert Axis.of(axis.table()) == axis


def test_an_order_that_rises_anyway_is_no_other_axis():
    assert Axis.values([1, 2], order="given") == Axis.values([1, 2])


@pytest.mark.parametrize(
    ("axis", "place", "meant"),
    [
        (Axis.linear(0, 1, size=11), 3, 0.3),
        (Axis.linear(-0.3, 0.3, size=7), 2, -0.1),
        (Axis.linear(1, 0, size=11), 7, 0.3),
        (Axis.linear(0, 1.1, size=12), 3, 0.3),
        (Axis.linear(0, 80, size=17), 1, 5.0),
        (Axis.log(0.001, 1000, size=7), 2, 0.1),
        (Axis.log(0.3, 300, size=4), 1, 3.0),
        (Axis.log(1, 1e-6, size=7), 3, 0.001),
    ],
)
def test_an_even_axis_holds_the_decimals_that_were_meant(axis, place, meant):
    assert axis.points()[place] == meant


@given(
    st.decimals(-1000, 1000, places=3, allow_nan=False),
    st.decimals(-1000, 1000, places=3, allow_nan=False),
    st.integers(2, 60),
)
def test_a_linear_axis_is_the_nearest_float_to_each_exact_value(first, last, size):
    if first == last:
        return
    low, step = Fraction(first), (Fraction(last) - Fraction(first)) / (size - 1)
    points = Axis.linear(float(first), float(last), size=size).points()
    assert points.tolist() == [float(low + place * step) for place in range(size)]


@given(st.floats(1e-9, 1e6), st.floats(1.01, 1e9), st.integers(2, 60))
def test_a_log_axis_is_moved_by_rounding_alone(first, span, size):
    points = Axis.log(first, first * span, size=size).points()
    np.testing.assert_allclose(points, np.geomspace(first, first * span, size), rtol=2e-15)


@pytest.mark.parametrize(
    ("first", "last", "size"), [(0.1, 1e300, 5), (0.12345678901234567, 7.0, 200_001)]
)
def test_numbers_beyond_exact_whole_ones_are_even_too(first, last, size):
    points = Axis.linear(first, last, size=size).points()
    assert (points[0], points[-1]) == (first, last)
    np.testing.assert_allclose(points, np.linspace(first, last, size), rtol=1e-14)


def test_a_linked_axis_may_repeat_values_and_keeps_its_labels():
    table = {
        "label": ["control", "high K", "control again"],
        "K_out": {"values": [3, 8, 3], "unit": "mmol/L"},
    }
    axis = LinkedAxis.of(table)
    assert axis.size == 3
    assert LinkedAxis.of(axis.table()) == axis


def test_values_may_come_in_an_array():
    array = Axis.of({"values": np.array([1.0, 2.5]), "unit": "mV"})
    assert array == Axis.of({"values": [1.0, 2.5], "unit": "mV"})
