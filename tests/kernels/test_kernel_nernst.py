"""Laws of the Nernst potential."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leakscape_kernels.formulas.nernst import nernst, reversal_potential, thermal_voltage

pytestmark = pytest.mark.usefixtures("double")

concentration = st.floats(-6, 3).map(lambda x: 10.0**x)
temperature = st.floats(-20, 100)
E_of = jax.jit(reversal_potential)


@pytest.mark.parametrize(
    ("T", "per_decade"),
    [
        (6.3, 55.4488689231),
        (18, 57.7703996670),
        (20, 58.1672425292),
        (25, 59.1593496848),
        (37, 61.5404068581),
    ],
)
def test_ten_fold_gradient_gives_the_tabulated_slope(T, per_decade):
    assert float(reversal_potential(1, 1.0, 10.0, T)) == pytest.approx(per_decade, rel=1e-11)


@pytest.mark.parametrize(
    ("z", "out", "inside", "T", "E"),
    [
        (1, 145, 12, 37, 66.598213272190584),
        (-1, 110, 4, 37, -88.577119582444322),
        (1, 10, 345, 18, -88.84042374),
        (1, 455, 72, 18, 46.25554007),
        (-1, 540, 61, 18, -54.71226145),
    ],
)
def test_tabulated_ions(evaluate, z, out, inside, T, E):
    found = evaluate(nernst, valence=z, outside=out, inside=inside, temperature=T)
    assert found == {"E": pytest.approx(E, rel=2e-10), "status": 1}


@given(concentration, concentration, temperature)
@settings(deadline=None)
def test_swapping_the_sides_or_the_sign_of_the_charge_turns_the_potential(inside, out, T):
    E = float(E_of(1.0, inside, out, T))
    assert float(E_of(1.0, out, inside, T)) == pytest.approx(-E, rel=1e-12, abs=1e-12)
    assert float(E_of(-1.0, inside, out, T)) == pytest.approx(-E, rel=1e-15)


@given(concentration, concentration, temperature, st.sampled_from([-2.0, -1.0, 1.0, 2.0]))
@settings(deadline=None)
def test_twice_the_charge_gives_half_the_potential(inside, out, T, z):
    E = float(E_of(z, inside, out, T))
    assert float(E_of(2 * z, inside, out, T)) == pytest.approx(E / 2, rel=1e-14)


@given(concentration, concentration, temperature, temperature)
@settings(deadline=None)
def test_potential_is_proportional_to_the_absolute_temperature(inside, out, T1, T2):
    E1, E2 = (float(E_of(1.0, inside, out, T)) for T in (T1, T2))
    assert pytest.approx(E2 * (T1 + 273.15), rel=1e-12) == E1 * (T2 + 273.15)


@given(concentration, concentration, temperature, st.floats(1e-3, 1e3))
@settings(deadline=None)
def test_equal_activity_coefficients_on_both_sides_cancel(inside, out, T, coefficient):
    E = float(E_of(1.0, inside, out, T))
    scaled = float(E_of(1.0, coefficient * inside, coefficient * out, T))
    assert scaled == pytest.approx(E, rel=1e-12, abs=1e-11)


@pytest.mark.parametrize(
    "outside_domain",
    [
        {"inside": 0},
        {"outside": 0},
        {"inside": -1},
        {"inside": -1, "outside": -1},
        {"outside": np.nan},
        {"valence": 0},
        {"temperature": -273.15},
        {"temperature": -300},
        {"temperature": np.inf},
    ],
)
def test_point_without_a_potential_is_nan_with_status_11(evaluate, outside_domain):
    found = evaluate(nernst, **outside_domain)
    assert np.isnan(found["E"])
    assert found["status"] == 11


def test_value_that_is_not_finite_is_nan_with_status_10(evaluate):
    with jax.enable_x64(False):
        overflow = evaluate(nernst, inside=1e-30, outside=1e30)
    for found in (overflow, evaluate(nernst, valence=np.nan)):
        assert np.isnan(found["E"])
        assert found["status"] == 10


def test_thermal_voltage_ends_at_absolute_zero():
    assert float(thermal_voltage(-273.14)) > 0
    assert np.isnan(thermal_voltage(-273.15))


def test_slope_with_concentration_is_finite_and_exact():
    slope = jax.grad(reversal_potential, argnums=(1, 2))(1.0, 140.0, 5.0, 37.0)
    kT = 26.726659112543268
    np.testing.assert_allclose(slope, (-kT / 140, kT / 5), rtol=1e-13)
    assert jnp.isfinite(jnp.array(slope)).all()
