"""Membranes with gates, as tables, and the numbers of a reference entry as their parameters."""

from __future__ import annotations

from math import exp

import jax.numpy as jnp

from leakscape_kernels.constants import F, R
from leakscape_kernels.membrane.membrane import membrane

LEAK = {"type": "ohmic_leak", "g": "0.3 mS/cm2", "E": "-54.3 mV"}
USUAL = {"temperature": 6.3, "area": 1000.0, "V_threshold": -55.0, "I_app": 0.0}
CALCIUM_IN = 1e-12
"""Calcium inside at rest of a model that has none [mmol/L]."""


def channel(g="1 mS/cm2", E="0 mV", **gates):
    return {"type": "gated", "g": g, "E": E, "gates": gates}


def rates(power, alpha, beta, **more):
    return {"power": power, "rates": {"alpha": alpha, "beta": beta}, **more}


def opening(V_half="0 mV", k="5 mV", **more):
    return {"V_half": V_half, "k": k, **more}


def whole(**mechanisms):
    return membrane({"mechanisms": mechanisms})


FAST = {"rate_factor": 1.0}
M = rates(3, ["exp_linear", "1 1/ms", "-40 mV", "10 mV"], ["exp", "4 1/ms", "-65 mV", "-18 mV"])
H = rates(1, ["exp", "0.07 1/ms", "-65 mV", "-20 mV"], ["sigmoid", "1 1/ms", "-35 mV", "10 mV"])
N = rates(
    4, ["exp_linear", "0.1 1/ms", "-55 mV", "10 mV"], ["exp", "0.125 1/ms", "-65 mV", "-80 mV"]
)
SODIUM = channel("120 mS/cm2", "50 mV", m=M | FAST, h=H | FAST)
POTASSIUM = channel("36 mS/cm2", "-77 mV", n=N | FAST)
HODGKIN_HUXLEY = whole(Na=SODIUM, K=POTASSIUM, L=LEAK)

INSTANT = {"instant": True}
MORRIS_LECAR = whole(
    fast=channel(m=opening(**INSTANT)),
    slow=channel(w=opening(tau={"cosh": "1 ms"})),
    L=LEAK,
)
PERSISTENT_SODIUM = whole(
    Na=channel(m=opening(**INSTANT)), K=channel(n=opening(tau="1 ms")), L=LEAK
)
WANG_BUZSAKI = whole(
    Na=channel(
        "35 mS/cm2",
        "55 mV",
        m=rates(
            3,
            ["exp_linear", "1 1/ms", "-35 mV", "10 mV"],
            ["exp", "4 1/ms", "-60 mV", "-18 mV"],
            **INSTANT,
        ),
        h=rates(
            1,
            ["exp", "0.07 1/ms", "-58 mV", "-20 mV"],
            ["sigmoid", "1 1/ms", "-28 mV", "10 mV"],
            **FAST,
        ),
    ),
    K=channel(
        "9 mS/cm2",
        "-90 mV",
        n=rates(
            4,
            ["exp_linear", "0.1 1/ms", "-34 mV", "10 mV"],
            ["exp", "0.125 1/ms", "-44 mV", "-80 mV"],
            **FAST,
        ),
    ),
    L=LEAK,
)
CONNOR_STEVENS = whole(
    Na=channel(
        m=rates(
            3,
            ["exp_linear", "3.8 1/ms", "-29.7 mV", "10 mV"],
            ["exp", "15.2 1/ms", "-54.7 mV", f"{-1 / 0.0556} mV"],
        ),
        h=rates(
            1,
            ["exp", "0.266 1/ms", "-48 mV", "-20 mV"],
            ["sigmoid", "3.8 1/ms", "-18 mV", "10 mV"],
        ),
    ),
    K=channel(
        n=rates(
            4,
            ["exp_linear", "0.2 1/ms", "-45.7 mV", "10 mV"],
            ["exp", "0.25 1/ms", "-55.7 mV", "-80 mV"],
        )
    ),
    A=channel(
        a={"power": 3, "inf": "connor_stevens_a_inf", "tau": "connor_stevens_a_tau"},
        b={"power": 1, "inf": "connor_stevens_b_inf", "tau": "connor_stevens_b_tau"},
    ),
    L=LEAK,
)
CONSTANT_FIELD = membrane(
    {
        "ions": {"Na": {"valence": 1}, "K": {"valence": 1}},
        "mechanisms": {
            "Na": {
                "type": "gated",
                "ion": "Na",
                "P": "4e-5 cm/s",
                "gates": {"m": opening(**INSTANT)},
            },
            "K": {
                "type": "gated",
                "ion": "K",
                "P": "8e-5 cm/s",
                "gates": {"n": opening(power=2, tau="1 ms")},
            },
            "L": LEAK,
            "pump": {"type": "constant_current", "I_const": "0.5 uA/cm2"},
        },
    }
)
WITH_CALCIUM = membrane(
    {
        "ions": {"Ca": {"valence": 2, "inside": f"{CALCIUM_IN} mmol/L"}},
        "calcium": {"removal_time": "200 ms", "shell": "1 um"},
        "mechanisms": {
            "fast": {
                "type": "gated",
                "ion": "Ca",
                "g": "1 mS/cm2",
                "gates": {"m": opening(**INSTANT)},
            },
            "slow": channel(w=opening(tau={"cosh": "1 ms"})),
            "KCa": channel(c={"follows": "Ca", "K_half": "1 mmol/L", **INSTANT}),
            "L": LEAK,
        },
    }
)


def cosh(V_half, k, middle, width, longest, **more):
    """Return a gate with the time constant longest/cosh((V - middle)/width)."""
    return opening(V_half, k, tau=lambda V: longest / jnp.cosh((V - middle) / width), **more)


