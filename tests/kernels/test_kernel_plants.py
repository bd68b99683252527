"""Plant cells: the proton pump and the membranes it stands in, against code that shares nothing.

The oracle is Hansen, Gradmann, Sanders & Slayman's cycle as they wrote it, with both rate constants
of the charge-moving step, and SciPy's brentq on the sum of the currents.
"""

from dataclasses import dataclass, replace

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from leakscape_kernels.membrane.equilibrium import equilibrium, membrane_current

pytestmark = pytest.mark.usefixtures("double")

FARADAY = 96485.33212331001  # C/mol
E = 1.602176634e-19  # C
PER_DENSITY = 1e-6 / E * 1e-8  # charges/s of 1 uA/cm2 through 1 um2
REVERSAL = -430.962619019243  # mV: 50 kJ/mol, one proton, pH 7.5 inside and 6 outside, 20 degC

IONS = ("K", "Na", "Cl")
PUMP = {"type": "proton_pump", "I_max": "100 uA/cm2"}  # uA/cm2 as the turnover is in 1/s
ALONE = membrane_current(membrane={"mechanisms": {"m": PUMP}})
WIDE = ["-700 mV", "200 mV"]
ROOT = equilibrium(membrane="root_cell", bracket=WIDE)
NITELLA = equilibrium(membrane="nitella")
CLAMPED = equilibrium(
    membrane={
        "mechanisms": {"m": PUMP, "clamp": {"type": "constant_current", "I_const": "0 uA/cm2"}},
        "temperature": "20 degC",
    },
    bracket=WIDE,
)
TWO_PUMPS = equilibrium(
    membrane={
        "ions": {"K": {"valence": 1, "inside": "119 mmol/L", "outside": "1 mmol/L"}},
        "mechanisms": {
            "K": {"type": "ohmic_leak", "ion": "K", "g": "1 mS/cm2"},
            "chord": {"type": "ohmic_leak", "g": "0 mS/cm2", "E": f"{REVERSAL} mV"},
            "m": PUMP,
        },
        "temperature": "20 degC",
    }
)
G_CHORD = 0.236175238955813  # mS/cm2: of the pump as a chord, for -180 mV beside 1 mS/cm2 of K
AT_REST = ("V_rest", "status", "E_K", "driving_force_pump", "slope_conductance", "atp_rate")
AT_REST += ("I_pump", "I_K", "I_leak")
OF_NITELLA = ("V_rest", "I_K", *(f"{what}_{i}" for what in ("E", "driving_force") for i in IONS))
OF_TWO = ("V_rest", "status", "I_m", "slope_conductance")
OF_PUMP = ("V_rest", "status", "I_m", "driving_force_m", "atp_rate")


@dataclass(frozen=True)
class Cycle:
    """The two-state cycle and a root cell around it, in mV, mS/cm2, uA/cm2 and 1/s."""

    dG_ATP_pump: float = 50.0
    protons_pump: float = 1.0
    pH_in: float = 7.5
    pH_out: float = 6.0
    rate_pump: float = 1e4
    kappa_oi_pump: float = 100.0
    kappa_io_pump: float = 1.0
    I_max_pump: float = 4.0
    blocked_pump: float = 0.0
    K_out: float = 1.0
    K_in: float = 119.0
    g_K: float = 0.04
    g_leak: float = 0.01
    temperature: float = 20.0

    @property
    def kT(self):
        return 1000 * 8.31446261815324 * (self.temperature + 273.15) / FARADAY

    @property
    def E_K(self):
        return self.kT * np.log(self.K_out / self.K_in)

    @property
    def E_p(self):
        paid = -1e6 * self.dG_ATP_pump / (FARADAY * self.protons_pump)
        return paid + np.log(10) * self.kT * (self.pH_in - self.pH_out)

    @property
    def back(self):
        """k_0', which detailed balance fixes: at E_p the cycle must stand still."""
        ratio = self.kappa_oi_pump / self.kappa_io_pump
        return self.rate_pump * ratio * np.exp(self.E_p / self.kT)

    def turnover(self, V):
        k_io = self.rate_pump * np.exp(V / (2 * self.kT))
        k_oi = self.back * np.exp(-V / (2 * self.kT))
        whole = k_io + k_oi + self.kappa_io_pump + self.kappa_oi_pump
        return (k_io * self.kappa_oi_pump - k_oi * self.kappa_io_pump) / whole

    def current(self, V):
        working = self.I_max_pump * (1 - self.blocked_pump) / self.kappa_oi_pump
        return working * self.turnover(V)

    def total(self, V):
        return self.g_K * (V - self.E_K) + self.g_leak * V + self.current(V)

    def rest(self):
        return brentq(self.total, -700, 200, xtol=1e-13, rtol=1e-15)


