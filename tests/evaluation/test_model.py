"""A study's model is a function of JAX: what a sweep stores, and its derivatives."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import brentq

import leakscape as ls
from leakscape.errors import PlanError

LOSS = {
    "name": "loss",
    "kernel": "ghk_voltage",
    "fixed": {"P_Cl": "0 cm/s"},
    "axes": {
        "P_Na_over_P_K": {"log": [0.01, 1.0], "size": 7, "unit": "1"},
        "temperature": {"linear": [5.0, 40.0], "size": 5, "unit": "degC"},
        "blocked_K": {"linear": [0.0, 90.0], "size": 3, "unit": "%"},
    },
    "outputs": ["V_rest", "I_K"],
}


def loss(**changes):
    return ls.Study(**LOSS | changes)


def test_a_model_gives_what_a_sweep_of_the_same_study_stores():
    ds = ls.evaluate(loss())
    model = ls.model(loss())
    grid = np.meshgrid(ds.P_Na_over_P_K, ds.temperature, ds.blocked_K, indexing="ij")
    found = model(**dict(zip(model.parameters, grid, strict=True)))
    assert model.parameters == {"P_Na_over_P_K": "1", "temperature": "degC", "blocked_K": "%"}
    assert model.outputs == {"V_rest": "mV", "I_K": "uA/cm2"}
    for name in ("V_rest", "I_K"):  # a sweep stores I_K without the dimension that it lacks
        whole = ds[name].broadcast_like(ds.V_rest).transpose(*ds.V_rest.dims)
        np.testing.assert_allclose(found[name], whole, rtol=2e-6)
    np.testing.assert_array_equal(found["status"], ds.status)
    assert found["status"].dtype == jnp.uint8


def test_scalars_and_arrays_broadcast_and_transformations_compose():
    model = ls.model(loss())
    given = {"temperature": 37.0, "blocked_K": 0.0}
    one = model(P_Na_over_P_K=0.04, **given)["V_rest"]
    assert one.shape == ()
    ratios = jnp.asarray([0.04, 0.1])
    wide = model(P_Na_over_P_K=ratios[:, None], temperature=jnp.ones((1, 3)) * 37, blocked_K=0.0)
    assert wide["V_rest"].shape == (2, 3)
    np.testing.assert_allclose(wide["V_rest"][0], one, rtol=1e-6)
    mapped = jax.vmap(lambda r: model(P_Na_over_P_K=r, **given)["V_rest"])(ratios)
    np.testing.assert_allclose(
        jax.jit(lambda r: model(P_Na_over_P_K=r, **given))(ratios)["V_rest"], mapped
    )


def test_derivatives_are_those_of_the_closed_form():
    """dV/dr of V = kT/e ln((K_o + r Na_o)/(K_i + r Na_i)) at the ratio r."""
    with jax.enable_x64(True):
        model = ls.model(loss(precision="float64"))
        at = {"temperature": 37.0, "blocked_K": 0.0}
        r = 0.04
        slope = jax.grad(lambda ratio: model(P_Na_over_P_K=ratio, **at)["V_rest"])(r)
        constants = ls.evaluate(loss(precision="float64")).attrs["parameters"]
    import json

    numbers = {k: float(v.split()[0]) for k, v in json.loads(constants).items()}
    out, inside = ({i: numbers[f"{i}_{side}"] for i in ("K", "Na")} for side in ("out", "in"))
    kT = 8.31446261815324 * 310.15 / 96485.33212331001 * 1e3
    wanted = kT * (
        out["Na"] / (out["K"] + r * out["Na"]) - inside["Na"] / (inside["K"] + r * inside["Na"])
    )
    assert float(slope) == pytest.approx(wanted, rel=1e-9)


def test_a_sampled_study_takes_its_samples_in_their_own_units():
    study = loss(
        axes={},
        population={
            "size": 50,
            "seed": 3,
            "parameters": {
                "K_out": {"uniform": [0.003, 0.008], "unit": "mol/L"},
                "blocked_K": {"uniform": [0, 50], "unit": "%"},
            },
        },
    )
    ds = ls.evaluate(study)
    model = ls.model(study)
    assert model.parameters == {"K_out": "mol/L", "blocked_K": "%"}
    found = model(K_out=ds.K_out.values, blocked_K=ds.blocked_K.values)
    np.testing.assert_allclose(found["V_rest"], ds.V_rest, rtol=2e-6)


def test_a_fit_by_a_root_finder_finds_the_potassium_that_gives_the_potential():
    study = loss(axes={"K_out": {"linear": [1, 50], "size": 2, "unit": "mmol/L"}})
    model = ls.model(study)
    found = brentq(lambda K: float(model(K_out=K)["V_rest"]) + 60.0, 1.0, 50.0, xtol=1e-6)
    assert float(model(K_out=found)["V_rest"]) == pytest.approx(-60.0, abs=1e-4)


def test_a_value_outside_its_bounds_is_status_11_and_nan():
    model = ls.model(loss())
    found = model(P_Na_over_P_K=0.04, temperature=37.0, blocked_K=jnp.asarray([50.0, 101.0, -1.0]))
    np.testing.assert_array_equal(found["status"], [1, 11, 11])
    np.testing.assert_array_equal(np.isfinite(found["V_rest"]), [True, False, False])


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"temperature": 37.0}, "needs P_Na_over_P_K, blocked_K; give P_Na_over_P_K, blocked_K, t"),
        ({**dict.fromkeys(LOSS["axes"], 1.0), "K_in": 1.0}, "knows no K_in; give"),
        (
            {**dict.fromkeys(LOSS["axes"], 1.0), "temperature": "37 degC"},
            "temperature is a number or an array in the unit",
        ),
        (
            {
                **dict.fromkeys(LOSS["axes"], 1.0),
                "blocked_K": np.ones(2),
                "temperature": np.ones(3),
            },
            "shapes must broadcast, got",
        ),
    ],
)
def test_wrong_values_are_one_sentence(values, text):
    with pytest.raises(PlanError, match="model of loss: " + text):
        ls.model(loss())(**values)


def test_a_double_model_asks_for_double_numbers():
    with pytest.raises(PlanError, match="jax_enable_x64"):
        ls.model(loss(precision="float64"))(**dict.fromkeys(LOSS["axes"], 0.5))
