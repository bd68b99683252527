"""Gates of a study: functions in files beside it, parameters as axes, and mistakes told."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from leakscape.cli import main
from leakscape.declare import find
from leakscape.declare.resolve import resolve
from leakscape.declare.study import Study
from leakscape.errors import SweepError
from leakscape.evaluation.in_memory import evaluate
from leakscape.evaluation.plan import make_plan

GOOD = """
import jax.numpy as jnp
def a_inf(V):
    return 1 / (1 + 2.0 ** (-(V + 50.0) / 10.0))
def a_tau(V, here):
    return here["temperature"] / 10.0 + 0.0 * V
"""
AT = [-60.0, -20.0]
AXES = {"V": {"values": AT, "unit": "mV"}}
GATE = {"power": 2, "inf": "my_gates.py:a_inf", "tau": "my_gates.py:a_tau"}


def study(folder, source=GOOD, gate=GATE, axes=AXES, name="membrane_current", **more):
    if source is not None:
        (folder / "my_gates.py").write_text(source, encoding="utf-8")
    channel = {"type": "gated", "g": "2 mS/cm2", "E": "50 mV", "gates": {"a": gate}}
    mechanisms = {"K": channel, "leak": {"type": "ohmic_leak", "g": "1 mS/cm2", "E": "0 mV"}}
    kernel = {"name": name, "membrane": {"mechanisms": mechanisms} | more}
    return Study(name="own", kernel=kernel, axes=axes, folder=folder, precision="float64")


def expected(step=10.0):
    at = np.array(AT)
    return at + 2.0 * (at - 50.0) / (1 + 2.0 ** (-(at + 50.0) / step)) ** 2


def test_a_gate_of_a_file_is_computed_and_follows_the_file(tmp_path):
    # Here and below 1e-12: sums of a few float64 terms of one size, off by some ulp.
    np.testing.assert_allclose(evaluate(study(tmp_path)).I_total.values, expected(), rtol=1e-12)
    first = make_plan(study(tmp_path)).kernel_code["sha256"]
    assert resolve(study(tmp_path)).kernel.files == ("my_gates.py",)
    changed = study(tmp_path, GOOD.replace("/ 10.0))", "/ 20.0))"))
    assert make_plan(changed).kernel_code["sha256"] != first
    np.testing.assert_allclose(evaluate(changed).I_total.values, expected(20.0), rtol=1e-12)
    assert make_plan(study(tmp_path)).kernel_code["sha256"] == first


def test_a_gate_of_a_module_or_registered_is_the_same(tmp_path, monkeypatch):
    (tmp_path / "own_gates_of_a_package.py").write_text(GOOD, encoding="utf-8")
    about = tmp_path / "own_gates-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: own_gates\nVersion: 1.0\n")
    points = "[leakscape.gates]\nregistered_a = own_gates_of_a_package:a_inf\n"
    (about / "entry_points.txt").write_text(points)
    monkeypatch.syspath_prepend(tmp_path)
    find.registered.cache_clear()
    try:
        for name in ("registered_a", "own_gates_of_a_package:a_inf"):
            made = study(tmp_path, None, GATE | {"inf": name, "tau": "1 ms"})
            np.testing.assert_allclose(evaluate(made).I_total.values, expected(), rtol=1e-12)
    finally:
        find.registered.cache_clear()
        sys.modules.pop("own_gates_of_a_package", None)


def test_a_gate_of_this_package_goes_by_its_name(tmp_path):
    made = study(tmp_path, None, {"inf": "connor_stevens_b_inf", "tau": "1 ms"})
    at = np.array(AT)
    b = (1 / (1 + np.exp(0.0688 * (at + 53.3)))) ** 4  # Dayan & Abbott (2001), section 6.2
    np.testing.assert_allclose(
        evaluate(made).I_total.values, at + 2.0 * (at - 50.0) * b, rtol=1e-12
    )


def sentence(made):
    """Return what is told of a study, once it was seen to be one sentence with exit status 65."""
    with pytest.raises(SweepError) as caught:
        make_plan(made)
    text = str(caught.value)
    assert text.isprintable()
    assert text.count("; ") == 1
    assert caught.value.exit_status == 65
    assert "Tracer" not in text
    return text


PLACE = "kernel.membrane.mechanisms.K.gates.a.inf"
WHO = "membrane mechanism K gate a: my_gates.py, line"
INF = "return 1 / (1 + 2.0 ** (-(V + 50.0) / 10.0))"
LAWS = {
    "nothing": (INF, "pass", f"{WHO} 3: a_inf returns NoneType, not a number; return one of jax"),
    "text": (INF, "return 'open'", f"{WHO} 3: a_inf returns str, not a number; return one of jax"),
    "many": (
        INF,
        "return jnp.stack([V, V])",
        f"{WHO} 3: a_inf returns float64[2], not one real number; return one",
    ),
    "a raise": (INF, "raise ValueError('no')", "my_gates.py, line 4: raises ValueError (no); "),
    "a branch": (
        INF,
        "return 1.0 if V > 0 else 0.0",
        "my_gates.py, line 4: `if V > 0` needs a numb",
    ),
    "too many arguments": (
        "def a_inf(V)",
        "def a_inf(V, here, more)",
        f"{WHO} 3: a_inf does not take V, or V and here; write def a_inf(V)",
    ),
    "no arguments": (
        "def a_tau(V, here)",
        "def a_tau()",
        f"{WHO} 5: a_tau does not take V, or V and here; write def a_tau(V)",
    ),
    "no function": (
        "def a_inf(V):",
        "a_inf = 3\ndef other(V):",
        "my_gates.py:a_inf is no function",
    ),
    "another name": ("def a_inf", "def a_imf", "my_gates.py has no 'a_inf'; did you mean a_imf?"),
    "no Python": (
        "def a_inf(V):",
        "def a_inf(V:",
        f"{PLACE} my_gates.py:a_inf: my_gates.py, line 3",
    ),
}


@pytest.mark.parametrize("case", LAWS)
def test_a_mistake_in_a_gate_names_its_file_and_line(case, tmp_path):
    old, new, wanted = LAWS[case]
    assert old in GOOD
    assert wanted in sentence(study(tmp_path, GOOD.replace(old, new)))


def test_a_file_that_is_not_there_is_told_with_the_place_that_names_it(tmp_path):
    text = sentence(study(tmp_path, None))
    assert text.startswith(f"{PLACE}: no such file, got ")


def test_a_parameter_of_a_gate_is_an_axis_and_a_wrong_one_has_a_nearest_name(tmp_path):
    gate = {"V_half": "-50 mV", "k": "10 mV", "tau": "1 ms"}
    values = {"values": [-50.0, -20.0], "unit": "mV"}
    made = study(tmp_path, gate=gate, axes={"V_half_a_K": values, **AXES})
    found = evaluate(made).I_total.sel(V=-20.0).values
    open_part = 1 / (1 + np.exp(-(-20.0 - np.array([-50.0, -20.0])) / 10.0))
    np.testing.assert_allclose(found, -20.0 + 2.0 * -70.0 * open_part, rtol=1e-12)
    wrong = study(tmp_path, gate=gate, axes={"V_half_x_K": values, **AXES})
    assert "did you mean V_half_a_K?" in sentence(wrong)


STUDY = """
name = "gates"
question = "Where does it rest?"
precision = "float64"

