"""Numbers follow the kernel as it is now: its globals, its helpers, the files that it imports."""

from __future__ import annotations

import sys
from collections import Counter

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.custom_batching import custom_vmap

from leakscape.declare.study import Study
from leakscape.evaluation import executable as compiling
from leakscape.evaluation.in_memory import evaluate
from leakscape.evaluation.plan import make_plan

AXES = {"E_K": {"linear": [-90, -80], "size": 3, "unit": "mV"}}


def study(kernel, **changes):
    return Study(**({"name": "stale", "kernel": kernel, "axes": AXES} | changes))


def declared(function):
    """Declare a kernel of one potential."""
    function.parameters = {"E_K": {"unit": "mV", "default": -90}}
    function.outputs = {"V": "mV"}
    return function


@pytest.fixture
def counts(monkeypatch):
    """Count what is compiled."""
    found: Counter[str] = Counter()
    compiled = compiling._compile

    def counted(plan):
        found["compiled"] += 1
        return compiled(plan)

    compiling._executable.cache_clear()
    compiling._computing.cache_clear()
    monkeypatch.setattr(compiling, "_compile", counted)
    return found


def test_a_changed_global_of_the_kernel_changes_the_numbers(counts):
    @declared
    def kernel(E_K):
        counts["traced"] += 1
        return {"V": E_K + shift}

    for shift in (1.0, 2.0, 1.0):
        found = evaluate(study(kernel)).V.values
        np.testing.assert_array_equal(found, np.array([-90, -85, -80]) + shift)
    assert counts == {"traced": 3, "compiled": 2}


def test_a_changed_helper_of_the_kernel_changes_the_numbers():
    def whole(V):
        return 1.0

    gate = whole

    def kernel(g_K, E_K):
        return {"I": g_K * gate(0.0) * (0.0 - E_K)}

    kernel.parameters = {"g_K": {"unit": "mS/cm2"}, "E_K": {"unit": "mV", "default": -90}}
    kernel.outputs = {"I": "uA/cm2"}
    axes = {"g_K": {"linear": [1, 2], "size": 2, "unit": "mS/cm2"}}
    assert evaluate(study(kernel, axes=axes)).I.values.tolist() == [90, 180]

    def half(V):
        return 0.5

    gate = half
    assert evaluate(study(kernel, axes=axes)).I.values.tolist() == [45, 90]


def test_nothing_is_compiled_again_where_nothing_changed(counts):
    def made():
        @declared
        def kernel(E_K):
            counts["traced"] += 1
            return {"V": E_K * 2.0}

        return kernel

    kernel = made()
    for one in (kernel, kernel, made()):  # the same, and its cell run again
        evaluate(study(one))
    assert counts == {"traced": 3, "compiled": 1}
    other = {"E_K": {"linear": [-70, -60], "size": 3, "unit": "mV"}}
    assert evaluate(study(kernel, axes=other)).V.values.tolist() == [-140, -130, -120]
    assert counts["compiled"] == 1
    evaluate(study(kernel, precision="float64"))
    evaluate(study(kernel, axes={"E_K": AXES["E_K"] | {"size": 4}}))
    assert counts["compiled"] == 3


def test_a_kernel_of_this_project_is_traced_once(monkeypatch):
    from leakscape.evaluation import tracing

    calls = []
    point = tracing.point_function
    monkeypatch.setattr(tracing, "point_function", lambda space: calls.append(1) or point(space))
    tracing._kept.cache_clear()
    axes = {"blocked_K": {"linear": [0, 0.5], "size": 2, "unit": "1"}}
    for _ in range(2):
        evaluate(study("ghk_voltage", axes=axes))
    assert len(calls) == 1


