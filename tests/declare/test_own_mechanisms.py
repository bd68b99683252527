"""Mechanisms in files beside a study, in modules, or registered: found, and mistakes told."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from leakscape.declare import find
from leakscape.declare.carried import using
from leakscape.declare.own_file import carry
from leakscape.declare.resolve import resolve
from leakscape.declare.study import Study
from leakscape.errors import SweepError
from leakscape.evaluation.in_memory import evaluate
from leakscape.evaluation.plan import make_plan

GOOD = """
from leakscape_kernels.mechanisms import Mechanism, channel
def gate(V, here):
    return 1 / (1 + here["c"] * 2.0 ** (-V / 10.0))
def own(entry):
    return channel(entry, "g", entry.new("c", "1", 0.5), gate=gate)
"""
V = {"values": [-40.0, 0.0], "unit": "mV"}


def study(folder, source=GOOD, kind="mine.py:own", **row):
    if source is not None:
        (folder / "mine.py").write_text(source, encoding="utf-8")
    table = {"type": kind, "g": "1 mS/cm2", "E": "-60 mV"} | row
    kernel = {"name": "membrane_current", "membrane": {"mechanisms": {"X": table}}}
    return Study(name="own", kernel=kernel, axes={"V": V}, folder=folder, precision="float64")


def expected(c=0.5):
    at = np.array(V["values"])
    return (at + 60.0) / (1.0 + c * 2.0 ** (-at / 10.0))


def test_a_mechanism_of_a_file_is_computed_and_follows_the_file(tmp_path):
    found = evaluate(study(tmp_path)).I_total.values
    np.testing.assert_allclose(found, expected(), rtol=1e-12)
    first = make_plan(study(tmp_path)).kernel_code["sha256"]
    changed = study(tmp_path, GOOD.replace("-V / 10.0", "-V / 20.0"))
    assert make_plan(changed).kernel_code["sha256"] != first
    at = np.array(V["values"])
    np.testing.assert_allclose(
        evaluate(changed).I_total.values, (at + 60) / (1 + 0.5 * 2.0 ** (-at / 20)), rtol=1e-12
    )
    assert make_plan(study(tmp_path)).kernel_code["sha256"] == first


def test_a_mechanism_of_a_module_or_registered_is_the_same(tmp_path, monkeypatch):
    (tmp_path / "own_channels_of_a_package.py").write_text(GOOD, encoding="utf-8")
    about = tmp_path / "own_channels-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: own_channels\nVersion: 1.0\n")
    points = "[leakscape.mechanisms]\nregistered_x = own_channels_of_a_package:own\n"
    (about / "entry_points.txt").write_text(points)
    monkeypatch.syspath_prepend(tmp_path)
    find.registered.cache_clear()
    try:
        for kind in ("registered_x", "own_channels_of_a_package:own"):
            found = evaluate(study(tmp_path, None, kind, c=0.25)).I_total.values
            np.testing.assert_allclose(found, expected(0.25), rtol=1e-12)
    finally:
        find.registered.cache_clear()
        sys.modules.pop("own_channels_of_a_package", None)


def test_files_travel_as_they_were_read(tmp_path):
    (tmp_path / "lies_beside_it.py").write_text("BASE = 2.0\n")
    source = "from lies_beside_it import BASE\n" + GOOD.replace("2.0 **", "BASE **")
    driver = make_plan(study(tmp_path, source))
    assert driver.space.kernel.files == ("mine.py",)
    files = [carry(file, tmp_path) for file in driver.space.kernel.files]
    (tmp_path / "mine.py").write_text("raise RuntimeError('read again')\n")
    (tmp_path / "lies_beside_it.py").write_text("BASE = 3.0\n")
    sys.modules.pop("lies_beside_it")
    with using(files):
        there = make_plan(study(tmp_path, None))
    sys.modules.pop("lies_beside_it")
    assert there.kernel_code["sha256"] == driver.kernel_code["sha256"]


def test_a_kernel_and_its_mechanism_may_lie_in_files_of_their_own(tmp_path):
    source = "from leakscape_kernels.membrane.equilibrium import membrane_current as curve\n"
    (tmp_path / "factory.py").write_text(source)
    one = study(tmp_path)
    two = Study(
        name="own",
        kernel=one.kernel | {"name": "factory.py:curve"},
        axes={"V": V},
        folder=tmp_path,
        precision="float64",
    )
    assert resolve(two).kernel.files == ("factory.py", "mine.py")
    np.testing.assert_allclose(evaluate(two).I_total.values, expected(), rtol=1e-12)


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


def replaced(old, new):
    assert old in GOOD
    return GOOD.replace(old, new)


OWN = 'channel(entry, "g", entry.new("c", "1", 0.5), gate=gate)'
GATE = 'return 1 / (1 + here["c"] * 2.0 ** (-V / 10.0))'
TYPE = "kernel.membrane.mechanisms.X.type mine.py:own: mine.py, line"
ROW = "membrane mechanism X:"
FILES = {
    "syntax": ("x = 1\ny = = 2\n", f"{TYPE} 2: not Python, got invalid syntax; correct it"),
    "a raise": ("x = 1\nraise ValueError('no')", f"{TYPE} 2: raises ValueError (no); correct it"),
    "an import": ("import nothing_there", f"{TYPE} 1: imports 'nothing_there', which is not there"),
    "no function": ("own = 3\n", "X.type: mine.py:own is no function, got 3; name one"),
    "another name": (
        replaced("def own", "def owm"),
        "X.type: mine.py has no 'own'; did you mean o",
    ),
    "a def without a row": (
        replaced("def own(entry)", "def own()"),
        f"kernel membrane_current: {ROW} mine.py, line 5: own takes something else than the one "
        "row; write def own(entry)",
    ),
    "an unknown symbol": (
        replaced('entry.new("c", "1", 0.5)', 'entry.own({"c": 0.5})'),
        "kernel membrane_current: mine.py, line 6: raises LookupError (c_X is no symbol of the "
        "nomenclature: entry.new makes one, with its unit); correct it",
    ),
    "another slip": (replaced(OWN, "entry.nothing"), "mine.py, line 6: raises AttributeError ("),
    "no mechanism": (
        replaced(f"return {OWN}", OWN),
        "mine.py, line 5: own returns NoneType, not a Mechanism; return channel(...)",
    ),
    "a gate of V alone": (
        replaced("gate(V, here)", "gate(V)"),
        "line 5: own has a current that does not take V, here: mine.py, line 3: gate; write def "
        "gate(V, here)",
    ),
    "no unit": (replaced('"1", 0.5', '"furlogs", 0.5'), "parameter c_X: "),
}
TRACES = {
    "if": (
        "if V > 0:\n        return V",
        "line 4: `if V > 0` needs a number, but a kernel is trac",
    ),
    "math": ("import math\n    return math.exp(V)", "line 5: `math.exp(V)` needs a number, but"),
    "a symbol": ('return here["d"]', "kernel membrane_current: mine.py, line 4: raises KeyError"),
    "nothing": (
        "pass",
        f"{ROW} mine.py, line 3: gate returns NoneType, not a number; return one o",
    ),
    "text": ("return 'open'", f"{ROW} mine.py, line 3: gate returns str, not a number; return"),
    "a list": ("return [V, V]", f"{ROW} mine.py, line 3: gate returns list, not a number; return"),
    "many": (
        "import jax.numpy as jnp\n    return jnp.stack([V, V])",
        f"{ROW} mine.py, line 3: gate returns float64[2], not one real number; return one",
    ),
    "complex": ("return V * 1j", "gate returns complex128[], not one real number; return one"),
}
PARTS = {
    "another name": ("name", "'Y'", "own names it 'Y', not 'X'; write name=entry.name"),
    "no parameters": (
        "parameters",
        "3",
        "own has parameters that are none; make them with entry.own",
    ),
    "no current": ("current", "None", "own has current = None, which is no function; give one"),
    "no size": ("size", "1.0", "own has size = 1.0, which is no function; give one"),
    "another ion": ("ion", "'Ca'", "membrane mechanism X: needs the ion Ca; add it to ions"),
}


@pytest.mark.parametrize("case", FILES)
def test_a_mistake_in_a_file_is_one_sentence_with_its_line(case, tmp_path):
    source, wanted = FILES[case]
    assert wanted in sentence(study(tmp_path, source))


@pytest.mark.parametrize("case", TRACES)
def test_a_mistake_in_a_law_names_its_line_and_the_remedy(case, tmp_path):
    body, wanted = TRACES[case]
    assert wanted in sentence(study(tmp_path, replaced(GATE, body)))


@pytest.mark.parametrize("case", PARTS)
def test_a_mechanism_that_is_put_together_wrongly_is_told(case, tmp_path):
    part, value, wanted = PARTS[case]
    source = f"made = {OWN}\n    object.__setattr__(made, {part!r}, {value})\n    return made"
    assert wanted in sentence(study(tmp_path, replaced(f"return {OWN}", source)))


REFERENCES = {
    "there.py:own": "no such file, got ",
    "mine.py:": "expected module:attribute, got 'mine.py:'",
    "no_such_module:own": "cannot import 'no_such_module': imports 'no_such_module'",
    "x y:own": "expected module:attribute, got 'x y:own'",
}


@pytest.mark.parametrize("kind", REFERENCES)
def test_a_reference_to_nothing_says_where_it_stands(kind, tmp_path):
    with pytest.raises(SweepError) as caught:
        make_plan(study(tmp_path, kind=kind))
    assert str(caught.value).startswith(f"kernel.membrane.mechanisms.X.type: {REFERENCES[kind]}")


def test_a_key_that_nothing_is_asked_of_is_refused_as_with_any_other_type(tmp_path):
    text = sentence(study(tmp_path, cc="1"))
    assert text == "kernel membrane_current: membrane mechanism X: no key named cc; did you mean c?"
