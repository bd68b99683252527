"""Steady states of pump-leak cells and Donnan equilibria: published numbers, formulas, laws."""

import json
from pathlib import Path

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from quick import quick

from leakscape_kernels.constants import MILLIVOLT_PER_KELVIN, T0, F
from leakscape_kernels.dynamics.donnan import donnan
from leakscape_kernels.dynamics.rest import pump_leak_rest

ENTRIES = {
    entry["id"]: entry
    for entry in json.loads(Path(__file__).with_name("reference_values.json").read_text())[
        "entries"
    ]
}


def temperature(kT):
    """The temperature that gives a published RT/F [degC]."""
    return kT / MILLIVOLT_PER_KELVIN - T0


KAY = pump_leak_rest()
DUSTERWALD = pump_leak_rest(law="cubic")
DUSTERWALD_CELL = {
    "temperature": temperature(26.725),
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
}
FIELD = pump_leak_rest(leaks="permeability")
OPEN, FIXED, CLOSED = (donnan(system=system) for system in ("open", "fixed", "closed"))

PUBLISHED = {
    "kay2017_ss": (
        KAY,
        {},
        {"V": "V_rest", "Na": "Na_in", "K": "K_in", "Cl": "Cl_in", "X": "X_in"},
    ),
    "dusterwald": (
        DUSTERWALD,
        DUSTERWALD_CELL,
        {"V": "V_rest", "Na": "Na_in", "K": "K_in", "Cl": "Cl_in", "X": "X_in"},
    ),
    "hubel_ullah_donnan": (
        CLOSED,
        {},
        {"V": "V_rest", "vi": "volume", "Ke": "K_out", "Ki": "K_in", "Cli": "Cl_in"},
    ),
    "gabbiani_cox": (FIELD, {}, {"V_25.8": "V_rest", "Na": "Na_in", "K": "K_in", "Cl": "Cl_in"}),
}
DIRECT = {
    f"{model}_{name}": (kernel, values, output)
    for model, (kernel, values, names) in PUBLISHED.items()
    for name, output in names.items()
}
WORKED_OUT = {
    "dusterwald_Jp": lambda run: 1e-4 * run(DUSTERWALD, **DUSTERWALD_CELL)["I_pump"],
    "dusterwald_V_donnan": lambda run: run(OPEN)["V_rest"],
    "dusterwald_vol_ratio_donnan": lambda run: (
        run(DUSTERWALD, **DUSTERWALD_CELL)["X_in"] / run(OPEN)["X_in"]
    ),
    "hubel_ullah_donnan_theta": lambda run: run(CLOSED)["K_in"] / run(CLOSED)["K_out"],
    "gabbiani_cox_v_kT": lambda run: run(FIELD)["V_rest"] / 25.8,
}
NAMES = [name for name in ENTRIES if name.startswith(tuple(PUBLISHED))]


def value(run, name):
    if name in WORKED_OUT:
        return WORKED_OUT[name](run)
    kernel, values, output = DIRECT[name]
    return run(kernel, **values)[output]


@pytest.mark.repeats(quick=12)
@pytest.mark.parametrize("name", NAMES)
def test_published_number_in_float64(evaluate, double, name):
    entry = ENTRIES[name]
    found = value(evaluate, name)
    assert found == pytest.approx(float(entry["value"]), rel=float(entry["rtol_f64"]))


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow if name.startswith("gabbiani") else ())
        for name in NAMES
    ],
)
def test_published_number_in_float32(evaluate, name):
    assert value(evaluate, name) == pytest.approx(float(ENTRIES[name]["value"]), rel=2e-4)


@pytest.mark.slow
@pytest.mark.parametrize(("lambda_pump", "V"), [(1e-6, -52.6509476590238)])
def test_weaker_pump_of_gabbiani_and_cox(evaluate, double, lambda_pump, V):
    assert evaluate(FIELD, lambda_pump=lambda_pump)["V_rest"] == pytest.approx(V, rel=1e-12)


def test_published_cell_without_kcc2(evaluate, double):
    found = evaluate(DUSTERWALD, **DUSTERWALD_CELL | {"g_KCC2": 0.0})
    assert found["V_rest"] == pytest.approx(-69.928953244812, rel=1e-12)
    assert found["Cl_in"] == pytest.approx(8.6929433295, rel=1e-10)


def test_smallest_volume_and_most_negative_rest_are_where_the_formula_puts_them(evaluate, double):
    kT = 25.69
    best = kT * np.log(3 * 147 * 0.3 / (2 * 3 * 0.01)) / (3 / 0.01 + 2 / 0.3)
    assert best == pytest.approx(0.644915291806505, rel=1e-12)
    there = evaluate(KAY, I_max_pump=best)
    assert there["V_rest"] == pytest.approx(-95.6357976171337, rel=1e-12)
    for other in (0.99 * best, 1.01 * best):
        beside = evaluate(KAY, I_max_pump=other)
        assert beside["V_rest"] > there["V_rest"]
        assert beside["volume"] > there["volume"]


