"""The kernels against numbers computed with 30 digits by independent code, id by id."""

import json
from pathlib import Path

import jax
import pytest

from leakscape_kernels.constants import F, R
from leakscape_kernels.formulas.chord import chord_conductance
from leakscape_kernels.formulas.ghk import ghk_current, ghk_voltage
from leakscape_kernels.formulas.nernst import nernst, thermal_voltage
from leakscape_kernels.membrane.equilibrium import equilibrium, membrane_current

ENTRIES = {
    entry["id"]: entry
    for entry in json.loads(Path(__file__).with_name("reference_values.json").read_text())[
        "entries"
    ]
}

LATER = {"hh_LPC_El54.4"}
"""Numbers that nothing asserts yet: where limit cycles vanish no equilibrium tells."""

ELSEWHERE = (
    "kay2017_",
    "dusterwald_",
    "hubel_ullah_donnan_",
    "gabbiani_cox_",
    *("hh_rest_", "hh_hopf", "ml_", "napk_"),
)
"""How the numbers begin that `test_kernel_pump_leak`, `test_kernel_excitable_presets` and
`test_kernel_excitability` assert."""

IONS = {"K": {"valence": 1}, "Na": {"valence": 1}, "Cl": {"valence": -1}, "Ca": {"valence": 2}}
DIVALENT = equilibrium(
    membrane={
        "ions": IONS,
        "mechanisms": {ion: {"type": "ghk_leak", "ion": ion, "P": "0 cm/s"} for ion in IONS},
    }
)
SPINY = membrane_current(membrane="striatal_msn")
LEAKS = {"Na": {"type": "ohmic_leak"}, "K": {"type": "ohmic_leak"}}
CONSTANT = {"type": "sodium_potassium_pump", "law": "constant"}
PUMPED = equilibrium(membrane={"mechanisms": LEAKS | {"pump": CONSTANT}})
GHK = ghk_voltage()
GHK_WITH_CALCIUM = ghk_voltage(ions=list(IONS))
CHORD = chord_conductance()
SHUNTED = chord_conductance(leaks=["K", "Na", "shunt"])

NEURON = {"K": "5/140", "Na": "145/15", "Cl": "110/10"}
NITELLA = {"K": "0.1/119", "Na": "1/14", "Cl": "1.3/65"}


def solutions(pairs):
    """Return K_out, K_in, ... of texts such as "5/140" (outside/inside)."""
    sides = {ion: text.split("/") for ion, text in pairs.items() if ion in IONS}
    return {f"{ion}_out": float(out) for ion, (out, _) in sides.items()} | {
        f"{ion}_in": float(inside) for ion, (_, inside) in sides.items()
    }


def permeabilities(K, Na, Cl=0.0):
    return {"P_K": float(K), "P_Na": float(Na), "P_Cl": float(Cl)}


def ratio_entry(evaluate, entry, P, pairs=NEURON, **more):
    T = float(entry["inputs"]["T_C"])
    values = solutions(pairs | entry["inputs"]) | permeabilities(*P) | {"temperature": T} | more
    return evaluate(GHK, **values)["V_rest"]


def thermal(evaluate, entry):
    return float(thermal_voltage(float(entry["inputs"]["T_C"])))


def nernst_entry(evaluate, entry):
    given = entry["inputs"]
    return evaluate(
        nernst,
        valence=given["z"],
        inside=given["in_mM"],
        outside=given["out_mM"],
        temperature=given["T_C"],
    )["E"]


def squid(evaluate, entry):
    return ratio_entry(evaluate, entry, entry["inputs"]["P_K_Na_Cl"])


def neuron(evaluate, entry):
    return ratio_entry(evaluate, entry, (1, entry["inputs"]["PNa_over_PK"]))


def ratios(evaluate, entry):
    return ratio_entry(evaluate, entry, entry["inputs"]["P"].split(":"))


def nitella(evaluate, entry):
    return ratio_entry(evaluate, entry, entry["inputs"]["P"].split(":"), NITELLA)


def mullins_noda(evaluate, entry):
    given = entry["inputs"]
    return ratio_entry(evaluate, entry, (1, given["alpha"]), pump_ratio=float(given["r"]))


