"""Laws of comparison: every difference is named, and nothing else."""

from __future__ import annotations

import copy

from leakscape.store.compare import differences, sentence

MEANING = {
    "study": {
        "axes": [["P_K", {"log": [1, 2], "size": 100}], ["T", {"values": [5, 25], "unit": "degC"}]],
        "fixed": {"K_out": "5 mmol/L"},
        "precision": "float32",
    },
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
    assert changed(lambda m: m["study"]["axes"][0][1].update(size=200)) == [
        "axes.P_K.size: 100 in the store, 200 in the study"
    ]


def test_an_absent_field_is_named():
    assert changed(lambda m: m["study"]["fixed"].clear()) == [
        'fixed.K_out: "5 mmol/L" in the store, absent in the study'
    ]


def test_another_order_of_axes_is_a_difference():
    assert changed(lambda m: m["study"]["axes"].reverse()) == [
        "axes: in order P_K, T in the store, T, P_K in the study"
    ]


def test_tuples_and_lists_mean_the_same():
    assert differences({"chunks": (1, 2)}, {"chunks": [1, 2]}) == []


def test_many_differences_are_summed_up():
    stored, wanted = {str(i): i for i in range(20)}, {str(i): -1 for i in range(20)}
    assert sentence(stored, wanted).endswith("7: 7 in the store, -1 in the study; and 12 more")