def test_another_unit_of_a_parameter_is_another_code():
    def kernel(E_K):
        return {"V": E_K * 1.0}

    kernel.outputs = {"V": "1"}
    found = {}
    for unit in ("mV", "V"):
        kernel.parameters = {"E_K": {"unit": unit}}
        plan = make_plan(study(kernel))
        found[unit] = plan.kernel_code["sha256"], evaluate(study(kernel)).V.values[0]
    assert found["mV"][0] != found["V"][0]
    assert [found["mV"][1], found["V"][1]] == pytest.approx([-90, -0.09])


def test_a_changed_batching_rule_changes_the_numbers():
    @custom_vmap
    def twice(x):
        return 2.0 * x

    @twice.def_vmap
    def rule(size, batched, x):
        return factor * x, batched[0]

    @declared
    def kernel(E_K):
        return {"V": twice(E_K)}

    for factor in (2.0, 3.0):
        assert float(evaluate(study(kernel)).V[0]) == -90 * factor


def test_another_function_in_a_callback_gives_other_numbers():
    def through(function):
        @declared
        def kernel(E_K):
            shape = jax.ShapeDtypeStruct((), E_K.dtype)
            called = jax.pure_callback(function, shape, E_K, vmap_method="expand_dims")
            return {"V": called + 0.0}

        return kernel

    # One line, one name: nothing but the objects tells the two apart.
    one, other = (lambda x, shift=shift: np.asarray(x) + np.float32(shift) for shift in (1, 2))
    assert float(evaluate(study(through(one))).V[0]) == -89
    assert float(evaluate(study(through(other))).V[0]) == -88


FILE = """
import {module}
def kernel(E_K):
    return {{"V": E_K + {module}.shift()}}
kernel.parameters = {{"E_K": "mV"}}
kernel.outputs = {{"V": "mV"}}
"""


@pytest.fixture
def forget():
    """Leave no module of a test behind."""
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_a_kernel_file_is_as_it_is_on_disk_and_so_is_what_it_imports(tmp_path, forget):
    (tmp_path / "k.py").write_text(FILE.format(module="near"))
    (tmp_path / "near.py").write_text("from far import SHIFT\ndef shift(): return SHIFT\n")
    for shift in (1.0, 2.0, 1.0):  # as fast as a test: the clock of files does not tell
        (tmp_path / "far.py").write_text(f"SHIFT = {shift}\n")
        found = evaluate(study("k.py:kernel", folder=tmp_path)).V.values
        assert found[0] == -90 + shift
    (tmp_path / "k.py").write_text(FILE.format(module="near").replace("E_K +", "E_K -"))
    assert evaluate(study("k.py:kernel", folder=tmp_path)).V.values[0] == -91
    assert not list(tmp_path.rglob("*.pyc"))


def test_two_studies_may_have_files_of_one_name(tmp_path, forget):
    for folder, shift in (("a", 1), ("b", 2)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "k.py").write_text(FILE.format(module="beside"))
        (tmp_path / folder / "beside.py").write_text(f"def shift(): return {shift}.0\n")
    for folder, wanted in (("a", -89), ("b", -88), ("a", -89)):
        found = evaluate(study("k.py:kernel", folder=tmp_path / folder)).V.values
        assert found[0] == wanted


def test_a_kernel_file_that_is_as_it_was_is_not_run_again(tmp_path, forget):
    (tmp_path / "k.py").write_text("import ran\nran.times += 1\n" + FILE.format(module="ran"))
    (tmp_path / "ran.py").write_text("times = 0\ndef shift(): return 1.0\n")
    for _ in range(2):
        evaluate(study("k.py:kernel", folder=tmp_path))
    assert sys.modules["ran"].times == 1


def test_a_helper_under_jit_follows_once_the_caches_of_jax_are_cleared():
    @jax.jit
    def helper(x):
        return x + shift

    @declared
    def kernel(E_K):
        return {"V": helper(jnp.asarray(E_K))}

    for shift in (1.0, 2.0):
        jax.clear_caches()
        assert float(evaluate(study(kernel)).V[0]) == -90 + shift
