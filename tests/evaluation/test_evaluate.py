"""Evaluation on a grid equals the kernel called point by point, however it is chunked."""

from __future__ import annotations

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from leakscape.declare.axis import Axis
from leakscape.declare.catalogue import from_canonical, from_tables
from leakscape.declare.study import Study
from leakscape.errors import PlanError
from leakscape.evaluation.compile import Evaluator
from leakscape.evaluation.in_memory import _arrays, evaluate
from leakscape.evaluation.plan import chunk_shape, make_plan


def cell(*, K_in, K_out, temperature, g=1.0):
    """A small kernel: one potential, one that ignores g, one vector."""
    kelvin = temperature + 273.15
    potential = kelvin * jnp.log(K_out / K_in)
    return {"E": potential, "gE": g * potential, "levels": jnp.stack([potential, kelvin])}


cell.parameters = {
    "K_in": {"unit": "mmol/L", "default": 140.0, "bounds": (1e-9, np.inf)},
    "K_out": {"unit": "mmol/L", "default": "5 mM", "bounds": (0.0, np.inf)},
    "temperature": {"unit": "degC", "default": 37.0},
    "g": {"unit": "mS/cm2", "default": 1.0},
}
cell.outputs = {
    "E": {"unit": "K", "long_name": "potential"},
    "gE": {"unit": "K"},
    "levels": {"unit": "K", "dimension": "level", "coordinate": (1.0, 2.0)},
}


def study(**changes) -> Study:
    fields = {
        "name": "small",
        "kernel": cell,
        "precision": "float64",
        "axes": {
            "g": Axis.linear(0, 2, size=3, unit="mS/cm2"),
            "K_out": Axis.log(1, 100, size=5, unit="mmol/L"),
            "temperature": Axis.values([278.15, 310.15], unit="K"),
        },
    }
    return Study(**(fields | changes))


def test_every_point_equals_the_kernel_called_alone():
    ds = evaluate(study())
    for g, k_out, kelvin in itertools.product([0, 1, 2], ds.K_out.values, [278.15, 310.15]):
        with jax.enable_x64(True):
            alone = cell(K_in=140.0, K_out=k_out, temperature=kelvin - 273.15, g=g)
        point = ds.sel(g=g, K_out=k_out, temperature=kelvin)
        assert float(point.E) == pytest.approx(float(alone["E"]), rel=1e-12)
        assert float(point.gE) == pytest.approx(float(alone["gE"]), rel=1e-12)
        np.testing.assert_allclose(point.levels, alone["levels"], rtol=1e-12)


def test_an_output_has_just_its_dimensions_and_every_label():
    ds = evaluate(study())
    assert ds.E.dims == ("K_out", "temperature")
    assert ds.gE.dims == ("g", "K_out", "temperature")
    assert ds.levels.dims == ("K_out", "temperature", "level")
    assert ds.status.dims == ("g", "K_out", "temperature")
    assert ds.temperature.attrs["units"] == "K"
    assert ds.temperature.values.tolist() == [278.15, 310.15]
    assert ds.E.attrs == {"units": "K", "long_name": "potential"}
    assert ds.level.values.tolist() == [1.0, 2.0]
    assert set(np.unique(ds.status)) == {1}


@settings(max_examples=12)
@given(st.tuples(st.integers(1, 3), st.integers(1, 5), st.integers(1, 2)))
def test_any_chunking_gives_the_whole_to_a_few_ulp(chunks):
    whole = evaluate(study())
    pieces = _arrays(make_plan(study(), chunks=chunks))
    for name, values in pieces.items():
        np.testing.assert_allclose(values, whole[name], rtol=1e-14)


def test_a_point_does_not_depend_on_the_order_of_tasks():
    plan = make_plan(study(), chunks=(2, 2, 2))
    evaluator = Evaluator(plan)

    def take(order):
        found = {}
        for task in order:
            with evaluator.block(task) as block:
                found[task] = {name: values.copy() for name, values in block.items()}
        return found

    forward, backward = take(range(plan.grid.tasks)), take(reversed(range(plan.grid.tasks)))
    for task, block in forward.items():
        for name, values in block.items():
            np.testing.assert_array_equal(values, backward[task][name])


