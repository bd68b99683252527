"""Calcium that a current brings in and that opens a channel: against the system written out."""

from __future__ import annotations

import json
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import brentq, root

from leakscape_kernels.constants import F
from leakscape_kernels.membrane.equilibrium import equilibrium, membrane_current
from leakscape_kernels.membrane.gating import Gating
from leakscape_kernels.membrane.membrane import membrane

pytestmark = pytest.mark.usefixtures("double")

HERE = Path(__file__)
TOLD = json.loads(HERE.with_name("reference_excitability.json").read_text(encoding="utf-8"))
MLCA = next(entry for entry in TOLD if entry["id"] == "mlca_a_0_I")
KEPT = ("V_equilibrium", "n_equilibria")


def numbers(cell, **values):
    """Return every parameter of a membrane as a number."""
    found = {}
    for name, row in cell.parameters.items():
        text = row.default
        found[name] = float(text.split()[0]) if isinstance(text, str) else text
    return {name: jnp.asarray(float(value)) for name, value in (found | values).items()}


def barnacle(calcium):
    """Morris and Lecar's fibre with a K current that Ca opens, as a membrane's table."""
    given = calcium["parameters"]

    def middle(V, double_k):
        return {"V_half": f"{V} mV", "k": f"{double_k / 2} mV"}

    # c is counted in units of K_d, here 1 mmol/L; Ca in is too little to count, and the solutions
    # are those with a Nernst potential of E_Ca. Ca comes in by f I_Ca in 1/eps ms.
    slow = {"tau": {"cosh": "1 ms"}, "rate_factor": given["phi"]}
    follows = {"follows": "Ca", "K_half": f"{given['K_d']} mmol/L", "instant": True}
    kT = 8.31446261815324 * 310.15 / 96485.33212 * 1000
    inside = 1e-12
    outside = inside * float(np.exp(2 * given["E_Ca"] / kT))
    gain = 10.0 / (2 * F)  # mmol/L for 1 uA/cm2, 1 ms and 1 um
    shell = gain / given["eps"] / given["f"]
    return {
        "capacitance": f"{given['C']} uF/cm2",
        "temperature": "37 degC",
        "ions": {
            "Ca": {"valence": 2, "inside": f"{inside} mmol/L", "outside": f"{outside!r} mmol/L"}
        },
        "calcium": {"removal_time": f"{1 / given['eps']} ms", "shell": f"{shell!r} um"},
        "mechanisms": {
            "CaL": {
                "type": "gated",
                "ion": "Ca",
                "g": f"{given['g_Ca']} mS/cm2",
                "gates": {"m": middle(given["V1"], given["V2"]) | {"instant": True}},
            },
            "K": {
                "type": "gated",
                "E": f"{given['E_K']} mV",
                "g": f"{given['g_K']} mS/cm2",
                "gates": {"w": middle(given["V3"], given["V4"]) | slow},
            },
            "KCa": {
                "type": "gated",
                "E": f"{given['E_K']} mV",
                "g": f"{given['g_KCa']} mS/cm2",
                "gates": {"c": follows},
            },
            "leak": {
                "type": "ohmic_leak",
                "E": f"{given['E_L']} mV",
                "g": f"{given['g_L']} mS/cm2",
            },
        },
    }


def barnacle_in_time(state, given, I_app=0.0):
    """dV/dt, dw/dt, dc/dt of the same written out [mV/ms, 1/ms, 1/ms]."""
    V, w, c = state
    m = (1 + np.tanh((V - given["V1"]) / given["V2"])) / 2
    rest = (1 + np.tanh((V - given["V3"]) / given["V4"])) / 2
    rate = given["phi"] * np.cosh((V - given["V3"]) / (2 * given["V4"]))
    I_Ca = given["g_Ca"] * m * (V - given["E_Ca"])
    K = given["g_K"] * w + given["g_KCa"] * c / (c + given["K_d"])
    current = I_Ca + K * (V - given["E_K"]) + given["g_L"] * (V - given["E_L"])
    return np.array(
        [
            (I_app - current) / given["C"],
            rate * (rest - w),
            given["eps"] * (-given["f"] * I_Ca - c),
        ]
    )


def steady_state(V, given):
    m = (1 + np.tanh((V - given["V1"]) / given["V2"])) / 2
    c = -given["f"] * given["g_Ca"] * m * (V - given["E_Ca"])
    return np.array([V, (1 + np.tanh((V - given["V3"]) / given["V4"])) / 2, c])


def growth(V, given):
    """The largest real part of an eigenvalue at the equilibrium at V, by differences [1/ms]."""
    at, step = steady_state(V, given), 1e-5
    columns = [
        (barnacle_in_time(at + d, given) - barnacle_in_time(at - d, given)) / (2 * step)
        for d in step * np.eye(3)
    ]
    return np.linalg.eigvals(np.array(columns).T).real.max()


def test_current_at_the_hopf_point_of_a_membrane_whose_k_follows_calcium(evaluate):
    given = MLCA["parameters"]
    V = brentq(lambda at: growth(at, given), -45.0, -20.0, xtol=1e-12)
    kernel = membrane_current(membrane=barnacle(MLCA))
    found = evaluate(kernel, ("I_total", "status"), V=V)
    assert found["status"] == 1
    # Differences of step 1e-5 place the event to about 1e-9 mV.
    assert found["I_total"] == pytest.approx(MLCA["value"], rel=1e-8)


def test_motion_of_a_membrane_with_calcium_is_the_one_written_out():
    given, cell = MLCA["parameters"], membrane(barnacle(MLCA))
    gates = Gating(cell.at(numbers(cell, I_app=30.0)))
    for V, w, c in jnp.array([(-30.0, 0.2, 0.4), (10.0, 0.9, 2.0), (-70.0, 0.0, 1e-3)]):
        dV, dw, dc = barnacle_in_time((V, w, c), given, 30.0)
        (steady,), (rate,) = gates.steady(V, c), gates.rates(V, c)
        found = [
            -float(gates.current(V, [w], c)) / given["C"],
            float(rate * (steady - w)),
            float(gates.change_of_calcium(V, [w], c)),
        ]
        np.testing.assert_allclose(found, [dV, dw, dc], rtol=1e-9, atol=1e-14)


@pytest.mark.slow
@pytest.mark.parametrize("I_app", [0.0, 20.0, MLCA["value"]])
def test_equilibrium_with_a_pool_of_calcium_is_the_root_of_the_whole_system(evaluate, I_app):
    given = MLCA["parameters"]
    kernel = equilibrium(membrane=barnacle(MLCA))
    found = evaluate(kernel, KEPT, I_app=I_app)

    def left(V):
        return barnacle_in_time(steady_state(V, given), given, I_app)[0]

    scan = np.linspace(-100.0, 60.0, 4001)
    at = np.array([left(V) for V in scan])
    starts = scan[np.flatnonzero(np.sign(at[1:]) != np.sign(at[:-1]))]
    assert found["n_equilibria"] == len(starts)
    for V, start in zip(found["V_equilibrium"], starts, strict=False):
        solved = root(barnacle_in_time, steady_state(start, given), args=(given, I_app), tol=1e-14)
        assert np.abs(barnacle_in_time(solved.x, given, I_app)).max() < 1e-11
        # What is left over, over the least slope of about 5e-3/ms, places SciPy's root.
        assert abs(V - solved.x[0]) < 1e-8
