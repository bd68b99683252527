"""Pumps and imposed currents against published and independently computed numbers."""

import mpmath
import pytest

from leakscape_kernels.constants import F, R
from leakscape_kernels.dynamics.rest import pump_leak_rest
from leakscape_kernels.membrane.equilibrium import membrane_current

pytestmark = pytest.mark.usefixtures("double")

IONS = {
    "K": {"valence": 1, "inside": "140 mmol/L", "outside": "5 mmol/L"},
    "Na": {"valence": 1, "inside": "15 mmol/L", "outside": "145 mmol/L"},
}


def curve(table):
    """Return the kernel of a membrane with one mechanism, m."""
    return membrane_current(membrane={"ions": IONS, "mechanisms": {"m": table}})


def pump(law, **more):
    return curve({"type": "sodium_potassium_pump", "law": law, "I_max": "1 uA/cm2", **more})


@pytest.mark.parametrize(
    ("law", "values"),
    [
        (
            "hill",
            {
                (15, 5): 0.1102040816326531,
                (10, 4): 0.0555555555555556,
                (30, 5): 0.2152423469387755,
                (50, 5): 0.2952569916855631,
            },
        ),
        ("sigmoid", {(25, 5.5): 0.25, (40, 4): 0.1812045769707358, (15, 4): 0.006283682862021009}),
        ("cubic", {(14.5, 5): 0.001, (145, 5): 1.0}),
        ("constant", {(14.5, 5): 1.0}),
        (
            "hamada",
            {
                (5, 5): 0.4760211937,
                (10, 5): 1.2486495618,
                (15, 5): 1.4982535154866203,
                (30, 5): 1.6825303148,
                (60, 5): 2.0292420002,
            },
        ),
    ],
)
def test_pump_laws(evaluate, law, values):
    kernel = pump(law)
    for (Na_in, K_out), expected in values.items():
        found = evaluate(kernel, V=-70, Na_in=Na_in, K_out=K_out)["I_m"]
        assert found == pytest.approx(expected, rel=2e-10)


@pytest.mark.parametrize(("V", "I"), [(-70, 0.2994936355311348), (0, 0.4290141284617508)])
def test_pump_of_luo_and_rudy_follows_the_potential(evaluate, V, I):  # noqa: E741
    assert evaluate(pump("luo_rudy"), V=V, Na_in=15, K_out=5, Na_out=140)["I_m"] == pytest.approx(I)


@pytest.mark.parametrize(
    ("Na_in", "K_out", "n_Na", "n_K"),
    [(15, 5, 3, 2), (15, 5, 2.3, 1.4), (40, 0.5, 1, 1), (2, 12, 4.5, 0.7), (0, 5, 2.5, 2)],
)
def test_exponents_are_those_of_the_sites(evaluate, Na_in, K_out, n_Na, n_K):
    with mpmath.workdps(30):
        sodium = mpmath.mpf(Na_in) / (mpmath.mpf(Na_in) + 10)
        potassium = mpmath.mpf(K_out) / (mpmath.mpf(K_out) + 2)
        expected = float(sodium ** mpmath.mpf(n_Na) * potassium ** mpmath.mpf(n_K))
    given = {"Na_in": Na_in, "K_out": K_out, "Na_exponent_m": n_Na, "K_exponent_m": n_K}
    found = evaluate(pump("hill"), V=-70, **given)["I_m"]
    # The power multiplies the rounding of its argument by the exponent.
    assert found == pytest.approx(expected, rel=1e-15 * 6, abs=0)


@pytest.mark.parametrize("exponent", [1.5, 1, 2, 2.7])
@pytest.mark.parametrize("Na_in", [3, 10, 15, 60])
def test_sodium_exponent_of_luo_and_rudy_is_hills(evaluate, exponent, Na_in):
    with mpmath.workdps(30):
        kT = 1000 * mpmath.mpf(R) / mpmath.mpf(F) * mpmath.mpf("310.15")
        v, sigma = -70 / kT, mpmath.expm1(mpmath.mpf(140) / mpmath.mpf("67.3")) / 7
        factor = 1 + mpmath.mpf("0.1245") * mpmath.exp(-v / 10)
        factor += mpmath.mpf("0.0365") * sigma * mpmath.exp(-v)
        filled = 1 / (1 + (mpmath.mpf(10) / Na_in) ** mpmath.mpf(exponent))
        expected = float(filled * 5 / mpmath.mpf("6.5") / factor)
    given = {"Na_in": Na_in, "K_out": 5, "Na_out": 140, "Na_exponent_m": exponent}
    assert evaluate(pump("luo_rudy"), V=-70, **given)["I_m"] == pytest.approx(expected, rel=2e-15)


