"""Cells whose membrane has any channel: SciPy on equations written by hand, and laws."""

import tomllib

import any_cell
import jax
import numpy as np
import pytest
from any_cell import BATH, IONS, KT, LAWS, Cell, membrane
from quick import quick
from scipy.integrate import solve_ivp

from leakscape_kernels.dynamics.rest import pump_leak_rest
from leakscape_kernels.dynamics.run_down import pump_leak
from leakscape_kernels.mechanisms.mechanism import Ion
from leakscape_kernels.mechanisms.pathway import NEUTRAL
from leakscape_kernels.mechanisms.table_entry import Entry
from leakscape_kernels.mechanisms.types import TYPES
from leakscape_kernels.membrane.equilibrium import equilibrium

OUT = {"X_out": BATH["X"]}
RESTS = {name: pump_leak_rest(membrane=membrane(**{name: row})) for name, (row, _) in LAWS.items()}
KIR = RESTS["Kir"]
TIMES = [0.0, 60.0, 600.0, 1800.0, 3600.0, 36_000.0]

BOTH_WAYS = 0.7
"""A conductance of the Kir channel with which a cell has two rests [mS/cm2]."""


def strong_kir(V, K):
    return BOTH_WAYS / 0.2 * any_cell.kir(V, K)


@pytest.mark.repeats(quick=1)
@pytest.mark.parametrize("name", LAWS)
def test_a_cell_settles_where_lsoda_stands_still(evaluate, double, name):
    cell = Cell(LAWS[name][1])
    Na, K, Cl, water = cell.inside(*cell.run(cell.start(), [0, 1e6])[-1])
    found = evaluate(RESTS[name], **OUT)
    assert found["status"] == 1
    # LSODA at 1e-10 has stood still for 1e5 s and more.
    assert found["V_rest"] == pytest.approx(cell.potential(Na, K, Cl), abs=1e-7)
    wanted = {"Na_in": Na, "K_in": K, "Cl_in": Cl, "volume": 1000 * water}
    for output, value in wanted.items():
        assert found[output] == pytest.approx(value, rel=1e-8)


@pytest.mark.slow
@pytest.mark.parametrize("name", LAWS)
def test_a_blocked_cell_runs_down_as_lsoda_says(evaluate, double, name):
    row, law = LAWS[name]
    kernel = pump_leak(membrane=membrane(**{name: row}), times=TIMES)
    found = evaluate(kernel, **OUT)
    assert found["status"] == 1
    running, stopped = Cell(law), Cell(law, working=0.0)
    amounts = stopped.run(running.run(running.start(), [0, 1e6])[-1], TIMES)
    at = [stopped.inside(*row) for row in amounts]
    # LSODA's V has no capacitance: ours is behind by its time constant, 1e-4 mV and less.
    V = [stopped.potential(*row[:3]) for row in at]
    # LSODA's potential has no capacitance, which here takes up to 1.5e-4 mV; solutions follow it.
    np.testing.assert_allclose(found["V"], V, rtol=0, atol=5e-4)
    np.testing.assert_allclose(found["volume"], [1000 * row[3] for row in at], rtol=2e-5)
    np.testing.assert_allclose(found["K_in"], [row[1] for row in at], rtol=2e-5)
    start = Cell(law).potential(*at[0][:3])
    assert found["V_rest"] == pytest.approx(start, abs=1e-7)


def settles_at(law, V, *inside):
    """Where the potential comes to with these solutions, and what then becomes of all."""
    cell = Cell(law)
    total = sum(BATH.values())
    water = any_cell.AMOUNT / (total - sum(inside))
    start = [inside[0] * water, inside[1] * water, V]
    found = solve_ivp(cell.charging, (0, 1e6), start, "LSODA", rtol=1e-10, atol=1e-10)
    return found.y[2, -1]


