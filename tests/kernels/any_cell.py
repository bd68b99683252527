"""Cells with a Kir, a K2P or a gated K channel, written out by hand for SciPy: an oracle."""

import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

FARADAY = 96485.33212331001  # C/mol
GAS = 8.31446261815324  # J/mol/K
BATH = {"Na": 145.0, "K": 5.0, "Cl": 110.0, "X": 35.0}
AREA, AMOUNT, CAPACITANCE = 1000.0, 300.0, 1.0  # um2, fmol, uF/cm2
START = {"Na": 15.0, "Cl": 8.0}
KT = 1000 * GAS * 310.15 / FARADAY
RATE = 10 * AREA / FARADAY  # fmol/s of 1 uA/cm2

IONS = {
    "Na": {"valence": 1, "inside": "15 mmol/L", "outside": "145 mmol/L"},
    "K": {"valence": 1, "outside": "5 mmol/L"},
    "Cl": {"valence": -1, "inside": "8 mmol/L", "outside": "110 mmol/L"},
}
USUAL = {
    "Na": {"type": "ohmic_leak", "ion": "Na", "g": "0.01 mS/cm2"},
    "Cl": {"type": "ohmic_leak", "ion": "Cl", "g": "0.02 mS/cm2"},
    "leak": {"type": "ohmic_leak", "ion": "K", "g": "0.01 mS/cm2"},
    "pump": {"type": "sodium_potassium_pump", "law": "hill", "I_max": "2 uA/cm2"},
}
KIR = {"type": "kir", "ion": "K", "g": "0.2 mS/cm2", "V_shift": "-10 mV", "k": "10 mV"}
KIR |= {"K_ref": "5 mmol/L"}
TREK = {"type": "k2p", "ion": "K", "P": "1e-5 cm/s", "T_half": "42 degC", "dH": "150 kJ/mol"}
GATE = {"power": 1, "V_half": "-40 mV", "k": "8 mV", "tau": "50 ms"}
GATED = {"type": "gated", "ion": "K", "g": "0.3 mS/cm2", "gates": {"m": GATE}}


def membrane(**more):
    """A table of leaks, a pump and what is added."""
    return {"ions": IONS, "mechanisms": USUAL | more}


def kir(V, K):
    E = KT * np.log(BATH["K"] / K)
    return 0.2 * np.sqrt(BATH["K"] / 5) / (1 + np.exp((V - (E - 10)) / 10)) * (V - E)


def trek(V, K):
    open_ = 1 / (1 + np.exp(150e3 / GAS * (1 / 310.15 - 1 / 315.15)))
    u = V / KT
    u = u if abs(u) > 1e-9 else 1e-9
    return 1e-5 * open_ * FARADAY * u * (K - BATH["K"] * np.exp(-u)) / (1 - np.exp(-u))


def gated(V, K):
    E = KT * np.log(BATH["K"] / K)
    return 0.3 / (1 + np.exp(-(V + 40) / 8)) * (V - E)


LAWS = {"Kir": (KIR, kir), "TREK": (TREK, trek), "M": (GATED, gated)}
"""A channel as a table, and its current at V and K inside."""


class Cell:
    """The equations of one cell; `channel` is the law of its K channel."""

    def __init__(self, channel, working=1.0, z=-1.0):
        self.channel, self.working, self.z = channel, working, z

    def inside(self, na, k):
        cl = na + k + self.z * AMOUNT
        water = (na + k + cl + AMOUNT) / sum(BATH.values())
        return na / water, k / water, cl / water, water

    def currents(self, V, Na, K, Cl):
        """Of Na, K and Cl, outward [uA/cm2]."""
        pump = 2 * self.working * (5 / 7) ** 2 * (Na / (Na + 10)) ** 3
        sodium = 0.01 * (V - KT * np.log(BATH["Na"] / Na)) + 3 * pump
        potassium = 0.01 * (V - KT * np.log(BATH["K"] / K)) + self.channel(V, K) - 2 * pump
        return sodium, potassium, 0.02 * (V - KT * np.log(Cl / BATH["Cl"]))

    def potential(self, Na, K, Cl):
        """The only zero of the current between -200 and 100 mV."""
        return brentq(lambda V: sum(self.currents(V, Na, K, Cl)), -200, 100, xtol=1e-12)

    def slope(self, _, y):
        at = self.inside(*y)[:3]
        sodium, potassium, _ = self.currents(self.potential(*at), *at)
        return [-RATE * sodium, -RATE * potassium]

    def charging(self, _, y):
        """The same with the potential as a third variable [mV/s]."""
        at = self.inside(*y[:2])[:3]
        sodium, potassium, chloride = self.currents(y[2], *at)
        total = sodium + potassium + chloride
        return [-RATE * sodium, -RATE * potassium, -1000 * total / CAPACITANCE]

    def run(self, start, times):
        """Amounts of Na and K at each time."""
        # Far below the 2e-5 to which our course is held.
        found = solve_ivp(self.slope, (0, times[-1]), start, "LSODA", times, rtol=1e-10, atol=1e-10)
        assert found.success
        return found.y.T

    def start(self):
        """Amounts that go with the table's `inside`, in osmotic equilibrium."""
        Na, Cl = START["Na"], START["Cl"]
        total = sum(BATH.values())
        K = ((1 + self.z) * Cl - self.z * total) / (1 - self.z) - Na
        water = AMOUNT / (total - Na - K - Cl)
        return Na * water, K * water