def test_exponents_are_keys_of_the_laws_that_have_them():
    def exponents(law, **given):
        found = pump(law, **given).parameters
        return {name: row.default for name, row in found.items() if "exponent" in name}

    assert exponents("hill") == {"K_exponent_m": 2, "Na_exponent_m": 3}
    assert exponents("hill", Na_exponent=2.5) == {"K_exponent_m": 2, "Na_exponent_m": 2.5}
    assert exponents("luo_rudy") == {"Na_exponent_m": 1.5}
    assert exponents("sigmoid") == {}
    assert pump("hill").parameters["Na_exponent_m"].bounds[0] == 0
    with pytest.raises(ValueError, match=r"m: no key named K_exponent; did you mean Na_exponent\?"):
        pump("luo_rudy", K_exponent=2)


def test_a_cell_whose_solutions_follow_has_the_exponents_too(evaluate):
    kernel = pump_leak_rest(law="hill")
    given = {"I_max_pump": 2.0, "Na_exponent_pump": 2.0, "K_exponent_pump": 1.0}
    found = evaluate(kernel, **given)
    Na, K = found["Na_in"], kernel._default("K_out")
    expected = 2.0 * (K / (K + 2.0)) * (Na / (Na + 10.0)) ** 2
    # The pump's current is the one unknown, found to about 16 units in the last place.
    assert found["I_pump"] == pytest.approx(expected, rel=1e-13)
    assert found["status"] == 1


@pytest.mark.parametrize(("dose", "blocked"), [(0.1, 1 / 11), (1, 0.5), (10, 10 / 11), (0, 0)])
def test_ouabain_blocks_by_hill(evaluate, dose, blocked):
    found = evaluate(pump("constant"), V=-70, ouabain_out=dose, IC50_m=1.0)
    assert found["I_m"] == pytest.approx(1 - blocked)


@pytest.mark.parametrize(("energy", "V"), [(57, -230.74298740432), (50, -158.193099810485)])
def test_pump_stalls_where_atp_does_not_pay(evaluate, energy, V):
    kernel = pump("constant", dG_ATP=f"{energy} kJ/mol")
    assert evaluate(kernel, V=V)["I_m"] == pytest.approx(0, abs=1e-12)
    assert evaluate(kernel, V=V - 20)["I_m"] < 0 < evaluate(kernel, V=V + 20)["I_m"]
    assert evaluate(kernel, V=V + 400)["I_m"] == pytest.approx(1, abs=1e-5)


def test_a_law_without_a_stall_never_reverses(evaluate):
    assert evaluate(pump("constant"), V=-300)["I_m"] == 1.0


@pytest.mark.parametrize(
    ("V", "turnover"),
    [
        (-400, 1.21655441547556),
        (-300, 18.4506638492703),
        (-200, 64.9384355800766),
        (-150, 83.461877826944),
        (-100, 93.1701191291363),
        (0, 98.9997129814682),
    ],
)
def test_proton_pump_turnover(evaluate, V, turnover):
    kernel = curve({"type": "proton_pump", "I_max": "100 uA/cm2"})
    assert evaluate(kernel, V=V, temperature=20)["I_m"] == pytest.approx(turnover, rel=1e-7)


@pytest.mark.parametrize(
    ("given", "E"),
    [
        ({}, -430.962619019243),
        ({"pH_out": 5.5}, -401.878997754622),
        ({"dG_ATP_m": 48, "pH_out": 7.5}, -497.484943500584),
        ({"protons_m": 2}, -171.855877612689),
    ],
)
def test_proton_pump_reverses_where_atp_just_pays(evaluate, given, E):
    kernel = curve({"type": "proton_pump", "I_max": "100 uA/cm2"})
    assert evaluate(kernel, V=E, temperature=20, **given)["I_m"] == pytest.approx(0, abs=1e-9)


def test_constant_current_is_outward_positive(evaluate):
    kernel = curve({"type": "constant_current", "I_const": "-0.5 uA/cm2"})
    found = [evaluate(kernel, V=V) for V in (-90, 0)]
    assert [f["I_total"] for f in found] == [-0.5, -0.5]
    assert [f["slope_conductance"] for f in found] == [0, 0]


def test_q10_multiplies_any_mechanism(evaluate):
    warm = {"Q10": 3, "T_ref": "25 degC"}
    kernel = pump("constant", q10=warm)
    assert evaluate(kernel, V=0, temperature=35)["I_m"] == pytest.approx(3, rel=1e-12)
