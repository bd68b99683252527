"""Axes hold their end points, and their tables bring them back."""

from __future__ import annotations

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


def test_a_linked_axis_may_repeat_values_and_keeps_its_labels():
    table = {
        "label": ["control", "high K", "control again"],
        "K_out": {"values": [3, 8, 3], "unit": "mmol/L"},
    }
    axis = LinkedAxis.of(table)
    assert axis.size == 3
    assert LinkedAxis.of(axis.table()) == axis
