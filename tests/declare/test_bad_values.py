"""Any value in any field of a study is taken, or refused in one bounded sentence.

Every field meets every value of a list of nasty ones, through the parser and through --set.
"""

from __future__ import annotations

import itertools
import json

import pytest

from leakscape.declare import toml
from leakscape.declare.catalogue import from_tables
from leakscape.declare.resolve import resolve
from leakscape.errors import SweepError
from leakscape.evaluation.plan import make_plan

KERNEL = """
def kernel(*, a, b, g, area):
    return {"y": a * b + g / area}

kernel.parameters = {
    "a": {"unit": "mV", "default": 1.0},
    "b": {"unit": "1", "default": 2.0, "bounds": (0.0, 10.0)},
    "g": {"unit": "mS/cm2", "default": 3.0, "divide_by": "area"},
    "area": {"unit": "um2", "default": 4.0, "bounds": (0.0, float("inf"))},
}
kernel.outputs = {"y": {"unit": "mV", "headline": True}}
"""
GRID = """
name = "grid"
kernel = { name = "own.py:kernel" }
[fixed]
area = "5 um2"
[derived]
a = "3 mV * b"
[axes]
b = { linear = [0, 1], size = 3, unit = "1" }
[axes.pair]
label = ["one", "two"]
g = { values = [1, 2], unit = "mS/cm2" }
[outputs]
keep = ["y"]
[picture]
output = "y"
x = "b"
select = { pair = "one" }
contour = ["5 mV"]
"""
CELLS = """
name = "cells"
kernel = "own.py:kernel"
axes.area = { log = [1, 10], size = 2, unit = "um2" }
[population]
size = 4
seed = 1
sampling = "random"
[population.parameters]
a = { normal = [0, 1], unit = "mV" }
b = { uniform = [0, 1], unit = "1" }
"""
FIELDS = {
    "grid": (
        *("name", "question", "expect", "precision", "kernel", "kernel.name", "kernel.option"),
        *("fixed", "fixed.area", "fixed.a", "fixed.g_over_area", "fixed.unknown", "fixed._0_"),
        *("derived", "derived.a", "derived.b", "derived.area", "axes", "axes.b", "axes.b.linear"),
        *("axes.b.log", "axes.b.values", "axes.b.size", "axes.b.unit", "axes.b.other"),
        *("axes.pair", "axes.pair.label", "axes.pair.g", "axes.pair.g.values", "axes.pair.b"),
        *("axes.pair.g.unit", "axes.new", "outputs", "outputs.keep", "outputs.other", "unknown"),
        *("picture", "picture.output", "picture.x", "picture.y", "picture.hue"),
        *("picture.select", "picture.select.pair", "picture.contour", "population", "folder"),
        *("where", "where.keep", "where.other"),
    ),
    "cells": (
        *("population", "population.size", "population.seed", "population.sampling"),
        *("population.table", "population.digest", "population.other", "population.parameters"),
        *("population.parameters.a", "population.parameters.a.normal", "population.parameters.g"),
        *("population.parameters.a.unit", "population.parameters.b.uniform", "axes.area.log"),
        "population.parameters.a.choice",
    ),
}
STUDIES = {"grid": GRID, "cells": CELLS}
NASTY = (
    *("0", "-0.0", "1", "-1", "1e308", "-1e308", "5e-324", "1e999", "nan", "inf", "-inf", "true"),
    *("9" * 18, "9" * 30, "9" * 400, "9" * 5000, "-" + "9" * 5000, "0x" + "f" * 20_000),
    *("2024-01-01", "2024-01-01T00:00:00Z", "12:30:45"),
    *("[]", "{}", "[[]]", "[{}]", "[1, 2]", "[2, 1]", "[1, 'a']", "[true]", "[nan]", "[1, 1e308]"),
    *("[-1e308, 1e308]", "[1e-320, 1e-321]", f"[{'9' * 400}, 1]", "[0, 1, 2, 3]", "['a', 'b']"),
    *("{ values = [1, 2] }", "{ values = [1e308, 1.7e308], unit = 'V' }", "{ x = { y = 1 } }"),
    *("{ linear = [0, 1], size = 9000000000000000000, unit = '1' }", "{ b = [] }", "[" * 39),
    *("{ log = [1e-300, 1e300], size = 9, unit = '1' }", ".".join("a" * 500) + "=1"),
    *("{ " + ".".join("a" * 30) + " = 1 }", "{ " + ".".join("a" * 500) + " = 1 }", "[ " * 500),
    *(
        "''",
        "'\\u0000'",
        '"\\u0000"',
        '"\\u001b[31m"',
        '"a\\nb"',
        '"é"',
        "'x'",
        "'" + "x" * 9000 + "'",
    ),
    *("'5 m**9**9**9'", "'5 m^99999999'", "'5 m9999999999'", "'5 um2**0'", "'5 (m'", "'5 dB'"),
    *("'1e308 m2'", "'1e-320 nm2'", "'5 Ym60'", "'5 degC'", "'5 '", "'5'", "' 5 % '", "'5 um2 1'"),
    *("'1/0'", "'b / 0'", "'a / (area - 5 um2)'", "'_0_'", "'_1_ + 1 mV'", "'3 mV * _0_'"),
    *("'(0 - 1) ** 0.5 * 1 mV'", "'exp(1000) * 1 mV'", "'10**400'", "'1 mV * 10 ** 16 ** 16'"),
    *("'sqrt(-1) * 1 mV'", "'log(0) * 1 mV'", "'(1e300 mV) ** 2 / 1 mV'", "'1 mV * (2 ** 1j)'"),
    *(
        "'((((b**16)**16)**16)**16) * 1 mV'",
        "'(area**16)**16'",
        "'1 mV * (0 * b) ** -1'",
        "'" + "(" * 400 + "'",
    ),
    *(
        "'own.py:'",
        "':'",
        "'..:x'",
        "'own.py:kernel.parameters'",
        "'/dev/zero.py:x'",
        "'os:environ'",
    ),
    *("['a < 1e308 mV', 'y == y']", "['b between 0 and 1']", "['pair != one']", "['((b < 1']"),
    *("'own.py'", "'/dev/zero'", "'.'", "'/'", "'cells.csv'", "'status'", "'CELL'", "'con'"),
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the kernel in it."""
    (tmp_path / "own.py").write_text(KERNEL)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def attempt(text: str, folder, settings=(), *, traced: bool = True) -> str:
    """Take a study as far as its plan; return what it was refused with, or nothing."""
    try:
        tables = toml.change(toml.parse(text, "study.toml"), settings)
        study = from_tables(tables, "study.toml", folder)
        json.loads(study.canonical())
        if resolve(study).points < 1e4 and traced:
            make_plan(study)
    except SweepError as error:
        refusal = error
    else:
        return ""
    assert refusal.exit_status == 65
    return checked(str(refusal))


def checked(message: str) -> str:
    """Hold a message to what every message is: one line, bounded, nothing that moves a cursor."""
    assert message
    assert len(message) <= 2100
    assert message.replace("\N{NO-BREAK SPACE}", " ").isprintable()
    assert not any(len(word) > 1200 for word in message.split())
    return message


@pytest.mark.parametrize("name", STUDIES)
def test_the_studies_are_sound(name, folder):
    assert attempt(STUDIES[name], folder) == ""


@pytest.mark.repeats(quick=24)
@pytest.mark.parametrize(
    ("name", "field"), [(name, field) for name, fields in FIELDS.items() for field in fields]
)
def test_any_value_in_any_field_is_taken_or_refused_in_a_sentence(name, field, folder):
    traced = not field.startswith(("question", "expect", "picture"))  # no kernel reads these
    refused = [
        value
        for value in NASTY
        if attempt(STUDIES[name], folder, [f"{field}={value}"], traced=traced)
    ]
    assert len(refused) > 10  # some fields take any text, none takes any number


def test_any_key_is_refused_in_a_sentence(folder):
    for key, start in itertools.product(
        (
            "x" * 9000,
            ".".join("a" * 500),
            ".".join("a" * 39),
            "a..b",
            "",
            " ",
            "\0",
            "é",
            '"',
            "\x1b",
        ),
        ("", "fixed.", "derived.", "axes.", "kernel.", "picture.", "population.parameters."),
    ):
        assert attempt(GRID, folder, [f"{start}{key}=1"]) or start == "kernel."


@pytest.mark.parametrize(
    "text",
    {
        "a number of 5000 digits": f"x = {'9' * 5000}",
        "a number of 400 digits": f"fixed.area = {'9' * 400}",
        "a key of 500 parts": f"{'.'.join('a' * 500)} = 1",
        "a key of 500 000 parts": f"{'.'.join('a' * 500_000)} = 1",
        "a key of 500 000 quoted parts": " . ".join(['"a"'] * 500_000) + " = 1",
        "a table of 500 parts": f"[{'.'.join('a' * 500)}]",
        "500 tables inside one another": "x = " + "{ x = " * 500,
        "10 000 lists with blanks between": "x = " + "[ " * 10_000,
        "one word of 4 MB": "x" * 3_900_000,
        "a date": "name = 2024-01-01",
        "no text": "",
    }.items(),
    ids=lambda pair: pair[0],
)
def test_what_a_parser_would_choke_on_is_refused_at_once(text, folder):
    assert attempt(text[1], folder)
