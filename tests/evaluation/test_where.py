"""Points that a condition leaves out: those of a NumPy mask, with status 16 and without values."""

from __future__ import annotations

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import leakscape as ls
from leakscape import status
from leakscape.errors import DeclarationError
from leakscape.evaluation import plan as planning
from leakscape.evaluation.compile import Evaluator
from leakscape.evaluation.plan import make_plan
from leakscape.status import Status

LEFT_OUT = 16
AXES = {
    "x": {"linear": [0.0, 1.0], "size": 41, "unit": "1"},
    "y": {"linear": [-2.0, 2.0], "size": 17, "unit": "1"},
    "pair": {"label": ["one", "two"], "c": {"values": [1.0, 2.0], "unit": "1"}},
}


def kernel(*, x, y, c, d):
    """V fails above x = 0.9; W is undefined below y = -1; n is -1 where V fails; E lacks y."""
    failed = x > 0.9
    V = jnp.where(failed, jnp.nan, 10.0 * x + y)
    return {
        "V": V,
        "W": jnp.where(y < -1.0, jnp.nan, c * y),
        "E": -90.0 * x,
        "n": jnp.where(failed, -1, jnp.where(y > 0.0, 3, 1)).astype(jnp.int8),
        "m": jnp.where(y > 0.0, 3, 1).astype(jnp.uint8),
        "roots": jnp.stack([V, V + c]),
        "status": jnp.where(failed, 13, jnp.where(y < -1.0, 3, 1)).astype(jnp.uint8),
    }


kernel.parameters = {
    "x": {"unit": "1", "default": 0.5},
    "y": {"unit": "1", "default": 0.0},
    "c": {"unit": "1", "default": 1.0},
    "d": {"unit": "1", "default": 1.0, "bounds": (0.0, 10.0)},
}
kernel.outputs = {
    "V": {"unit": "mV", "headline": True},
    "W": {"unit": "mV", "may_be_undefined": True},
    "E": {"unit": "mV"},
    "n": "1",
    "m": "1",
    "roots": {"unit": "mV", "dimension": "slot"},
}
GRID = {name: AXES[name] for name in ("x", "y")}
ALL = ("V", "W", "E", "n", "m", "roots")


def study(*conditions, **fields):
    """A study with conditions; of V alone over the grid that V varies on."""
    fields = ({"axes": GRID} if fields.get("outputs") == ["V"] else {}) | fields
    given = {"name": "s", "kernel": kernel, "axes": AXES, "where": conditions, "outputs": ALL}
    return ls.Study(**given | fields)


@pytest.fixture(scope="module", params=["float32", "float64"])
def plain(request):
    """The same grid without conditions."""
    return ls.evaluate(study(precision=request.param))


MASKS = {
    "V <= 5.01 mV": lambda ds: ~(ds.V > 5.01),
    "V > 5.01 mV": lambda ds: ~(ds.V <= 5.01),
    "V between 2010 uV and 6.01 mV": lambda ds: ~((ds.V < 2.01) | (ds.V > 6.01)),
    "x < 50 %": lambda ds: ds.x < 0.5,
    "x <= 0.3": lambda ds: ds.x.astype(ds.V.dtype) <= ds.V.dtype.type(0.3),
    "y > 2 * x": lambda ds: ds.y > 2 * ds.x,
    "V - W > 1.01 mV": lambda ds: ~(ds.V - ds.W <= 1.01),
    "n == 3": lambda ds: ds.n == 3,
    "m != 3": lambda ds: ds.m != 3,
    "E >= -45 mV": lambda ds: ds.E >= -45.0,
    'pair == "two"': lambda ds: ds.pair == "two",
    "pair != two": lambda ds: ds.pair == "one",
}


@pytest.mark.repeats(quick=8)
@pytest.mark.parametrize("text", MASKS)
def test_the_points_left_out_are_those_of_a_mask_and_all_others_as_they_were(plain, text):
    found = ls.evaluate(study(text, precision=str(plain.V.dtype)))
    keep = MASKS[text](plain).broadcast_like(plain.status).transpose(*plain.status.dims)
    if re.search("[VWEnm]", text.replace("mV", "").replace("one", "")):
        keep = keep | (plain.status == 13)  # a condition on outputs decides nothing there
    assert 0 < int(keep.sum()) < keep.size
    np.testing.assert_array_equal(found.status, np.where(keep, plain.status, LEFT_OUT))
    for name in ALL:
        before, mask = plain[name], MASKS[text](plain)
        assert found[name].dims == before.dims  # an output keeps its dimensions
        wanted = before
        if set(mask.dims) <= set(before.dims):  # else it stands for points that are kept as well
            none = {"i": -1, "u": 0}.get(before.dtype.kind, np.nan)
            wanted = before.where(mask, none).transpose(*before.dims)
        assert found[name].dtype == before.dtype
        same(found[name], wanted)


