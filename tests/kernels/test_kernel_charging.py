"""A cell with one leak charges as a capacitor does: mpmath, an integration, the model's laws."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from leakscape_kernels.formulas.charging import charging

F = 96485.33212331001  # C/mol
KT = 26.726659112543268  # mV at 37 degC
CELL = charging()
ALONG = ("V", "charge_moved", "ions_moved", "concentration_change", "share_moved")

double = pytest.mark.usefixtures("double")


def exact(t, g, C, inside, outside, z, start, r):
    """V [mV], pmol/cm2 and mmol/L by the exponential, in 30 digits."""
    with mpmath.workdps(30):
        kT = 1000 * mpmath.mpf("8.31446261815324") / mpmath.mpf("96485.3321233100184") * 310.15
        E = kT / z * mpmath.log(mpmath.mpf(outside) / inside)
        V = E + (start - E) * mpmath.exp(-mpmath.mpf(t) * g / C)
        ions = C * (start - V) * 1000 / (z * mpmath.mpf("96485.3321233100184"))
        return float(V), float(ions), float(-ions * 3 / r / 100)


def test_how_few_ions_make_70_mV(evaluate):
    """1 uF/cm2 at 70 mV: C V/F = 7.255e-13 mol/cm2, or 2.18 umol/L in a cell of 10 um radius."""
    outside = 140 * np.exp(-70 / KT)  # E_K = -70 mV
    found = evaluate(CELL, K_out=outside, g_K=10.0)
    assert found["V"][-1] == pytest.approx(-70, abs=1e-4)
    assert 1e-12 * found["ions_moved"][-1] == pytest.approx(7.255e-13, rel=1e-4)
    assert 1e3 * found["concentration_change"][-1] == pytest.approx(-2.1765, rel=1e-4)
    assert found["share_moved"][-1] == pytest.approx(2.1765e-3 / 140, rel=1e-4)


@double
@pytest.mark.parametrize("ion", ["K", "Na", "Cl", "Ca"])
def test_the_exponential_in_30_digits(evaluate, ion):
    times = (0.0, 1e-6, 0.3, 7.0, 400.0)
    z = {"Ca": 2, "Cl": -1}.get(ion, 1)
    at = {f"g_{ion}": 0.03, f"{ion}_in": 12.0, f"{ion}_out": 120.0}
    found = evaluate(
        charging(ion=ion, times=list(times)), **at, capacitance=0.9, V_start=-20.0, radius=7.0
    )
    assert found["status"] == 1
    for place, t in enumerate(times):
        V, ions, change = exact(t, 0.03, 0.9, 12.0, 120.0, z, -20.0, 7.0)
        assert found["V"][place] == pytest.approx(V, rel=1e-13)
        assert found["ions_moved"][place] == pytest.approx(ions, rel=1e-12)
        assert found["concentration_change"][place] == pytest.approx(change, rel=1e-12)


@double
def test_an_integration_of_the_membrane_equation_agrees(evaluate):
    found = evaluate(CELL)
    E = KT * np.log(5 / 140)
    times = np.linspace(0, 50, 101)
    run = solve_ivp(
        lambda t, V: -0.1 * (V - E), (0, 50), [0.0], t_eval=times, rtol=1e-11, atol=1e-11
    )
    np.testing.assert_allclose(found["V"], run.y[0], atol=1e-8)


@double
@pytest.mark.parametrize(("radius", "off"), [(10.0, 1e-3), (0.1, 0.1), (0.01, 1.0)])
def test_fixed_solutions_are_off_by_kT_times_the_share_that_moved(evaluate, radius, off):
    """An integration in which K inside follows what leaves; 0.5 mV even in a vesicle of 10 nm."""

    def slope(t, state):
        V, K = state
        current = 0.1 * (V - KT * np.log(5 / K))  # uA/cm2
        return [-current, -3e-2 / radius * current * 1e3 / F]  # mV, mmol/L a ms

    run = solve_ivp(slope, (0, 50), [0.0, 140.0], t_eval=[50.0], rtol=1e-11, atol=1e-12)
    found = evaluate(CELL, radius=radius)
    V, share = found["V"][-1], found["share_moved"][-1]
    away = run.y[0][0] - V
    assert 0 < away < off
    assert away == pytest.approx(KT * share, rel=0.05)
    assert run.y[1][0] - 140 == pytest.approx(found["concentration_change"][-1], rel=0.01)


@double
@settings(max_examples=30, deadline=None)
@given(
    g=st.floats(1e-6, 10),
    C=st.floats(0.1, 10),
    start=st.floats(-100, 100),
    radius=st.floats(0.01, 100),
)
def test_charge_is_that_of_a_capacitor_and_of_the_ions(evaluate, g, C, start, radius):
    found = evaluate(CELL, g_K=g, capacitance=C, V_start=start, radius=radius)
    charge = C * (start - found["V"])
    scale = C * (abs(start) + 90)
    np.testing.assert_allclose(found["charge_moved"], charge, atol=1e-12 * scale)
    np.testing.assert_allclose(found["ions_moved"] * F, 1e3 * found["charge_moved"], rtol=1e-12)
    # Over the whole sphere: moles through 4 pi r^2, over 4 pi r^3/3, with r in cm.
    lost = 1e-12 * found["ions_moved"] * 3 / (1e-4 * radius) * 1e6
    np.testing.assert_allclose(found["concentration_change"], -lost, rtol=1e-12)
    assert found["time_constant"] == pytest.approx(C / g, rel=1e-14)
    assert found["V_rest"] == found["E_K"]


def test_the_first_ions_are_counted_in_float32_too(evaluate):
    """In 1e-6 ms V moves by 1e-5 of the last digit that float32 has at -80 mV."""
    found = evaluate(charging(times=[0, 1e-6]), V_start=-80.0)
    _, ions, _ = exact(1e-6, 0.1, 1.0, 140, 5, 1, -80.0, 10.0)
    assert found["ions_moved"][0] == 0
    assert found["ions_moved"][1] == pytest.approx(ions, rel=1e-5)


def test_without_a_conductance_nothing_moves_and_there_is_no_rest(evaluate):
    found = evaluate(CELL, g_K=0.0, V_start=-30.0)
    assert found["status"] == 3
    assert (found["V"] == -30).all()
    assert not any(found[name].any() for name in ALONG[1:])
    assert np.isnan(found["V_rest"])
    assert np.isnan(found["time_constant"])
    assert found["E_K"] == pytest.approx(KT * np.log(5 / 140), abs=1e-4)


def test_without_a_radius_charge_is_known_and_no_concentration(evaluate):
    found = evaluate(CELL, radius=0.0)
    assert found["status"] == 3
    assert (found["V"] == evaluate(CELL)["V"]).all()
    assert np.isnan(found["concentration_change"]).all()
    assert np.isnan(found["share_moved"]).all()


@pytest.mark.parametrize(
    "outside",
    [
        {"g_K": -0.1},
        {"capacitance": 0.0},
        {"K_in": 0.0},
        {"K_out": 0.0},
        {"temperature": -274.0},
    ],
)
def test_outside_its_domain_nothing_is_told(evaluate, outside):
    found = evaluate(CELL, **outside)
    assert found["status"] == 11
    assert all(np.isnan(found[name]).all() for name in found if name != "status")


def test_what_leaves_the_range_of_the_precision_has_status_10(evaluate):
    assert evaluate(CELL, capacitance=1e-35, g_K=1e10)["status"] == 10


@pytest.mark.slow
@double
def test_gradients_are_those_of_the_closed_form():
    def V(g, start):
        return charging(times=[0, 5])(g_K=g, V_start=start)["V"][1]

    E = KT * np.log(5 / 140)
    by_g, by_start = jax.grad(V, argnums=(0, 1))(jnp.asarray(0.1), jnp.asarray(-10.0))
    assert float(by_start) == pytest.approx(np.exp(-0.5), rel=1e-12)
    assert float(by_g) == pytest.approx(-5 * (-10 - E) * np.exp(-0.5), rel=1e-12)
    shut = jax.grad(V)(jnp.asarray(0.0), jnp.asarray(-10.0))
    assert float(shut) == pytest.approx(-5 * (-10 - E), rel=1e-12)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"ion": "Kalium"}, "charging: ion must be one of K, Na, .*got 'Kalium'"),
        ({"ion": 3}, "charging: ion must be one of K, Na"),
        ({"times": [5, 1]}, "charging: times: two or more times from 0 on that rise, in ms"),
        ({"time": [0, 1]}, "charging: no option named time; its options are ion, times"),
    ],
)
def test_options_are_refused_in_a_sentence(options, text):
    with pytest.raises(ValueError, match=text):
        charging(**options)
