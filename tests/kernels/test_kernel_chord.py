"""Laws and tabulated numbers of the chord-conductance model."""

import functools

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from leakscape_kernels.formulas.chord import chord_conductance, voltage

pytestmark = pytest.mark.usefixtures("double")

CHORD = chord_conductance()
THREE = chord_conductance(leaks=["K", "Na", "Cl"])

conductances = arrays(float, (20, 3), elements=st.floats(-6, 2)).map(lambda x: 10.0**x)
reversals = arrays(float, (20, 3), elements=st.floats(-150, 150))


@functools.cache
def batched():
    return jax.jit(jax.vmap(lambda g, E: THREE(**named("g", g), **named("E", E))))


def named(symbol, values):
    return {f"{symbol}_{leak}": values[i] for i, leak in enumerate(("K", "Na", "Cl"))}


def sweep(g, E):
    return {name: np.asarray(value) for name, value in batched()(g, E).items()}


@pytest.mark.parametrize(
    ("blocked", "V"),
    [
        (0, -70),
        (0.2, -65.8064516129),
        (0.5, -54.7058823529),
        (0.7, -39.1525423729),
        (0.8, -24.7826086957),
        (0.9, 0.9090909091),
        (0.95, 23.2075471698),
        (1, 60),
    ],
)
def test_tabulated_block_of_potassium(evaluate, blocked, V):
    found = evaluate(CHORD, blocked_K=blocked)
    assert found["V_rest"] == pytest.approx(V, abs=6e-11)
    assert found["status"] == 1


@pytest.mark.parametrize(
    ("blocked", "slope"), [(0.0, 52 / 3), (0.5, 53.9792387), (0.8, 184.3100189)]
)
def test_tabulated_slope_with_block(blocked, slope):
    found = jax.grad(lambda b: CHORD(blocked_K=b)["V_rest"])(blocked)
    assert float(found) == pytest.approx(slope, abs=6e-8)


@pytest.mark.parametrize(
    ("values", "V"),
    [
        ({"g_K": 6.5, "g_Na": 1}, -70),
        ({"g_K": 1, "g_Na": 1}, -15),
        ({"g_K": 1.5 * 6.5, "g_Na": 1}, -76.04651162790698),
        ({"g_K": 435 / 17, "g_Na": 1, "E_K": -6532 / 87}, -70),
        ({"g_K": 435 / 17, "g_Na": 1, "E_K": -6532 / 87, "blocked_K": 0.8}, -53),
        ({"g_K": 24.4117647058824, "g_Na": 1, "E_K": -75.1204819277108, "E_Na": 55}, -70),
        ({"g_K": 1.34920634920635, "g_Na": 1, "E_Na": -43.015873015873}, -70),
    ],
)
def test_tabulated_rests(evaluate, values, V):
    assert evaluate(CHORD, **values)["V_rest"] == pytest.approx(V, rel=1e-13)


def test_tabulated_derivatives_with_chloride():
    values = {"g_K": 6.5, "g_Na": 1.0, "g_Cl": 2.0, "E_K": -90.0, "E_Na": 60.0, "E_Cl": -70.0}

    def rest(v):
        return THREE(**v)["V_rest"]

    assert float(rest(values)) == pytest.approx(-70, rel=1e-14)
    slope = jax.grad(rest)(values)
    expected = {
        "g_K": -2.105263157894737,
        "g_Na": 13.68421052631579,
        "g_Cl": 0,
        "E_K": 0.6842105263157895,
        "E_Na": 0.1052631578947368,
        "E_Cl": 0.2105263157894737,
    }
    assert {k: float(x) for k, x in slope.items()} == pytest.approx(expected, rel=1e-13, abs=1e-13)
    curvature = jax.grad(jax.grad(lambda g: rest(values | {"g_K": g})))(6.5)
    assert float(curvature) == pytest.approx(0.443213296398892, rel=1e-13)


