"""Columns that are no parameters stay beside the cells, as labels or as numbers."""

from __future__ import annotations

import numpy as np
import pytest

from leakscape.declare.resolve import resolve
from leakscape.declare.study import Study
from leakscape.errors import DeclarationError


def table_of(content, folder, **study):
    (folder / "cells.csv").write_text(content, encoding="utf-8")
    given = {"name": "t", "kernel": "ghk_voltage", "population": {"table": "cells.csv"}} | study
    return resolve(Study(**given, folder=folder)).population.table


def test_texts_are_labels_and_numbers_are_values_with_their_unit(tmp_path):
    table = table_of(
        "Id,Genotype,K_in [mM],V_m (mV),Age\na,wt,140,-71.5,12\nb,ko,120,NA,9\n", tmp_path
    )
    assert list(table.columns) == ["K_in"]
    assert table.id == ("a", "b")
    assert table.labels["Genotype"].tolist() == ["wt", "ko"]
    unit, values = table.values["V_m"]
    assert unit == "mV"
    np.testing.assert_array_equal(values, [-71.5, np.nan])
    assert table.values["Age"][0] == "1"
    assert table.values["Age"][1].tolist() == [12, 9]


@pytest.mark.parametrize(
    "labels",
    [
        ["007", "012"],
        ["7", "8b"],
        ["2.50", "n=3"],
        ["", "left"],
        ["", ""],
        ["1_000", "2"],
        [*map(str, range(9000)), "x"],
    ],
    ids=lambda labels: f"{labels[0]} to {labels[-1]}",
)
def test_labels_are_kept_as_they_are_written(labels, tmp_path):
    rows = "".join(f"{label},140\n" for label in labels)
    table = table_of(f"animal,K_in [mM]\n{rows}", tmp_path)
    assert table.labels["animal"].tolist() == labels


def test_empty_cells_of_a_measured_column_are_no_numbers_wherever_they_stand(tmp_path):
    rows = [("" if n % 7 == 3 else f"-{n},5", f"{100 + n % 50},25") for n in range(3002)]
    text = "V_m [mV];K_in [mM]\n" + "".join(f"{V};{K}\n" for V, K in rows)
    measured = table_of(text, tmp_path).values["V_m"][1]
    wanted = [np.nan if n % 7 == 3 else -(n + 0.5) for n in range(3002)]
    np.testing.assert_array_equal(measured, wanted)
    late = text.rpartition(";")[0] + ";\n"
    with pytest.raises(DeclarationError, match=r"row 3003, column K_in: is empty; write a number"):
        table_of(late, tmp_path)


def test_names_are_made_such_as_a_store_can_hold(tmp_path):
    table = table_of("Cell type,Größe (µm),K_in [mM]\nx,12,140\n", tmp_path)
    assert list(table.labels) == ["Cell_type"]
    assert list(table.values) == ["Groe"]


def test_a_column_that_an_expression_reads_is_no_column_that_is_kept(tmp_path):
    content = "share [1],note,K_out [mM]\n0.5,a,5\n"
    derived = {"K_in": "28 * K_out", "blocked_K": "share"}
    table = table_of(content, tmp_path, derived=derived)
    assert list(table.columns) == ["share", "K_out"]
    with pytest.raises(DeclarationError, match=r"row 2, column note: not a finite .*got 'a'"):
        table_of(content, tmp_path, derived={"blocked_K": "note"})


@pytest.mark.parametrize(
    ("column", "wanted"),
    [
        ("P_over [1]", "kept"),
        ("Cl_i [mV]", "kept"),  # nearly Cl_in, but a voltage
        ("Cl_i [mM]", r"no parameter 'Cl_i'; did you mean Cl_in"),
        ("k_IN [mM]", r"no parameter 'k_IN'; did you mean K_in"),
        ("p_na [mV]", r"has the name of a parameter"),
        ("T [degC]", r"no parameter .T.; did you mean temperature"),
    ],
)
def test_a_slip_of_the_pen_is_no_silent_default(column, wanted, tmp_path):
    content = f"Na_in [mM],{column}\n12,1\n"
    rows = {"T": {"label": ["a"], "temperature": {"values": [20], "unit": "degC"}}}
    if wanted == "kept":
        assert table_of(content, tmp_path, axes=rows).values
        return
    with pytest.raises(DeclarationError, match=wanted):
        table_of(content, tmp_path, axes=rows)


@pytest.mark.parametrize("sign", ["±", "+/-", " ± ", "+-"])
def test_deviations_become_a_column_of_their_own(sign, tmp_path):
    content = f"K_in [mM];V_m [mV];bath [degC]\n140,5{sign}2,5;\u2212118{sign}10;20{sign}1\n"
    content += "138,2;-90;NA\n"
    given = {"file": "cells.csv", "sd": True}
    table = table_of(content, tmp_path, population={"table": given})
    assert table.columns["K_in"][1].tolist() == [140.5, 138.2]
    found = {name: (unit, values.tolist()) for name, (unit, values) in table.values.items()}
    assert [*found] == ["K_in_sd", "V_m", "V_m_sd", "bath", "bath_sd"]
    assert found["V_m"] == ("mV", [-118.0, -90.0])
    assert found["V_m_sd"][0] == "mV"
    np.testing.assert_array_equal(found["K_in_sd"][1], [2.5, np.nan])
    np.testing.assert_array_equal(found["bath_sd"][1], [1.0, np.nan])
    assert found["bath_sd"][0] == "K"  # a difference of temperatures


@pytest.mark.parametrize(
    ("content", "given", "wanted"),
    [
        ("K_in [mM]\n140\n", {"sd": True}, r"has no cell such as -118±10; remove sd"),
        ("K_in [mM]\n140 (10)\n", {"sd": True}, r"the value and its deviation as -118±10"),
        ("K_in [mM]\n140±-1\n", {"sd": True}, r"row 2, column K_in: not a finite number"),
        ("K_in [mM],K_in_sd [mM]\n140±1,2\n", {"sd": True}, r"K_in_sd is there too; rename"),
        ("K_in [mM]\n140±1\n", {"sd": 1}, r"population.table.sd: expected true or false, got 1"),
        ("K_in [mM]\n140±1\n", {"SD": True}, r"population.table: unknown key, got 'SD'; use"),
        ("K_in [mM]\n140±1\n", {"file": 3}, r"population.table: expected a file name, got 3"),
    ],
)
def test_deviations_that_are_not_clear_are_refused(content, given, wanted, tmp_path):
    with pytest.raises(DeclarationError, match=wanted):
        table_of(content, tmp_path, population={"table": {"file": "cells.csv"} | given})