@pytest.mark.parametrize(("Cl_start", "V"), [(5.0, -78.08), (20.0, -35.20)])
def test_a_kir_cell_rests_where_it_started_from(evaluate, double, Cl_start, V):
    found = evaluate(KIR, **OUT, g_Kir=BOTH_WAYS, Cl_start=Cl_start)
    assert found["status"] == 1
    assert found["V_rest"] == pytest.approx(V, abs=0.01)
    # A push of 2 mV and 2 % of sodium dies away: either is stable, by the equations of the test.
    inside = found["Na_in"] * 1.02, found["K_in"], found["Cl_in"] + 0.02 * found["Na_in"]
    end = settles_at(strong_kir, found["V_rest"] + 2, *inside)
    assert end == pytest.approx(found["V_rest"], abs=1e-6)


@pytest.mark.slow
def test_a_course_stays_on_its_branch_until_that_ends(evaluate, double):
    times = [0.0, 100.0, 1000.0, 1800.0, 2400.0, 3000.0, 3600.0, 7200.0]
    kernel = pump_leak(membrane=membrane(Kir=LAWS["Kir"][0]), times=times)
    found = evaluate(kernel, **OUT, g_Kir=BOTH_WAYS, Cl_start=20.0)
    cell = Cell(strong_kir, working=0.0)
    water = found["volume"][0] / 1000
    start = [found["Na_in"][0] * water, found["K_in"][0] * water, found["V_rest"]]
    run = solve_ivp(cell.charging, (0, 7200), start, "LSODA", times, rtol=1e-10, atol=1e-10)
    # The first moment comes before the jump there, and after it here. On a steep stretch LSODA's V
    # is behind that without net current by its time constant.
    np.testing.assert_allclose(found["V"][1:], run.y[2, 1:], rtol=0, atol=2e-3)
    # The channel opens again on the way: the cell repolarises by itself before it runs down.
    assert found["V"].max() > -20
    assert found["V"][5] < found["V"][1] - 20


def test_a_cell_without_a_working_pump_swells_without_bound(evaluate, double):
    bare = {"X_out": 0.0, "Cl_out": 150.0, "blocked_pump": 1.0}
    found = evaluate(KIR, **bare)
    assert found["status"] == 15
    assert np.isnan(found["V_rest"])


def test_a_start_that_charge_and_water_do_not_allow_is_outside_the_domain(evaluate, double):
    # Of 295 mmol/L half are cations where z is -1: 147.5 of sodium leave no potassium.
    assert evaluate(KIR, **OUT, Na_start=148.0)["status"] == 11
    assert evaluate(KIR, **OUT, Cl_start=148.0)["status"] == 11
    assert evaluate(KIR, **OUT, Cl_start=147.0, blocked_pump=0.5)["status"] == 1


def test_single_precision_agrees_within_a_hundredth_of_a_millivolt(evaluate):
    with jax.enable_x64(True):
        exact = evaluate(KIR, **OUT)["V_rest"]
    with jax.enable_x64(False):
        assert evaluate(KIR, **OUT)["V_rest"] == pytest.approx(exact, abs=0.01)


MANY = 60


