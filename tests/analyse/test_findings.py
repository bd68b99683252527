"""What is told of a sweep: ranges and shares of each output by itself, levels of the right kind."""

from __future__ import annotations

import jax.numpy as jnp
import pytest

import leakscape as ls
from leakscape.analyse.findings import find, find_levels
from leakscape.errors import StoreError
from leakscape.sweep import Sweep


def kernel(*, x, y, t):
    """E lacks y; W is undefined by itself; the second slot of roots is mostly empty."""
    return {
        "V": jnp.where(x > 0.75, jnp.nan, -80.0 + 40.0 * x + y),
        "W": jnp.where(x < 0.5, jnp.nan, x),
        "E": -2.0 * x,
        "roots": jnp.stack([x, jnp.where(x > 0.9, x, jnp.nan)]),
    }


kernel.parameters = {name: {"unit": "1", "default": 0.0} for name in ("x", "y", "t")}
kernel.outputs = {
    "V": {"unit": "mV"},
    "W": {"unit": "1"},
    "E": {"unit": "mV"},
    "roots": {"unit": "1", "dimension": "slot"},
}
AXES = {
    "x": {"linear": [0.0, 1.0], "size": 101, "unit": "1"},
    "y": {"values": [0.0, 1.0, 2.0], "unit": "1"},
}


def study(**fields):
    given = {"name": "found", "kernel": kernel, "axes": AXES, "outputs": ["V", "W", "E", "roots"]}
    return ls.Study(**{**given, **fields})


@pytest.fixture
def path(tmp_path):
    return tmp_path / "found.zarr"


def test_each_output_has_its_own_range_and_its_own_share_of_values(path):
    ls.run(study(), path)
    found = {entry.name: entry for entry in find(path).ranges}
    assert found["V"].minimum == pytest.approx(-80.0)
    assert found["V"].maximum == pytest.approx(-80.0 + 40.0 * 0.75 + 2.0)
    assert found["V"].share == pytest.approx(76 / 101)
    assert (found["W"].minimum, found["W"].maximum) == pytest.approx((0.5, 1.0))
    assert found["W"].share == pytest.approx(51 / 101)
    assert (found["E"].minimum, found["E"].maximum, found["E"].share) == (-2.0, 0.0, 1.0)
    assert found["roots"].share is None
    assert found["E"].unit == "mV"


def test_points_codes_and_bytes_are_those_of_the_store(path):
    ls.run(study(), path)
    found = find(path)
    assert found.points == 303
    assert sum(found.status.values()) == 303
    chunked = [f for name in (*"VWE", "roots", "status") for f in (path / name).glob("c*")]
    assert found.nbytes == sum(file.stat().st_size for file in chunked) > 0


def test_nothing_is_found_where_there_is_no_sweep(path):
    with pytest.raises(StoreError, match="no sweep there"):
        find(path)


def levels(**picture):
    asked = study(picture=picture)
    return find_levels(Sweep.of(ls.evaluate(asked)), asked)


def test_a_level_of_another_kind_than_the_output_is_no_question_to_it():
    found = levels(output="V", contour=["-55 mV", "3 mmol/L", "-0.06 V"])
    assert [level.value for level in found] == [-55.0, pytest.approx(-60.0)]
    assert {level.output for level in found} == {"V"}


def test_without_a_picture_there_is_no_level():
    assert levels() == ()


def test_a_level_without_an_output_is_the_one_of_most_dimensions():
    (level,) = levels(contour="-60 mV")
    assert level.output == "V"


def test_empty_slots_are_counted_apart_and_are_no_line():
    (level,) = levels(output="roots", contour="0.95")
    assert level.along == ()
    (share,) = level.counting.shares
    assert level.counting.what == "values"
    # 5 of 101 values of x lie above 0.95; the second slot is filled for the 10 above 0.9.
    assert (share.above, share.counted, share.lost) == (pytest.approx(10 / 111), 202, 91)


def test_crossings_of_a_line_with_a_gap_are_those_of_its_parts():
    (level,) = levels(output="V", contour="-60 mV")
    along = {line.axis: line for line in level.along}
    (passage,) = along["x"].passages  # y is held in its middle, at 1: -80 + 40 x + 1 = -60
    assert passage.low == pytest.approx(0.475)
    assert passage.rising
    assert [place.value for place in along["x"].held] == [1.0]
    (met,) = along["y"].passages  # x is held in its middle: V is -60 mV at y = 0, more after
    assert (met.low, met.high) == pytest.approx((0.0, 0.0), abs=1e-5)
    assert met.rising


@pytest.mark.parametrize("ends", [[0.0, 1.0], [1.0, 0.0]])
def test_rising_is_towards_larger_values_however_the_axis_runs(ends):
    axes = {"x": {"linear": ends, "size": 101, "unit": "1"}}
    asked = study(axes=axes, outputs=["V", "E"], picture={"output": "E", "contour": "-0.99 mV"})
    (level,) = find_levels(Sweep.of(ls.evaluate(asked)), asked)
    (passage,) = level.along[0].passages  # E = -2 x
    assert passage.low == pytest.approx(0.495)
    assert not passage.rising


def test_a_line_that_never_crosses_says_on_which_side_it_stays():
    (low, high) = levels(output="V", contour=["-90 mV", "20 mV"])
    assert [line.above for line in low.along] == [True, True]
    assert [line.above for line in high.along] == [False, False]
    assert not any(line.passages for line in (*low.along, *high.along))
