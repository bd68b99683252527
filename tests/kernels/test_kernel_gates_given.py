"""What may be written of gates, what may not, and for which values their laws hold."""

from __future__ import annotations

import pytest

from leakscape_kernels.membrane.equilibrium import membrane_current
from leakscape_kernels.membrane.membrane import Membrane

ALPHA, BETA = ["exp", "1 1/ms", "-40 mV", "10 mV"], ["sigmoid", "2 1/ms", "-60 mV", "-9 mV"]
RATES = {"alpha": ALPHA, "beta": BETA}
BELL = {"min": "1 ms", "max": "2 ms", "V_half": "-50 mV", "k": "20 mV"}
MIDDLE = {"V_half": "-40 mV", "k": "5 mV"}
Q10 = {"Q10": 3, "T_ref": "6.3 degC"}
CALCIUM = {"Ca": {"valence": 2, "inside": "1e-4 mmol/L", "outside": "2 mmol/L"}}
POOL = {"removal_time": "200 ms", "shell": "1 um"}
CURRENT = {"type": "gated", "ion": "Ca", "g": "0.1 mS/cm2", "gates": {"m": MIDDLE}}
LEAK = {"type": "ohmic_leak", "g": "0.1 mS/cm2", "E": "-70 mV"}


def channel(**gates):
    return {"type": "gated", "g": "1 mS/cm2", "E": "50 mV", "gates": gates}


def cell(gate, **more):
    return {"mechanisms": {"Na": channel(m=gate)}} | more


def two(V, here):
    return V


def three(V, here, more):
    return V


