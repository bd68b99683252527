"""The equilibria of composed membranes against published and independently computed numbers."""

import numpy as np
import pytest

from leakscape_kernels.membrane.equilibrium import equilibrium

pytestmark = pytest.mark.usefixtures("double")
SLOW = pytest.mark.slow

CONCENTRATIONS = {
    "K": (1, 140, 5),
    "Na": (1, 15, 145),
    "Cl": (-1, 10, 110),
    "Ca": (2, 1e-4, 2),
    "Mg": (2, 0.5, 1),
    "La": (3, 1e-6, 0.5),
}


def solutions(*ions):
    return {
        ion: {"valence": z, "inside": f"{inside} mmol/L", "outside": f"{outside} mmol/L"}
        for ion in ions
        for z, inside, outside in [CONCENTRATIONS[ion]]
    }


def field(*ions):
    return {ion: {"type": "ghk_leak", "ion": ion} for ion in ions}


def cell(ions, mechanisms, **options):
    return equilibrium(membrane={"ions": solutions(*ions), "mechanisms": mechanisms}, **options)


SHUT = {"type": "gated", "E": "0 mV", "g": "0 mS/cm2", "V_half": "0 mV", "k": "5 mV"}
"""A gate that conducts nothing: it changes no equilibrium, but takes the formula away."""
KIR = {"type": "kir", "E": "-90 mV", "g": "1 mS/cm2", "V_half": "-90 mV", "k": "10 mV"}
GENERIC = cell([], {"Kir": KIR, "leak": {"type": "ohmic_leak"}})
DIVALENT = cell(["K", "Na", "Cl", "Ca", "Mg"], field("K", "Na", "Cl", "Ca", "Mg"))
TRIVALENT = cell(["K", "Na", "La"], field("K", "Na", "La"))
PUMPED = cell(
    ["K", "Na"], field("K", "Na") | {"pump": {"type": "sodium_potassium_pump", "law": "constant"}}
)
SULPHATE = equilibrium(
    membrane={
        "ions": solutions("K", "Ca", "Mg")
        | {"SO4": {"valence": -2, "inside": "0.5 mmol/L", "outside": "3 mmol/L"}},
        "mechanisms": field("K", "Ca", "Mg", "SO4"),
    }
)
REST = ("V_rest", "status")
LIST = ("V_equilibrium", "stable", "n_equilibria", "n_stable", "status")
WHOLE = (*LIST, "V_rest", "slope_conductance")


def permeable(K=1, Na=0.04, Cl=0.45, **more):
    given = {"K": K, "Na": Na, "Cl": Cl} | more
    return {f"P_{ion}": 1e-6 * P for ion, P in given.items()}


@pytest.mark.parametrize(
    ("calcium", "V"),
    [
        (0, -67.343094040387012),
        (0.01, -67.214114758390225),
        (0.1, -66.084454448860056),
        (1, -57.089305045653328),
        (10, -25.549031307350566),
    ],
)
def test_calcium_leak(evaluate, calcium, V):
    assert evaluate(DIVALENT, REST, **permeable(Ca=calcium, Mg=0))["V_rest"] == pytest.approx(
        V, rel=1e-13
    )


def test_calcium_and_magnesium_leak(evaluate):
    found = evaluate(DIVALENT, REST, **permeable(Ca=0.5, Mg=0.5))
    assert found["V_rest"] == pytest.approx(-59.263983940661844, rel=1e-13)


@SLOW
def test_trivalent_leak(evaluate):
    found = evaluate(TRIVALENT, REST, P_K=1e-6, P_Na=4e-8, P_La=1e-7)
    assert found["V_rest"] == pytest.approx(-67.584441136895655, rel=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pump", "V"),
    [
        (0, -68.590572190588037),
        (0.1, -68.821616648347428),
        (0.5, -69.753594620788271),
        (1, -70.93647764207259),
    ],
)
def test_pump_beside_the_constant_field(evaluate, pump, V):
    found = evaluate(PUMPED, REST, P_K=4e-6, P_Na=0.16e-6, I_max_pump=pump)
    assert found["V_rest"] == pytest.approx(V, rel=1e-12)


def test_pump_beside_ohmic_leaks(evaluate):
    pump = {"type": "sodium_potassium_pump", "law": "constant", "I_max": "0.5 uA/cm2"}
    leaks = {"a": {"type": "ohmic_leak", "E": "-90 mV"}, "b": {"type": "ohmic_leak", "E": "60 mV"}}
    kernel, given = cell([], leaks | {"pump": pump}), {"g_a": 0.1, "g_b": 0.1 / 6.5}
    found = evaluate(kernel, REST, **given)
    assert found["V_rest"] == pytest.approx(-74.3333333333, rel=1e-11)
    blocked = evaluate(kernel, REST, **given, blocked_pump=1)  # ouabain, at once
    assert blocked["V_rest"] - found["V_rest"] == pytest.approx(0.5 / (0.1 + 0.1 / 6.5))


