"""Run-down of pump-leak cells: published courses, LSODA, conservation laws, Donnan ends."""

from itertools import pairwise

import jax
import numpy as np
import pytest
from quick import quick
from scipy.integrate import solve_ivp

from leakscape_kernels.constants import MILLIVOLT_PER_KELVIN, T0, F
from leakscape_kernels.dynamics.donnan import donnan
from leakscape_kernels.dynamics.rest import pump_leak_rest
from leakscape_kernels.dynamics.run_down import pump_leak

F_OF_THE_PAPERS = 96485.0
"""Faraday's constant in the published code [C/mol]: it sets the clock."""

KAY_TIMES = [0.0, 60.0, 300.0, 600.0, 1000.0, 1800.0, 3600.0, 10_000.0, 36_000.0]
KAY_V = [
    -93.152692190159,
    -90.2277136519,
    -78.7020212884,
    -61.0699249895,
    -40.8735202510,
    -26.0029208343,
    -16.9860899766,
    -9.8101681870,
    -5.1179315118,
]
KAY_AREA = 314.1592653589793 * F / F_OF_THE_PAPERS
KAY = pump_leak(times=KAY_TIMES)
SHORT = pump_leak(times=[0.0, 200.0, 600.0, 800.0, 1000.0, 1200.0, 1800.0])

DUSTERWALD = {
    "temperature": 26.725 / MILLIVOLT_PER_KELVIN - T0,
    "g_Na": 0.02,
    "g_K": 0.07,
    "g_Cl": 0.02,
    "g_KCC2": 0.02,
    "Na_out": 145.0,
    "K_out": 3.5,
    "Cl_out": 119.0,
    "X_out": 29.5,
    "valence_X": -0.85,
    "I_max_pump": 1000.0,
    "area": 2 * np.pi * 5 * 25 * F / F_OF_THE_PAPERS,
    "n_X": 154.9570795 * np.pi * 5**2 * 25 / 1000,
}
DUSTERWALD_TIMES = [0.0, 60.0, 600.0, 1200.0, 1800.0, 3600.0, 28_800.0]
DUSTERWALD_V = [
    -64.40326170814602,
    -64.99558324,
    -61.37274995,
    -51.59733236,
    -39.21676473,
    -18.85209355,
    -4.02702994,
]


@pytest.mark.slow
def test_published_run_down_of_kay(evaluate, double):
    found = evaluate(KAY, area=KAY_AREA)
    assert found["status"] == 1
    assert found["V_rest"] == pytest.approx(-94.1330843470219, rel=1e-12)
    np.testing.assert_allclose(found["V"], KAY_V, rtol=0, atol=1e-6)
    assert found["relative_volume"][-1] == pytest.approx(5.1528788283, rel=1e-7)
    # The jump is the pump's current over the conductance.
    assert found["V"][0] - found["V_rest"] == pytest.approx(0.5 / 0.51, rel=1e-10)


@pytest.mark.slow
def test_sodium_gains_what_leaks_in_less_what_three_to_one_atp_return(evaluate, double):
    times = np.linspace(0.0, 100.0, 1001)
    found = evaluate(pump_leak(times=times.tolist(), tolerance=1e-10), blocked_pump=0.6)
    ions = found["Na_in"] * found["volume"] * 1e-18 * 6.02214076e23  # mmol/L um3
    gained = np.gradient(ions, times, edge_order=2)
    net = found["Na_load"] - 3 * found["atp_rate"]
    # Central differences of a step of 0.1 s; at time 0 the block jumps.
    np.testing.assert_allclose(gained[1:-1], net[1:-1], rtol=1e-5)
    assert found["atp_rate"] == pytest.approx(
        found["I_pump"] * 1e-14 * 314.1592653589793 / 1.602176634e-19, rel=1e-12
    )


@pytest.mark.slow
def test_published_run_down_of_dusterwald(evaluate, double):
    kernel = pump_leak(law="cubic", times=DUSTERWALD_TIMES)
    found = evaluate(kernel, **DUSTERWALD)
    assert found["V_rest"] == pytest.approx(-72.5887120987377, rel=1e-12)
    np.testing.assert_allclose(found["V"], DUSTERWALD_V, rtol=0, atol=1e-6)


@pytest.mark.slow
def test_halving_the_tolerance_at_least_halves_the_error(evaluate, double):
    exact = evaluate(pump_leak(times=KAY_TIMES, tolerance=1e-11))["V"]
    errors = [
        np.abs(evaluate(pump_leak(times=KAY_TIMES, tolerance=tolerance))["V"] - exact).max()
        for tolerance in (4e-6, 2e-6, 1e-6)
    ]
    assert errors[0] < 1e-4
    assert all(after < 0.6 * before for before, after in pairwise(errors))


@pytest.mark.slow
def test_float32_takes_no_tolerance_below_its_rounding():
    with jax.enable_x64(False):
        asked, usual = (pump_leak(times=KAY_TIMES, tolerance=t)() for t in (1e-8, 1e-5))
    np.testing.assert_array_equal(asked["V"], usual["V"])