def exact(p, g_Na, g_K, Na, K, n_X):
    """The formula for z = -1 with 30 digits: V [mV] and volume [um3], None where unbounded."""
    with mpmath.workdps(30):
        kT = mpmath.mpf("25.69")
        a = Na * mpmath.exp(-3 * mpmath.mpf(p) / (g_Na * kT))
        b = K * mpmath.exp(2 * mpmath.mpf(p) / (g_K * kT))
        mu = (a + b) / (Na + K)
        if mu >= 1:
            return None
        return float(kT * mpmath.log(mu)), float(1000 * n_X / ((Na + K) * (1 - mu)))


def test_constant_pump_is_the_closed_form_and_status_15_where_it_has_none(evaluate, double):
    rng = np.random.default_rng(5)
    unbounded = 0
    for _ in range(60):
        p, g_Na, g_K = rng.uniform(0, 4), 10 ** rng.uniform(-2.5, -1), 10 ** rng.uniform(-2.5, 0)
        K, n_X = rng.uniform(1, 40), rng.uniform(5, 50)
        given = {"I_max_pump": p, "g_Na": g_Na, "g_K": g_K, "K_out": K, "Na_out": 150 - K}
        found = evaluate(KAY, **given, n_X=n_X, temperature=temperature(25.69))
        wanted = exact(p, g_Na, g_K, 150 - K, K, n_X)
        if wanted is None:
            unbounded += 1
            assert found["status"] == 15
            assert all(np.isnan(v) for name, v in found.items() if name != "status")
        else:
            assert found["status"] == 1
            assert (found["V_rest"], found["volume"]) == pytest.approx(wanted, rel=1e-8)
    assert 5 < unbounded < 55


def test_no_pump_is_no_volume(evaluate, double):
    assert evaluate(KAY, blocked_pump=1.0)["status"] == 15
    assert evaluate(KAY, blocked_pump=0.999)["status"] == 1
    assert evaluate(OPEN, X_out=0.0, Cl_out=148.5, valence_X=-1.0)["status"] == 15


LAWS = [
    ("conductance", "hill", {"I_max_pump": 2.0}),
    ("conductance", "sigmoid", {"I_max_pump": 6.8}),
    ("conductance", "hamada", {"I_max_pump": 1.0}),
    ("conductance", "linear", {}),
    pytest.param("permeability", "hill", {"I_max_pump": 13.0}, marks=pytest.mark.slow),
    pytest.param("permeability", "cubic", {"I_max_pump": 1000.0}, marks=pytest.mark.slow),
    pytest.param("permeability", "constant", {"I_max_pump": 3.0}, marks=pytest.mark.slow),
]


@pytest.mark.repeats(quick=1)
@pytest.mark.parametrize(("leaks", "law", "given"), LAWS, ids=lambda x: str(x))
def test_no_ion_moves_and_charge_and_water_balance(evaluate, double, leaks, law, given):
    kernel = pump_leak_rest(leaks=leaks, law=law)
    bath = {name: kernel._default(name) for name in kernel.parameters if name.endswith("_out")}
    found = evaluate(kernel, **given)
    assert found["status"] == 1
    kT = 25.69 if leaks == "conductance" else 25.8
    u, pump = found["V_rest"] / kT, found["I_pump"]

    def leak(ion, size):
        inside, outside = found[f"{ion}_in"], bath[f"{ion}_out"]
        if leaks == "conductance":
            return size * kT * (u - np.log(outside / inside))
        return F * size * u * (inside - outside * np.exp(-u)) / (1 - np.exp(-u))

    sizes = {"Na": 0.01, "K": 0.3} if leaks == "conductance" else {"Na": 5e-7, "K": 5e-5}
    assert leak("Na", sizes["Na"]) == pytest.approx(-3 * pump, rel=1e-9)
    assert leak("K", sizes["K"]) == pytest.approx(2 * pump, rel=1e-9)
    assert found["Cl_in"] == pytest.approx(bath["Cl_out"] * np.exp(u), rel=1e-10)
    charge = found["Na_in"] + found["K_in"] - found["Cl_in"] - found["X_in"]
    assert charge == pytest.approx(0, abs=1e-9)
    solutes = sum(found[f"{x}_in"] for x in ("Na", "K", "Cl", "X"))
    assert solutes == pytest.approx(sum(bath.values()), rel=1e-12)
    assert found["atp_rate"] == pytest.approx(
        pump * 1e-6 * 314.1592653589793e-8 / 1.602176634e-19, rel=1e-9
    )
    assert found["Na_load"] == pytest.approx(3 * found["atp_rate"], rel=1e-12)
    assert found["budget_share"] == pytest.approx(found["atp_rate"] / 3.29e9, rel=1e-12)