@pytest.mark.parametrize(
    ("alpha", "V"), [(0.04, -38.392421012127), (0.02, -52.9691715), (0.05, -33.3662178)]
)
def test_block_of_potassium_in_the_constant_field(evaluate, alpha, V):
    found = evaluate(DIVALENT, REST, **permeable(Na=alpha, Cl=0, Ca=0, Mg=0), blocked_K=0.8)
    assert found["V_rest"] == pytest.approx(V, rel=1e-8)


@pytest.mark.parametrize(
    ("temperature", "V"),
    [
        (20, -49.9549482020529),
        (30, -57.4289465080163),
        (37, -67.1857269165274),
        (42, -73.5937341387143),
    ],
)
def test_warming_a_k2p_channel_hyperpolarises(evaluate, temperature, V):
    mechanisms = {
        "Kleak": {"type": "ohmic_leak", "ion": "K", "g": "3 mS/cm2"},
        "TREK": {"type": "k2p", "ion": "K", "g": "10 mS/cm2"},
        "Naleak": {"type": "ohmic_leak", "ion": "Na", "g": "1 mS/cm2"},
    }
    kernel = cell(["K", "Na"], mechanisms)
    assert evaluate(kernel, REST, temperature=temperature)["V_rest"] == pytest.approx(V, rel=1e-12)


@pytest.mark.parametrize(
    ("temperature", "V"),
    [
        (27, -35.5525914199393),
        (32, -53.5381982289358),
        (37, -68.590572190588),
        (42, -79.5349744966339),
    ],
)
def test_warming_the_constant_field_with_q10(evaluate, temperature, V):
    warm = {"K": {"Q10": 7, "T_ref": "37 degC"}, "Na": {"Q10": 1.3, "T_ref": "37 degC"}}
    kernel = cell(
        ["K", "Na"], {ion: table | {"q10": warm[ion]} for ion, table in field("K", "Na").items()}
    )
    found = evaluate(kernel, REST, temperature=temperature, P_K=1e-6, P_Na=4e-8)
    assert found["V_rest"] == pytest.approx(V, rel=1e-12)


@pytest.mark.parametrize(
    ("g", "E", "V"),
    [
        (0.02, -20, (-86.827968313797, -45.305143662848, -24.795109661237)),
        (0.02, 0, (-85.637887766303, -56.401336552217, -0.58489144237869)),
        (0.03, 0, (-82.118120291626, -65.768801550648, -0.38299801811027)),
        (0.04, 0, (-0.28475,)),
        (0.049795837738013 + 1e-4, -20, 1),
        (0.049795837738013 - 1e-4, -20, 3),
        (0.014588158574994 + 1e-5, -20, 3),
        (0.014588158574994 - 1e-5, -20, 1),
        (0.0364948, 0, 1),
        (0.0364947, 0, 3),
        (0.00265944, 0, 3),
        (0.00265943, 0, 1),
    ],
)
def test_kir_and_leak_have_one_rest_or_two(evaluate, g, E, V):
    found = evaluate(GENERIC, WHOLE, g_leak=g, E_leak=E)
    count = V if isinstance(V, int) else len(V)
    assert found["n_equilibria"] == count
    assert found["n_stable"] == (count + 1) // 2
    assert list(found["stable"]) == [1, 0, 1][:count] + [-1] * (7 - count)
    assert np.all(np.isnan(found["V_equilibrium"][count:]))
    if not isinstance(V, int):
        assert found["V_equilibrium"][:count] == pytest.approx(V, abs=5e-6 if g == 0.04 else 1e-11)


@pytest.mark.parametrize(
    ("options", "V"),
    [
        ({}, -86.827968313797),
        pytest.param({"rest": "highest"}, -24.795109661237, marks=SLOW),
        pytest.param({"rest": "nearest", "near": "-50 mV"}, -24.795109661237, marks=SLOW),
        pytest.param({"rest": "nearest", "near": "-0.07 V"}, -86.827968313797, marks=SLOW),
        pytest.param({"bracket": ["-60 mV", "0 mV"]}, -24.795109661237, marks=SLOW),
    ],
)
def test_rest_is_the_stable_equilibrium_that_the_rule_names(evaluate, options, V):
    membrane = {"Kir": KIR, "leak": {"type": "ohmic_leak"}}
    kernel = cell([], membrane, **options) if options else GENERIC
    found = evaluate(kernel, WHOLE, g_leak=0.02, E_leak=-20)
    assert found["V_rest"] == pytest.approx(V, abs=1e-11)
    assert found["status"] == (4 if "bracket" in options else 1)  # one of three lies outside


