"""Where a mechanism says that its current rises, and how fast it falls at most: on dense grids."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leakscape_kernels.membrane.membrane import membrane

V = np.linspace(-200, 150, 35_001)
IONS = {"K": {"valence": 1, "inside": "140 mmol/L", "outside": "5 mmol/L"}}
KIR = {"type": "kir", "E": "-90 mV", "g": "1 mS/cm2"}
GATE = {"type": "gated", "E": "-90 mV", "g": "1 mS/cm2"}


def falling(middle, k, E=-90.0):
    """The current of a conductance that closes on depolarisation [uA/cm2]."""
    return (V - E) / (1 + np.exp((V - middle) / k))


def opening(middle, k, E=-90.0):
    return (V - E) / (1 + np.exp(-(V - middle) / k))


def luo_rudy(E):
    x = V - E
    a = 1.02 / (1 + np.exp(0.2385 * (x - 59.215)))
    b = 0.49124 * np.exp(0.08032 * (x + 5.476)) + np.exp(0.06175 * (x - 594.31))
    b = b / (1 + np.exp(-0.5143 * (x + 4.753)))
    return x * a / (a + b)


E_K = 26.726659112543268 * np.log(5 / 140)
CASES = {
    "below E": (KIR | {"V_half": "-111 mV", "k": "11 mV"}, falling(-111, 11)),
    "at E": (KIR | {"V_half": "-90 mV", "k": "10 mV"}, falling(-90, 10)),
    "above E": (KIR | {"V_shift": "15 mV", "k": "5 mV"}, falling(-75, 5)),
    "far above E": (KIR | {"V_half": "-20 mV", "k": "7 mV"}, falling(-20, 7)),
    "inactivation": (GATE | {"V_half": "-70 mV", "k": "-8 mV"}, falling(-70, 8)),
    "activation": (GATE | {"E": "20 mV", "V_half": "-40 mV", "k": "6 mV"}, opening(-40, 6, 20)),
    "rectifier of Luo and Rudy": (
        {"type": "kir", "ion": "K", "form": "luo_rudy", "g": "1 mS/cm2", "K_ref": "5 mmol/L"},
        luo_rudy(E_K),
    ),
}


def seen(table):
    cell = membrane({"ions": IONS, "mechanisms": {"m": table}})
    names = {"K_in": 140.0, "K_out": 5.0, "temperature": 37.0, "g_m": 1.0, "blocked_m": 0.0}
    numbers = {f"{key}_m": float(text.split()[0]) for key, text in table.items() if "mV" in text}
    known = {name: row.default for name, row in cell.parameters.items()}
    row = {name: value if isinstance(value, float) else 0.0 for name, value in known.items()}
    row |= names | numbers | {"K_ref_m": 5.0}
    state = cell.at({name: jnp.asarray(row[name], float) for name in cell.parameters})
    return state.parts["m"].mechanism, state.here["m"]


def bounds(table, low, high):
    mechanism, here = seen(table)
    return float(mechanism.rises_to(here)), float(mechanism.least_slope(low, high, here))


@pytest.mark.parametrize("case", CASES)
def test_the_current_rises_up_to_the_potential_that_is_told(double, case):
    table, current = CASES[case]
    turn, _ = bounds(table, -200.0, 150.0)
    assert np.all(np.diff(current[turn > V]) > -1e-12)


@pytest.mark.parametrize("case", [name for name in CASES if name != "activation"])
def test_that_potential_is_the_outward_peak(double, case):
    table, current = CASES[case]
    turn, _ = bounds(table, -200.0, 150.0)
    assert turn == pytest.approx(V[np.argmax(np.where(V < 60, current, -1))], abs=0.3)


@pytest.mark.parametrize("case", CASES)
def test_no_slope_is_below_the_least_one_that_is_told(double, case):
    table, current = CASES[case]
    _, least = bounds(table, -200.0, 150.0)
    steepest = np.min(np.diff(current) / np.diff(V))
    assert least <= steepest + 1e-9
    # And it is worth knowing: not much below.
    assert least >= 1.5 * steepest - 1e-3


@pytest.mark.repeats(quick=2)
@pytest.mark.parametrize("case", CASES)
def test_the_same_holds_on_every_stretch(double, case):
    table, current = CASES[case]
    mechanism, here = seen(table)
    slopes = np.diff(current) / np.diff(V)
    for low, high in np.sort(np.random.default_rng(1).integers(0, V.size - 1, (300, 2))):
        if low < high:
            told = float(mechanism.least_slope(V[low], V[high], here))
            assert told <= np.min(slopes[low:high]) + 1e-9


@pytest.mark.parametrize("case", CASES)
def test_no_current_is_below_the_least_one_that_is_told(double, case):
    table, current = CASES[case]
    mechanism, here = seen(table)
    if mechanism.least is None:
        assert case == "rectifier of Luo and Rudy"
        return
    for low, high in np.sort(np.random.default_rng(2).integers(0, V.size - 1, (300, 2))):
        told = float(mechanism.least(V[low], V[high], here))
        assert told <= np.min(current[low : high + 1]) + 1e-9
        # And it is that one, where anything is known.
        known = case != "activation"
        assert told == (pytest.approx(np.min(current[low : high + 1])) if known else -np.inf)


def test_leaks_of_a_charge_are_told_together(double):
    ions = {"K": (140.0, 5.0), "Na": (12.0, 145.0), "Cl": (10.0, 110.0)}
    valence = {"K": 1, "Na": 1, "Cl": -1}
    cell = membrane(
        {
            "ions": {ion: {"valence": valence[ion]} for ion in ions},
            "mechanisms": {ion: {"type": "ghk_leak", "ion": ion} for ion in ions}
            | {"shunt": {"type": "ohmic_leak", "E": "0 mV"}},
        }
    )
    values = dict.fromkeys(cell.parameters, 0.0) | {"temperature": 37.0, "g_shunt": 0.01}
    values |= {"P_K": 1e-6, "P_Na": 5e-7, "P_Cl": 3e-7}
    for ion, (inside, outside) in ions.items():
        values |= {f"{ion}_in": inside, f"{ion}_out": outside}
    state = cell.at({name: jnp.asarray(value, float) for name, value in values.items()})
    slopes = np.diff(jax.vmap(state.total)(jnp.asarray(V))) / np.diff(V)
    for low, high in ((0, 20_000), (5000, 15_000), (12_000, 35_000)):
        told = float(state.least_slope(V[low], V[high]))
        # One field, not three: the bound is attained.
        assert told == pytest.approx(np.min(slopes[low:high]), abs=1e-4 * np.max(slopes))