def same(found, wanted):
    """Compare values; one executable rounds otherwise than another does."""
    rounding = 1e-6 if wanted.dtype == np.float32 else 1e-14
    np.testing.assert_allclose(found, wanted, rtol=rounding, atol=rounding)


def test_several_conditions_leave_out_what_breaks_any_of_them(plain):
    found = ls.evaluate(study("V <= 5.01 mV", "pair == one", "y > -1.5"))
    keep = ~(plain.V > 5.01) & (plain.pair == "one") & (plain.y > -1.5)
    np.testing.assert_array_equal(found.status == LEFT_OUT, ~keep.transpose(*found.status.dims))


def test_an_output_that_a_condition_reads_is_computed_and_not_stored(plain):
    found = ls.evaluate(study("V <= 5.01 mV", "n == 1", outputs=["roots"]))
    assert list(found.data_vars) == ["roots", "status"]
    keep = (~(plain.V > 5.01) & (plain.n != 3)).broadcast_like(plain.status)
    np.testing.assert_array_equal(found.status == LEFT_OUT, ~keep.transpose(*AXES))


def test_a_failed_point_stays_failed_unless_its_parameters_break_a_condition():
    failed = ls.evaluate(study("V > -100 mV", "n >= 1"))
    np.testing.assert_array_equal(
        failed.status == 13, (failed.x > 0.9).broadcast_like(failed.status).transpose(*AXES)
    )
    assert not (failed.status == LEFT_OUT).any()
    assert (ls.evaluate(study("x <= 0.9")).status.sel(x=1.0) == LEFT_OUT).all()


def test_a_value_that_is_not_finite_fails_and_decides_nothing():
    """The kernel says no status: V overflows for large x, and the judge finds it afterwards."""

    def overflows(*, x):
        return {"V": jnp.exp(x), "U": x}

    overflows.parameters = {"x": "1"}
    overflows.outputs = {"V": "mV", "U": "mV"}
    axes = {"x": {"values": [-1.0, 1.0, 100.0], "unit": "1"}}
    for keep in (["U"], ["U", "V"]):
        given = {"name": "s", "kernel": overflows, "axes": axes, "outputs": keep}
        for text in ("V < 1 mV", "V >= 0 mV"):
            found = ls.evaluate(ls.Study(**given, where=[text]))
            broken = LEFT_OUT if "<" in text else Status.OK
            assert found.status.values.tolist() == [Status.OK, broken, Status.NOT_FINITE]


@pytest.mark.parametrize("text", ["V < 1e39 mV", "V > -1e300 mV", "exp(V / 1 mV) < 1e200"])
def test_numbers_that_float32_cannot_hold_are_infinite(text):
    assert not (ls.evaluate(study(text, outputs=["V"])).status == LEFT_OUT).any()


def test_a_derived_parameter_out_of_its_bounds_is_left_out_by_its_condition():
    """Without the condition these points would be outside the domain, which is a failure."""
    derived = {"d": "x * 4 - 1"}
    fails, leaves = (
        ls.evaluate(study(*conditions, derived=derived, outputs=["V"], precision="float64"))
        for conditions in ((), ("d >= 0",))
    )
    outside = (4.0 * fails.x - 1.0 < 0.0).broadcast_like(fails.status)
    np.testing.assert_array_equal(fails.status == Status.OUTSIDE_DOMAIN, outside)
    np.testing.assert_array_equal(leaves.status == LEFT_OUT, outside)


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_of_a_population_the_cells_of_a_mask_are_left_out(precision, monkeypatch):
    monkeypatch.setattr(planning, "CHUNK_BYTES", 1000)  # several chunks, the last one padded
    drawn = {"x": {"uniform": [0.0, 80.0], "unit": "%"}, "y": {"normal": [0.0, 1.0], "unit": "1"}}
    given = {
        "axes": {"c": {"values": [1.0, 2.0], "unit": "1"}},
        "population": {"size": 333, "seed": 5, "parameters": drawn},
        "outputs": ["V", "W"],
        "precision": precision,
    }
    whole = ls.evaluate(study(**given))
    found = ls.evaluate(study("V <= 3 mV", "x > 10 %", "c * y < 1.5", **given))
    share = whole.x.values * whole.V.dtype.type(0.01)
    keep = (whole.V.values <= 3.0) & (share > 0.1) & (whole.c * whole.y < 1.5).values
    np.testing.assert_array_equal(found.status == LEFT_OUT, ~keep)
    # V does not vary along c, so the condition on c * y does not reach it.
    assert found.V.dims == ("cell",)
    np.testing.assert_array_equal(found.V, whole.V.where((whole.V <= 3.0) & (share > 0.1)))
    np.testing.assert_array_equal(found.W, np.where(keep, whole.W, np.nan))
    np.testing.assert_array_equal(found.x, whole.x)  # what was drawn stays a coordinate


