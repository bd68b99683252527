"""Laws of a clamp: junction potentials and resistances in series, by closed forms and SciPy."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from scipy import optimize

from leakscape.analyse.fit.posing import pose
from leakscape.declare.fit import Fit

V = np.array([-110.0, -80.0, -50.0, -20.0])


def clamped(offsets, current=(-2.0, 0.5, 3.0, 5.0)):
    """Two ohmic leaks under a clamp: g_K to -90 mV, 0.02 mS/cm2 to 60 mV."""
    frame = pd.DataFrame({"V [mV]": V, "I [uA/cm2]": np.asarray(current, float)})
    fit = Fit(
        name="clamp",
        kernel={"name": "membrane_current", "membrane": "textbook_neuron_ohmic"},
        fixed={"E_K": "-90 mV", "E_Na": "60 mV", "g_Na": "0.02 mS/cm2"},
        data={"conditions": ["V"], "outputs": {"I": {"output": "I_total", "sd": "0.1 uA/cm2"}}},
        free={"g_K": {"uniform": [0.01, 1], "unit": "mS/cm2"}},
        offsets=offsets,
    )
    return pose(fit, frame)


def predicted(problem, **named):
    with jax.enable_x64(True):
        values = jnp.array([named[u.flat_name] for u in problem.unknowns])
        return np.asarray(problem.predict(values)[0])[:, 0]


def divided(V_commanded, g_K, offset, kohm):
    """Current of the leaks in series with a resistance, a voltage divider."""
    g = g_K + 0.02
    E = (g_K * -90.0 + 0.02 * 60.0) / g
    return g * (V_commanded - offset - E) / (1.0 + g * kohm)


FREE = {"V": {"normal": [0, 3], "unit": "mV"}, "R_series": {"uniform": [0, 9], "unit": "kohm cm2"}}


def test_offset_and_drop_are_taken_off_the_commanded_potential():
    problem = clamped(FREE)
    assert [u.flat_name for u in problem.unknowns] == ["g_K", "offset_V", "R_series"]
    found = predicted(problem, g_K=0.1, offset_V=4.0, R_series=2.0)
    np.testing.assert_allclose(found, divided(V, 0.1, 4.0, 2.0), rtol=1e-9)


def test_the_drop_is_that_of_the_models_current_not_of_the_noise():
    plain = predicted(clamped(FREE), g_K=0.1, offset_V=0.0, R_series=5.0)
    noisy = predicted(clamped(FREE, (9, -9, 0, 30)), g_K=0.1, offset_V=0.0, R_series=5.0)
    np.testing.assert_allclose(noisy, plain, rtol=1e-9)


def test_known_offsets_and_resistances_are_no_unknowns():
    problem = clamped({"V": "4000 uV", "R_series": "2000 ohm cm2"})
    assert [u.flat_name for u in problem.unknowns] == ["g_K"]
    found = predicted(problem, g_K=0.1)
    np.testing.assert_allclose(found, divided(V, 0.1, 4.0, 2.0), rtol=1e-9)


@pytest.mark.slow
def test_a_rectifier_in_series_with_a_resistance_settles_where_scipy_finds_it():
    frame = pd.DataFrame({"V [mV]": V, "I [uA/cm2]": np.zeros(4)})
    ions = {"K": {"valence": 1, "inside": "145.0186220050841 mM", "outside": "5 mM"}}
    kir = {"type": "kir", "ion": "K", "g": "1 mS/cm2", "V_shift": "0 mV", "k": "10 mV"}
    fit = Fit(
        name="kir",
        kernel={
            "name": "membrane_current",
            "membrane": {"ions": ions, "mechanisms": {"Kir": kir}},
        },
        data={"conditions": ["V"], "outputs": {"I": {"output": "I_total", "sd": "0.1 uA/cm2"}}},
        free={"g_Kir": {"uniform": [0.1, 3], "unit": "mS/cm2"}},
        offsets={"R_series": "1 kohm cm2"},
    )
    found = predicted(pose(fit, frame), g_Kir=1.0)
    temperature = 37.0 + 273.15
    E_K = 1e3 * 8.31446261815324 * temperature / 96485.33212331001 * np.log(5 / 145.0186220050841)

    def gate(potential):
        return (potential - E_K) / (1.0 + np.exp((potential - E_K) / 10.0))

    want = [optimize.brentq(lambda i, v=v: i - gate(v - i), -200, 200, xtol=1e-13) for v in V]
    np.testing.assert_allclose(found, want, rtol=1e-8, atol=1e-9)
