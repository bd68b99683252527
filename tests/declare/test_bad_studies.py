"""Bad input gets one clear sentence that names the place, and nothing is written."""

from __future__ import annotations

import re

import pytest

from leakscape.declare import toml
from leakscape.declare.catalogue import from_tables, load
from leakscape.declare.resolve import resolve
from leakscape.errors import DeclarationError, KernelError, PlanError, SweepError
from leakscape.evaluation.plan import make_plan

PARTS = {
    "name": 'name = "sound"\n',
    "kernel": '[kernel]\nname = "ghk_voltage"\n',
    "axes": '[axes]\nblocked_K = { linear = [0, 0.9], size = 4, unit = "1" }\n',
}
SOUND = "".join(PARTS.values())


def plan(text: str, folder=None):
    return make_plan(from_tables(toml.parse(text, "study.toml"), "study.toml", folder))


def test_the_sound_study_is_sound():
    assert plan(SOUND).grid.shape == (4,)


CASES = {
    # units
    "wrong unit": (
        '[fixed]\nK_out = "5 mV"',
        r"fixed.K_out: K_out is in mmol/L, got mV",
    ),
    "unknown unit": ('[fixed]\nK_out = "5 florps"', r"fixed.K_out: .*known unit, got 'florps'"),
    "number without unit": ("[fixed]\nK_out = 5", r"fixed.K_out: .*without a unit, got 5"),
    "text without number": ('[fixed]\nK_out = "much"', r"fixed.K_out: .*no number in front"),
    "nan with a unit": ('[fixed]\nK_out = "nan mmol/L"', r"no number in front, got 'nan mmol/L'"),
    "infinite number": ('[fixed]\nK_out = "1e999 mmol/L"', r"not finite, got '1e999 mmol/L'"),
    "bare nan": ("[fixed]\nblocked_K = nan", r"fixed.blocked_K: number: not finite"),
    "boolean value": ("[fixed]\nblocked_K = true", r"fixed.blocked_K: .*got True"),
    "axis unit of another quantity": (
        '[axes]\nK_out = { values = [1, 2], unit = "mV" }',
        r"axes.K_out: K_out is in mmol/L, got mV",
    ),
    "axis without unit": ("[axes]\nK_out = { values = [1, 2] }", r"axes.K_out: .*without a unit"),
    # names
    "unknown parameter": ('[fixed]\nK_ot = "5 mmol/L"', r"no parameter 'K_ot'; did you mean K_out"),
    "unknown axis": ('[axes]\nP_Ka = { values = [1], unit = "cm/s" }', r"no parameter 'P_Ka'; did"),
    "unknown ratio": ('[axes]\nP_K_over_g = { values = [1], unit = "1" }', r"no parameter"),
    "unknown key": ("precison = 'float32'", r"unknown key, got 'precison'; did you mean precision"),
    "unknown precision": ("precision = 'float16'", r"precision: expected float32 or float64"),
    "unknown output": ("[outputs]\nkeep = ['V_rst']", r"no output 'V_rst'; did you mean V_rest"),
    "output twice": ("[outputs]\nkeep = ['V_rest', 'V_rest']", r"outputs.keep: expected distinct"),
    "name that no store can hold": ('name = "a/b"', r"name: a name is letters, digits and _"),
    "name reserved by the store": ('[axes]\nstatus = { values = [1], unit = "1" }', r"keeps this"),
    "unknown kernel": (
        'kernel = "ghk_volt"',
        r"kernel: unknown name, got 'ghk_volt'; did you mean",
    ),
    "reference to no kernel": ('kernel = "os:system"', r"'os:system' is no kernel"),
    "reference to a missing module": ('kernel = "no_such_pkg:k"', r"cannot import 'no_such_pkg'"),
    "reference to a missing attribute": ('kernel = "os:no_such"', r"os has no 'no_such'"),
    "reference that is no name": ('kernel = "os:system()"', r"expected module:attribute"),
    "file that is not there": ('kernel = "mine.py:cell"', r"kernel: no such file, got .*mine.py"),
    "unknown kernel option": (
        '[kernel]\nname = "chord_conductance"\nleeks = ["K"]',
        r"unknown option, got 'leeks'; did you mean leaks",
    ),
    "kernel without a name": ("[kernel]\nleaks = []", r"kernel: name is missing"),
    "unknown picture key": ("[picture]\nz = 'K_out'", r"picture: unknown key, got 'z'"),
    # axes
    "log axis through zero": (
        '[axes]\nK_out = { log = [0, 10], size = 5, unit = "mmol/L" }',
        r"axes.K_out: log: values must be above zero, got 0",
    ),
    "size of zero": (
        '[axes]\nK_out = { linear = [1, 10], size = 0, unit = "mmol/L" }',
        r"axes.K_out: size: must be at least 1, got 0",
    ),
    "size missing": ('[axes]\nK_out = { linear = [1, 10], unit = "mmol/L" }', r"axes.K_out: size"),
    "size that is no whole number": (
        '[axes]\nK_out = { linear = [1, 10], size = 2.5, unit = "mmol/L" }',
        r"size: expected a whole number, got 2.5",
    ),
    "infinite axis": ('[axes]\nK_out = { values = [1, inf], unit = "mmol/L" }', r"not finite"),
    "repeated value": ('[axes]\nK_out = { values = [1, 1], unit = "mmol/L" }', r"must be distinct"),
    "another order": (
        '[axes]\nK_out = { values = [1, 3, 2], unit = "mmol/L", order = "falling" }',
        r'order: expected "given", got \'falling\'; write it, or leave it out',
    ),
    "empty values": ('[axes]\nK_out = { values = [], unit = "mmol/L" }', r"must not be empty"),
    "text among values": ('[axes]\nK_out = { values = ["1"], unit = "mmol/L" }', r"got '1'"),
    "two spacings": (
        '[axes]\nK_out = { values = [1], log = [1, 2], unit = "mmol/L" }',
        r"exactly one of linear, log, values",
    ),
    "unknown axis key": ('[axes]\nK_out = { values = [1], size = 1, unit = "mM" }', r"got 'size'"),
    "axis that is no table": ("[axes]\nK_out = [1, 2]", r"axes.K_out: expected a table"),
    "linked rows of unequal length": (
        '[axes.s]\nK_out = { values = [1, 2], unit = "mM" }\nK_in = { values = [1], unit = "mM" }',
        r"axes.s: lengths differ",
    ),
    "linked labels that repeat": (
        '[axes.s]\nlabel = ["a", "a"]\nK_out = { values = [1, 2], unit = "mM" }',
        r"axes.s: label: must be distinct",
    ),
    "linked axis named like a parameter": (
        '[axes.K_in]\nlabel = ["a"]\nK_out = { values = [1], unit = "mM" }',
        r"axes.K_in: a linked axis needs a name of its own",
    ),
    "axis that nothing depends on": (
        '[axes]\nblocked_Cl = { linear = [0, 1], size = 3, unit = "1" }\n[outputs]\nkeep = ["E_K"]',
        r"axes.blocked_Cl: no kept output depends on it",
    ),
    # values out of bounds
    "negative concentration": ('[fixed]\nK_out = "-5 mmol/L"', r"fixed.K_out: .*got -5"),
    "negative permeability": (
        '[axes]\nP_Na = { values = [-1], unit = "cm/s" }',
        r"axes.P_Na: .*-1",
    ),
    "negative ratio": ('[axes]\nP_Na_over_P_K = { values = [-1], unit = "1" }', r"\[0, inf\]"),
    "more than all blocked": ('[fixed]\nblocked_Na = "120 %"', r"blocked_Na must lie in \[0, 1\]"),
    "below absolute zero": ('[fixed]\ntemperature = "-300 degC"', r"temperature must lie in"),
    # ratios
    "ratio whose numerator is given": (
        '[fixed]\nP_Na = "1e-8 cm/s"\nP_Na_over_P_K = "0.1"',
        r"P_Na_over_P_K: gives P_Na already, but P_Na is given too",
    ),
    "two ratios of one numerator": (
        '[fixed]\nP_Na_over_P_K = "0.1"\nP_Na_over_P_Cl = "0.1"',
        r"gives P_Na too",
    ),
    "ratios in a circle": ('[fixed]\nP_Na_over_P_K = "1"\nP_K_over_P_Na = "1"', r"the circle"),
    # derived
    "derived of wrong dimension": (
        '[derived]\nNa_out = "150 mV - K_out"',
        r"derived.Na_out: expression: cannot add mV and mmol/L",
    ),
    "derived that gives another quantity": ('[derived]\nNa_out = "K_out ** 2"', r"is wanted"),
    "derived of a wrong dimension inside log": ('[derived]\nNa_out = "log(K_out)"', r"pure number"),
    "derived that calls": ('[derived]\nNa_out = "__import__(1)"', r"derived.Na_out: .*arithmetic"),
    "derived with an attribute": ('[derived]\nNa_out = "K_out.real"', r"not arithmetic"),
    "derived with a condition": ('[derived]\nNa_out = "K_out if K_in else 1"', r"not arithmetic"),
    "derived without end": ('[derived]\nNa_out = "9 ** 9 ** 9"', r"exponent"),
    "derived of an unknown name": ('[derived]\nNa_out = "K_owt"', r"'K_owt'; did you mean K_out"),
    "derived in a circle": ('[derived]\nNa_out = "K_out"\nK_out = "Na_out"', r"need one another"),
    "derived too long": (f'[derived]\nNa_out = "{"1 + " * 200}1"', r"longer than 500 characters"),
    "derived brackets without end": (f'[derived]\nNa_out = "{"(" * 240}1"', r"not arithmetic"),
    "derived for an unknown parameter": ('[derived]\nNa_ot = "K_out"', r"did you mean Na_out"),
    # populations
    "axis that is also sampled": (
        "[population]\nsize = 4\n[population.parameters]\nblocked_K = { uniform = [0, 1] }",
        r"blocked_K is swept already by axes.blocked_K",
    ),
    "distribution that leaves the bounds": (
        '[population]\nsize = 4\n[population.parameters]\nK_out = { normal = [5, 1], unit = "mM" }',
        r"a normal can leave",
    ),
    "unknown distribution": (
        "[population]\nsize = 4\n[population.parameters]\nblocked_Na = { gauss = [0, 1] }",
        r"exactly one distribution, got \['gauss'\]",
    ),
    "distribution upside down": (
        "[population]\nsize = 4\n[population.parameters]\nblocked_Na = { uniform = [1, 0] }",
        r"lowest must be below highest",
    ),
    "population of none": (
        "[population]\nsize = 0\n[population.parameters]\nblocked_Na = { uniform = [0, 1] }",
        r"population.size: must be 1 to",
    ),
    "unknown sampling": (
        '[population]\nsize = 4\nsampling = "sobel"',
        r"population.sampling: got 'sobel'",
    ),
    "population without parameters": ("[population]\nsize = 4", r"names no parameter"),
    # too much
    "10^24 points": (
        "[axes]\n"
        + "\n".join(
            f'{name} = {{ linear = [1, 2], size = 1000000, unit = "mmol/L" }}'
            for name in ("K_out", "K_in", "Na_out", "Na_in")
        ),
        r"the grid has 1e\+24 points",
    ),
    "one axis too long": (
        '[axes]\nK_out = { linear = [1, 2], size = 20000000, unit = "mmol/L" }',
        r"axes.K_out: at most 10000000 values",
    ),
    # TOML
    "no TOML": ("name == 3", r"study.toml: not TOML"),
    "bracket bomb": ("x = " + "[" * 10_000, r"nested deeper"),
    "name missing": ("-name", r"name is missing"),
}