@given(conductances, reversals)
@settings(deadline=None, max_examples=60)
def test_rest_is_a_weighted_mean_at_which_the_currents_cancel(g, E):
    found = sweep(g, E)
    np.testing.assert_allclose(found["V_rest"], (g * E).sum(1) / g.sum(1), rtol=1e-12, atol=1e-11)
    assert (found["V_rest"] >= E.min(axis=1) - 1e-11).all()
    assert (found["V_rest"] <= E.max(axis=1) + 1e-11).all()
    currents = np.stack([found[f"I_{leak}"] for leak in ("K", "Na", "Cl")])
    assert (np.abs(currents.sum(axis=0)) <= 1e-12 * (g * 300).sum(axis=1)).all()
    np.testing.assert_allclose(found["total_conductance"], g.sum(axis=1), rtol=1e-14)
    assert (found["status"] == 1).all()


@given(conductances, reversals, st.floats(-3, 3), st.floats(-100, 100))
@settings(deadline=None, max_examples=60)
def test_only_ratios_of_conductances_matter_and_a_common_shift_moves_the_rest(g, E, decades, shift):
    V = sweep(g, E)["V_rest"]
    np.testing.assert_allclose(sweep(10.0**decades * g, E)["V_rest"], V, rtol=1e-12, atol=1e-11)
    np.testing.assert_allclose(sweep(g, E + shift)["V_rest"], V + shift, rtol=1e-12, atol=1e-10)


def test_full_block_is_a_conductance_of_zero(evaluate):
    assert evaluate(CHORD, blocked_K=1) == evaluate(CHORD, g_K=0)
    assert evaluate(CHORD, blocked_K=1)["V_rest"] == 60


def test_driving_forces_of_the_textbook_neuron(evaluate):
    found = evaluate(CHORD)
    assert found["driving_force_K"] == pytest.approx(20, rel=1e-13)
    assert found["driving_force_Na"] == pytest.approx(-130, rel=1e-13)
    assert found["I_K"] == pytest.approx(2, rel=1e-13)


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"g_K": 0, "g_Na": 0}, 11),
        ({"blocked_K": 1, "blocked_Na": 1}, 11),
        ({"g_K": -0.01}, 11),
        ({"blocked_Na": 1.5}, 11),
        ({"g_K": np.nan}, 11),
        ({"E_K": np.nan}, 10),
        ({"E_K": np.inf}, 10),
    ],
)
def test_point_without_a_rest_is_nan_with_a_status(evaluate, values, status):
    found = evaluate(CHORD, **values)
    assert found["status"] == status
    at_rest = [v for name, v in found.items() if name.startswith(("V_", "I_", "driving_"))]
    assert np.isnan(at_rest).all()
    assert np.isnan(found["total_conductance"]) == (status == 11)


def test_plain_function_takes_any_number_of_leaks():
    assert float(voltage([1.0, 1.0, 1.0, 1.0], [-90.0, 60.0, -70.0, 0.0])) == -25
    assert np.isnan(voltage([0.0, 0.0], [-90.0, 60.0]))


def test_leak_of_another_name_has_no_default():
    kernel = chord_conductance(leaks=["K", "shunt"])
    assert kernel.parameters["g_shunt"].default is None
    assert kernel.parameters["E_shunt"].default is None
    assert kernel.parameters["blocked_shunt"].default == 0
    with pytest.raises(TypeError, match="chord_conductance: g_shunt has no default"):
        kernel()
    assert float(kernel(g_K=1, g_shunt=1, E_shunt=-70)["V_rest"]) == -80


@pytest.mark.parametrize(
    "leaks", ["K", [], ["K", "K"], ["K+"], ["2P"], ["a_b"], ["in"], [1], {"K": 1}, None, ["é"]]
)
def test_leak_names_are_refused_by_one_sentence(leaks):
    with pytest.raises(ValueError, match=r"^chord_conductance leaks: .*got|every name once"):
        chord_conductance(leaks=leaks)


def test_float32_stays_within_a_microvolt():
    rng = np.random.default_rng(2)
    g, E = 10 ** rng.uniform(-3, 1, (2000, 3)), rng.uniform(-100, 70, (2000, 3))
    exact = (g * E).sum(axis=1) / g.sum(axis=1)
    with jax.enable_x64(False):
        rough = sweep(g.astype("float32"), E.astype("float32"))["V_rest"]
    assert rough.dtype == np.float32
    assert np.abs(rough - exact).max() < 1e-3