@given(st.lists(st.integers(1, 400), min_size=1, max_size=5), st.integers(1, 5000))
def test_chunks_fit_and_cover(shape, points):
    chunks = chunk_shape(tuple(shape), points)
    assert np.prod([float(c) for c in chunks]) <= points
    assert all(1 <= chunk <= size for chunk, size in zip(chunks, shape, strict=True))


def test_a_derived_value_outside_its_bounds_is_a_status_never_a_number():
    ds = evaluate(study(derived={"K_in": "50 mmol/L - K_out"}, outputs=["E", "gE"]))
    bad = ds.K_out.values > 50.0
    assert bad.any()
    assert not bad.all()
    np.testing.assert_array_equal(np.isnan(ds.E).all("temperature"), bad)
    np.testing.assert_array_equal((ds.status == 11).all(["g", "temperature"]), bad)
    np.testing.assert_array_equal((ds.status == 1).all(["g", "temperature"]), ~bad)


def test_a_value_that_is_not_finite_has_status_10():
    ds = evaluate(study(axes={"K_out": Axis.values([0.0, 5.0], unit="mmol/L")}))
    assert ds.status.values.tolist() == [10, 1]


def test_ratios_are_applied_before_the_kernel_and_named_as_the_field_does():
    axes = {"K_out_over_K_in": Axis.log(0.01, 1, size=3)}
    ds = evaluate(study(axes=axes, fixed={"K_in": "100 mM"}, outputs=["E"]))
    np.testing.assert_allclose(ds.E, 310.15 * np.log([0.01, 0.1, 1.0]), rtol=1e-12, atol=1e-12)
    assert ds.K_out_over_K_in.attrs["long_name"] == "K_out / K_in"


def test_precedence_is_axis_then_derived_then_fixed_then_default():
    axes = {"K_out": Axis.values([2.0], unit="mM")}
    rules = {"fixed": {"K_out": "3 mM", "K_in": "4 mM"}, "derived": {"K_in": "K_out * 5"}}
    ds = evaluate(study(axes=axes, **rules, outputs=["E"]))
    assert float(ds.E[0]) == pytest.approx(310.15 * np.log(2.0 / 10.0))


def test_a_linked_axis_is_one_labelled_dimension():
    rows = {
        "label": ["control", "high K"],
        "K_out": {"values": [3, 8], "unit": "mmol/L"},
        "K_in": {"values": [140, 140], "unit": "mmol/L"},
    }
    ds = evaluate(study(axes={"solution": rows}, outputs=["E"]))
    assert ds.E.dims == ("solution",)
    assert ds.solution.values.tolist() == ["control", "high K"]
    assert ds.K_in.dims == ("solution",)
    expected = 310.15 * np.log(8 / 140)
    assert float(ds.E.sel(solution="high K")) == pytest.approx(expected, rel=1e-12)


def test_sampled_parameters_come_back_as_coordinates_and_reproduce_the_outputs():
    population = {
        "size": 1000,
        "seed": 5,
        "parameters": {
            "K_out": {"uniform": [2.5, 8], "unit": "mM"},
            "temperature": {"truncated_normal": [310.15, 2, 300, 320], "unit": "K"},
        },
    }
    ds = evaluate(study(axes={}, population=population, outputs=["E"]))
    assert ds.E.dims == ("cell",)
    assert set(ds.coords) == {"K_out", "temperature"}
    assert ds.temperature.attrs["units"] == "K"
    expected = ds.temperature * np.log(ds.K_out / 140.0)
    xr.testing.assert_allclose(ds.E.drop_attrs(), expected.drop_attrs(), rtol=1e-12)


def test_a_population_times_an_axis_draws_each_cell_once():
    population = {"size": 50, "parameters": {"K_in": {"uniform": [100, 150], "unit": "mM"}}}
    ds = evaluate(study(population=population, outputs=["E", "gE"]))
    assert ds.gE.dims == ("g", "K_out", "temperature", "cell")
    assert ds.E.dims == ("K_out", "temperature", "cell")
    assert ds.K_in.dims == ("cell",)


