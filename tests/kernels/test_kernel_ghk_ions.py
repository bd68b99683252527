"""Laws of the GHK rest of ions with one or two charges, of either sign."""

import functools

import jax
import mpmath
import numpy as np
import pytest
from quick import quick

from leakscape_kernels.constants import F, R
from leakscape_kernels.formulas.constant_field import voltage
from leakscape_kernels.formulas.ghk import ghk_voltage

pytestmark = pytest.mark.usefixtures("double")

VALENCE = {"K": 1, "Na": 1, "Cl": -1, "Cs": 1, "Ca": 2, "Mg": 2, "SO4": -2}
MIXED = ghk_voltage(ions=list(VALENCE))
TL = {"valence": 1, "inside": "6 mmol/L", "outside": "0.3 mmol/L", "source": "a table"}
CALCIUM = {"inside": "1e-4 mmol/L", "outside": "2 mmol/L"}
NEURON = ghk_voltage(ions={"K": {}, "Na": {}, "Cl": {}, "Ca": CALCIUM})
IONS = list(VALENCE)
Z = np.array(list(VALENCE.values()))


def drawn(size, seed=1):
    """Return permeabilities and concentrations inside and outside, a row for each point."""
    rng = np.random.default_rng(seed)
    P = 10 ** rng.uniform(-9, -5, (size, len(IONS)))
    return P, *(10 ** rng.uniform(-3, 2.7, (size, len(IONS))) for _ in range(2))


MONOVALENT = ghk_voltage(ions=[ion for ion in IONS if abs(VALENCE[ion]) == 1])


@functools.cache
def batched():
    return tuple(
        quick(jax.vmap(lambda v, kernel=kernel: kernel(**v))) for kernel in (MIXED, MONOVALENT)
    )


def mixed(P, inside, outside, dtype=float, which=0):
    """Return every output for rows of permeabilities and concentrations."""
    values = {f"P_{ion}": P[:, i] for i, ion in enumerate(IONS)}
    values |= {f"{ion}_in": inside[:, i] for i, ion in enumerate(IONS)}
    values |= {f"{ion}_out": outside[:, i] for i, ion in enumerate(IONS)}
    values |= {"temperature": np.full(len(P), 37), "pump_ratio": np.ones(len(P))}
    unblocked = np.zeros(len(P))
    given = {
        name: values.get(name, unblocked).astype(dtype)
        for name in (MIXED, MONOVALENT)[which].parameters
    }
    return {name: np.asarray(value) for name, value in batched()[which](given).items()}


def one_way(P, inside, outside, V):
    """Return the GHK fluxes outward and inward, as currents [uA/cm2]."""
    u = Z * V[:, None] * F / (1000 * R * (37 + 273.15))
    size = F * P * Z
    return size * inside * -u / np.expm1(-u), size * outside * u / np.expm1(u)


def by_search(P, z, inside, outside, T=37):
    """Return the zero of the total current with 30 digits [mV]."""
    with mpmath.workdps(30):
        kT = 1000 * mpmath.mpf(R) / mpmath.mpf(F) * (mpmath.mpf(T) + mpmath.mpf("273.15"))
        rows = [
            (mpmath.mpf(float(p)), int(n), mpmath.mpf(float(a)), mpmath.mpf(float(b)))
            for p, n, a, b in zip(P, z, inside, outside, strict=True)
        ]

        def total(u):
            # Off 0 by so little that both one-way fluxes have a form.
            u = u if u else mpmath.mpf("1e-25")
            return mpmath.fsum(
                p * n * (n * u) * (a - b * mpmath.exp(-n * u)) / (1 - mpmath.exp(-n * u))
                for p, n, a, b in rows
            )

        ends = [mpmath.log(b / a) / n for _, n, a, b in rows]
        low, high = min(ends), max(ends)
        for _ in range(90):
            middle = (low + high) / 2
            low, high = (middle, high) if total(middle) < 0 else (low, middle)
        return float(kT * low)


