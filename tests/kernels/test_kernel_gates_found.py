"""Every equilibrium of random membranes with gates is found: none missed, none made up."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from quick import quick

from leakscape_kernels.membrane.equilibrium import equilibrium

MIDDLE = {"V_half": "0 mV", "k": "5 mV", "tau": "1 ms"}
NUMBER = 1000


def channel(E, **gates):
    return {"type": "gated", "g": "1 mS/cm2", "E": f"{E} mV", "gates": gates}


CELL = {
    "mechanisms": {
        "Na": channel(50, m={"power": 3} | MIDDLE, h=MIDDLE),
        "K": channel(-90, n={"power": 4} | MIDDLE),
        "A": channel(-90, a={"power": 3} | MIDDLE, b=MIDDLE),
        "P": channel(50, p=MIDDLE),
        "leak": {"type": "ohmic_leak", "g": "0.1 mS/cm2", "E": "-65 mV"},
    }
}
WITHIN = {
    "V_half_m_Na": (-50, -15),
    "k_m_Na": (3.3, 12),
    "V_half_h_Na": (-75, -30),
    "k_h_Na": (-12, -3.3),
    "V_half_n_K": (-60, -5),
    "k_n_K": (3.3, 20),
    "V_half_a_A": (-70, -30),
    "k_a_A": (3.3, 20),
    "V_half_b_A": (-90, -50),
    "k_b_A": (-10, -3.3),
    "V_half_p_P": (-65, -35),
    "k_p_P": (3.3, 8),
    "E_leak": (-90, -40),
    "E_Na": (45, 65),
    "E_P": (45, 65),
    "E_K": (-95, -75),
    "E_A": (-95, -75),
}
"""Where the numbers are drawn from, evenly [mV]: gates as steep as 3.3 mV, cells 4.7 mV wide."""
SIZES = {
    "g_Na": (1, 300),
    "g_K": (1, 100),
    "g_A": (0.1, 100),
    "g_P": (0.01, 3),
    "g_leak": (0.02, 3),
}
"""Likewise, evenly in the logarithm [mS/cm2]."""


def drawn(seed):
    random = np.random.default_rng(seed)
    found = {name: random.uniform(*ends, NUMBER) for name, ends in WITHIN.items()}
    found |= {n: np.exp(random.uniform(*np.log(ends), NUMBER)) for n, ends in SIZES.items()}
    found["g_A"][random.random(NUMBER) < 0.5] = 0.0
    return found | {"I_app": random.choice([-5.0, 0.0, 1.0, 5.0, 20.0], NUMBER)}


def current(given, V):
    """The steady current of one cell in NumPy [uA/cm2]."""

    def x(name):
        with np.errstate(over="ignore"):
            return 1 / (1 + np.exp(-(V - given[f"V_half_{name}"]) / given[f"k_{name}"]))

    Na = given["g_Na"] * x("m_Na") ** 3 * x("h_Na") * (V - given["E_Na"])
    K = given["g_K"] * x("n_K") ** 4 * (V - given["E_K"])
    A = given["g_A"] * x("a_A") ** 3 * x("b_A") * (V - given["E_A"])
    P = given["g_P"] * x("p_P") * (V - given["E_P"])
    return Na + K + A + P + given["g_leak"] * (V - given["E_leak"]) - given["I_app"]


@pytest.mark.slow
def test_every_equilibrium_of_a_thousand_random_neurons_is_found(double):
    given = drawn(17)
    kernel = equilibrium(membrane=CELL).keeping(("n_equilibria", "V_equilibrium", "status"))
    rest = {name: kernel._default(name) for name in kernel.parameters if name not in given}

    @quick
    @jax.vmap
    def solved(values):
        found = kernel(**rest | values)
        return {name: found[name] for name in ("n_equilibria", "V_equilibrium", "status")}

    found = {name: np.asarray(value) for name, value in solved(given).items()}
    # Far out, with a small leak and a current injected, there is nothing but the leak's slope.
    far = np.arange(-1000.0, -150.0), np.arange(101.0, 1000.0)
    V = np.concatenate([far[0], np.linspace(-150.0, 100.0, 25_001), far[1]])
    several = 0
    for i in range(NUMBER):
        at = current({name: value[i] for name, value in given.items()}, V)
        left = np.flatnonzero(np.signbit(at[1:]) != np.signbit(at[:-1]))
        assert found["n_equilibria"][i] == left.size
        assert found["status"][i] in (1, 2, 6)  # with a remark or not
        places = found["V_equilibrium"][i][: left.size]
        assert ((V[left] <= places) & (places <= V[left + 1])).all()
        several += left.size > 1
    assert several > NUMBER / 10
