"""Laws of meaning: what one point means is the identity, how far a study reaches the extent."""

from __future__ import annotations

import copy
import json

import pytest

from leakscape import Study
from leakscape.declare.meaning import Meaning
from leakscape.declare.space import CELL

DRAWN = {
    "size": 8,
    "seed": 1,
    "sampling": "sobol",
    "parameters": {"g": {"uniform": [1.0, 2.0], "unit": "1"}},
}
TABLES = {
    "name": "a",
    "kernel": {"name": "kernel.py:kernel", "hill": 2},
    "fixed": {"K_out": "5 mmol/L"},
    "derived": {"h": "2 * g"},
    "axes": {
        "x": {"linear": [0.0, 1.0], "size": 11, "unit": "mV"},
        "s": {"label": ["a", "b"], "t": {"values": [5.0, 25.0], "unit": "degC"}},
    },
    "population": DRAWN,
    "where": ["V > 6 mV"],
    "outputs": ["V"],
}


def study(*path, to=None, **changes) -> Study:
    """Make the study, with another entry at a place in its tables."""
    tables = copy.deepcopy(TABLES | changes)
    if path:
        *above, last = path
        table = tables
        for key in above:
            table = table[key]
        table[last] = to
    return Study(**tables)


FURTHER = [
    ("axes", "x", {"linear": [0.0, 2.0], "size": 21, "unit": "mV"}),
    ("axes", "x", {"values": [1.0, 3.0], "unit": "mV"}),
    ("axes", "s", {"label": ["a", "c"], "t": {"values": [5.0, 26.0], "unit": "degC"}}),
    ("population", "size", 16),
    ("outputs", ["V", "E"]),
    ("outputs", []),
]
OTHER = [
    ("precision", "float64"),
    ("kernel", "hill", 3),
    ("fixed", "K_out", "6 mmol/L"),
    ("derived", "h", "3 * g"),
    ("where", ["V > 7 mV"]),
    ("axes", "x", {"linear": [0.0, 1.0], "size": 11, "unit": "V"}),
    ("axes", "s", {"label": ["a", "b"], "t": {"values": [5.0, 25.0], "unit": "K"}}),
    ("axes", {"s": TABLES["axes"]["s"], "x": TABLES["axes"]["x"]}),
    ("axes", {"x": TABLES["axes"]["x"]}),
    ("population", "seed", 2),
    ("population", "sampling", "random"),
    ("population", "parameters", {"g": {"uniform": [1.0, 3.0], "unit": "1"}}),
]
REDUCED = {"reduce": {"over": ["x", CELL], "V": ["mean"]}}


@pytest.mark.parametrize("change", FURTHER, ids=str)
def test_another_reach_is_another_extent_of_the_same_study(change):
    one, other = study().meaning(), study(*change[:-1], to=change[-1]).meaning()
    assert one.identity == other.identity
    assert one.extent != other.extent


@pytest.mark.parametrize("change", OTHER, ids=str)
def test_other_points_are_another_identity(change):
    assert study().meaning().identity != study(*change[:-1], to=change[-1]).meaning().identity


@pytest.mark.parametrize(
    ("sampling", "same"), [("sobol", True), ("random", True), ("latin_hypercube", False)]
)
def test_how_many_cells_there_are_decides_each_of_a_latin_hypercube_alone(sampling, same):
    one, other = (
        study(population=DRAWN | {"sampling": sampling, "size": size}).meaning() for size in (8, 16)
    )
    assert (one.identity == other.identity) is same


@pytest.mark.parametrize(
    ("change", "same"),
    [
        (FURTHER[0], False),  # along x, which is reduced away
        (FURTHER[2], True),  # along s, which is kept
        (FURTHER[3], False),  # of cells, which are reduced away
    ],
    ids=["x", "s", "cell"],
)
def test_a_statistic_means_something_else_over_other_points(change, same):
    one = study(**REDUCED).meaning()
    other = study(*change[:-1], to=change[-1], **REDUCED).meaning()
    assert (one.identity == other.identity) is same


def test_the_rows_of_a_table_are_extent_and_its_name_is_identity(tmp_path):
    def measured(name: str, text: str) -> Meaning:
        (tmp_path / name).write_text(text)
        tables = {**TABLES, "population": {"table": name}}
        return Study(**tables, folder=tmp_path).meaning()

    one = measured("a.csv", "g [1]\n1\n2\n")
    longer, renamed = measured("a.csv", "g [1]\n1\n2\n3\n"), measured("b.csv", "g [1]\n1\n2\n")
    assert (one.identity == longer.identity, one.extent == longer.extent) == (True, False)
    assert (one.identity == renamed.identity, one.extent == renamed.extent) == (False, True)


@pytest.mark.parametrize("changes", [{}, REDUCED, {"population": None}, {"axes": {}}], ids=str)
def test_both_together_are_the_tables_of_the_study_and_survive_json(changes):
    made = study(**changes)
    tables, meaning = made.tables(), made.meaning()
    del tables["name"]
    tables["axes"] = [[key, table] for key, table in tables.get("axes", {}).items()]
    if changes.get("population", DRAWN):
        drawn = tables["population"]["parameters"]
        tables["population"]["parameters"] = [[key, table] for key, table in drawn.items()]
    assert meaning.tables() == json.loads(json.dumps(tables))
    assert list(meaning.axes) == list(made.axes)
    assert Meaning.of(meaning.tables()) == meaning
    held = json.loads(json.dumps([meaning.identity, meaning.extent], sort_keys=True))
    assert Meaning.joined(*held) == meaning


@pytest.mark.parametrize(
    ("identity", "extent"),
    [
        ({"axes": 1}, {}),
        ({"axes": [["x"]]}, {}),
        ({"axes": [[1, {}]]}, {}),
        ({"axes": [["x", 1]]}, {}),
        ({"axes": [["x", {}], ["x", {}]]}, {}),
        ({"axes": [["x", 1]], "reduce": {"over": ["x"]}}, {}),
        ({"axes": [["x", {"size": 1}]]}, {"axes": {"x": {"size": 2}}}),
        ({"axes": []}, {"axes": {"x": {"size": 2}}}),
        ({"axes": []}, {"axes": 1}),
        ({"axes": []}, 1),
        ({"axes": [], "population": {"parameters": {"y": 1}}}, {}),
        ({"axes": [], "population": {"parameters": [["y", {}], ["y", {}]]}}, {}),
        ({"axes": [], "population": 1}, {}),
        ({"axes": [], "fixed": []}, {}),
        ({"axes": [], "reduce": {"over": 1}, "population": {}}, {}),
        (1, {}),
    ],
    ids=str,
)
def test_what_is_no_meaning_is_refused(identity, extent):
    with pytest.raises((TypeError, ValueError)):
        Meaning.joined(identity, extent)
