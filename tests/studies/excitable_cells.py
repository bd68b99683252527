"""The membranes of the studies of excitability, for `active_oracles`: rates, channels and leaks."""

from __future__ import annotations

import numpy as np
from active_oracles import Channel, Gate, Membrane, slope
from claims import kT

F = 96485.33212331001  # C/mol


def rises(x):
    """x/(1 - e^-x), 1 at x = 0."""
    small = np.abs(x) < 1e-6
    harmless = np.where(small, 1.0, x)
    return np.where(small, 1 + x / 2, harmless / (1 - np.exp(-harmless)))


def opens(x):
    return 1 / (1 + np.exp(-x))


def by_rates(alpha, beta, power=1, factor=1.0):
    return Gate(
        lambda V: alpha(V) / (alpha(V) + beta(V)), lambda V: factor * (alpha(V) + beta(V)), power
    )


# The squid axon of Hodgkin & Huxley (1952), potentials in the modern sense.


def squid(factor=1.0):
    m = by_rates(lambda V: rises((V + 40) / 10), lambda V: 4 * np.exp(-(V + 65) / 18), 3, factor)
    h = by_rates(lambda V: 0.07 * np.exp(-(V + 65) / 20), lambda V: opens((V + 35) / 10), 1, factor)
    n = by_rates(
        lambda V: 0.1 * rises((V + 55) / 10), lambda V: 0.125 * np.exp(-(V + 65) / 80), 4, factor
    )
    return Channel(120.0, 50.0, {"m": m, "h": h}), Channel(36.0, -77.0, {"n": n})


def ohmic(g, E):
    return lambda V: g * (V - E), lambda V: g + 0 * V


def squid_with_leak(g, E, factor=1.0):
    return Membrane(squid(factor), *ohmic(g, E))


# The cortical cell of Brette et al. (2007): rates of Traub & Miles (1991), shifted by -63 mV.


def inactivation(shift=0.0):
    """Return alpha and beta of h, shifted as a whole [1/ms]."""
    return (
        lambda V: 0.128 * np.exp(-(V - shift + 46) / 18),
        lambda V: 4 * opens((V - shift + 23) / 5),
    )


def available(V, shift=0.0):
    """Return the share of Na channels that are not inactivated [1]."""
    alpha, beta = inactivation(shift)
    return alpha(V) / (alpha(V) + beta(V))


def cortical(E_Na, E_K, g_K=30.0, factor=1.0, shift=0.0):
    m = by_rates(
        lambda V: 1.28 * rises((V + 50) / 4), lambda V: 1.4 * rises(-(V + 23) / 5), 3, factor
    )
    h = by_rates(*inactivation(shift), 1, factor)
    n = by_rates(
        lambda V: 0.16 * rises((V + 48) / 5), lambda V: 0.5 * np.exp(-(V + 53) / 40), 4, factor
    )
    return Channel(100.0, E_Na, {"m": m, "h": h}), Channel(g_K, E_K, {"n": n})


def closing(blocked, g_KV=30.0, shift=0.0):
    """The cell of potassium_leak_block with spikes, part of its K leak closed."""
    K, Na = 0.065 * (1 - blocked), 0.01
    leak = ohmic(K + Na, (-90 * K + 60 * Na) / (K + Na))
    return Membrane(cortical(60.0, -90.0, g_KV, shift=shift), *leak)


def unselective(ratio, P_K):
    """The cell of selectivity_loss with spikes."""
    E_K, E_Na = kT(37) * np.log(5 / 140), kT(37) * np.log(145 / 15)
    inside, outside = P_K * F * (140 + 15 * ratio), P_K * F * (5 + 145 * ratio)

    def leak(V):
        return inside * rises(V / kT(37)) - outside * rises(-V / kT(37))

    return Membrane(cortical(E_Na, E_K), leak, lambda V: slope(leak, V))


def open_K2P(temperature):
    return opens(-150e3 / 8.31446261815324 * (1 / (temperature + 273.15) - 1 / 315.15))


def warmed(temperature, g_K=0.03, g_K2P=0.1, Q10=3.0):
    """The cell of k2p_warming with spikes."""
    E_K, E_Na = kT(temperature) * np.log(5 / 140), kT(temperature) * np.log(145 / 15)
    K, Na = g_K + g_K2P * open_K2P(temperature), 0.01
    leak = ohmic(K + Na, (E_K * K + E_Na * Na) / (K + Na))
    return Membrane(cortical(E_Na, E_K, factor=Q10 ** ((temperature - 36) / 10)), *leak)


# Prescott et al. (2008), doi:10.1371/journal.pcbi.1000198.


def prescott(beta_w, g_leak, g_K=0.0):
    w = Gate(lambda V: opens((V - beta_w) / 5), lambda V: 0.15 * np.cosh((V - beta_w) / 20))
    fast = Channel(20.0, 50.0, {}, lambda V: opens((V + 1.2) / 9))
    g, E = g_leak + g_K, (-70 * g_leak - 100 * g_K) / (g_leak + g_K)
    return Membrane((fast, Channel(20.0, -100.0, {"w": w})), *ohmic(g, E), C=2.0)
