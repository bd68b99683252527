"""A study written as TOML loads to an equal study, dimensions in the same order."""

from __future__ import annotations

import tomllib

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import leakscape as ls
from leakscape.declare.catalogue import catalogue, from_tables

OUTSIDE = {"values": [4, 16], "unit": "mmol/L"}


def read_back(study: ls.Study) -> ls.Study:
    return from_tables(tomllib.loads(study.to_toml()), "written", study.folder)


def assert_equal(one: ls.Study, other: ls.Study) -> None:
    assert one == other
    assert list(one.axes) == list(other.axes)
    assert one.canonical() == other.canonical()


@pytest.mark.parametrize("name", catalogue())
def test_every_shipped_study_comes_back(name):
    assert_equal(read_back(ls.load(name)), ls.load(name))


@settings(max_examples=20)
@given(st.text(), st.text(alphabet="\"\\\n\r\t'= [#\x7f\u2028a", max_size=12))
def test_any_words_come_back(question, expect):
    study = ls.Study(name="s", kernel="nernst", question=question, expect=expect)
    assert_equal(read_back(study), study)


names = st.from_regex(r"[A-Za-z]\w{0,8}", fullmatch=True).filter(
    lambda name: name.isascii() and name.lower() not in ("status", "cell", "id")
)
numbers = st.floats(-1e300, 1e300).filter(lambda x: x == 0 or abs(x) > 1e-300)
single = numbers.map(lambda x: {"values": [x], "unit": "mV"})
linked = st.dictionaries(names, single, min_size=1, max_size=2)
labelled = linked.map(lambda rows: {"label": ['a "row"']} | rows)
plain = st.one_of(st.booleans(), st.integers(-(2**63) + 1, 2**63 - 1), numbers, st.text(max_size=5))
options = st.recursive(
    plain,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=20)
@given(
    axes=st.dictionaries(names, st.one_of(single, linked, labelled), max_size=5),
    kernel=st.dictionaries(names, options, max_size=4),
    fixed=st.dictionaries(names, st.one_of(numbers, st.just("3 mV")), max_size=3),
)
def test_any_axes_and_options_come_back(axes, kernel, fixed):
    study = ls.Study(name="s", kernel={**kernel, "name": "nernst"}, axes=axes, fixed=fixed)
    assert_equal(read_back(study), study)


def test_reductions_conditions_and_populations_come_back():
    study = ls.Study(
        name="s",
        kernel="nernst",
        precision="float64",
        derived={"inside": "2 * outside"},
        axes={"both": {"label": ["a", "b"], "outside": OUTSIDE}, "x": {"values": [1]}},
        population={"size": 3, "parameters": {"temperature": {"normal": [30, 1], "unit": "degC"}}},
        where=['both == "a"', "E > -90 mV"],
        reduce={"over": ["cell"], "E": ["mean", {"histogram": ["-99 mV", "0 mV"], "bins": 3}]},
        picture={"contour": ["-55 mV", "-60 mV"], "select": {"x": 1}},
    )
    assert_equal(read_back(study), study)


def test_measured_cells_are_named_with_their_digest(tmp_path):
    (tmp_path / "cells.csv").write_text("outside [mmol/L]\n4\n16\n", encoding="utf-8")
    study = ls.Study(name="s", kernel="nernst", population={"table": "cells.csv"}, folder=tmp_path)
    assert_equal(read_back(study), study)
    (tmp_path / "cells.csv").write_text("outside [mmol/L]\n4\n17\n", encoding="utf-8")
    with pytest.raises(ls.DeclarationError, match="content differs"):
        read_back(study)
    (tmp_path / "cells.csv").unlink()
    with pytest.raises(ls.DeclarationError, match=r"cells of s are in no file, got 'cells.csv'"):
        study.to_toml()


def test_cells_that_are_in_no_file_are_not_written():
    frame = pd.DataFrame({"outside [mmol/L]": [4.0, 16.0]})
    study = ls.Study(name="s", kernel="nernst", population=frame)
    with pytest.raises(ls.DeclarationError, match=r"cells of s are in no file, got 'DataFrame'"):
        study.to_toml()


def test_a_kernel_of_this_process_is_not_written():
    def own(*, x):
        return {"V": x}

    own.parameters, own.outputs = {"x": "mV"}, {"V": "mV"}
    with pytest.raises(ls.DeclarationError, match=r'put it into a file .* "my_cell.py:own"$'):
        ls.Study(name="s", kernel=own).to_toml()