def test_a_table_of_measured_cells_is_a_population(tmp_path):
    (tmp_path / "cells.csv").write_text("id,K_in [mM],K_out [mol/L]\na,140,0.005\nb,120,0.004\n")
    tables = {"name": "t", "kernel": {"name": f"{tmp_path}/k.py:cell"}, "precision": "float64"}
    source = "import jax.numpy as jnp\ndef cell(*, K_in, K_out):\n"
    source += "    return {'E': jnp.log(K_out / K_in)}\n"
    source += "cell.parameters = {'K_in': 'mmol/L', 'K_out': 'mmol/L'}\ncell.outputs = {'E': '1'}\n"
    (tmp_path / "k.py").write_text(source)
    ds = evaluate(from_tables(tables | {"population": {"table": "cells.csv"}}, "t", tmp_path))
    np.testing.assert_allclose(ds.E, np.log([5 / 140, 4 / 120]), rtol=1e-12)
    assert ds.id.values.tolist() == ["a", "b"]
    assert ds.K_out.attrs["units"] == "mol/L"


def test_an_axis_that_nothing_depends_on_is_refused():
    with pytest.raises(PlanError, match=r"axes.g: no kept output depends on it \(E\)"):
        make_plan(study(outputs=["E"]))


def test_the_fingerprint_is_of_the_meaning():
    plan = make_plan(study())
    assert plan.fingerprint == make_plan(study(question="why?")).fingerprint
    for change in (
        {"precision": "float32"},
        {"fixed": {"K_in": "141 mM"}},
        {"outputs": ["gE"]},
        {"axes": dict(reversed(study().axes.items()))},
    ):
        assert make_plan(study(**change)).fingerprint != plan.fingerprint


def test_kernel_code_is_told_apart_even_by_its_constant_arrays():
    def with_table(numbers):
        table = np.asarray(numbers)

        def kernel(*, g):
            return {"y": g * jnp.asarray(table)[0]}

        kernel.parameters, kernel.outputs = {"g": "mS/cm2"}, {"y": "mS/cm2"}
        axes = {"g": Axis.linear(0, 1, size=2, unit="mS/cm2")}
        return make_plan(Study(name="x", kernel=kernel, axes=axes)).kernel_code["sha256"]

    assert with_table([1.0, 2.0]) == with_table([1.0, 2.0])
    assert with_table([1.0, 2.0]) != with_table([1.5, 2.0])


def test_canonical_json_brings_the_study_back():
    tables = {
        "name": "x",
        "kernel": {"name": "ghk_voltage"},
        "fixed": {"P_Cl": "0 cm/s"},
        "axes": {"K_out": {"log": [1, 10], "size": 3, "unit": "mM"}},
        "picture": {"contour": "-55 mV"},
    }
    one = from_tables(tables, "x")
    assert from_canonical(one.canonical()) == one


def test_more_than_fits_in_memory_is_refused_with_the_way_out():
    axes = {
        "K_out": Axis.linear(1, 2, size=10**6, unit="mM"),
        "K_in": Axis.linear(1, 2, size=10**6, unit="mM"),
    }
    with pytest.raises(PlanError, match=r"GB are free; use leakscape.run"):
        evaluate(study(axes=axes))


def test_float32_is_the_default_and_x64_is_left_as_it_was():
    before = jax.config.jax_enable_x64
    ds = evaluate(study(precision="float32"))
    assert ds.E.dtype == np.float32
    assert evaluate(study()).E.dtype == np.float64
    assert jax.config.jax_enable_x64 == before


def test_a_population_from_python_takes_tables_and_is_checked_as_one_from_toml():
    from leakscape.declare.population import Population
    from leakscape.errors import DeclarationError

    parameters = {"K_in": {"uniform": [100, 150], "unit": "mM"}}
    ds = evaluate(study(axes={}, population=Population(parameters=parameters, size=3)))
    assert ds.E.dims == ("cell",)
    with pytest.raises(DeclarationError, match=r"population.size: must be 1 to"):
        Population(parameters=parameters)


def test_a_temperature_beyond_its_bounds_is_never_a_number_with_status_1():
    derived = {"temperature": "310.15 K - 600 K * blocked_Na"}
    axes = {"blocked_Na": Axis.values([0.0, 1.0])}
    ds = evaluate(Study(name="cold", kernel="ghk_voltage", axes=axes, derived=derived))
    assert ds.status.values.tolist() == [1, 11]
    assert np.isnan(ds.V_rest.values).tolist() == [False, True]