def merged(change: str) -> str:
    """Put a change into the sound study, in place of the part that it is about."""
    if change == "-name":
        return PARTS["kernel"] + PARTS["axes"]
    about = {part for part in PARTS if re.search(rf"^\[{part}[\].]", change, re.M)}
    about |= {part for part in PARTS if change.startswith(f"{part} =")}
    kept = "".join(text for part, text in PARTS.items() if part not in about)
    return kept + change if change.startswith("[") else change + "\n" + kept


@pytest.mark.parametrize("case", CASES)
def test_bad_input_gets_one_sentence(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    change, wanted = CASES[case]
    with pytest.raises(SweepError, match=wanted) as caught:
        plan(merged(change), tmp_path)
    text = str(caught.value)
    assert "\n" not in text
    assert caught.value.exit_status == 65
    assert list(tmp_path.iterdir()) == []


def test_a_duplicate_key_is_named():
    with pytest.raises(DeclarationError, match=r"study.toml: duplicate key 'name' in line 2"):
        toml.parse('name = "a"\nname = "b"\n', "study.toml")


def test_an_unknown_study_names_the_nearest():
    with pytest.raises(DeclarationError, match="did you mean resting_landscape"):
        load("resting_landscpe")


@pytest.mark.parametrize(
    ("content", "wanted"),
    {
        "text in a cell": ("K_in [mM]\n140\nabc\n", r"cells.csv: row 3, column K_in: .*'abc'"),
        "nan in a cell": ("K_in [mM]\n140\nnan\n", r"row 3, column K_in"),
        "ragged row": ("K_in [mM],K_out [mM]\n140\n", r"row 2 has 1 cells, the header 2"),
        "no rows": ("K_in [mM]\n", r"at least one row"),
        "unknown column": ("K_inn [mM]\n140\n", r"no parameter 'K_inn'; did you mean K_in"),
        "unit of another quantity": ("K_in [mV]\n140\n", r"K_in is in mmol/L, got mV"),
        "column twice": ("K_in [mM],K_in [mM]\n1,2\n", r"columns must be distinct"),
        "value out of bounds": ("K_in [mM]\n-1\n", r"cells.csv, column K_in: .*got -1"),
        "open bracket": ("K_in [mM\n1\n", r"is not of the form"),
        "only ids": ("id\na\n", r"needs a parameter column"),
    }.values(),
)
def test_a_bad_table_is_named_by_row_and_column(content, wanted, tmp_path):
    (tmp_path / "cells.csv").write_text(content)
    text = 'name = "x"\nkernel = "ghk_voltage"\n[population]\ntable = "cells.csv"\n'
    with pytest.raises(DeclarationError, match=wanted):
        plan(text, tmp_path)


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("return 3.0", r"must return a dict, got float"),
        ("return {}", r"did not return 'y'"),
        ("return {'y': x * 1j}", r"y is complex"),
        ("return {'y': __import__('jax').numpy.stack([x, x])}", r"y must be a scalar"),
        ("return {'y': 'text'}", r"y is no number"),
    ],
)
def test_a_kernel_is_held_to_its_declaration(body, wanted, tmp_path):
    (tmp_path / "mine.py").write_text(
        f"def cell(*, x):\n    {body}\n"
        "cell.parameters = {'x': 'mV'}\ncell.outputs = {'y': 'mV'}\n"
    )
    text = 'name = "x"\nkernel = "mine.py:cell"\n[axes]\nx = { values = [1, 2], unit = "mV" }\n'
    with pytest.raises(KernelError, match=wanted):
        plan(text, tmp_path)


def test_a_required_parameter_is_asked_for(tmp_path):
    (tmp_path / "mine.py").write_text(
        "def cell(*, x, z):\n    return {'y': x + z}\n"
        "cell.parameters = {'x': 'mV', 'z': 'mV'}\ncell.outputs = {'y': 'mV'}\n"
    )
    text = 'name = "x"\nkernel = "mine.py:cell"\n[axes]\nx = { values = [1, 2], unit = "mV" }\n'
    with pytest.raises(DeclarationError, match=r"z has no default and no value; add z = "):
        plan(text, tmp_path)


def test_errors_are_raised_before_anything_is_evaluated():
    study = from_tables(toml.parse(SOUND, "study.toml"), "study.toml")
    assert resolve(study).points == 4
    assert issubclass(PlanError, SweepError)
