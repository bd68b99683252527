"""What cannot be analysed is refused in one sentence, before anything is computed."""

from __future__ import annotations

import pytest
from published import between, ishigami, kernel, study

import leakscape as ls

TWO = {name: {"uniform": [0, 1]} for name in ("a", "b")}


def two(**fields) -> ls.Study:
    return study(kernel(("a", "b"), lambda a, b: a + b), TWO, **fields)


def cells() -> ls.Study:
    pandas = pytest.importorskip("pandas")
    return two().with_(population=pandas.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]}))


def many() -> ls.Study:
    names = tuple(f"x{i}" for i in range(65))
    return study(kernel(names, lambda *xs: sum(xs)), between(names, 0, 1))


STUDIES = {
    "no population": (
        lambda: two().with_(population=None, axes={"a": {"values": [1], "unit": "1"}}),
        r"has no population, so nothing varies; write \[population\] with size = 4096 and",
    ),
    "one parameter": (
        lambda: study(kernel(("a", "b"), lambda a, b: a + b), {"a": {"uniform": [0, 1]}}),
        r"a alone varies, so it explains everything; add a second parameter",
    ),
    "a table of cells": (cells, r"the cells of DataFrame follow no distribution.*instead of"),
    "more than 64 parameters": (many, r"at most 64 parameters, got 65; fix some"),
    "conditions": (
        lambda: two(where=["a > 0.5"]),
        r"sobol needs parameters that vary over.*\[where\] leaves.*--method shapley",
    ),
    "a group without parameters": (
        lambda: two(sensitivity={"groups": {"none": []}}),
        r"sensitivity\.groups\.none: expected a list of parameters, got \[\]; name at least one",
    ),
    "a parameter in two groups": (
        lambda: ishigami(sensitivity={"groups": {"one": ["x1", "x2"], "two": ["x2", "x3"]}}),
        r"sensitivity\.groups\.two: x2 is in one already; keep one",
    ),
    "a parameter twice in a group": (
        lambda: ishigami(sensitivity={"groups": {"one": ["x1", "x1"]}}),
        r"sensitivity\.groups\.one: x1 is in one already; keep one",
    ),
    "a group of what does not vary": (
        lambda: two(sensitivity={"groups": {"one": ["a", "c"]}}),
        r"sensitivity\.groups\.one: the population has no parameter 'c'",
    ),
    "one group of everything": (
        lambda: two(sensitivity={"groups": {"all": ["a", "b"]}}),
        r"one group holds every parameter.*split it",
    ),
    "a key that is none": (
        lambda: two(sensitivity={"group": {}}),
        r"sensitivity: unknown key, got 'group'; did you mean groups\?",
    ),
}
ARGUMENTS = {
    "an output that is not there": ({"output": "z"}, r"output: there is no output 'z'"),
    "a condition on what is no output": ({"output": "a > 1"}, r"output: .*a.*condition reads out"),
    "until of 0": ({"until": 0}, r"until: must be above 0, got 0; write a half-width such as"),
    "until of NaN": ({"until": float("nan")}, r"until: must be above 0, got nan"),
    "a method that is none": ({"method": "sobl"}, r"unknown method, got 'sobl'; did you mean so"),
    "what becomes of failures": ({"on_invalid": "skip"}, r"got 'skip'; use raise or drop"),
    "a seed below 0": ({"seed": -1}, r"seed: must be a whole number from 0 to \d+, got -1"),
    "one scramble": ({"scrambles": 1}, r"scrambles: must be a whole number from 2 to"),
    "an output that is no text": ({"output": 3}, r"output: expected a name or a condition, got 3"),
    "a store that is no path": ({"store": 5}, r"store: expected a path, got 5; give one"),
    "no evaluation": ({"most": 0}, r"most: must be a whole number from 1 to"),
    "most without until": ({"most": 1000}, r"most: is where the doubling of until ends.*give un"),
    "until of a grid": ({"method": "grid", "until": 0.1}, r"until: grid takes the points that are"),
}


@pytest.mark.parametrize("wrong", STUDIES)
def test_a_study_that_cannot_be_analysed_is_refused(wrong):
    made, words = STUDIES[wrong]
    with pytest.raises(ls.DeclarationError, match=words):
        ls.sensitivity(made())


@pytest.mark.parametrize("method", ["morris", "dgsm"])
def test_conditions_are_sent_to_shapley(method):
    with pytest.raises(ls.DeclarationError, match=rf"{method} needs .*use --method shapley"):
        ls.sensitivity(two(where=["a > 0.5"]), method)


@pytest.mark.parametrize("wrong", ARGUMENTS)
def test_what_cannot_be_asked_is_refused(wrong):
    given, words = ARGUMENTS[wrong]
    with pytest.raises(ls.SweepError, match=words):
        ls.sensitivity(two(), **given)


def test_a_result_is_no_study():
    found = ls.evaluate(two()).assign_attrs(outcomes="{}")
    for method in ("sobol", "grid"):
        with pytest.raises(ls.DeclarationError, match="is the result of an analysis already"):
            ls.sensitivity(found, method)
