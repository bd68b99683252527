"""What a table says one way and means another: other spellings, percent, points, truth values."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import leakscape as ls
from leakscape.declare.resolve import resolve
from leakscape.errors import DeclarationError


def columns_of(text, folder, kernel="ghk_voltage"):
    (folder / "cells.csv").write_text(text, encoding="utf-8")
    study = ls.Study(name="t", kernel=kernel, population={"table": "cells.csv"}, folder=folder)
    return resolve(study).population.table


@pytest.mark.parametrize(
    ("header", "meant"),
    [
        ("Ko [mM]", "K_out"),
        ("K_o [mM]", "K_out"),
        ("Nai [mM]", "Na_in"),
        ("T [degC]", "temperature"),
        ("Temp [°C]", "temperature"),
        ("P_Na/P_K", "P_Na_over_P_K"),
        ("PNa/PK", "P_Na_over_P_K"),
        ("pNa_over_pK", "P_Na_over_P_K"),
        ("K_in in mM", "K_in"),
    ],
)
def test_a_parameter_in_other_letters_is_no_label(header, meant, tmp_path):
    with pytest.raises(DeclarationError, match=f"did you mean {meant}"):
        columns_of(f"{header},Cl_in [mM]\n4,9\n5,10\n", tmp_path)


def test_a_name_without_the_dimension_of_the_parameter_is_kept(tmp_path):
    kept = columns_of("KO,t [s],Cl_in [mM]\n1,3,9\n0,4,10\n", tmp_path).values
    assert list(kept) == ["KO", "t"]


def test_python_is_told_of_numbers_that_are_no_parameters():
    frame = pd.DataFrame(
        {"Cl_in [mM]": [9.0, 10.0], "V_m [mV]": [-70.0, -71.0], "line": ["a", "b"]}
    )
    with pytest.warns(UserWarning, match=r"no parameters, kept beside the cells: line, V_m"):
        ls.evaluate(ls.Study(name="t", kernel="ghk_voltage", population=frame))


def test_cells_in_percent_are_fractions_or_percent_as_the_header_says(tmp_path):
    for header, wanted in (("blocked_K [%]", [50, 80]), ("blocked_K", [0.5, 0.8])):
        found = columns_of(f"{header},Cl_in [mM]\n50%,9\n80 %,10\n", tmp_path).columns["blocked_K"]
        np.testing.assert_allclose(found[1], wanted, rtol=1e-15)


def test_a_workbook_that_shows_percent_holds_percent(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (["blocked_K [%]", "Cl_in [mM]"], [0.5, 9], [0.8, 10]):
        book.active.append(row)
    for cell in ("A2", "A3"):
        book.active[cell].number_format = "0%"
    book.save(tmp_path / "cells.xlsx")
    population = {"table": "cells.xlsx"}
    study = ls.Study(name="t", kernel="ghk_voltage", population=population, folder=tmp_path)
    assert resolve(study).population.table.columns["blocked_K"][1].tolist() == [50.0, 80.0]


def test_points_that_may_stand_between_thousands_are_refused_where_semicolons_separate(tmp_path):
    with pytest.raises(DeclarationError, match=r"got 140.000, where the point may .*write 140,0"):
        columns_of("id;K_in [µM]\n1;140.000\n2;130.000\n", tmp_path)
    for sure in ("0.125", "140.00", "1.5e2"):
        found = columns_of(f"id;K_in [mM]\n1;140.000\n2;{sure}\n", tmp_path).columns["K_in"]
        assert found[1].tolist() == [140.0, float(sure)]


def test_truth_values_stay_usable_as_such():
    frame = pd.DataFrame({"Cl_in [mM]": [9.0, 10.0], "ok": [True, False]})
    with pytest.warns(UserWarning, match="kept beside the cells: ok"):
        found = ls.evaluate(ls.Study(name="t", kernel="ghk_voltage", population=frame))
    assert found.where(found.ok, drop=True).sizes["cell"] == 1