GATE = "membrane mechanism Na gate m"
BAD = {
    "an unknown form": (
        {"rates": {"alpha": ["exp_linaer", "1 1/ms", "0 mV", "1 mV"], "beta": BETA}},
        f"{GATE}: no rate form named 'exp_linaer'; it may be exp, exp_linear, sigmoid",
    ),
    "a form that is none": (
        {"rates": {"alpha": [["exp"], "1 1/ms", "0 mV", "1 mV"], "beta": BETA}},
        f"{GATE}: no rate form named ['exp']; it may be exp, exp_linear, sigmoid",
    ),
    "half a rate": (
        {"rates": {"alpha": ["exp", "1 1/ms"], "beta": BETA}},
        f"{GATE}: alpha needs a form, rate, midpoint and scale such as "
        '["exp_linear", "1 1/ms", "-40 mV", "10 mV"], got [\'exp\', \'1 1/ms\']',
    ),
    "a rate without a unit": (
        {"rates": {"alpha": ["exp", 1.0, "0 mV", "1 mV"], "beta": BETA}},
        f'{GATE}: the rate of alpha must be a quantity with its unit such as "1 1/ms", got 1.0',
    ),
    "one rate": ({"rates": {"alpha": ALPHA}}, f"{GATE}: rates needs alpha and beta, each such as "),
    "no power": (
        MIDDLE | {"power": 0},
        f"{GATE}: power must be a whole number from 1 on, got 0",
    ),
    "a fractional power": (
        MIDDLE | {"power": 2.5},
        f"{GATE}: power must be a whole number from 1 on, got 2.5",
    ),
    "rates beside V_half": (
        {"rates": RATES, "V_half": "0 mV"},
        f"{GATE}: needs exactly one of rates, V_half, inf, follows, got rates and V_half",
    ),
    "nowhere to rest": (
        {"tau": "1 ms"},
        f"{GATE}: needs exactly one of rates, V_half, inf, follows, got none",
    ),
    "tau beside rates": (
        {"rates": RATES, "tau": "1 ms"},
        f"{GATE}: tau follows from its rates; remove tau",
    ),
    "instant beside tau": (
        MIDDLE | {"tau": "1 ms", "instant": True},
        f"{GATE}: a gate that is instant has no tau; remove one of both",
    ),
    "an instant that is no word of logic": (
        MIDDLE | {"instant": "yes"},
        f"{GATE}: instant must be true or false, got 'yes'",
    ),
    "k of rates": ({"rates": RATES, "k": "1 mV"}, f"{GATE}: k belongs to V_half, not to rates"),
    "hill of V_half": (MIDDLE | {"hill": 2}, f"{GATE}: hill belongs to follows, not to V_half"),
    "an unknown key": (MIDDLE | {"tua": "1 ms"}, f"{GATE}: no key named tua; did you mean tau?"),
    "what follows no calcium": ({"follows": "K"}, f"{GATE}: follows must be \"Ca\", got 'K'"),
    "a tau without a unit": (
        MIDDLE | {"tau": 3},
        f'{GATE}: tau must be a quantity with its unit such as "1 ms", got 3',
    ),
    "half a bell": (
        MIDDLE | {"tau": {"min": "1 ms", "max": "2 ms", "k": "1 mV"}},
        f"{GATE}: tau needs min, max, V_half, k, got no V_half; add it",
    ),
    "a bell with a cosh": (
        MIDDLE | {"tau": {"cosh": "1 ms", "min": "1 ms"}},
        f"{GATE}: tau: no key named min; it has cosh",
    ),
    "a cosh of no V_half": (
        {"inf": two, "tau": {"cosh": "1 ms"}},
        f"{GATE}: tau.cosh takes V_half and k of its gate; give these",
    ),
    "a factor on nothing": (
        MIDDLE | {"rate_factor": 5},
        f"{GATE}: rate_factor needs a gate with a tau; give tau or rates",
    ),
    "a q10 of an instant gate": (
        {"rates": RATES, "instant": True, "q10": Q10},
        f"{GATE}: q10 needs a gate with a tau; give tau or rates",
    ),
    "half a q10": (
        MIDDLE | {"tau": "1 ms", "q10": {"Q10": 3}},
        f"{GATE}: q10 needs {{ Q10 = 3, T_ref = \"6.3 degC\" }}, got {{'Q10': 3}}",
    ),
    "a function that is a text": (
        {"inf": "connor_stevens_a_imf"},
        f'{GATE}: inf must be a function such as "my_gates.py:a_inf", got '
        "'connor_stevens_a_imf'; did you mean connor_stevens_a_inf?",
    ),
    "a function of too much": (
        {"inf": three},
        f"{GATE}: test_kernel_gates_given.py, line 33: three does not take V, or V and here; "
        "write def three(V)",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_gate_that_does_not_fit_together_is_one_sentence(case):
    table, wanted = BAD[case]
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        membrane_current(membrane=cell(table))
    text = str(caught.value)
    assert text.startswith(wanted)
    assert text.isprintable()
    assert text.count("; ") <= 1


WHOLE = {
    "V_half beside gates": (
        {"mechanisms": {"Na": channel(m=MIDDLE) | {"V_half": "0 mV"}}},
        "membrane mechanism Na: V_half belongs inside gates; write it there or remove gates",
    ),
    "gates that are none": (
        {"mechanisms": {"Na": channel()}},
        "membrane mechanism Na gates: needs one table per gate, got {}; write for instance ",
    ),
    "a gate that is a text": (
        {"mechanisms": {"Na": channel(m="fast")}},
        "membrane mechanism Na gates: m needs a table, got 'fast'",
    ),
    "a name that is none": (
        {"mechanisms": {"Na": channel(m_1=MIDDLE)}},
        "membrane mechanism Na gates: a name is a letter, then letters and digits, got 'm_1'",
    ),
    "Ca without an ion": (
        cell({"follows": "Ca", "K_half": "1e-3 mmol/L"}),
        "membrane mechanism Na: a gate follows Ca, which is no ion of the membrane; add Ca to ions",
    ),
    "a pool without an ion": (
        cell(MIDDLE, calcium=POOL),
        "membrane calcium: the membrane has no ion Ca; add Ca to ions",
    ),
    "a pool without a current": (
        cell(MIDDLE, calcium=POOL, ions=CALCIUM),
        'membrane calcium: no mechanism has the ion Ca; give one ion = "Ca"',
    ),
    "a pool that is a number": (
        cell(MIDDLE, calcium=3, ions=CALCIUM),
        "membrane calcium: needs a table, got 3",
    ),
    "an unknown key of the pool": (
        cell(MIDDLE, calcium=POOL | {"depth": "1 um"}, ions=CALCIUM),
        "membrane calcium: no key named depth; it has removal_time, shell, free",
    ),
    "a current that opens itself": (
        {
            "ions": CALCIUM,
            "calcium": POOL,
            "mechanisms": {
                "CaL": CURRENT | {"gates": {"f": {"follows": "Ca", "K_half": "1e-3 mmol/L"}}}
            },
        },
        "membrane mechanism CaL: carries Ca and has a gate that follows it; leave one of both, "
        "or the table calcium",
    ),
}


@pytest.mark.parametrize("case", WHOLE)
def test_gates_and_calcium_that_do_not_fit_a_membrane_are_one_sentence(case):
    table, wanted = WHOLE[case]
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        membrane_current(membrane=table)
    text = str(caught.value)
    assert text.startswith(wanted)
    assert text.count("; ") <= 1


KINETIC = membrane_current(
    membrane={
        "ions": CALCIUM,
        "calcium": POOL,
        "mechanisms": {
            "CaL": CURRENT,
            "Na": channel(
                m={"power": 3, "rates": RATES, "rate_factor": 2, "q10": Q10},
                h=MIDDLE | {"tau": BELL},
                n=MIDDLE | {"tau": {"cosh": "2 ms"}},
                s=MIDDLE | {"tau": "3 ms"},
            ),
            "KCa": channel(c={"follows": "Ca", "K_half": "1e-3 mmol/L", "hill": 2, "tau": "1 ms"}),
            "plain": LEAK | {"type": "gated"} | MIDDLE,
            "leak": LEAK,
        },
    }
)
ABOVE_0 = [
    *("tau_s_Na", "tau_min_h_Na", "tau_max_h_Na", "tau_max_n_Na", "rate_factor_m_Na", "Q10_m_Na"),
    *("K_half_c_KCa", "hill_c_KCa", "removal_time_Ca", "shell_Ca"),
]
NOT_0 = ["k_h_Na", "k_m_CaL", "k_plain", "tau_k_h_Na", "scale_alpha_m_Na", "scale_beta_m_Na"]


def status(evaluate, **values):
    found = evaluate(KINETIC, ("I_total", "I_leak", "status"), V=-40.0, **values)
    assert (found["status"] == 1) == (found["I_total"] == found["I_total"])
    # Whatever has no gate does not exist either: the point is outside the domain.
    assert (found["status"] == 1) == (found["I_leak"] == found["I_leak"])
    return found["status"]


@pytest.mark.parametrize("name", ABOVE_0)
def test_what_has_to_be_above_0_is_outside_the_domain_at_0_and_below(evaluate, name):
    assert status(evaluate) == 1
    assert status(evaluate, **{name: 1e-3}) == 1
    assert status(evaluate, **{name: 0.0}) == 11
    assert status(evaluate, **{name: -1.0}) == 11


@pytest.mark.parametrize("name", NOT_0)
def test_what_is_divided_by_may_have_either_sign_but_not_be_0(evaluate, name):
    assert status(evaluate, **{name: -3.0}) == status(evaluate, **{name: 3.0}) == 1
    assert status(evaluate, **{name: 0.0}) == 11


def test_one_rate_may_be_0_but_not_both_nor_below(evaluate):
    assert status(evaluate, rate_alpha_m_Na=0.0) == 1
    assert status(evaluate, rate_beta_m_Na=0.0) == 1
    assert status(evaluate, rate_alpha_m_Na=0.0, rate_beta_m_Na=0.0) == 11
    assert status(evaluate, rate_alpha_m_Na=-1.0) == 11


def test_calcium_that_is_not_there_opens_nothing(evaluate):
    # Without Ca inside E_Ca does not exist, so that its current is outside the domain.
    assert status(evaluate, Ca_in=0.0) == 11
    rest = {"mechanisms": {"KCa": channel(c={"follows": "Ca", "K_half": "1 mmol/L"}), "leak": LEAK}}
    kernel = membrane_current(membrane={"ions": CALCIUM} | rest)
    assert evaluate(kernel, ("I_KCa", "status"), V=-40.0, Ca_in=0.0) == {"I_KCa": 0.0, "status": 1}


def test_what_a_function_of_others_computes_has_no_structure_and_is_not_reused(evaluate, double):
    assert membrane_current(membrane="connor_stevens").structure is not None
    found = []
    for slope in (10.0, 20.0):

        def inf(V, slope=slope):
            return 0.5 + V / 1000.0 * slope

        kernel = membrane_current(membrane=cell({"inf": inf, "tau": "1 ms"}))
        assert kernel.structure is None
        found.append(evaluate(kernel, ("I_total",), V=-10.0)["I_total"])
    # 1 mS/cm2 times -60 mV times 0.5 - 0.01 slope.
    assert found == pytest.approx([-60.0 * 0.4, -60.0 * 0.3], rel=1e-14)
    with_tau = {"V_half": "0 mV", "k": "1 mV", "tau": inf}
    assert membrane_current(membrane=cell(with_tau)).structure is None


def test_gates_are_a_part_of_the_structure():
    told = {
        membrane_current(membrane=cell(MIDDLE | more)).structure
        for more in ({}, {"power": 2}, {"tau": "1 ms"}, {"instant": True}, {"tau": BELL})
    }
    assert len(told) == 5
    assert None not in told
    other = membrane_current(membrane=cell({"V_half": "-10 mV", "k": "-3 mV"}))
    assert other.structure == membrane_current(membrane=cell(MIDDLE)).structure


def test_a_gate_may_bear_any_name_beside_another_of_its_channel():
    rows = Membrane(mechanisms={"Na": channel(min=MIDDLE | {"tau": BELL}, max=MIDDLE)}).parameters
    assert rows["tau_min_min_Na"].default == "1 ms"
    assert {"V_half_max_Na", "k_min_Na"} <= rows.keys()
