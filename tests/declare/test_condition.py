"""A condition is decided as Python decides the same comparison, and everything else is refused."""

from __future__ import annotations

import math

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import leakscape as ls
from leakscape.declare import condition
from leakscape.declare.resolve import resolve
from leakscape.errors import DeclarationError

KNOWN = {
    "Na_out": "mmol/L",
    "g_K": "mS/cm2",
    "g_Na": "mS/cm2",
    "V_rest": "mV",
    "n_equilibria": "1",
    "temperature": "degC",
    "blocked_K": "1",
    "x": "1",
    "y": "1",
}
LABELS = {"solution": ("control", "half potassium", "a < b", "5")}
VALUES = {
    "Na_out": 145.0,
    "g_K": 0.5,
    "g_Na": 0.2,
    "V_rest": -70.0,
    "n_equilibria": 3,
    "temperature": 36.6,
    "blocked_K": 0.3,
    "x": 2.0,
    "y": math.nan,
}


def decided(text, values=VALUES, xp=np):
    """Whether a condition holds, and whether it is broken."""
    parsed = condition.parse(text, KNOWN, LABELS)
    return bool(parsed.holds(values, xp)), bool(parsed.breaks(values, xp))


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("Na_out >= 0 mmol/L", True),
        ("g_K > 2 * g_Na", True),
        ("g_K > 2.5 * g_Na", False),
        ("V_rest between -80 mV and -50 mV", True),
        ("V_rest between -70 mV and -50 mV", True),
        ("V_rest between -90 mV and -0.07 V", True),
        ("V_rest between -69 mV and -50 mV", False),
        ("V_rest between -2 * 40 mV and -g_K / g_Na * 1 mV", True),
        ("n_equilibria == 3", True),
        ("n_equilibria != 3", False),
        ("2 * n_equilibria - 7 < 0", True),
        ("-0.05 V > V_rest", True),
        ("Na_out < 0.1 mol/L", False),
        ("temperature <= 36.6 degC", True),
        ("temperature < 36.6 degC", False),
        ("temperature between 309.74 K and 309.76 K", True),
        ("temperature - 6 K > 30 degC", True),
        ("blocked_K <= 30 %", True),
        ("30%>blocked_K", False),
        ("sqrt(g_K * g_Na) <= 0.31 mS/cm2", False),
        ("log(x) / log(4) between 0.49 and 0.51", True),
    ],
)
@pytest.mark.parametrize("xp", [np, jnp])
def test_a_condition_holds_where_the_comparison_is_true(text, holds, xp):
    assert decided(text, xp=xp) == (holds, not holds)


@pytest.mark.parametrize("sign", ["<", "<=", ">", ">=", "==", "!=", "between 0 and"])
def test_without_a_value_a_condition_is_neither_kept_nor_broken(sign):
    assert decided(f"y {sign} 1") == (False, False)


@st.composite
def arithmetic(draw, depth=3):
    """Arithmetic over x and y that Python and a study write alike."""
    if depth == 0 or draw(st.booleans()):
        return draw(st.sampled_from(["x", "y", "0.5", "2", "3.25", "x ** 2"]))
    sign = draw(st.sampled_from("+-*/"))
    return f"({draw(arithmetic(depth - 1))} {sign} {draw(arithmetic(depth - 1))})"


NUMBERS = st.floats(-4.0, 4.0).filter(lambda number: number == 0.0 or abs(number) > 1e-3)