def test_cells_of_a_table_are_chosen_by_their_id(tmp_path):
    (tmp_path / "cells.csv").write_text("id,x [1]\na1,0.1\nb 2,0.2\nc3,0.3\n")
    given = {"axes": {}, "population": {"table": "cells.csv"}, "outputs": ["V"]}
    found = ls.evaluate(study('id != "b 2"', **given, folder=tmp_path))
    assert found.status.values.tolist() == [1, LEFT_OUT, 1]


def test_a_chunk_without_a_point_left_out_takes_the_short_way():
    """No executable that clears or judges is compiled for it, and no status held point by point."""
    axes = GRID | {"x": {"linear": [0.0, 0.8], "size": 5, "unit": "1"}}
    axes["y"] = {"linear": [0.0, 2.0], "size": 3, "unit": "1"}
    sound = study("V < 500 mV", axes=axes, outputs=["V"])
    evaluator = Evaluator(make_plan(sound))
    with evaluator.block(0) as chunk:
        assert chunk["status"].strides == (0,) * chunk["status"].ndim
    assert evaluator._compiled.judge is None
    assert "_clear" not in vars(evaluator._compiled.sieve)


def test_equal_conditions_share_what_was_compiled_and_others_do_not():
    one, same, other = (
        Evaluator(make_plan(study(text, outputs=["V"])))._compiled
        for text in ("V < 3 mV", "V < 3 mV", "V < 4 mV")
    )
    assert one is same
    assert one.sieve is not other.sieve
    assert one.compute is other.compute  # the kernel is compiled once for all thresholds


def test_plans_of_equal_chunks_and_other_grids_each_find_their_labels(monkeypatch):
    """They share what was compiled; task 2 is of the second label in one and of the first in the
    other."""
    monkeypatch.setattr(planning, "CHUNK_BYTES", 80)
    seen = []
    for size in (40, 80):
        axes = {"pair": AXES["pair"], "x": {"linear": [0.0, 0.5], "size": size, "unit": "1"}}
        given = study("pair == two", axes=axes, outputs=["roots"])
        seen.append(Evaluator(make_plan(given)))
        found = ls.evaluate(given)
        assert (found.status.sel(pair="one") == LEFT_OUT).all()
        assert (found.status.sel(pair="two") == 1).all()
    assert seen[0].plan.grid.chunks == seen[1].plan.grid.chunks
    assert seen[0].plan.grid.tasks * 2 == seen[1].plan.grid.tasks
    assert seen[0]._compiled is seen[1]._compiled


def test_the_model_leaves_out_the_points_that_the_sweep_leaves_out():
    conditions = ["V <= 5.01 mV", "x - y < 1.71", "n >= 1"]
    given = {"axes": GRID, "where": conditions, "outputs": ["V", "n"]}
    swept, model = ls.evaluate(study(**given)), ls.model(study(**given))
    assert model.outputs == {"V": "mV", "n": "1"}
    grid = np.meshgrid(swept.x, swept.y, indexing="ij")
    found = model(**dict(zip(model.parameters, grid, strict=True)))
    assert set(found) == {"V", "n", "status"}
    np.testing.assert_array_equal(found["status"], swept.status)
    np.testing.assert_array_equal(found["n"], swept.n)
    np.testing.assert_allclose(found["V"], swept.V, rtol=1e-5, atol=1e-6)
    slope = jax.grad(lambda x: model(x=x, y=0.0)["V"])(0.25)
    assert float(slope) == pytest.approx(10.0)


def test_a_model_takes_no_labels():
    with pytest.raises(DeclarationError, match=r"a model takes numbers, .* 'pair == one'; compar"):
        ls.model(study("pair == one"))


def test_a_study_without_conditions_has_the_plan_that_it_had():
    bare = make_plan(study(outputs=["V"]))
    assert bare.read == ()
    assert "where" not in bare.meaning.identity
    assert make_plan(study("V < 3 mV", outputs=["V"])).fingerprint != bare.fingerprint


def test_the_status_says_what_16_means():
    told = status.attributes()
    meanings = dict(zip(told["flag_values"], told["flag_meanings"].split(), strict=True))
    assert meanings[16] == "left_out_by_a_condition"
    assert max(told["valid_range"]) == 16