def test_currents_sum_to_zero_and_the_rest_lies_between_the_reversal_potentials():
    given = drawn(20_000)
    found = mixed(*given)
    V = found["V_rest"]
    outward, inward = one_way(*given, V)
    # An error of one in 2^53 of V, times the steepest flux, for each of 14 fluxes.
    size = np.abs(outward).max(axis=1) + np.abs(inward).max(axis=1)
    assert (np.abs((outward - inward).sum(axis=1)) <= 1e-14 * size * (14 + np.abs(V))).all()
    for i, ion in enumerate(IONS):
        current = (outward - inward)[:, i]
        assert (np.abs(found[f"I_{ion}"] - current) <= 1e-14 * size * (14 + np.abs(V))).all()
    E = np.stack([found[f"E_{ion}"] for ion in IONS])
    assert (E.min(axis=0) - 1e-12 <= V).all()
    assert (E.max(axis=0) + 1e-12 >= V).all()
    assert (found["status"] == 1).all()


def test_rest_is_the_zero_that_mpmath_finds():
    P, inside, outside = drawn(25, seed=2)
    V = mixed(P, inside, outside)["V_rest"]
    for row in range(len(V)):
        exact = by_search(P[row], Z, inside[row], outside[row])
        assert V[row] == pytest.approx(exact, rel=1e-13, abs=1e-13)
        plain = voltage(list(P[row]), [*map(int, Z)], list(inside[row]), list(outside[row]), 37.0)
        assert float(plain) == pytest.approx(exact, rel=1e-13, abs=1e-13)


def test_float32_stays_within_a_microvolt_of_the_exact_rest():
    P, inside, outside = drawn(5000, seed=3)
    exact = mixed(P, inside, outside)["V_rest"]
    with jax.enable_x64(False):
        # Permeabilities as small as these: a product of two of them is no float32.
        rough = mixed(P * 1e-18, inside, outside, np.float32)["V_rest"]
    assert rough.dtype == np.float32
    assert np.abs(rough - exact).max() < 1e-3


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_without_divalent_ions_the_rest_is_the_ghk_equation_to_the_last_bit(dtype):
    P, inside, outside = drawn(20_000, seed=4)
    P[:, np.abs(Z) == 2] = 0
    with jax.enable_x64(dtype == np.float64):
        first, second = mixed(P, inside, outside, dtype), mixed(P, inside, outside, dtype, 1)
    np.testing.assert_array_equal(first["V_rest"], second["V_rest"])


def test_calcium_and_magnesium_with_true_permeabilities(evaluate):
    # With 30 digits, by code of others: P_Ca = P_Mg = P_K/2, magnesium 1 outside and 0.5 inside.
    kernel = ghk_voltage(ions=["K", "Na", "Cl", "Ca", "Mg"])
    values = {"Ca_in": 1e-4, "Ca_out": 2, "Mg_in": 0.5, "Mg_out": 1}
    found = evaluate(kernel, P_Ca=0.5e-6, P_Mg=0.5e-6, **values)
    assert found["V_rest"] == pytest.approx(-59.263983940661844, rel=1e-14)


@pytest.mark.parametrize(("ion", "sign"), [("Ca", 1), ("SO4", -1)])
def test_divalent_ions_alone_rest_at_their_reversal_potential(evaluate, ion, sign):
    kernel = ghk_voltage(ions=[ion])
    found = evaluate(kernel, **{f"P_{ion}": 1e-7, f"{ion}_in": 3.0, f"{ion}_out": 12.0})
    # 37 degC: RT/2F ln 4, the sign that of the charge.
    expected = sign * 26.726659112543268 / 2 * float(mpmath.log(4))
    assert found["V_rest"] == pytest.approx(expected, rel=1e-14)
    assert found[f"E_{ion}"] == pytest.approx(expected, rel=1e-14)
    assert found["status"] == 1


def test_further_monovalent_ions_join_the_sums(evaluate):
    kernel = ghk_voltage(ions={"K": {}, "Na": {}, "Cl": {}, "NMDG": {}, "Br": {}, "Tl": TL})
    values = {"P_NMDG": 1e-8, "NMDG_in": 0, "NMDG_out": 100, "P_Br": 5e-7, "Br_in": 4}
    values |= {"Br_out": 20, "P_Tl": 2e-6}
    found = evaluate(kernel, **values, K_out=3)
    up = 1 * 3 + 0.04 * 145 + 0.45 * 10 + 0.01 * 100 + 0.5 * 4 + 2 * 0.3
    down = 1 * 140 + 0.04 * 15 + 0.45 * 110 + 0.5 * 20 + 2 * 6
    expected = 26.726659112543268 * float(mpmath.log(mpmath.mpf(up) / mpmath.mpf(down)))
    assert found["V_rest"] == pytest.approx(expected, rel=1e-14)
    # NMDG is on one side alone: it has no reversal potential, but a current.
    assert found["status"] == 3
    assert np.isnan(found["E_NMDG"])
    assert found["I_NMDG"] < 0
    assert kernel.parameters["Tl_in"].default == "6 mmol/L"