def test_rest_depends_neither_on_impermeant_amount_nor_chloride_and_volume_on_both(
    evaluate, double
):
    usual = evaluate(KAY)
    other = evaluate(KAY, n_X=2 * KAY._default("n_X"), g_Cl=0.01, area=5.0)
    assert other["V_rest"] == pytest.approx(usual["V_rest"], rel=1e-13)
    assert other["volume"] == pytest.approx(2 * usual["volume"], rel=1e-13)


@pytest.mark.parametrize(
    ("charge", "salt", "V"),
    [(100, 150, -8.75164854174229), (150, 150, -12.8611844092928), (150, 300, -6.61395175956101)],
)
def test_donnan_potential_behind_a_stiff_wall(evaluate, double, charge, salt, V):
    found = evaluate(FIXED, X_in=charge, Na_out=salt - 5, K_out=5, Cl_out=salt)
    assert found["V_rest"] == pytest.approx(V, rel=1e-12)
    assert found["Na_in"] + found["K_in"] - found["Cl_in"] == pytest.approx(charge, rel=1e-12)


def test_a_closed_system_keeps_its_ions_and_its_osmotic_balance(double):
    rng = np.random.default_rng(2)
    given = {
        "n_Na": rng.uniform(50, 300, 200),
        "n_K": rng.uniform(50, 300, 200),
        "n_X": rng.uniform(50, 300, 200),
        "n_X_out": rng.uniform(5, 60, 200),
        "valence_X": rng.uniform(-1.2, -0.2, 200),
    }
    # Chloride for what charge is left, less some that stands on solutes outside.
    charge = given["n_Na"] + given["n_K"] + given["valence_X"] * given["n_X"]
    kept = charge > 20
    given = {name: jnp.asarray(values[kept]) for name, values in given.items()}
    given["n_Cl"] = jnp.asarray(0.9 * charge[kept])
    found = quick(jax.vmap(lambda row: CLOSED(**row)))(given)
    # No solute carries more than two charges: where the few outside would have to, 5 says so.
    ions = given["n_Na"] + given["n_K"] + given["n_Cl"]
    charged = 0.1 * charge[kept] > 2 * given["n_X_out"] + 0.005 * ions
    np.testing.assert_array_equal(found["status"], np.where(charged, 5, 1))
    assert charged.any()
    within, without = found["volume"], 2880.0 - found["volume"]
    for ion in ("Na", "K", "Cl"):
        amount = (found[f"{ion}_in"] * within + found[f"{ion}_out"] * without) / 1000
        np.testing.assert_allclose(amount, given[f"n_{ion}"], rtol=1e-9)
    inside = sum(found[f"{ion}_in"] for ion in ("Na", "K", "Cl", "X"))
    outside = sum(found[f"{ion}_out"] for ion in ("Na", "K", "Cl"))
    outside += 1000 * given["n_X_out"] / without
    np.testing.assert_allclose(inside, outside, rtol=1e-9)
    cations = found["Na_in"] + found["K_in"] - found["Cl_in"]
    np.testing.assert_allclose(cations, -given["valence_X"] * found["X_in"], rtol=1e-7)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"leaks": "ohmic"}, "leaks must be one of conductance, permeability, got 'ohmic'"),
        ({"law": "luo_rudy"}, "law luo_rudy follows the potential"),
        ({"law": "hil"}, "did you mean hill?"),
    ],
)
def test_option_that_does_not_exist_is_one_sentence(options, text):
    with pytest.raises(ValueError, match=r"pump_leak_rest: ") as error:
        pump_leak_rest(**options)
    assert text in str(error.value)
    with pytest.raises(ValueError, match="donnan: system must be one of open, fixed, closed"):
        donnan(system="shut")


def test_outside_its_domain_there_is_no_number(evaluate):
    for name, bad in (("g_Na", 0.0), ("Na_out", -1.0), ("n_X", 0.0), ("K_out", np.nan)):
        found = evaluate(KAY, **{name: bad})
        assert found["status"] in (10, 11)
        assert np.isnan(found["V_rest"])


@pytest.mark.slow
def test_gradients_are_those_of_finite_differences(double):
    for kernel, name, given in (
        (DUSTERWALD, "g_Na", DUSTERWALD_CELL),
        (FIELD, "P_Na", {"P_Na": 5e-7}),
        (CLOSED, "n_Cl", {"n_Cl": 111.5}),
    ):
        rest = jax.jit(lambda x, k=kernel, n=name, g=given: k(**g | {n: x})["V_rest"])
        at = given[name]
        numeric = (rest(at * (1 + 1e-6)) - rest(at * (1 - 1e-6))) / (2e-6 * at)
        assert float(jax.grad(rest)(at)) == pytest.approx(float(numeric), rel=1e-6)
