"""Rests of public problem sets and model files, computed apart from the program, digit by digit.

Beside each literal stands a second computation: the closed form, or SciPy's root of the current.
"""

import math

import pytest
from scipy.optimize import brentq

from leakscape_kernels.formulas.ghk import ghk_voltage
from leakscape_kernels.membrane.equilibrium import equilibrium

pytestmark = pytest.mark.usefixtures("double")

DIGITS = 5.1e-7
"""Half of the last digit that the values are given to [mV]."""

PASSIVE = ghk_voltage()


def thermal(temperature):
    return 1000 * 8.31446261815324 / 96485.3321233100184 * (temperature + 273.15)


def constant_field(temperature, out, inside):
    """Return V of the Goldman equation, from P times concentration on both sides [mV]."""
    return thermal(temperature) * math.log(math.fsum(out) / math.fsum(inside))


@pytest.mark.parametrize(
    ("K_over_Na", "V"), [(10, -43.412821), (1, 7.977720), (0.1, 47.976685), (100, -73.093855)]
)
def test_cell_without_chloride_loses_its_selectivity(evaluate, K_over_Na, V):
    # A problem set: 37 degC, K 100/5 and Na 15/150 mmol/L (in/out).
    given = {"K_in": 100, "K_out": 5, "Na_in": 15, "Na_out": 150, "temperature": 37}
    found = evaluate(PASSIVE, ("V_rest",), **given, P_K=K_over_Na * 1e-7, P_Na=1e-7, P_Cl=0)
    assert found["V_rest"] == pytest.approx(V, abs=DIGITS)
    closed = constant_field(37, (K_over_Na * 5, 150), (K_over_Na * 100, 15))
    assert found["V_rest"] == pytest.approx(closed, abs=1e-10)


@pytest.mark.parametrize(("Na_over_K", "V"), [(0.02, -75.686198), (20, 40.125597)])
def test_cell_with_chloride_at_rest_and_at_the_peak(evaluate, Na_over_K, V):
    # A problem set with 58 mV a decade, which is 19.157 degC; P_Cl = P_K.
    given = {"K_in": 125, "K_out": 5, "Na_in": 12, "Na_out": 120, "Cl_in": 5, "Cl_out": 125}
    given |= {"temperature": 19.157, "P_K": 1e-6, "P_Cl": 1e-6}
    found = evaluate(PASSIVE, ("V_rest",), **given, P_Na=Na_over_K * 1e-6)
    assert found["V_rest"] == pytest.approx(V, abs=DIGITS)
    closed = constant_field(19.157, (5, Na_over_K * 120, 5), (125, Na_over_K * 12, 125))
    assert found["V_rest"] == pytest.approx(closed, abs=1e-10)


GABA = equilibrium(
    membrane={
        "temperature": "31 degC",
        "ions": {
            "Cl": {"valence": -1, "inside": "10 mmol/L", "outside": "133.5 mmol/L"},
            "HCO3": {"valence": -1, "inside": "14.1 mmol/L", "outside": "24 mmol/L"},
        },
        "mechanisms": {
            "Cl": {"type": "ghk_leak", "ion": "Cl", "P": "1e-6 cm/s"},
            "HCO3": {"type": "ghk_leak", "ion": "HCO3", "P": "1e-6 cm/s"},
        },
    }
)


@pytest.mark.parametrize(
    ("HCO3_over_Cl", "Cl_in", "V"),
    [
        (0.18, 10, -62.829291),
        (0.18, 30, -37.834630),
        (0.18, 50, -25.276865),
        (0.44, 10, -57.267277),
        (0.44, 30, -36.197064),
        (0.44, 50, -24.669593),
    ],
)
def test_gaba_a_channel_reverses_where_chloride_and_bicarbonate_cancel(
    evaluate, HCO3_over_Cl, Cl_in, V
):
    # A published table of E_GABA: 31 degC, Cl outside 133.5, HCO3 14.1/24 mmol/L (in/out).
    found = evaluate(GABA, ("V_rest",), P_HCO3=HCO3_over_Cl * 1e-6, Cl_in=Cl_in)
    assert found["V_rest"] == pytest.approx(V, abs=DIGITS)
    closed = constant_field(31, (Cl_in, HCO3_over_Cl * 14.1), (133.5, HCO3_over_Cl * 24))
    assert found["V_rest"] == pytest.approx(closed, abs=1e-10)


