"""Laws of comparison: every difference is named, and nothing else."""

from __future__ import annotations

import copy
import json

import pytest

from leakscape.store.compare import differences, sentence

MEANING = {
    "axes": [["P_K", {"log": [1, 2], "size": 100}], ["T", {"values": [5, 25], "unit": "degC"}]],
    "fixed": {"K_out": "5 mmol/L"},
    "precision": "float32",
    "outputs": [["V", "mV", "float32", ["P_K", "T"]]],
    "chunks": [10, 2],
}


def changed(change):
    other = copy.deepcopy(MEANING)
    change(other)
    return differences(MEANING, other)


def test_equal_meanings_have_no_differences():
    assert differences(MEANING, copy.deepcopy(MEANING)) == []


def test_a_changed_axis_is_named_by_its_field():
    assert changed(lambda m: m["axes"][0][1].update(size=200)) == [
        "axes.P_K.size: 100 in the store, 200 in the study"
    ]


def test_an_absent_field_is_named():
    assert changed(lambda m: m["fixed"].clear()) == [
        'fixed.K_out: "5 mmol/L" in the store, absent in the study'
    ]


def test_another_order_of_axes_is_a_difference():
    assert changed(lambda m: m["axes"].reverse()) == [
        "axes: in order P_K, T in the store, T, P_K in the study"
    ]


def test_tuples_and_lists_mean_the_same():
    assert differences({"chunks": (1, 2)}, {"chunks": [1, 2]}) == []


def test_many_differences_are_summed_up():
    stored, wanted = {str(i): i for i in range(20)}, {str(i): -1 for i in range(20)}
    found = sentence(differences(stored, wanted))
    assert found.endswith("7: 7 in the store, -1 in the study; and 12 more")


def sides(text: str) -> list[str]:
    """Return what a text says of the store and of the study."""
    return text.partition(": ")[2].removesuffix(" in the study").split(" in the store, ")


@pytest.mark.parametrize("place", [0, 25, 50, 99])
def test_long_values_are_shown_where_they_differ(place):
    stored = [number / 4 for number in range(100)]
    wanted = [*stored[:place], 1000.5, *stored[place + 1 :]]
    (text,) = differences({"values": stored}, {"values": wanted})
    held, given = (
        text.removeprefix("values: ").removesuffix(" in the study").split(" in the store, ")
    )
    assert held != given
    assert str(stored[place]) in held
    assert "1000.5" in given
    assert max(len(held), len(given)) <= 60 + 2 * len("...")
    for shown, whole in ((held, stored), (given, wanted)):
        assert shown.removeprefix("...").removesuffix("...") in json.dumps(whole)


def test_a_long_value_is_shown_beside_one_that_is_its_beginning():
    (text,) = differences({"text": "a" * 70}, {"text": "a" * 80})
    held, given = sides(text)
    assert held != given