CELL = Cycle()
CHANGED = [
    {},
    {"K_out": 0.1},
    {"K_out": 40.0},
    {"blocked_pump": 0.5},
    {"blocked_pump": 1.0},
    {"pH_out": 5.0},
    {"pH_in": 7.0, "temperature": 35.0},
    {"protons_pump": 2.0},
    {"dG_ATP_pump": 30.0, "I_max_pump": 40.0},
    {"rate_pump": 300.0, "kappa_oi_pump": 50.0, "kappa_io_pump": 5.0},
    {"g_K": 0.001, "g_leak": 1e-5},
]


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGED, ids=str)
def test_root_cell_rests_where_brentq_says_and_each_atp_moves_its_protons(evaluate, change):
    cell = replace(CELL, **change)
    found, V = evaluate(ROOT, AT_REST, **change), cell.rest()
    assert found["status"] == 1
    assert found["V_rest"] == pytest.approx(V, abs=1e-9)
    assert found["E_K"] == pytest.approx(cell.E_K, rel=1e-12)
    assert found["driving_force_pump"] == pytest.approx(V - cell.E_p, rel=1e-11)
    assert found["I_pump"] == pytest.approx(cell.current(V), rel=1e-9)
    assert found["I_K"] + found["I_leak"] == pytest.approx(-found["I_pump"], rel=1e-9, abs=1e-12)
    slope = (cell.total(V + 1e-3) - cell.total(V - 1e-3)) / 2e-3
    assert found["slope_conductance"] == pytest.approx(slope, rel=1e-7)
    found = evaluate(ROOT, AT_REST, area=2500.0, **change)
    moved = cell.current(V) * 2500 * PER_DENSITY / cell.protons_pump
    assert found["atp_rate"] == pytest.approx(moved, rel=1e-9)
    spent = found["I_pump"] * 2500e-14 / E
    assert found["atp_rate"] * cell.protons_pump == pytest.approx(spent, rel=1e-12)


@pytest.mark.slow
def test_without_its_pump_the_root_cell_is_a_divider_of_E_K(evaluate):
    found = evaluate(ROOT, AT_REST, blocked_pump=1.0)
    assert found["V_rest"] == pytest.approx(0.8 * -120.728843484154, abs=1e-11)
    assert found["atp_rate"] == found["I_pump"] == 0


def test_nitella_has_its_three_nernst_potentials(evaluate):
    found = evaluate(NITELLA, OF_NITELLA)
    assert found["V_rest"] == pytest.approx(-140.064863837205, abs=1e-11)
    nernsts = (-178.896086013397, -66.6671074208615, 98.824400292123)
    for ion, nernst in zip(IONS, nernsts, strict=True):
        assert found[f"E_{ion}"] == pytest.approx(nernst, abs=1e-11)
        assert found[f"driving_force_{ion}"] == pytest.approx(found["V_rest"] - nernst, abs=1e-10)