def test_two_leaks_of_one_and_five_nanosiemens(evaluate):
    # A problem set: 1 nS at -75 mV and 5 nS at 55 mV; of 1200 um2, for conductances per area.
    area = 1200.0
    leaks = {
        "a": {"type": "ohmic_leak", "E": "-75 mV", "g": f"{1e2 / area!r} mS/cm2"},
        "b": {"type": "ohmic_leak", "E": "55 mV", "g": f"{5e2 / area!r} mS/cm2"},
    }
    cell = equilibrium(membrane={"area": f"{area} um2", "mechanisms": leaks})
    found = evaluate(cell, ("V_rest", "input_resistance"))
    assert found["V_rest"] == pytest.approx((-75 + 5 * 55) / 6, abs=1e-10)
    assert found["V_rest"] == pytest.approx(33.333333, abs=DIGITS)
    assert found["input_resistance"] == pytest.approx(166.666667, abs=DIGITS)  # 1/(6 nS)


ASTROCYTE = {
    "temperature": "37 degC",
    "ions": {
        "Na": {"valence": 1, "inside": "15.4746 mmol/L", "outside": "144.0908 mmol/L"},
        "K": {"valence": 1, "inside": "99.8921 mmol/L", "outside": "3.2158 mmol/L"},
        "Cl": {"valence": -1, "inside": "5.3637 mmol/L", "outside": "133.2726 mmol/L"},
    },
    "mechanisms": {
        "Kir": {
            "type": "kir",
            "ion": "K",
            "g": "6.664447557112078 mS/cm2",
            "V_shift": "-18.5 mV",
            "k": "42.5 mV",
            "K_ref": "3.2158 mmol/L",
            "block": {
                "type": "woodhull",
                "blocker": "second",
                "valence": 1,
                "Kd0": "1 mmol/L",
                "delta": 0.6060466918944052,
            },
        },
        "Na": {"type": "ohmic_leak", "ion": "Na", "g": "0.1 mS/cm2"},
        "Cl": {"type": "ohmic_leak", "ion": "Cl", "g": "0.05 mS/cm2"},
        "pump": {"type": "constant_current", "I_const": "4.8497270074089665 uA/cm2"},
    },
}


def astrocyte_current(V):
    """Return the current of that membrane, a factor of its Kir after the other [uA/cm2]."""
    kT = thermal(37)
    E = {
        "Na": kT * math.log(144.0908 / 15.4746),
        "K": kT * math.log(3.2158 / 99.8921),
        "Cl": -kT * math.log(133.2726 / 5.3637),
    }
    first = 1 / (1 + math.exp((V - E["K"] + 18.5) / 42.5))
    second = 1 / (1 + 0.06792559231140871 * math.exp(-0.6060466918944052 * V / kT))
    kir = 6.664447557112078 * first * second * (V - E["K"])
    return kir + 0.1 * (V - E["Na"]) + 0.05 * (V - E["Cl"]) + 4.8497270074089665


def halnes_current(V):
    """Return it with Kir and pump as Halnes et al. (2013) write them, in SI units [uA/cm2]."""
    kT = thermal(37) / 1000
    E = kT * math.log(3.2158 / 99.8921)
    v = V / 1000
    f = (1 + math.exp(18.4 / 42.4)) / (1 + math.exp((v - E + 0.0185) / 0.0425))
    f *= (1 + math.exp(-(0.1186 + E) / 0.0441)) / (1 + math.exp(-(0.1186 + v) / 0.0441))
    leaks = v - kT * math.log(144.0908 / 15.4746) + 0.5 * (v + kT * math.log(133.2726 / 5.3637))
    pump = 1.12e-6 / (1 + (10 / 15.4746) ** 1.5) * 3.2158 / (3.2158 + 1.5)
    return 100 * (16.96 * f * (v - E) + leaks + 96485.33212331 * pump)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cell", "given"), [(ASTROCYTE, {"second_out": 0.06792559231140871}), ("astrocyte_halnes", {})]
)
def test_astrocyte_whose_rectifier_has_two_factors(evaluate, cell, given):
    # Halnes et al. (2013): the second Boltzmann factor as a Woodhull block, and as what it is.
    found = evaluate(equilibrium(membrane=cell), ("V_rest", "status"), **given)
    assert found["V_rest"] == pytest.approx(-85.864218, abs=DIGITS)
    scanned = brentq(astrocyte_current, -120, -50, xtol=1e-12)
    assert found["V_rest"] == pytest.approx(scanned, abs=1e-9)
    # And by their equation, whose factors are 1 together at E_K.
    written = brentq(halnes_current, -120, -50, xtol=1e-12)
    assert found["V_rest"] == pytest.approx(written, abs=1e-6)
