"""Laws of the cotransporters: equilibrium, direction, no net charge."""

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leakscape_kernels.constants import F, R
from leakscape_kernels.formulas.nernst import reversal_potential
from leakscape_kernels.mechanisms.cotransport import COTRANSPORTERS, KCC2, NKCC1
from leakscape_kernels.nomenclature import VALENCES, symbol

pytestmark = pytest.mark.usefixtures("double")

NEURON = {"Na": (15.0, 145.0), "K": (140.0, 5.0), "Cl": (10.0, 110.0)}
"""Concentration inside and outside [mmol/L]."""

EACH = pytest.mark.parametrize("transporter", [KCC2, NKCC1], ids=lambda each: each.name)
concentration = st.floats(-2, 3).map(lambda x: 10.0**x)
sides = st.tuples(concentration, concentration)
solutions = st.fixed_dictionaries({"Na": sides, "K": sides, "Cl": sides})


def reversals(sides, temperature=37.0):
    """Return the reversal potentials with 30 digits, rounded once [mV]."""
    kT = 1000 * mpmath.mpf(R) / mpmath.mpf(F) * (mpmath.mpf(temperature) + mpmath.mpf("273.15"))
    return {
        ion: float(kT / VALENCES[ion] * mpmath.log(mpmath.mpf(out) / mpmath.mpf(inside)))
        for ion, (inside, out) in sides.items()
    }


def of_product(transporter, sides, temperature=37.0):
    """Return RT/F times the logarithm of what is inside over what is outside [mV]."""
    with mpmath.workdps(30):
        kT = 1000 * mpmath.mpf(R) / mpmath.mpf(F) * (mpmath.mpf(temperature) + mpmath.mpf("273.15"))
        ratio = mpmath.mpf(1)
        for ion, count in transporter.carried.items():
            inside, outside = sides[ion]
            ratio *= (mpmath.mpf(inside) / mpmath.mpf(outside)) ** count
        return float(kT * mpmath.log(ratio))


@EACH
@given(solutions, st.floats(0, 50))
@settings(deadline=None, max_examples=60)
def test_force_is_the_logarithm_of_the_product_ratio(transporter, solutions, temperature):
    found = transporter.force(reversals(solutions, temperature))
    # Each E is rounded to about 300 mV times 2^-53, and at most four of them add up.
    assert found == pytest.approx(of_product(transporter, solutions, temperature), abs=1e-12)


@EACH
@given(solutions, st.floats(0, 10))
@settings(deadline=None, max_examples=60)
def test_no_net_charge_crosses(transporter, solutions, g):
    # Whole multiples of one number: their sum is 0 to the last bit.
    assert sum(transporter.currents(g, reversals(solutions)).values()) == 0


@EACH
@given(solutions, st.floats(1e-3, 10))
@settings(deadline=None, max_examples=60)
def test_ions_cross_in_whole_numbers_down_their_common_gradient(transporter, solutions, g):
    currents = transporter.currents(g, reversals(solutions))
    cycles = {
        ion: current / (VALENCES[ion] * transporter.carried[ion])
        for ion, current in currents.items()
    }
    first = next(iter(cycles.values()))
    assert list(cycles.values()) == pytest.approx([first] * len(cycles), rel=1e-15)
    # What flows down releases energy, whatever V is: the sum of I (V - E) is not negative.
    E = reversals(solutions)
    for V in (-90.0, 0.0, 40.0):
        spent = sum(current * (V - E[ion]) for ion, current in currents.items())
        # V cancels, but for rounding of currents times V.
        assert spent >= -1e-13 * sum(abs(current) for current in currents.values()) * 500


@pytest.mark.parametrize(
    ("transporter", "ion"), [(each, ion) for each in (KCC2, NKCC1) for ion in each.carried]
)
def test_a_cycle_stands_still_where_its_products_are_equal(transporter, ion):
    # The concentration inside at which the products of both sides are equal.
    ratio = mpmath.mpf(1)
    for other, count in transporter.carried.items():
        if other != ion:
            inside, outside = map(mpmath.mpf, NEURON[other])
            ratio *= (outside / inside) ** count
    outside = NEURON[ion][1]
    inside = float(outside * ratio ** (mpmath.mpf(1) / transporter.carried[ion]))
    E = reversals(NEURON | {ion: (inside, outside)})
    assert transporter.standstill(ion, reversals(NEURON)) == pytest.approx(E[ion], abs=1e-12)
    # Up to 200 mV to the last bit, four times.
    assert max(map(abs, transporter.currents(1.0, E).values())) <= 1e-12


def test_kcc2_takes_chloride_out_and_nkcc1_in_of_a_neuron():
    E = reversals(NEURON)
    # K_i Cl_i > K_o Cl_o: both leave, which is a current of K outward and of Cl inward.
    assert KCC2.currents(0.02, E)["K"] > 0 > KCC2.currents(0.02, E)["Cl"]
    # Na_o K_o Cl_o^2 > Na_i K_i Cl_i^2: all come in.
    inward = NKCC1.currents(0.02, E)
    assert inward["Na"] == inward["K"] < 0 < inward["Cl"] == -2 * inward["K"]


def test_near_equilibrium_nkcc1_is_a_conductance_on_the_logarithm():
    # 37 degC: RT/F ln(1.01) = 0.26593909 mV, by mpmath.
    sides = {"Na": (100.0, 101.0), "K": (50.0, 50.0), "Cl": (80.0, 80.0)}
    expected = float(mpmath.mpf("26.726659112543268") * mpmath.log(mpmath.mpf("1.01")))
    assert NKCC1.currents(0.3, reversals(sides))["Cl"] == pytest.approx(0.6 * expected, rel=1e-12)
    assert NKCC1.currents(0.3, reversals(sides))["Na"] == pytest.approx(-0.3 * expected, rel=1e-12)


def test_published_neuron_with_kcc2_has_its_chloride():
    # Düsterwald et al. (2018): at rest the chloride leak balances KCC2, g_Cl (V - E_Cl) = -I_Cl,
    # with 20 uS/cm2 each, V -72.5887120987377 and E_Cl -83.8437063858; 3.5 mmol/L of potassium
    # outside, 122.8765516 inside, RT/F 26.725 mV.
    E = {"K": 26.725 * float(mpmath.log(mpmath.mpf("3.5") / mpmath.mpf("122.8765516")))}
    E |= {"Cl": -83.8437063858}
    leak = 0.02 * (-72.5887120987377 - E["Cl"])
    # Concentrations have ten digits.
    assert leak + KCC2.currents(0.02, E)["Cl"] == pytest.approx(0, abs=1e-8)


def test_array_numbers_and_names_are_taken():
    E = {
        ion: reversal_potential(VALENCES[ion], inside, outside, 37.0)
        for ion, (inside, outside) in NEURON.items()
    }
    for name, transporter in COTRANSPORTERS.items():
        assert transporter.name == name
        assert sum(transporter.charges.values()) == 0
        assert symbol(f"g_{name}").unit == "mS/cm2"
        assert float(transporter.force(E)) == pytest.approx(of_product(transporter, NEURON))