def test_only_ratios_of_the_permeabilities_of_nitella_count(evaluate):
    tenfold = {"P_K": 1e-5, "P_Na": 0.18e-5, "P_Cl": 0.003e-5}
    one, ten = evaluate(NITELLA, OF_NITELLA), evaluate(NITELLA, OF_NITELLA, **tenfold)
    assert ten["V_rest"] == pytest.approx(one["V_rest"], abs=1e-11)
    assert ten["I_K"] == pytest.approx(10 * one["I_K"], rel=1e-10)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("given", "E_p"),
    [
        ({}, REVERSAL),
        ({"pH_out": 5.5}, -401.878997754622),
        ({"dG_ATP_m": 48.0, "pH_out": 7.5}, -497.484943500584),
        ({"protons_m": 2.0}, -171.855877612689),
    ],
)
def test_pump_turns_round_at_its_reversal_and_alone_the_cell_rests_there(evaluate, given, E_p):
    warm = {"temperature": 20.0} | given
    below, above = (evaluate(ALONE, V=E_p + step, **warm)["I_m"] for step in (-1e-6, 1e-6))
    assert below < 0 < above
    assert below == pytest.approx(-above, rel=1e-3)
    found = evaluate(CLAMPED, OF_PUMP, **warm)
    assert found["status"] == 1
    assert found["V_rest"] == pytest.approx(E_p, abs=1e-9)
    assert found["driving_force_m"] == pytest.approx(0, abs=1e-9)
    assert found["atp_rate"] == pytest.approx(0, abs=1.0)  # of 6e9 at I_max


@pytest.mark.slow
def test_a_pump_of_negative_size_falls_with_v_and_all_three_equilibria_are_found(evaluate):
    leak = {"type": "ohmic_leak", "E": "-432 mV", "g": "0.05 mS/cm2"}
    cell = {"temperature": "20 degC", "mechanisms": {"leak": leak}}
    cell["mechanisms"]["pump"] = {"type": "proton_pump", "I_max": "-20 uA/cm2"}
    found = evaluate(equilibrium(membrane=cell, bracket=["-450 mV", "100 mV"], cells=128))
    curve = membrane_current(membrane=cell)
    V = np.linspace(-450, 100, 5501)
    values = {name: curve._default(name) for name in curve.parameters if name != "V"}
    total = np.asarray(jax.vmap(lambda at: curve(V=at, **values)["I_total"])(V))
    (crossing,) = np.nonzero(np.diff(np.sign(total)))
    assert found["n_equilibria"] == crossing.size == 3
    # The scan tells a zero to half of its step of 0.1 mV.
    np.testing.assert_allclose(found["V_equilibrium"][:3], V[crossing] + 0.05, atol=0.06)
    assert list(found["stable"][:3]) == [1, 0, 1]


@pytest.mark.slow
def test_below_its_reversal_the_pump_makes_atp(evaluate):
    # A current that holds the cell beyond E_p drives protons in.
    found = evaluate(CLAMPED, OF_PUMP, I_const_clamp=0.5)
    V = brentq(lambda V: CELL.turnover(V) + 0.5, -700, REVERSAL, xtol=1e-13)
    assert (found["status"], found["V_rest"]) == (1, pytest.approx(V, abs=1e-8))
    assert V < REVERSAL
    assert found["I_m"] == pytest.approx(-0.5, rel=1e-10)
    assert found["atp_rate"] == pytest.approx(-0.5 * 1000 * PER_DENSITY, rel=1e-10)


def test_detailed_balance_fixes_the_backward_rate_constant(evaluate):
    """Solve the cycle's own current for k_0': it is the same at every potential."""
    for V in (-600.0, -500.0, -350.0, -300.0):
        N = evaluate(ALONE, V=V, temperature=20.0)["I_m"]
        k_io = 1e4 * np.exp(V / (2 * CELL.kT))
        k_oi = (k_io * (100 - N) - N * 101) / (N + 1)
        assert k_oi * np.exp(V / (2 * CELL.kT)) == pytest.approx(0.038991853811218, rel=1e-9)


