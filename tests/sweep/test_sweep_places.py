"""Places: the nearest index, whatever unit it was asked in, and what nobody asked about."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from leakscape.errors import DeclarationError
from leakscape.sweep import Sweep
from leakscape.sweep.place import nearest_place, usual_place

AXES = [
    ["K_out", {"log": [1.0, 100.0], "size": 5, "unit": "mmol/L"}],
    ["t", {"values": [5.0, 25.0, 37.0], "unit": "degC"}],
    ["set", {"label": ["rest", "peak"], "E": {"values": [-90.0, -80.0], "unit": "mV"}}],
]


def sweep(**study):
    shape = (5, 3, 2)
    units = {"units": "mmol/L"}
    dataset = xr.Dataset(
        {
            "V": (("K_out", "t", "set"), np.zeros(shape), {"units": "mV"}),
            "E_K": (("K_out",), np.zeros(5), {"units": "mV"}),
            "status": (("K_out", "t", "set"), np.ones(shape, np.uint8)),
        },
        coords={
            "K_out": ("K_out", np.geomspace(1.0, 100.0, 5), units),
            "t": ("t", [5.0, 25.0, 37.0], {"units": "degC"}),
            "set": ("set", ["rest", "peak"]),
            "E": ("set", [-90.0, -80.0], {"units": "mV"}),
        },
        attrs={"study": json.dumps({"axes": AXES, **study})},
    )
    return Sweep.of(dataset)


@given(st.floats(-5.0, 43.0))
def test_the_nearest_place_is_no_farther_than_any_other(wanted):
    place = nearest_place(sweep(), "t", "t", wanted, "select")
    assert abs(place.value - wanted) == min(abs(value - wanted) for value in (5.0, 25.0, 37.0))
    assert place.value == (5.0, 25.0, 37.0)[place.index]
    assert (place.asked is None) == (min(abs(v - wanted) for v in (5.0, 25.0, 37.0)) <= 2e-4)


@pytest.mark.parametrize(
    "asked", [10, 10.0, "10", "10 mmol/L", "10 mM", "0.01 mol/L", "1e4 umol/L"]
)
def test_a_value_may_be_asked_for_in_any_unit_of_its_kind(asked):
    place = nearest_place(sweep(), "K_out", "K_out", asked, "select")
    assert (place.index, place.asked, place.unit) == (2, None, "mmol/L")


@pytest.mark.parametrize(("asked", "index"), [("310.15 K", 2), ("77 degF", 1), ("5 degC", 0)])
def test_temperatures_are_asked_for_with_their_offset(asked, index):
    place = nearest_place(sweep(), "t", "t", asked, "select")
    assert (place.index, place.asked) == (index, None)


def test_another_value_than_the_one_asked_for_is_told():
    place = nearest_place(sweep(), "t", "t", "20 degC", "select")
    assert (place.value, place.asked) == (25.0, 20.0)


@pytest.mark.parametrize(
    ("name", "dimension", "value", "text"),
    [
        ("t", "t", "warm", "select: quantity: no number in front, got 'warm'"),
        ("t", "t", "5 mV", "select: unit: 'mV' is no unit of this quantity"),
        ("t", "t", float("nan"), "select: number: not finite, got nan"),
        ("set", "set", "rset", "select: no such label, got 'rset'; did you mean rest?"),
    ],
)
def test_what_is_no_place_is_refused_in_one_sentence(name, dimension, value, text):
    with pytest.raises(DeclarationError) as caught:
        nearest_place(sweep(), name, dimension, value, "select")
    assert str(caught.value).startswith(text)


@pytest.mark.parametrize(
    ("name", "dimension", "inside", "outside", "ends"),
    [
        ("t", "t", "42.9 degC", "43.1 degC", "runs from 5 to 37 degC, got 43.1 degC"),
        ("t", "t", "-4.9", "-5.1", "runs from 5 to 37 degC, got -5.1 degC"),
        ("E", "set", "-75.1 mV", "-74.9 mV", "runs from -90 to -80 mV, got -74.9 mV"),
    ],
)
def test_a_value_over_half_a_step_outside_the_axis_is_refused(
    name, dimension, inside, outside, ends
):
    assert nearest_place(sweep(), name, dimension, inside, "select").asked is not None
    with pytest.raises(DeclarationError) as caught:
        nearest_place(sweep(), name, dimension, outside, "select")
    assert str(caught.value) == f"select: the axis {ends}; give a value on it"


def test_an_axis_of_one_value_takes_that_value_rounded():
    lone = Sweep.of(xr.Dataset({"V": ("x", [1.0])}, coords={"x": ("x", [1.0 / 3.0])}))
    assert nearest_place(lone, "x", "x", 0.333, "select").index == 0
    with pytest.raises(DeclarationError, match=r"select: the axis is 0\.333333, got 0\.5; "):
        nearest_place(lone, "x", "x", 0.5, "select")


def test_a_label_is_a_place_and_so_is_a_value_of_its_row():
    by_label = nearest_place(sweep(), "set", "set", "peak", "select")
    by_value = nearest_place(sweep(), "E", "set", "-80 mV", "select")
    assert by_label.index == by_value.index == 1
    assert (by_label.value, by_value.value, by_value.name) == ("peak", -80.0, "E")


def test_a_name_means_the_dimension_that_it_runs_along():
    assert sweep().dimension_of("E", "V", "x") == "set"
    assert sweep().dimension_of("t", "V", "x") == "t"


@pytest.mark.parametrize(
    ("name", "output", "text"),
    [
        ("t", "E_K", "x: E_K does not vary along t; use K_out"),
        ("E", "E_K", "x: E_K does not vary along E; use K_out"),
        ("K_uot", "V", "x: unknown name, got 'K_uot'; did you mean K_out?"),
    ],
)
def test_a_name_that_an_output_does_not_vary_along_is_refused(name, output, text):
    with pytest.raises(DeclarationError) as caught:
        sweep().dimension_of(name, output, "x")
    assert str(caught.value).startswith(text)


@pytest.mark.parametrize(
    ("study", "dimension", "value"),
    [
        ({}, "t", 25.0),  # the middle
        ({"fixed": {"t": "6 degC"}}, "t", 5.0),
        ({"fixed": {"t": "6 degC"}, "picture": {"select": {"t": "37 degC"}}}, "t", 37.0),
        ({"picture": {"select": {"E": "-80 mV"}}}, "set", "peak"),
        ({"fixed": {"E": "-90 mV"}, "picture": {"select": {"set": "peak"}}}, "set", "peak"),
        ({"picture": {"select": {"t": "3 mV"}}}, "t", 25.0),  # written for another axis
    ],
)
def test_what_nobody_asked_about_is_where_the_study_puts_it(study, dimension, value):
    place = usual_place(sweep(**study), dimension)
    spoken = (
        place.value if place.name == dimension else sweep().dataset[dimension].values[place.index]
    )
    assert spoken == value


def test_the_study_says_which_axis_is_logarithmic():
    assert sweep().is_logarithmic("K_out")
    assert not sweep().is_logarithmic("t")
    assert not sweep().is_logarithmic("set")


@pytest.mark.parametrize(
    ("values", "logarithmic"),
    [
        (np.geomspace(1.0, 1000.0, 9), True),
        (np.geomspace(1000.0, 1.0, 9), True),
        (np.linspace(1.0, 1000.0, 9), False),
        (np.geomspace(1.0, 5.0, 9), False),  # less than a decade
        (np.linspace(-10.0, 10.0, 9), False),
        (np.array([1.0, 10.0, 100.0]), False),  # three values show no spacing
    ],
)
def test_without_a_study_the_spacing_is_read_off_the_values(values, logarithmic):
    bare = xr.Dataset({"V": ("x", values)}, coords={"x": values})
    assert Sweep.of(bare).is_logarithmic("x") is logarithmic


@pytest.mark.parametrize("text", ["", "no JSON", "[1]", 5, None])
def test_a_dataset_without_a_readable_study_has_none(text):
    assert Sweep.of(xr.Dataset(attrs={"study": text})).study == {}
    assert Sweep.of(xr.Dataset()).study == {}


def test_cells_with_an_identity_are_known_by_it():
    found = xr.Dataset({"V": ("cell", np.zeros(3))}, coords={"id": ("cell", ["a", "b", "c"])})
    place = nearest_place(Sweep.of(found), "cell", "cell", "b", "select")
    assert (place.index, place.name, place.value) == (1, "id", "b")
    bare = xr.Dataset({"V": ("cell", np.zeros(3))})
    assert nearest_place(Sweep.of(bare), "cell", "cell", 2, "select").index == 2


def test_an_axis_in_the_order_of_its_study_rises_for_a_picture():
    axis = {"values": [10.0, 1.0, 100.0], "unit": "1"}
    held = xr.Dataset({"V": ("x", [2.0, 1.0, 3.0])}, coords={"x": axis["values"]})
    for order, wanted in (({}, [10.0, 1.0, 100.0]), ({"order": "given"}, [1.0, 10.0, 100.0])):
        told = held.assign_attrs(study=json.dumps({"axes": [["x", axis | order]]}))
        found = Sweep.of(told).rising().dataset
        assert found.x.values.tolist() == wanted
        assert found.V.sel(x=100.0) == 3.0