@pytest.mark.slow
def test_random_cells_settle_where_lsoda_stands_still(double):
    rng = np.random.default_rng(7)
    given = {
        "g_Kir": 10 ** rng.uniform(-2, 0.7, MANY),
        "g_Na": 10 ** rng.uniform(-3, -1.5, MANY),
        "g_Cl": 10 ** rng.uniform(-3, -0.5, MANY),
        "I_max_pump": 10 ** rng.uniform(0, 1, MANY),
        "V_shift_Kir": rng.uniform(-30, 20, MANY),
        "k_Kir": rng.uniform(4, 15, MANY),
    }
    found = quick(jax.vmap(lambda row: KIR(**row, **OUT)))(given)
    assert set(np.unique(found["status"])) <= {1, 15}
    assert np.sum(found["status"] == 1) > MANY / 2
    for i in np.flatnonzero(found["status"] == 1):
        here = {name: values[i] for name, values in given.items()}
        cell = Cell(None)

        def currents(V, Na, K, Cl, here=here):
            E = KT * np.log(BATH["K"] / K)
            kir = here["g_Kir"] / (1 + np.exp((V - E - here["V_shift_Kir"]) / here["k_Kir"]))
            pump = here["I_max_pump"] * (5 / 7) ** 2 * (Na / (Na + 10)) ** 3
            sodium = here["g_Na"] * (V - KT * np.log(BATH["Na"] / Na)) + 3 * pump
            chloride = here["g_Cl"] * (V - KT * np.log(Cl / BATH["Cl"]))
            return sodium, (0.01 + kir) * (V - E) - 2 * pump, chloride

        cell.currents = currents
        at = cell.inside(*cell.start())[:3]
        charge = solve_ivp(
            lambda _, V, at=at, now=currents: [-1000 * sum(now(V[0], *at))],
            (0, 10),
            [KT * np.log(BATH["K"] / at[1])],
            "LSODA",
            rtol=1e-8,
        )
        start = [*cell.start(), charge.y[0, -1]]
        run = solve_ivp(cell.charging, (0, 3e7), start, "LSODA", rtol=1e-9, atol=1e-9)
        assert found["V_rest"][i] == pytest.approx(run.y[2, -1], abs=1e-6)


PARTS = {"Na": 0.1, "K": 1.0, "Cl": 0.2}
BOTH = {"KCC2": {"type": "kcc2", "g": "0.005 mS/cm2"}, "NKCC1": {"type": "nkcc1"}}


@pytest.mark.slow
def test_with_cotransporters_no_ion_moves_and_charge_and_water_balance(evaluate, double):
    kernel = pump_leak_rest(membrane=membrane(**BOTH))
    found = evaluate(kernel, **OUT, g_NKCC1=0.002)
    assert found["status"] == 1
    V, pump = found["V_rest"], found["I_pump"]
    E = {ion: KT * np.log(BATH[ion] / found[f"{ion}_in"]) for ion in ("Na", "K")}
    E["Cl"] = KT * np.log(found["Cl_in"] / BATH["Cl"])
    out, back = 0.005 * (E["Cl"] - E["K"]), 0.002 * (2 * E["Cl"] - E["Na"] - E["K"])
    assert 0.01 * (V - E["Na"]) + 3 * pump + back == pytest.approx(0, abs=1e-10)
    assert 0.01 * (V - E["K"]) - 2 * pump + out + back == pytest.approx(0, abs=1e-10)
    assert 0.02 * (V - E["Cl"]) - out - 2 * back == pytest.approx(0, abs=1e-10)
    charge = found["Na_in"] + found["K_in"] - found["Cl_in"] - found["X_in"]
    assert charge == pytest.approx(0, abs=1e-9)
    solutes = sum(found[f"{x}_in"] for x in ("Na", "K", "Cl", "X"))
    assert solutes == pytest.approx(sum(BATH.values()), rel=1e-12)
    # What the pump returns leaks in, through the cotransporter too.
    assert found["Na_load"] == pytest.approx(3 * found["atp_rate"], rel=1e-12)


@pytest.mark.parametrize("pathway", ["ohmic_leak", "ghk_leak"])
def test_where_the_solutions_are_given_a_cotransporter_moves_no_rest(evaluate, double, pathway):
    size, unit = ("g", "mS/cm2") if pathway == "ohmic_leak" else ("P", "cm/s")
    leaks = {ion: {"type": pathway, "ion": ion, size: f"{n} {unit}"} for ion, n in PARTS.items()}
    ions = IONS | {"K": IONS["K"] | {"inside": "140 mmol/L"}}
    kernel = equilibrium(membrane={"ions": ions, "mechanisms": leaks | BOTH})
    kept = ("V_rest", "I_KCC2", "I_NKCC1", "status")
    still, busy = (evaluate(kernel, kept, g_KCC2=g, g_NKCC1=2 * g) for g in (0.0, 5.0))
    assert still == busy
    assert (busy["status"], busy["I_KCC2"], busy["I_NKCC1"]) == (1, 0, 0)
    # Na and Cl pull up: the rest is that of the chord or the GHK equation, without a pump.
    if pathway == "ohmic_leak":
        E = KT * np.log([145 / 15, 5 / 140, 8 / 110])
        assert busy["V_rest"] == pytest.approx(E @ list(PARTS.values()) / 1.3, rel=1e-12)
    else:
        up, down = 0.1 * 145 + 5 + 0.2 * 8, 0.1 * 15 + 140 + 0.2 * 110
        assert busy["V_rest"] == pytest.approx(KT * np.log(up / down), rel=1e-12)