@pytest.mark.slow
def test_float32_agrees_within_a_hundredth_of_a_millivolt(evaluate):
    found = evaluate(KAY, area=KAY_AREA)
    assert found["status"] == 1
    np.testing.assert_allclose(found["V"], KAY_V, rtol=0, atol=0.01)


@pytest.mark.slow
def test_charge_and_osmolarity_hold_at_all_times(double):
    kernel = pump_leak(law="hill", times={"linear": [0, 7200], "size": 13})
    rng = np.random.default_rng(3)
    size = 50
    given = {
        "g_Na": 10 ** rng.uniform(-2.3, -1.7, size),
        "g_K": 10 ** rng.uniform(-1, -0.3, size),
        "g_Cl": 10 ** rng.uniform(-2, 0, size),
        "g_KCC2": rng.uniform(0, 0.1, size),
        "blocked_pump": rng.uniform(0, 1, size),
        "valence_X": rng.uniform(-1.5, -0.5, size),
        "I_max_pump": np.full(size, 4.0),
    }
    found = quick(jax.vmap(lambda row: kernel(**row)))(given)
    assert np.all(found["status"] == 1)
    X = 1000 * kernel._default("n_X") / found["volume"]
    charge = found["Na_in"] + found["K_in"] - found["Cl_in"] + given["valence_X"][:, None] * X
    np.testing.assert_allclose(charge, 0, atol=1e-9)
    solutes = found["Na_in"] + found["K_in"] + found["Cl_in"] + X
    np.testing.assert_allclose(solutes, 300.0, rtol=1e-12)
    # The first moment has the concentrations of the steady state, whatever is blocked then.
    steady = pump_leak_rest(law="hill")
    calm = {name: values for name, values in given.items() if name != "blocked_pump"}
    before = quick(jax.vmap(lambda row: steady(**row)))(calm)
    np.testing.assert_allclose(found["Na_in"][:, 0], before["Na_in"], rtol=1e-10)


@pytest.mark.slow
def test_nothing_moves_before_the_block_nor_without_one(evaluate, double):
    late, early = evaluate(SHORT, t_block=1000.0), evaluate(SHORT)
    np.testing.assert_allclose(late["V"][:4], late["V_rest"], rtol=1e-9)
    assert late["V"][5] > late["V_rest"] + 5
    never = evaluate(SHORT, blocked_pump=0.0)
    np.testing.assert_allclose(never["V"], never["V_rest"], rtol=1e-9)
    np.testing.assert_allclose(never["relative_volume"], 1, rtol=1e-9)
    # What happens does not depend on when: the same run, later.
    np.testing.assert_allclose(late["V"][5:], early["V"][[1, 3]], atol=1e-5)  # 200 and 800 s on


@pytest.mark.slow
def test_a_run_begins_at_0_also_where_the_first_time_is_later(evaluate, double):
    found = evaluate(pump_leak(times={"log": [600, 3600], "size": 2}), area=KAY_AREA)
    np.testing.assert_allclose(found["V"], [KAY_V[3], KAY_V[6]], rtol=0, atol=1e-6)


@pytest.mark.slow
def test_a_partial_block_ends_where_the_steady_state_of_what_is_left_lies(evaluate, double):
    kernel = pump_leak(times=[0.0, 100_000.0])
    end = evaluate(kernel, blocked_pump=0.6)
    there = evaluate(pump_leak_rest(), blocked_pump=0.6)
    assert end["V"][-1] == pytest.approx(there["V_rest"], abs=1e-5)
    for name in ("volume", "Na_in", "K_in", "Cl_in"):
        assert end[name][-1] == pytest.approx(there[name], rel=1e-6)


@pytest.mark.slow
def test_the_end_is_the_donnan_equilibrium(evaluate, double):
    bath = {n: DUSTERWALD[n] for n in ("temperature", "Na_out", "K_out", "Cl_out", "X_out")}
    held = {"n_X": DUSTERWALD["n_X"], "valence_X": -0.85}
    end = evaluate(pump_leak(law="cubic", times=[0.0, 3e6]), **DUSTERWALD)
    there = evaluate(donnan(), **bath, **held)
    assert there["V_rest"] == pytest.approx(0.406901640344409, rel=1e-11)
    assert end["V"][-1] == pytest.approx(there["V_rest"], abs=1e-4)
    assert end["volume"][-1] == pytest.approx(there["volume"], rel=1e-5)
    assert end["relative_volume"][-1] == pytest.approx(5.17936463846243, rel=1e-5)


@pytest.mark.slow
def test_the_end_behind_a_stiff_wall_is_its_donnan_equilibrium(evaluate, double):
    end = evaluate(pump_leak(volume="fixed", times=[0.0, 1e6]))
    np.testing.assert_array_equal(end["relative_volume"], 1.0)
    X = 1000 * KAY._default("n_X") / end["volume"][0]
    kT = {"temperature": KAY._default("temperature")}
    there = evaluate(donnan(system="fixed"), Na_out=147.0, K_out=3.0, Cl_out=150.0, X_in=X, **kT)
    assert end["V"][-1] == pytest.approx(there["V_rest"], abs=1e-5)
    assert end["K_in"][-1] == pytest.approx(there["K_in"], rel=1e-6)