EIGHT = whole(
    Na=SODIUM,
    K=POTASSIUM,
    L=LEAK,
    A=channel(
        a=cosh("-50 mV", "15 mV", -50.0, 40.0, 1.5, power=3),
        b=cosh("-70 mV", "-7 mV", -70.0, 60.0, 15.0),
    ),
    M=channel(q=cosh("-35 mV", "9 mV", -35.0, 40.0, 80.0)),
    h=channel(r=cosh("-82 mV", "-8 mV", -80.0, 40.0, 200.0)),
    NaP=channel(s=opening("-50 mV", "5 mV", **INSTANT)),
)


def hodgkin_huxley(p):
    given = {"g_Na": p["g_Na"], "g_K": p["g_K"], "E_Na": p["E_Na"], "E_K": p["E_K"]}
    for gate in ("m_Na", "h_Na", "n_K"):
        given[f"rate_factor_{gate}"] = p.get("phi", 1.0)
        shift = p.get(f"sh_{gate[0]}", 0.0)
        for which in ("alpha", "beta"):
            name = f"midpoint_{which}_{gate}"
            given[name] = default(HODGKIN_HUXLEY, name) + shift
    return given


def morris_lecar(p):
    return {
        "g_fast": p["g_Ca"],
        "E_fast": p["E_Ca"],
        "V_half_m_fast": p["V1"],
        "k_m_fast": p["V2"] / 2,
        "g_slow": p["g_K"],
        "E_slow": p["E_K"],
        "V_half_w_slow": p["V3"],
        "k_w_slow": p["V4"] / 2,
        "tau_max_w_slow": 1 / p["phi"],
    }


def prescott(p):
    names = {"g_Ca": "g_fast", "E_Ca": "E_Na", "V1": "bm", "V2": "gm", "g_K": "g_slow"}
    return morris_lecar(p | {to: p[of] for to, of in (names | {"V3": "bw", "V4": "gw"}).items()})


def persistent_sodium(p):
    named = {"V_half_m_Na": "V_m", "k_m_Na": "k_m", "V_half_n_K": "V_n", "k_n_K": "k_n"}
    named |= {"tau_n_K": "tau"} | {name: name for name in ("g_Na", "E_Na", "g_K", "E_K")}
    return {name: p[of] for name, of in named.items()}


def wang_buzsaki(p):
    same = {name: p[name] for name in ("g_Na", "E_Na", "g_K", "E_K")}
    return same | {"rate_factor_h_Na": p["phi"], "rate_factor_n_K": p["phi"]}


def connor_stevens(p):
    return {name: p[name] for name in ("g_Na", "E_Na", "g_K", "E_K", "g_A", "E_A")}


def constant_field(p):
    same = ("P_Na", "P_K", "Na_in", "Na_out", "K_in", "K_out")
    given = {name: p[name] for name in same}
    given |= {"V_half_m_Na": p["V_m"], "k_m_Na": p["k_m"], "V_half_n_K": p["V_n"]}
    given |= {"k_n_K": p["k_n"], "tau_n_K": p["tau"], "I_const_pump": p["I_pump"]}
    return given | {"temperature": p["T"] - 273.15}


def with_calcium(p):
    given = morris_lecar(p)
    del given["E_fast"]
    kT = 1000 * R / F * (USUAL["temperature"] + 273.15)
    # A current I brings in f I of the model's calcium within the removal time.
    given |= {"Ca_in": CALCIUM_IN, "Ca_out": CALCIUM_IN * exp(2 * p["E_Ca"] / kT)}
    given |= {"removal_time_Ca": 1 / p["eps"], "shell_Ca": 1.0}
    given |= {"free_Ca": p["eps"] * p["f"] * 2 * F / 10}
    return given | {"g_KCa": p["g_KCa"], "E_KCa": p["E_K"], "K_half_c_KCa": p["K_d"]}


def eight(p):
    given = hodgkin_huxley(p)
    given |= {f"g_{name}": p[f"g_{name}"] for name in ("A", "M", "h", "NaP")}
    return given | {"E_A": p["E_K"], "E_M": p["E_K"], "E_h": p["E_h"], "E_NaP": p["E_Na"]}


MODELS = {
    "hh": (HODGKIN_HUXLEY, hodgkin_huxley),
    "ml": (MORRIS_LECAR, morris_lecar),
    "pr": (MORRIS_LECAR, prescott),
    "np": (PERSISTENT_SODIUM, persistent_sodium),
    "wb": (WANG_BUZSAKI, wang_buzsaki),
    "cs": (CONNOR_STEVENS, connor_stevens),
    "ghk": (CONSTANT_FIELD, constant_field),
    "mlca": (WITH_CALCIUM, with_calcium),
    "big": (EIGHT, eight),
}
"""The membrane of a model, and what makes a reference's numbers its parameters."""


def default(cell, name):
    """Return a parameter's default as a number; those that are set anyway are 0."""
    text = cell.parameters[name].default
    return float(text.split()[0]) if isinstance(text, str) else float(text or 0.0)


def values(model, p, **more):
    """Return the value of every parameter of a model's membrane.

    Args:
        model: a key of `MODELS`.
        p: the reference's numbers.
        **more: others, by our names.
    """
    cell, translated = MODELS[model]
    given = {name: default(cell, name) for name in cell.parameters}
    given |= {"capacitance": p["C"], "g_L": p["g_L"], "E_L": p["E_L"]}
    given = given | USUAL | translated(p) | more
    assert given.keys() == cell.parameters.keys()
    return {name: float(value) for name, value in given.items()}