@settings(max_examples=80, deadline=None)
@given(
    V=st.floats(-600, 200),
    dG=st.floats(20, 70),
    protons=st.sampled_from([1.0, 2.0]),
    pH=st.tuples(st.floats(6.5, 8.0), st.floats(4.0, 9.0)),
    rates=st.tuples(st.floats(1.0, 1e6), st.floats(1.0, 1e4), st.floats(1e-3, 1e3)),
    temperature=st.floats(0, 45),
)
def test_pump_current_is_the_published_cycle(evaluate, V, dG, protons, pH, rates, temperature):
    same = {"pH_in": pH[0], "pH_out": pH[1], "temperature": temperature}
    names = ("rate", "kappa_oi", "kappa_io", "dG_ATP", "protons")
    own = dict(zip(names, (*rates, dG, protons), strict=True))
    cell = replace(CELL, I_max_pump=100.0, **same, **{f"{n}_pump": v for n, v in own.items()})
    found = evaluate(ALONE, V=V, **same, **{f"{n}_m": v for n, v in own.items()})["I_m"]
    k_io = cell.rate_pump * np.exp(V / (2 * cell.kT))
    k_oi = cell.back * np.exp(-V / (2 * cell.kT))
    forward, backward = k_io * cell.kappa_oi_pump, k_oi * cell.kappa_io_pump
    gross = (forward + backward) / (k_io + k_oi + cell.kappa_oi_pump + cell.kappa_io_pump)
    scale = 100.0 / cell.kappa_oi_pump
    assert found == pytest.approx(scale * cell.turnover(V), rel=0, abs=1e-10 * scale * gross)


@pytest.mark.parametrize(("V", "limit"), [(2500, 100.0), (-2500, -1.0)])
def test_far_from_its_reversal_the_slow_step_limits_the_pump(evaluate, V, limit):
    # I_max forward; backward I_max kappa_io/kappa_oi.
    found = evaluate(ALONE, V=V, temperature=20.0)
    assert found["I_m"] == pytest.approx(limit, rel=1e-12)
    assert found["slope_conductance"] == pytest.approx(0, abs=1e-12)


@pytest.mark.slow
def test_a_pump_that_is_a_chord_needs_this_conductance_for_minus_180(evaluate):
    found = evaluate(TWO_PUMPS, OF_TWO, g_chord=G_CHORD, I_max_m=0.0)
    assert (found["status"], found["V_rest"]) == (1, pytest.approx(-180, abs=1e-10))
    assert found["slope_conductance"] == pytest.approx(1 + G_CHORD, rel=1e-12)


@pytest.mark.slow
def test_a_pump_of_the_same_current_rests_there_too_and_stiffens_the_cell_less(evaluate):
    size = 100 * G_CHORD * (-180 - REVERSAL) / CELL.turnover(-180.0)
    found = evaluate(TWO_PUMPS, OF_TWO, I_max_m=size)
    assert found["V_rest"] == pytest.approx(-180, abs=1e-9)
    assert found["I_m"] == pytest.approx(G_CHORD * (-180 - REVERSAL), rel=1e-10)
    slope = size / 100 * (CELL.turnover(-179.999) - CELL.turnover(-180.001)) / 0.002
    assert found["slope_conductance"] == pytest.approx(1 + slope, rel=1e-6)


@pytest.mark.slow
def test_with_hardly_a_leak_the_rest_lies_far_beyond_the_usual_stretch_and_is_found(evaluate):
    found = evaluate(TWO_PUMPS, OF_TWO, g_K=1e-6)
    # -120.728843484154 mV is E_K of 1 and 119 mmol/L at 20 degC.
    V = brentq(lambda V: 1e-6 * (V + 120.728843484154) + CELL.turnover(V), -700, 0, xtol=1e-13)
    assert V < -400
    assert (found["status"], found["V_rest"]) == (1, pytest.approx(V, abs=1e-6))


@pytest.mark.slow
def test_root_cell_in_float32_is_the_cell_in_float64(evaluate):
    for change in CHANGED:
        with jax.enable_x64(False):
            single = evaluate(ROOT, AT_REST, **change)
        cell = replace(CELL, **change)
        assert single["status"] == 1
        assert single["V_rest"] == pytest.approx(cell.rest(), abs=2e-3)
        moved = cell.current(cell.rest()) * 1000 * PER_DENSITY / cell.protons_pump
        assert single["atp_rate"] == pytest.approx(moved, rel=1e-4)