[kernel]
name = "membrane_current"
membrane.mechanisms.leak = { type = "ohmic_leak", g = "1 mS/cm2", E = "0 mV" }
membrane.mechanisms.K = { type = "gated", E = "-90 mV", g = "1 mS/cm2", gates.n = { GATE } }

[axes.AXIS]
values = [-50, -20]
unit = "mV"
"""
SHELL = {
    "an unknown rate form": (
        'rates = { alpha = ["hill", "1 1/ms", "0 mV", "1 mV"], '
        'beta = ["exp", "1 1/ms", "0 mV", "1 mV"] }',
        "V",
        "no rate form named 'hill'",
    ),
    "a fractional power": ('power = 2.5, V_half = "0 mV", k = "1 mV"', "V", "whole number from 1"),
    "a parameter that is none": ('V_half = "0 mV", k = "1 mV"', "V_half_x_K", "V_half_n_K"),
    "a file that is none": ('inf = "no_gates.py:n_inf"', "V", "no such file"),
    "a bell without a unit": (
        'V_half = "0 mV", k = "1 mV", tau = { min = 1, max = "2 ms", V_half = "0 mV", k = "1 mV" }',
        "V",
        "tau.min must be a quantity with its unit",
    ),
    "a unit of another kind": ('V_half = "0 mV", k = "1 ms"', "V", "k_n_K"),
}


@pytest.mark.parametrize("case", SHELL)
def test_bad_gates_end_the_command_with_65_and_one_sentence(case, tmp_path, capsys, monkeypatch):
    gate, axis, wanted = SHELL[case]
    monkeypatch.chdir(tmp_path)
    text = STUDY.replace("GATE", gate).replace("AXIS", axis)
    (tmp_path / "gates.toml").write_text(text, encoding="utf-8")
    assert main(["plan", "gates.toml"]) == 65
    told = capsys.readouterr().err
    assert wanted in told
    assert "Traceback" not in told
    assert len(told.strip().splitlines()) == 1