@given(
    arithmetic(),
    st.sampled_from(["<", "<=", ">", ">=", "==", "!="]),
    arithmetic(),
    NUMBERS,
    NUMBERS,
)
def test_any_comparison_is_decided_as_python_decides_it(left, sign, right, x, y):
    text = f"x + {left} {sign} x + {right}"
    values = {"x": np.float64(x), "y": np.float64(y)}
    try:
        parsed = condition.parse(text, KNOWN, LABELS)
    except DeclarationError as error:
        if "divides by zero" not in str(error):  # as 2 / (0.5 - 0.5) does
            raise
        return
    with np.errstate(all="ignore"):
        sides = [eval(f"x + {side}", {}, dict(values)) for side in (left, right)]
        wanted = bool(eval(f"a {sign} b", {}, {"a": sides[0], "b": sides[1]}))
        found = bool(parsed.holds(values, np)), bool(parsed.breaks(values, np))
    known = not any(math.isnan(side) for side in sides)
    assert found == (wanted and known, not wanted and known)
    assert parsed.names <= {"x", "y"}


@given(NUMBERS, NUMBERS, NUMBERS)
def test_between_includes_both_ends(x, a, b):
    low, high = sorted((a, b))
    found = decided(f"x between {low!r} and {high!r}", {"x": x})
    assert found == (low <= x <= high, not low <= x <= high)


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ('solution == "control"', 0),
        ("solution == control", 0),
        ("solution == 'half potassium'", 1),
        ("solution==half potassium", 1),
        ('solution == "a < b"', 2),
        ("solution == 5", 3),
    ],
)
def test_a_label_is_compared_by_its_text(text, index):
    for place in range(len(LABELS["solution"])):
        assert decided(text, {"solution": place}) == (place == index, place != index)
        other = text.replace("==", "!=")
        assert decided(other, {"solution": place}) == (place != index, place == index)


def test_conditions_are_equal_where_they_decide_alike():
    one, same = (condition.parse("x > 1", KNOWN, {}) for _ in range(2))
    assert one == same
    assert hash(one) == hash(same)
    assert one != condition.parse("x > 1", KNOWN | {"x": "%"}, {})
    label = condition.parse("solution == 5", KNOWN, LABELS)
    assert label != condition.parse("solution == 5", KNOWN, {"solution": ("5",)})


REFUSED = {
    "V_rest > 5 mmol/L": "cannot compare mV with mmol/L, got 'V_rest > 5 mmol/L'; fix the units",
    "V_rest > -50": "cannot compare mV with 1, got .*; fix the units",
    "V_rest between -80 mV and 3": "cannot compare mV with 1, got .*; fix the units",
    "V_rest": "no comparison, got 'V_rest'; use one of < <= > >= == != or between ... and ...",
    "V_rest = -50 mV": "no comparison, got .*; use one of < <= > >= ==",
    "V_rest => -50 mV": "no comparison, got .*; use one of < <= > >= ==",
    "V_rest is high": "no comparison, got 'V_rest is high'",
    "": "no comparison, got ''; use",
    "V_rset > -50 mV": "unknown name, got 'V_rset'; did you mean V_rest?",
    "-80 mV < V_rest < -50 mV": "one comparison each, got .*; write each as .* or .X between A and",
    "x > 1 and x < 2": "one comparison each, got",
    "x <> 1": "one comparison each, got",
    "x between 1 and 2 < 3": "one comparison each, got",
    "x > 1 and y": "unit: not a known unit, got 'and'",
    "x between 1 and 2 and 3": "'2 and' needs|not a known unit|not arithmetic",
    "x between and 2": "a side is missing, got",
    "x >": "a side is missing, got 'x >'; write one such as",
    "5 < 6": "reads no parameter and no output, got '5 < 6'; write one such as",
    "x between 3 and 2": "nothing lies in between, got .*; write the lower end first",
    "x > 1e300 * 1e300": "not a finite number, got",
    "x > sqrt(-1)": "not a finite number, got",
    "x > 1 / 0": "divides by zero",
    "solution > control": "solution is a label, got .*; compare it by == or !=",
    "solution between a and b": "solution is a label, got .*; compare it by == or !=",
    "solution == contrl": "solution has no label 'contrl'; did you mean control",
    "solution + 1 > 2": "unknown name, got 'solution'",
    'x == "control"': "not arithmetic, got",
    "x.__class__ == 1": "not arithmetic, got",
    "x > (y := 3)": "no comparison, got",
    f"x > {'9' * 300}e400": "not finite",
    f"x > {'9' * 5000}": "longer than 500 characters, got 5004",
    f"x > 2{' ** 9' * 60}": "exponent",
    f"x > {'(' * 240}1{')' * 240}": "not arithmetic, got",
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:40])
def test_what_is_no_condition_is_refused_in_one_sentence(text):
    with pytest.raises(DeclarationError, match=REFUSED[text]) as caught:
        condition.parse(text, KNOWN, LABELS)
    assert len(str(caught.value)) < 400