def mullins_noda_bound(evaluate, entry):
    # The pump shifts the rest most where K counts on one side only and Na on the other.
    apart = {"K_out": 0, "Na_in": 0, "temperature": 37, "P_Cl": 0}
    with_pump, without = (evaluate(GHK, **apart, pump_ratio=r)["V_rest"] for r in (1.5, 1.0))
    return with_pump - without


def ghk_current_at(evaluate, entry, V):
    given = entry["inputs"]
    return evaluate(
        ghk_current,
        V=V,
        P=given["P_cm_s"],
        valence=given["z"],
        inside=given["in_mM"],
        outside=given["out_mM"],
        temperature=given["T_C"],
    )


def current(evaluate, entry):
    return ghk_current_at(evaluate, entry, entry["inputs"]["V_mV"])["I"]


def slope_at_reversal(evaluate, entry):
    E = nernst_entry(evaluate, entry)
    return ghk_current_at(evaluate, entry, E)["slope_conductance"]


def chord_at(evaluate, kernel=CHORD, **values):
    return evaluate(kernel, **values)["V_rest"]


def chord_block(evaluate, entry):
    given = entry["inputs"]
    return chord_at(
        evaluate,
        g_K=given["gK_gNa"],
        g_Na=1,
        E_K=given["EK"],
        E_Na=given["ENa"],
        blocked_K=given["block"],
    )


def chord_inverse(evaluate, entry):
    """The three entries that were solved for a pair of rests: put back, they must give it."""
    value, given = float(entry["value"]), entry["inputs"]
    if entry["id"] == "chord_exact_EK_for_-70_-53_80pct":
        values = {"g_K": given["ratio"], "g_Na": 1, "E_K": value, "E_Na": given["ENa"]}
        pairs = [({"blocked_K": 0.0}, -70.0), ({"blocked_K": 0.8}, -53.0)]
        kernel = CHORD
    elif entry["id"] == "chord_block_fraction_for_-53":
        values = {"g_K": given["gK_gNa"], "g_Na": 1, "E_K": given["EK"], "E_Na": given["ENa"]}
        pairs = [({"blocked_K": value}, -53.0)]
        kernel = CHORD
    else:
        values = {"g_K": 6.5, "g_Na": 1, "g_shunt": value, "E_shunt": given["E_shunt"]}
        pairs = [({"blocked_K": 0.0}, -70.0), ({"blocked_K": 0.8}, -53.0)]
        kernel = SHUNTED
    return [(chord_at(evaluate, kernel, **values, **block), rest) for block, rest in pairs]


def divalent(evaluate, entry):
    """The rest of the kernel of one equation, and of a membrane of as many leaks."""
    given = entry["inputs"]
    if "Ki" in given:  # two ions, each on one side
        pairs = {"K": f"0/{given['Ki']}", "Na": "0/0", "Cl": "0/0", "Ca": f"{given['Cao']}/0"}
        P = (1, 0, 0, given["PCa_PK"])
    else:
        pairs, P = given, (*given["P"].split(":"), given["PCa"])
    values = solutions(pairs) | permeabilities(*P[:3])
    values |= {"P_Ca": float(P[3]), "temperature": given["T_C"]}
    found = [evaluate(each, ("V_rest",), **values) for each in (GHK_WITH_CALCIUM, DIVALENT)]
    return [(rest["V_rest"], float(entry["value"])) for rest in found]


def spiny_fold(evaluate, entry):
    """At a fold the current without g_s, over -V, is g_s and does not change with V."""

    def conductance(V):
        found = evaluate(SPINY, ("I_total", "slope_conductance"), V=V, mu=1.4, g_s=0.0)
        return -found["I_total"] / V, found["slope_conductance"] - found["I_total"] / V

    low, high = {"lo": (-50.0, -35.0), "hi": (-80.0, -65.0)}[entry["id"][-2:]]
    side = conductance(low)[1] > 0
    for _ in range(50):
        middle = (low + high) / 2
        rises = (conductance(middle)[1] > 0) == side
        low, high = (middle, high) if rises else (low, middle)
    return 1000 * conductance(low)[0]