@pytest.mark.slow
def test_constant_fields_with_a_hill_pump_follow_lsoda(evaluate, double):
    times = [0.0, 300.0, 1200.0, 3600.0]
    kernel = pump_leak(leaks="permeability", law="hill", times=times)
    given = {name: kernel._default(name) for name in kernel.parameters if name != "I_max_pump"}
    given |= {"I_max_pump": 13.0, "blocked_pump": 0.8, "P_Cl": 1e-6}
    found = evaluate(kernel, **given)
    assert found["status"] == 1
    kT, rate = 25.8, 10 * given["area"] / F
    total = sum(given[f"{x}_out"] for x in ("Na", "K", "Cl", "X"))

    def field(P, inside, outside, u):
        return F * P * u * (inside - outside * np.exp(-u)) / (1 - np.exp(-u))

    def potential(na, k, cl, pump):
        def current(u):
            leaks = field(given["P_Na"], na, given["Na_out"], u)
            leaks += field(given["P_K"], k, given["K_out"], u)
            # An anion is a cation with its sides swapped.
            return leaks + field(given["P_Cl"], given["Cl_out"], cl, u) + pump

        low, high = -8.0, 3.0 + 1e-7
        for _ in range(70):
            middle = (low + high) / 2
            low, high = (low, middle) if current(middle) > 0 else (middle, high)
        return low

    def inside(y):
        cl = y[0] + y[1] - given["n_X"]
        content = (y[0] + y[1] + cl + given["n_X"]) / total
        return y[0] / content, y[1] / content, cl / content

    def slope(_, y):
        na, k, cl = inside(y)
        drive = (1 + given["K_K_pump"] / given["K_out"]) ** -2
        drive *= (1 + given["K_Na_pump"] / na) ** -3
        pump = 0.2 * given["I_max_pump"] * drive
        u = potential(na, k, cl, pump)
        sodium = field(given["P_Na"], na, given["Na_out"], u) + 3 * pump
        potassium = field(given["P_K"], k, given["K_out"], u) - 2 * pump
        return [-rate * sodium, -rate * potassium]

    y0 = [found[f"{ion}_in"][0] * found["volume"][0] / 1000 for ion in ("Na", "K")]
    run = solve_ivp(slope, (0, 3600), y0, "LSODA", times, rtol=1e-9, atol=1e-9)
    for row, (na, k) in enumerate(run.y.T):
        expected = inside((na, k))
        assert found["Na_in"][row] == pytest.approx(expected[0], rel=1e-6)
        assert found["K_in"][row] == pytest.approx(expected[1], rel=1e-6)
        assert found["Cl_in"][row] == pytest.approx(expected[2], rel=1e-6)
    assert kT * potential(*inside(run.y[:, 0]), found["I_pump"][0]) == pytest.approx(
        found["V"][0], abs=1e-6
    )


@pytest.mark.slow
def test_a_run_from_given_concentrations(evaluate, double):
    kernel = pump_leak(start="given", times=[0.0, 1000.0])
    start = {"Na_start": 16.7061425556274, "Cl_start": 3.8437313890113}
    found = evaluate(kernel, **start)
    np.testing.assert_allclose(found["V"], evaluate(SHORT)["V"][[0, 4]], atol=1e-6)
    assert found["K_in"][0] == pytest.approx(133.293857444373, rel=1e-9)
    assert evaluate(kernel, Na_start=200.0, Cl_start=4.0)["status"] == 11


@pytest.mark.slow
def test_where_there_is_no_steady_state_no_run_begins(evaluate, double):
    found = evaluate(KAY, I_max_pump=0.0)
    assert found["status"] == 15
    assert np.all(np.isnan(found["V"]))


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"times": [0.0, 5.0, 5.0]}, "times from 0 on that rise"),
        ({"times": {"log": [0, 10], "size": 5}}, "log needs two ends"),
        ({"times": {"linear": [0, 10]}}, "and a size from 2"),
        ({"times": "hour"}, "needs a list of numbers in s"),
        ({"tolerance": 1.0}, "tolerance must be from 1e-12 to 1e-2"),
        ({"start": "rest"}, "start must be one of steady_state, given"),
    ],
)
def test_option_that_does_not_hold_is_one_sentence(options, text):
    with pytest.raises(ValueError, match="pump_leak: ") as error:
        pump_leak(**options)
    assert text in str(error.value)


@pytest.mark.slow
def test_gradient_through_the_run_is_that_of_finite_differences(double):
    kernel = pump_leak(times=[0.0, 900.0])
    end = jax.jit(lambda g: kernel(g_Na=g)["V"][1])
    slope = quick(jax.grad(end))(0.01)
    numeric = (end(0.01 * (1 + 1e-4)) - end(0.01 * (1 - 1e-4))) / (2e-4 * 0.01)
    assert float(slope) == pytest.approx(float(numeric), rel=1e-3)
