"""Laws of a fit's declaration: what it may say, and one sentence for each mistake."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from leakscape.declare.fit import Fit, from_canonical
from leakscape.declare.fits import fits, load_fit
from leakscape.declare.prior import Prior
from leakscape.declare.recordings import read_recordings
from leakscape.errors import DeclarationError

ROWS = """K_out [mM],V [mV],V_sd [mV],n,drug
2.5,-90,1,3,none
5,-75,2,3,none
10,-60,2,3,Ba
"""
V = {"output": "V_rest", "sd": "V_sd"}


@pytest.fixture
def make(tmp_path):
    def made(rows=ROWS, data=(), **changes):
        (tmp_path / "r.csv").write_text(rows)
        table = {"table": "r.csv", "conditions": ["K_out"], "outputs": {"V": V}} | dict(data)
        given = {"name": "f", "kernel": "ghk_voltage", "free": {"K_in": {"uniform": [80, 200]}}}
        return Fit(data=table, folder=tmp_path, **given | changes)

    return made


def test_a_fit_survives_its_canonical_json_with_the_order_of_what_is_free(make):
    free = {"P_Na_over_P_K": {"loguniform": [1e-3, 1]}}
    free |= {"K_in": {"lognormal": ["m", "s"], "unit": "mM", "per": "drug"}}
    free |= {"s": {"uniform": [0.01, 1]}, "m": {"uniform": [80, 200], "unit": "mM"}}
    fit = make(free=free, offsets={"V": {"normal": [0, 3], "unit": "mV"}}, noise={"law": "normal"})
    again = from_canonical(fit.canonical(), fit.folder)
    assert again.canonical() == fit.canonical()
    assert list(again.free) == list(free)
    assert fit.hyperparameters == {"m", "s"}


@pytest.mark.parametrize("name", sorted(fits()))
def test_ready_made_fits_load_and_find_their_tables(name):
    fit = load_fit(name)
    assert fit.name == name
    assert fit.question
    assert read_recordings(fit).rows


def test_a_table_is_read_with_its_units_labels_and_repeats(make):
    found = read_recordings(make(data={"outputs": {"V": V | {"n": "n"}}}))
    assert found.units == {"V": "mV"}
    assert found.conditions["K_out"][0] == "mM"
    np.testing.assert_array_equal(found.values["V"], [-90, -75, -60])
    np.testing.assert_allclose(found.error("V"), np.array([1, 2, 2]) / np.sqrt(3))
    assert found.labels["drug"] == ("none", "none", "Ba")
    assert list(found.numbers) == [2, 3, 4]


def test_a_scatter_in_another_unit_is_converted(make):
    found = read_recordings(make(data={"outputs": {"V": V | {"sd": "2000 uV"}}}))
    np.testing.assert_allclose(found.error("V"), 2.0)


def test_cells_without_a_number_are_left_out_where_the_fit_says_so(make):
    rows = "K_out [mM],V [mV]\n2.5,-90\n5,oops\n,-60\n20,-40\n"
    fit = make(rows, {"outputs": {"V": V | {"sd": "2 mV"}}, "skip": True})
    found = read_recordings(fit)
    np.testing.assert_array_equal(found.values["V"], [-90, -40])
    assert found.remarks == ("2 of 4 rows lack a number and are left out",)


def test_rows_that_look_alike_are_said_to_count_apart(make):
    (remark,) = read_recordings(make(ROWS + "5,-77,2,3,none\n")).remarks
    assert remark.startswith("rows 3 and 5 have the same conditions and labels")


def test_a_frame_stands_in_for_the_file(make):
    frame = pd.DataFrame({"K_out [mM]": [2.5, 5.0], "V [mV]": [-90.0, -75], "V_sd [mV]": [1.0, 2]})
    assert read_recordings(make(), frame).rows == 2


def test_whole_numbers_name_groups_too(make):
    free = {"K_in": {"uniform": [80, 200], "unit": "mM", "per": "n"}}
    assert read_recordings(make(free=free)).labels["n"] == ("3", "3", "3")


WRONG = {
    "no column": ({"conditions": ["K_o"]}, "has no column 'K_o'; did you mean K_out"),
    "no recorded": ({"outputs": {"U": V}}, "r.csv has no column 'U'"),
    "no table": ({"table": ""}, "data.table: is missing"),
    "no file": ({"table": "none.csv"}, "there is no such file"),
    "no sd column": ({"outputs": {"V": V | {"sd": "V_s"}}}, "has no column 'V_s'; did you mean"),
    "sd of 0": ({"outputs": {"V": V | {"sd": "0 mV"}}}, "must be above 0, got '0 mV'"),
    "sd below 0": ({"outputs": {"V": V | {"sd": "-1 mV"}}}, "must be above 0, got '-1 mV'"),
    "unit of sd": ({"outputs": {"V": V | {"sd": "2 mM"}}}, "mM is no unit of what is recorded"),
    "no sd": ({"outputs": {"V": {"output": "V_rest"}}}, "sd: is missing; write a column"),
    "no output": ({"outputs": {"V": {"sd": "2 mV"}}}, "expected the name of an output"),
    "n of 0": ({"outputs": {"V": V | {"n": 0}}}, "n: must be 1 or more, got 0"),
    "texts": ({"conditions": ["drug"]}, "column drug: not a finite number, got 'none'"),
    "key": ({"tabel": "r.csv"}, "data: unknown key, got 'tabel'; did you mean table"),
    "both": ({"conditions": ["V"]}, "data.outputs.V: is a condition too"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_mistake_in_the_data_is_one_sentence(make, case):
    data, sentence = WRONG[case]
    with pytest.raises(DeclarationError) as caught:
        read_recordings(make(data=data))
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("", "r.csv: row 3, column V: is empty; write a number, or skip = true"),
        ("nan", "r.csv: row 3, column V:"),
        ("oops", "r.csv: row 3, column V: not a finite number, got 'oops'"),
    ],
)
def test_a_cell_without_a_number_is_named_as_the_file_counts(make, cell, sentence):
    with pytest.raises(DeclarationError) as caught:
        read_recordings(make(ROWS.replace("-75", cell)))
    assert sentence in str(caught.value)


def test_an_error_of_zero_in_a_cell_is_named(make):
    with pytest.raises(DeclarationError, match=r"row 2, column V_sd: must be above 0, got 0"):
        read_recordings(make(ROWS.replace("-90,1", "-90,0")))


PRIORS = {
    "choice": ({"choice": [1, 2]}, "a fit needs values that vary without gaps"),
    "no prior": ("120 mM", "expected a prior, got '120 mM'"),
    "hyper without per": ({"normal": ["m", "s"]}, 'add per = "cell"'),
    "hyper uniform": ({"uniform": ["m", 3], "per": "c"}, "its numbers cannot be parameters"),
    "key": ({"uniform": [0, 1], "pre": "c"}, "exactly one distribution"),
}


@pytest.mark.parametrize("case", PRIORS)
def test_a_mistake_in_a_prior_is_one_sentence(make, case):
    entry, sentence = PRIORS[case]
    with pytest.raises(DeclarationError) as caught:
        make(free={"K_in": entry})
    assert str(caught.value).startswith("free.K_in")
    assert sentence in str(caught.value)


TABLES = {
    "nothing free": ({"free": {}}, "free: names no parameter"),
    "a condition": ({"free": {"K_out": {"uniform": [1, 2]}}}, "K_out is a condition"),
    "fixed": ({"fixed": {"K_in": "120 mM"}}, "free.K_in: K_in is fixed too"),
    "hyper": (
        {"free": {"K_in": {"normal": ["m", 3], "per": "drug"}}},
        "free.K_in: m is no free parameter",
    ),
    "law": ({"noise": {"law": "cauchy"}}, "noise.law: got 'cauchy'; use one of normal, student"),
    "df": ({"noise": {"law": "student"}}, "noise.df: is missing"),
    "df of normal": ({"noise": {"df": 4}}, "belongs to the law student"),
    "df of 0": ({"noise": {"law": "student", "df": 0}}, "noise.df: must be above 0"),
    "precision": ({"precision": "double"}, "expected float32 or float64"),
}


@pytest.mark.parametrize("case", TABLES)
def test_a_mistake_in_a_table_is_one_sentence(make, case):
    changes, sentence = TABLES[case]
    with pytest.raises(DeclarationError) as caught:
        make(**changes)
    assert sentence in str(caught.value)


def test_priors_say_what_they_are():
    assert Prior.of({"loguniform": [1, 2]}).logarithmic
    assert not Prior.of({"loguniform": [1, 2]}).informative
    assert Prior.of({"normal": [1, 2], "unit": "mV"}).informative
    assert Prior.of({"lognormal": [1, 2]}).support == (0.0, np.inf)


def test_a_study_is_no_fit(tmp_path):
    (tmp_path / "s.toml").write_text('name = "s"\nkernel = "nernst"\n[axes]\n')
    with pytest.raises(DeclarationError, match="is a study, and has no"):
        load_fit(tmp_path / "s.toml")
    with pytest.raises(DeclarationError, match="did you mean fit_root_potassium"):
        load_fit("fit_root_potasium")
