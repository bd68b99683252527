"""On an accelerator: the numbers of the CPU, of points, of models and of what is reduced there."""

from __future__ import annotations

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import leakscape as ls

pytestmark = pytest.mark.gpu


@pytest.mark.parametrize(
    ("precision", "within"), [("float32", 1e-3), ("float64", 1e-9)], ids=["float32", "float64"]
)
def test_an_accelerator_gives_the_voltages_of_the_cpu(precision, within):
    study = ls.load("potassium_titration", [f"precision={precision}"])
    here = ls.evaluate(study)
    with jax.default_device(jax.devices("cpu")[0]):
        cpu = ls.evaluate(study)
    np.testing.assert_allclose(here.V_rest, cpu.V_rest, rtol=0, atol=within)
    np.testing.assert_array_equal(here.status, cpu.status)


def test_a_run_on_an_accelerator_is_what_evaluate_gives(tmp_path):
    study = ls.load("resting_landscape", ["axes.blocked_K.size=11"])
    stored = ls.run(study, tmp_path / "x.zarr").load()
    np.testing.assert_allclose(stored.V_rest, ls.evaluate(study).V_rest, rtol=0, atol=1e-4)
    assert set(np.unique(stored.status)) == {1}


def test_a_model_on_an_accelerator_gives_voltages_and_slopes_of_the_cpu():
    model = ls.model(ls.load("potassium_titration"))
    values = np.geomspace(1.0, 100.0, 1000, dtype=np.float32)

    def voltage(value):
        return model(K_out=value, temperature=37.0)["V_rest"]

    slope = jax.vmap(jax.grad(voltage))
    here = np.asarray(voltage(jnp.asarray(values))), np.asarray(slope(jnp.asarray(values)))
    with jax.default_device(jax.devices("cpu")[0]):
        there = np.asarray(voltage(jnp.asarray(values))), np.asarray(slope(jnp.asarray(values)))
    np.testing.assert_allclose(here[0], there[0], rtol=0, atol=1e-3)
    np.testing.assert_allclose(here[1], there[1], rtol=1e-3)


def test_what_is_reduced_on_an_accelerator_is_what_numpy_makes_of_its_points():
    every = ["mean", "sd", "min", "max", {"above": ["-60 mV"]}, {"quantile": [0.05, 0.5]}]
    study = ls.load("resting_landscape", ["axes.blocked_K.size=11"])
    over = list(study.axes)
    reduced = ls.reduce(dataclasses.replace(study, reduce={"over": over, "V_rest": every}))
    points = ls.evaluate(study).V_rest.values.astype(np.float64).ravel()
    np.testing.assert_allclose(reduced.V_rest_mean, points.mean(), rtol=0, atol=1e-3)
    np.testing.assert_allclose(reduced.V_rest_sd, points.std(ddof=1), rtol=0, atol=1e-3)
    np.testing.assert_allclose(reduced.V_rest_min, points.min(), rtol=0, atol=1e-3)
    np.testing.assert_allclose(reduced.V_rest_max, points.max(), rtol=0, atol=1e-3)
    np.testing.assert_allclose(reduced.V_rest_above, [(points > -60).mean()], atol=1e-5)
    np.testing.assert_allclose(reduced.V_rest_quantile, np.quantile(points, [0.05, 0.5]), atol=1e-3)
