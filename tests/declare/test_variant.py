"""`Study.with_` changes a study as `--set` does, and leaves it as it was."""

from __future__ import annotations

import pandas as pd
import pytest

import leakscape as ls

NAME = "bistable_population"
CHANGES = {
    "a fixed value": ({"fixed": {"temperature": "20 degC"}}, ['fixed.temperature="20 degC"']),
    "the length of an axis": (
        {"axes": {"blocked_Kir": {"linear": [0, 50], "size": 3, "unit": "%"}}},
        ['axes.blocked_Kir={linear = [0, 50], size = 3, unit = "%"}'],
    ),
    "the size of a population": (
        {"population": {"size": 7, "seed": 3}},
        ["population.size=7", "population.seed=3"],
    ),
    "a distribution": (
        {"population": {"parameters": {"g_s": {"uniform": [1, 2], "unit": "uS/cm2"}}}},
        ['population.parameters.g_s={uniform = [1, 2], unit = "uS/cm2"}'],
    ),
    "an option of the kernel": ({"kernel": {"rest": "highest"}}, ['kernel.rest="highest"']),
    "words and lists": (
        {"name": "other", "precision": "float64", "outputs": ["V_rest"]},
        ['name="other"', 'precision="float64"', 'outputs.keep=["V_rest"]'],
    ),
}


@pytest.mark.parametrize(("changes", "settings"), CHANGES.values(), ids=CHANGES)
def test_it_is_what_set_makes(changes, settings):
    before = ls.load(NAME)
    assert before.with_(**changes) == ls.load(NAME, settings)
    assert before == ls.load(NAME)


def test_a_table_is_merged_and_none_removes():
    study = ls.Study(
        name="s",
        kernel={"name": "chord_conductance", "leaks": ["K", "Na"]},
        fixed={"E_K": "-90 mV", "E_Na": "60 mV"},
        axes={"g_K": ls.Axis.linear(1, 2, size=3, unit="mS/cm2")},
        where=["V_rest > -80 mV"],
        reduce={"over": ["g_K"], "V_rest": ["mean"], "I_K": ["mean"]},
    )
    changed = study.with_(
        kernel={"leaks": None},
        fixed={"E_K": None, "g_Na": "1 mS/cm2"},
        axes={"g_K": {"size": 5}, "E_K": ls.Axis.values([-90], unit="mV")},
        where=None,
        reduce={"I_K": None},
    )
    assert changed.kernel == {"name": "chord_conductance"}
    assert changed.fixed == {"E_Na": "60 mV", "g_Na": "1 mS/cm2"}
    assert list(changed.axes) == ["g_K", "E_K"]
    assert changed.axes["g_K"] == ls.Axis.linear(1, 2, size=5, unit="mS/cm2")
    assert changed.where == ()
    assert list(changed.reduce.statistics) == ["V_rest"]
    assert study.with_(reduce=None, axes=None).reduce is None
    assert study.with_(axes=None).axes == {}


def test_an_axis_replaces_another_spacing_and_rows_of_a_linked_axis_are_merged():
    rows = {"label": ["a", "b"], "K_in": {"values": [1, 2]}, "Na_in": {"values": [3, 4]}}
    study = ls.Study(name="s", kernel="nernst", axes={"pipette": rows, "x": {"values": [1, 2]}})
    changed = study.with_(axes={"x": {"log": [1, 9], "size": 2}, "pipette": {"Na_in": None}})
    assert changed.axes["x"] == ls.Axis.log(1, 9, size=2)
    assert changed.axes["pipette"].label == ("a", "b")
    assert list(changed.axes["pipette"].parameters) == ["K_in"]


def test_functions_and_measured_cells_stay(tmp_path):
    def own(*, outside):
        return {"V": outside}

    own.parameters, own.outputs = {"outside": "mmol/L"}, {"V": "mmol/L"}
    (tmp_path / "cells.csv").write_text("outside [mmol/L]\n4\n16\n", encoding="utf-8")
    study = ls.Study(name="s", kernel=own, population={"table": "cells.csv"}, folder=tmp_path)
    changed = study.with_(name="t", precision="float64")
    assert changed.kernel is own
    assert changed.population is study.population
    assert changed.folder == tmp_path
    assert study.with_(population=None).population is None
    frame = pd.DataFrame({"outside [mmol/L]": [4.0, 8.0, 16.0]})
    for cells in (frame, {"table": frame}):
        assert study.with_(population=cells).population.size == 3


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"fixd": {}}, r"study.with_: unknown key, got 'fixd'; did you mean fixed\?"),
        ({"name": None}, r"study.with_: a study needs a name, got None; leave it out"),
        ({"axes": {"x": {"size": 3}}}, "axes.x: needs exactly one of linear, log, values, gauss"),
        ({"fixed": 3}, "fixed: expected a table, got 3"),
    ],
)
def test_wrong_changes_are_one_sentence(changes, text):
    with pytest.raises(ls.DeclarationError, match=text):
        ls.Study(name="s", kernel="nernst").with_(**changes)