@given(st.text("xy V_restandbw <>=!()*/+-0123456789.eE%\"'", max_size=40))
def test_any_text_is_either_a_condition_or_refused(text):
    try:
        parsed = condition.parse(text, KNOWN, LABELS)
    except DeclarationError:
        return
    assert parsed.names <= set(KNOWN)


def study(*conditions, **fields):
    """The cell of the goldman equation over K_out and a linked axis, with conditions."""
    axes = {
        "K_out": {"log": [1, 100], "size": 3, "unit": "mmol/L"},
        "pipette": {"label": ["control", "low"], "K_in": {"values": [140, 70], "unit": "mmol/L"}},
    }
    given = {"name": "s", "kernel": "ghk_voltage", "axes": axes, "where": conditions}
    return ls.Study(**given | fields)


MEMBRANE = {"name": "equilibrium", "membrane": "striatal_msn"}
REFUSED_STUDIES = {
    "a wrong dimension": (["V_rest > 5 s"], r"where\.keep\[0\]: condition: cannot compare mV wit"),
    "an unknown name": (["V_rest < 0 mV", "V_rst < 0 mV"], r"keep\[1\]: .* did you mean V_rest\?"),
    "a label": (["pipette == lo"], "pipette has no label 'lo'; did you mean low"),
    "a wrong type": ([5], r"where\.keep\[0\]: expected text, got 5"),
    "a text alone": ("V_rest > 0 mV", r"where\.keep: expected a list, got .*; write \[\"V_rest >"),
    "another key": ({"kep": []}, "where: unknown key, got 'kep'; use keep"),
    "a number": (5, r"where\.keep: expected a list, got 5"),
    "too many": (["K_out > 0 mM"] * 101, r"where\.keep: at most 100 conditions, got 101; drop"),
    "constants": (
        ["temperature > 40 degC"],
        r"where\.keep\[0\]: leaves every point out, as temperature is 37 degC throughout, got 'te",
    ),
}


@pytest.mark.parametrize("what", REFUSED_STUDIES)
def test_a_condition_that_does_not_fit_its_study_is_refused(what):
    conditions, text = REFUSED_STUDIES[what]
    with pytest.raises(DeclarationError, match=text):
        resolve(study(where=conditions))


def test_a_condition_on_an_output_of_several_values_names_others():
    with pytest.raises(DeclarationError, match="V_equilibrium has several values at a point, alon"):
        resolve(ls.Study(name="s", kernel=MEMBRANE, where=["V_equilibrium > -60 mV"]))


def test_constants_that_satisfy_a_condition_are_no_error():
    assert len(resolve(study("temperature <= 37 degC", "P_Na < P_K")).where) == 2


def test_conditions_are_part_of_a_study_and_of_its_canonical_form():
    from leakscape.declare.catalogue import from_canonical

    plain, told = study(), study("V_rest > -60 mV")
    assert told == study(where={"keep": ["V_rest > -60 mV"]})
    assert "where" not in plain.canonical()
    assert told.meaning().identity["where"] == {"keep": ["V_rest > -60 mV"]}
    assert from_canonical(told.canonical()).where == ("V_rest > -60 mV",)
    assert study(where=[]).canonical() == plain.canonical()