def test_the_published_cell_written_as_a_membrane_is_that_cell(evaluate, double):
    rows = {ion: {"type": "ohmic_leak", "ion": ion} for ion in ("Na", "K", "Cl")}
    pump = {"type": "sodium_potassium_pump", "law": "constant"}
    kernel = pump_leak_rest(membrane={"ions": IONS, "mechanisms": {**rows, "pump": pump}})
    given = {"g_Na": 0.01, "g_K": 0.3, "g_Cl": 0.2, "I_max_pump": 0.5}
    bath = {"Na_out": 147.0, "K_out": 3.0, "Cl_out": 150.0, "X_out": 0.0}
    T = 25.69 / KT * 310.15 - 273.15
    found = evaluate(kernel, **given, **bath, temperature=T)
    # Kay (2017), as in reference_values.json.
    assert found["V_rest"] == pytest.approx(-94.1330843470219, abs=1e-11)
    assert found["Cl_in"] == pytest.approx(3.8437313890113, rel=1e-12)
    assert "Na_start" not in kernel.parameters


def test_ouabain_at_its_ic50_is_half_a_block(evaluate, double):
    kernel = pump_leak_rest()
    dosed, blocked = evaluate(kernel, ouabain_out=1e-3), evaluate(kernel, blocked_pump=0.5)
    for output in ("V_rest", "Na_in", "volume", "I_pump"):
        assert dosed[output] == pytest.approx(blocked[output], rel=1e-14)


@pytest.mark.slow
def test_ouabain_too_acts_from_the_block_on(evaluate, double):
    kernel = pump_leak(times=[0.0, 900.0, 1800.0])
    found = evaluate(kernel, ouabain_out=1e-3, blocked_pump=0.0, t_block=900.0)
    other = evaluate(kernel, blocked_pump=0.5, t_block=900.0)
    assert found["V_rest"] == pytest.approx(-94.1330843470219, rel=1e-12)
    np.testing.assert_allclose(found["V"], other["V"], rtol=0, atol=1e-9)


@pytest.mark.slow
def test_the_slope_of_a_rest_is_that_of_finite_differences(double):
    rest = jax.jit(lambda g: KIR(**OUT, g_Kir=g)["V_rest"])
    slope = float(jax.grad(rest)(0.2))
    numeric = (rest(0.2 * (1 + 1e-5)) - rest(0.2 * (1 - 1e-5))) / (2e-5 * 0.2)
    assert slope == pytest.approx(float(numeric), rel=1e-6)


def test_what_a_mechanism_carries_adds_up_to_its_net_current():
    kinds = {"Na": 1, "K": 1, "Cl": -1}
    ions = {name: Ion(name=name, valence=valence) for name, valence in kinds.items()}
    unknown = {"constant_current"}
    for name, kind in TYPES.items():
        row = kind.examples[0].partition("=")[2].strip()
        made = kind(Entry(name="x", table=tomllib.loads(f"x = {row}")["x"], ions=ions))
        if name in unknown:
            assert made.carries is None
        else:
            # A charge that crosses is that of an ion; a cotransporter's cancel.
            assert sum(made.carries.values()) == (0 if made.current == NEUTRAL else 1), name