FORMULAS = {
    "chord": (
        [],
        {
            "a": {"type": "ohmic_leak", "E": "-90 mV", "g": "0.1 mS/cm2"},
            "b": {"type": "k2p", "E": "-80 mV", "g": "0.5 mS/cm2"},
            "c": {"type": "ohmic_leak", "E": "50 mV", "g": "0.03 mS/cm2"},
            "electrode": {"type": "constant_current", "I_const": "-1 uA/cm2"},
        },
    ),
    "monovalent": (
        ["K", "Na", "Cl"],
        {
            "K": {"type": "ghk_leak", "ion": "K", "P": "1e-6 cm/s"},
            "TREK": {"type": "k2p", "ion": "K", "P": "1e-6 cm/s", "form": "orio"},
            "Na": {"type": "ghk_leak", "ion": "Na", "P": "1e-7 cm/s"},
            "Cl": {"type": "ghk_leak", "ion": "Cl", "P": "3e-7 cm/s"},
        },
    ),
    "divalent": (
        ["K", "Na", "Cl", "Ca"],
        {
            ion: {"type": "ghk_leak", "ion": ion, "P": f"{P} cm/s"}
            for ion, P in {"K": 1e-6, "Na": 1e-7, "Cl": 3e-7, "Ca": 2e-6}.items()
        },
    ),
}

NOTHING_INWARD = {"K_out": 0, "Na_out": 0, "Cl_in": 0}
"""Every current is outward at every potential: that there is no equilibrium is proven."""
KERNELS = {name: cell(*parts) for name, parts in FORMULAS.items()} | {"generic": GENERIC}


@pytest.mark.parametrize(
    ("ions", "mechanisms"),
    [pytest.param(*parts, id=name, marks=SLOW) for name, parts in FORMULAS.items()],
)
def test_a_formula_gives_what_the_search_gives(evaluate, ions, mechanisms):
    formula = cell(ions, mechanisms)
    search = cell(ions, mechanisms | {"shut": SHUT})
    keep = (*LIST, "V_rest", "slope_conductance", "slope_conductance_equilibrium", "residual")
    first, second = evaluate(formula, keep), evaluate(search, keep)
    for name in keep:
        assert first[name] == pytest.approx(second[name], rel=1e-10, abs=1e-12, nan_ok=True), name


@pytest.mark.parametrize(
    ("calcium", "magnesium", "sulphate"), [(1, 0, 0), (0.1, 3, 0), (0, 0, 2), (1, 1, 1)]
)
def test_the_quadratic_holds_for_divalent_anions_too(evaluate, calcium, magnesium, sulphate):
    found = evaluate(
        SULPHATE,
        ("residual",),
        P_K=1e-6,
        P_Ca=calcium * 1e-6,
        P_Mg=magnesium * 1e-6,
        P_SO4=sulphate * 1e-6,
    )
    assert found["residual"] == pytest.approx(0, abs=1e-14)


@pytest.mark.parametrize(
    ("kernel", "values", "code"),
    [
        ("generic", {}, 1),
        ("generic", {"blocked_Kir": 1, "blocked_leak": 1}, 11),
        ("generic", {"g_leak": -1}, 11),
        ("generic", {"g_leak": np.nan}, 11),
        ("generic", {"E_leak": np.inf}, 10),
        ("generic", {"E_Kir": 300, "E_leak": 300}, 1),
        ("generic", {"E_Kir": 3000, "E_leak": 3000}, 12),
        ("chord", {}, 1),
        ("chord", {"blocked_a": 1, "blocked_b": 1, "blocked_c": 1}, 11),
        ("chord", {"I_const_electrode": -1e6}, 12),
        ("chord", {"E_a": np.nan}, 10),
        ("monovalent", {"blocked_K": 1, "blocked_TREK": 1, "blocked_Na": 1, "blocked_Cl": 1}, 11),
        ("monovalent", {"K_out": 0}, 3),
        ("monovalent", NOTHING_INWARD, 12),
        ("monovalent", {"K_in": -1}, 11),
        ("divalent", {"P_K": 0, "P_Na": 0, "P_Cl": 0}, 3),
        ("divalent", {"temperature": -280}, 11),
    ],
)
def test_status_of_points_without_a_rest(evaluate, kernel, values, code):
    given = {"g_leak": 0.02, "E_leak": -20} if kernel == "generic" else {}
    found = evaluate(KERNELS[kernel], WHOLE, **given | values)
    assert found["status"] == code
    assert np.isfinite(found["V_rest"]) == (code < 10)
    assert np.isfinite(found["slope_conductance"]) == (code < 10)
    if code >= 10:
        assert np.all(np.isnan(found["V_equilibrium"]))
        assert np.all(found["stable"] == -1)
        assert found["n_equilibria"] == (0 if values == NOTHING_INWARD else -1)