def pump_cost(evaluate, entry):
    """Sodium leaks in 3 I and potassium out 2 I: that fixes the ratio of their conductances."""
    given = entry["inputs"]
    V, E_Na, E_K = given["V"], given["ENa"], given["EK"]
    total = 1e-3 / (given["R_MOhm"] * 1e-5)  # 1/MOhm over 1000 um2, in mS/cm2
    weight = {"Na": 3 / (E_Na - V), "K": 2 / (V - E_K)}
    pump = total / sum(weight.values())
    values = {f"g_{ion}": pump * share for ion, share in weight.items()}
    values |= {"E_Na": E_Na, "E_K": E_K, "I_max_pump": pump}
    found = evaluate(PUMPED, ("V_rest", "atp_rate"), **values)
    return [(found["V_rest"], V), (found["atp_rate"], float(entry["value"]))]


BY_START = {
    "ghk_divalent": divalent,
    "ghk_biionic": divalent,
    "gruber_": spiny_fold,
    "AL2001_": pump_cost,
    "rtf_": thermal,
    "nernst_": nernst_entry,
    "ghk_HK1949_": squid,
    "ghk_neuron_alpha": neuron,
    "ghk_neuron_KNaCl": ratios,
    "ghk_selectivity_loss_balanced": ratios,
    "ghk_nitella": nitella,
    "ghkI_": current,
    "ghk_slopeE_": slope_at_reversal,
    "mullins_noda_bound_37": mullins_noda_bound,
    "mullins_noda_": mullins_noda,
    "chord_block_fraction": chord_inverse,
    "chord_block_": chord_block,
    "chord_exact": chord_inverse,
    "chord_shunt": chord_inverse,
}
"""What computes an entry, by how its id starts; the first that fits."""


def assertion(name):
    return next((f for start, f in BY_START.items() if name.startswith(start)), None)


def compared(evaluate, entry):
    """Return pairs of what the kernel gives and what it should give."""
    found = assertion(entry["id"])(evaluate, entry)
    assert found != []
    return found if isinstance(found, list) else [(found, float(entry["value"]))]


ASSERTED = [name for name in ENTRIES if assertion(name)]


@pytest.mark.parametrize("name", ASSERTED)
def test_reference_value_in_float64(evaluate, double, name):
    entry = ENTRIES[name]
    tolerance = entry["rtol_f64"]
    limits = (
        {"rel": 0, "abs": float(tolerance.removeprefix("abs"))}
        if tolerance.startswith("abs")
        else {"rel": float(tolerance), "abs": 0}
    )
    for found, expected in compared(evaluate, entry):
        assert found == pytest.approx(expected, **limits)


def one_way_flux(entry):
    """Return the larger one-way flux of a current entry [uA/cm2]."""
    given = {key: float(value) for key, value in entry["inputs"].items()}
    u = given["z"] * F * given["V_mV"] / (1000 * R * (given["T_C"] + 273.15))
    size = F * given["P_cm_s"] * abs(given["z"])
    inward = given["out_mM"] * (1 - u / 2 if abs(u) < 1e-6 else u / (2.718281828459045**u - 1))
    outward = given["in_mM"] * (1 + u / 2 if abs(u) < 1e-6 else -u / (2.718281828459045**-u - 1))
    return size * max(inward, outward)


@pytest.mark.parametrize("name", ASSERTED)
def test_reference_value_in_float32(evaluate, name):
    entry = ENTRIES[name]
    assert not jax.config.jax_enable_x64
    for found, expected in compared(evaluate, entry):
        if entry["unit"] == "uA/cm2":
            assert abs(found - expected) <= 1e-4 * one_way_flux(entry)
        elif entry["unit"] in ("mS/cm2", "uS/cm2", "1/s"):
            assert found == pytest.approx(expected, rel=1e-4)
        else:
            assert found == pytest.approx(expected, abs=1e-3)


def test_every_reference_value_is_asserted_or_named_as_later():
    assert set(ASSERTED).isdisjoint(LATER)
    there = {name for name in ENTRIES if name.startswith(ELSEWHERE)}
    assert set(ASSERTED) | LATER | there == set(ENTRIES)


def test_constants_are_those_of_the_reference():
    with Path(__file__).with_name("reference_values.json").open() as file:
        constants = json.load(file)["constants"]
    assert float(constants["R"]) == R
    assert float(constants["F"]) == F