def test_block_and_warming_act_on_every_ion(evaluate):
    kernel = ghk_voltage(
        ions={"K": {}, "Na": {}, "Cl": {}, "Ca": CALCIUM},
        block={"Ca": {"type": "hill", "blocker": "Cd", "IC50": "0.1 mmol/L"}},
        q10={"Ca": {"Q10": 3.0, "T_ref": "27 degC"}},
    )
    # 0.8 x 1/4 x 3 of the channel is left.
    found = evaluate(kernel, P_Ca=1e-6, Cd_out=0.3, IC50_Ca=0.1, T_ref_Ca=27, blocked_Ca=0.2)
    assert found["V_rest"] == pytest.approx(evaluate(NEURON, P_Ca=0.6e-6)["V_rest"], rel=1e-13)
    shut = evaluate(NEURON, P_Ca=1e-6, blocked_Ca=1)
    assert shut["V_rest"] == evaluate(NEURON, P_Ca=0)["V_rest"]
    assert shut["I_Ca"] == 0


def test_a_blocker_that_is_an_ion_too_has_one_concentration_outside():
    kernel = ghk_voltage(
        ions=["K", "Na", "Ba"], block={"K": {"type": "hill", "blocker": "Ba", "IC50": "1 mmol/L"}}
    )
    assert list(kernel.parameters).count("Ba_out") == 1


def test_pump_asks_the_passive_ions_to_be_shut(evaluate):
    kernel = ghk_voltage(ions=["K", "Na", "Cl", "Cs"])
    cesium = {"Cs_in": 1, "Cs_out": 5}
    found = evaluate(kernel, pump_ratio=1.5, P_Cl=0, P_Cs=0, **cesium)
    # Mullins and Noda, K 5/140 and Na 145/15, P_Na/P_K = 0.04, r = 1.5: with 30 digits.
    assert found["V_rest"] == pytest.approx(-73.82428598048575, rel=1e-13)
    assert evaluate(kernel, pump_ratio=1.5, P_Cl=0, P_Cs=1e-9, **cesium)["status"] == 11
    told = kernel.parameters["pump_ratio"].meaning
    assert told.endswith("any other value requires P_Cl = 0 and P_Cs = 0 (these ions are passive)")
    assert evaluate(NEURON, P_Ca=1e-6, pump_ratio=1.5)["status"] == 11


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"P_Ca": 1e-7}, 1),
        ({"P_Ca": 1e-7, "Ca_in": 0}, 3),
        ({"P_Ca": 1e-7, "P_K": 0, "P_Na": 0, "P_Cl": 0}, 1),
        ({"P_Ca": 1e-7, "P_K": 0, "P_Na": 0, "P_Cl": 0, "Ca_in": 0}, 11),
        ({"P_Ca": -1e-9}, 11),
        ({"P_Ca": 1e-7, "Ca_out": -1}, 11),
        ({"P_Ca": np.nan}, 11),
        ({"P_Ca": 0, "P_K": 0, "P_Na": 0, "P_Cl": 0}, 11),
    ],
)
def test_status_tells_where_there_is_a_rest(evaluate, values, code):
    found = evaluate(NEURON, **values)
    assert found["status"] == code
    assert np.isfinite(found["V_rest"]) == (code < 10)
    assert np.isfinite(found["I_Ca"]) == (code < 10)


def test_slope_at_a_permeability_of_zero_is_that_of_mpmath():
    values = {name: NEURON._default(name) for name in NEURON.parameters if name != "P_Ca"}
    slope = quick(jax.grad(lambda v: NEURON(**v)["V_rest"]))(values | {"P_Ca": 0.0})
    assert all(np.isfinite(x) for x in slope.values())
    lists = [1, 1, -1, 2], [140, 15, 10, 1e-4], [5, 145, 110, 2]
    ends = [by_search([1e-6, 0.04e-6, 0.45e-6, P], *lists) for P in (0.0, 1e-12)]
    # The curve bends by about one part in 10^6 over a millionth of P_K.
    assert float(slope["P_Ca"]) == pytest.approx((ends[1] - ends[0]) / 1e-12, rel=1e-5)
