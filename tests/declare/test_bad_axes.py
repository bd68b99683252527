"""Laws of values in files: an axis and a table mean what the rule says, or are refused by name."""

from __future__ import annotations

import tracemalloc

import pytest

from leakscape.declare import table, toml
from leakscape.declare.catalogue import from_tables, load
from leakscape.errors import DeclarationError, SweepError
from leakscape.evaluation.plan import make_plan

STUDY = """
name = "sound"
kernel = "ghk_voltage"
[axes]
temperature = {{ {}, unit = "degC" }}
"""


def points(axis: str) -> list[float]:
    made = make_plan(from_tables(toml.parse(STUDY.format(axis), "study.toml"), "study.toml"))
    (coordinate,) = made.coordinates
    return [float(value) for value in coordinate.values]


TAKEN = {
    "an exponent": ("values = [1e1, 2.5E+1]", [10.0, 25.0]),
    "underscores": ("values = [1_0]", [10.0]),
    "one value": ("values = [5]", [5.0]),
    "falling values": ("values = [37, 25, 5]", [37.0, 25.0, 5.0]),
    "a falling line": ("linear = [37, 5], size = 3", [37.0, 21.0, 5.0]),
    "whole and broken numbers": ("values = [5, 5.5]", [5.0, 5.5]),
}
REFUSED = {
    "nan": ("values = [5, nan]", "axes.temperature.values[1]: number: not finite, got nan"),
    "infinity": ("linear = [5, inf], size = 3", "axes.temperature.linear[1]: number: not finite"),
    "a leading zero": ("values = [012]", "study.toml: not TOML, got Unclosed array (at line 5"),
    "a time of day": ("values = [12:30:45]", "axes.temperature.values[0]: expected text, a num"),
    "a date": ("values = [2024-01-01]", "axes.temperature.values[0]: expected text, a number"),
    "a bare word": ("values = [no]", "study.toml: not TOML, got Invalid value (at line 5"),
    "a truth value": ("values = [true]", "axes.temperature: number: expected a number, got True"),
    "a number as text": ("values = [5, '37']", "axes.temperature: values: expected numbers"),
    "values of values": ("values = [[5, 37]]", "expected a number, got [5, 37]; write digits"),
    "no values": ("values = []", "axes.temperature: values: must not be empty, got []"),
    "equal values": ("values = [5, 5]", "axes.temperature: values: must be distinct, got [5.0"),
    "a value again": ("values = [5, 37, 5]", "axes.temperature: values: must be distinct, got [5"),
    "an order of a line": (
        'linear = [5, 37], size = 3, order = "given"',
        "unknown key, got 'order'",
    ),
    "a step of zero": ("linear = [5, 5], size = 3", "linear: 3 distinct values do not fit between"),
    "one point of a line": ("linear = [5, 37], size = 1", "linear: 1 distinct values do not fit"),
    "a negative size": ("linear = [5, 37], size = -3", "axes.temperature: size: must be at least"),
    "no size": ("linear = [5, 37], size = 0", "axes.temperature: size: must be at least 1, got 0"),
    "three ends": ("linear = [5, 25, 37], size = 3", "linear: needs first and last value, got 3"),
}


@pytest.mark.parametrize("case", TAKEN)
def test_numbers_are_the_values_that_they_say(case):
    axis, wanted = TAKEN[case]
    assert points(axis) == wanted


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_axis_is_refused_by_name(case):
    axis, wanted = REFUSED[case]
    with pytest.raises(SweepError) as caught:
        points(axis)
    assert wanted in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_status == 65


@pytest.mark.parametrize(
    ("content", "wanted"),
    {
        "no text in UTF-8": (b'name = "caf\xe9"\n', r"a.toml: not UTF-8 text, byte 11; save it so"),
        "no bytes": (b"", r"a.toml: name is missing"),
        "a tag": (b"name = !!python/object:os.system\n", r"a.toml: not TOML.*line 1"),
        "50 MB": (b"", r"a.toml: at most 4 MB, got 50 MB"),
    }.values(),
    ids=lambda value: "",
)
def test_a_file_that_is_no_study_is_refused_before_it_fills_the_memory(content, wanted, tmp_path):
    file = tmp_path / "a.toml"
    file.write_bytes(content)
    if "50 MB" in wanted:
        with file.open("r+b") as stream:
            stream.truncate(50_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(DeclarationError, match=wanted) as caught:
            load(file)
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()
    assert "\n" not in str(caught.value)


def cells(folder):
    text = 'name = "x"\nkernel = "ghk_voltage"\n[population]\ntable = "cells.csv"\n'
    return make_plan(from_tables(toml.parse(text, "study.toml"), "study.toml", folder))


def test_a_table_may_begin_with_the_mark_of_its_encoding(tmp_path):
    (tmp_path / "cells.csv").write_bytes(b"\xef\xbb\xbfK_in [mM]\r\n140\r\n150\r\n")
    (numbers,) = [c for c in cells(tmp_path).coordinates if c.name == "K_in"]
    assert numbers.values.tolist() == [140.0, 150.0]


def test_a_table_of_too_many_rows_is_refused_unread(tmp_path):
    with (tmp_path / "cells.csv").open("w+b") as file:
        file.write(b"K_in [mM]\n140\n")
        file.truncate(table.LARGEST_TABLE + 1)  # two bytes a row: 10^8 rows
    with pytest.raises(DeclarationError, match=r"cells.csv: at most 200000000 bytes, got .*split"):
        cells(tmp_path)


@pytest.mark.parametrize("name", ["cell", "status", "id"])
def test_a_name_that_a_store_keeps_is_refused_and_another_offered(name):
    rows = {"label": ["a", "b"], "K_out": {"values": [3, 5], "unit": "mmol/L"}}
    instead = {"cell": "cell_type", "status": "state", "id": "identity"}[name]
    said = f"the store keeps this name for itself, got '{name}'; call it {instead}, or otherwise"
    with pytest.raises(DeclarationError, match=said):
        from_tables({"name": "x", "kernel": "ghk_voltage", "axes": {name: rows}}, "x.toml")
