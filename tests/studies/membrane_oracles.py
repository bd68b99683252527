"""The membranes of the ready-made studies a second time, in float64 NumPy.

Equilibria are counted, not searched: every sign change of a current on a fine grid of potentials.
Where one conductance enters the current once, each V is the equilibrium of just one value of it,
and the whole curve of equilibria is explicit.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from claims import kT

F = 96485.33212331001  # C/mol; F P c is uA/cm2 for cm/s and mmol/L


def logistic(x):
    return 1 / (1 + np.exp(-x))


def crossings(curve, level):
    """Count how often a curve over the last axis meets each level of a one-dimensional array."""
    return np.array([np.count_nonzero(np.diff(curve > each)) for each in level])


def grid(ds, values, *dims):
    return xr.DataArray(values, dims=dims, coords={dim: ds[dim] for dim in dims if dim in ds})


# Kir and a leak at -20 mV.


def E_K_of(K_out):
    return kT(37) * np.log(K_out / 145.0186220050841)


def kir(V, K_out):
    x = V - E_K_of(K_out)
    return np.sqrt(K_out / 5) * x * logistic(-x / 10)


def kir_counts(ds):
    """Each V in (E_K, -20 mV) is an equilibrium of one leak: g = -I_Kir/(V + 20)."""
    counts = []
    for K_out in ds.K_out.values:
        close = -20 - np.geomspace(1e-9, 0.1, 100)
        V = np.sort(np.append(np.linspace(E_K_of(K_out), -20, 6001)[1:-1], close))
        counts.append(crossings(kir(V, K_out) / (-20 - V), ds.g_leak.values))
    return grid(ds, np.transpose(counts), "g_leak", "K_out")


# The striatal neuron of Gruber et al. (2003).


def msn(V):
    """Return the currents of Kir, Ksi, CaL, leak and s for unit size [mS/cm2, cm/s]."""
    u = 2 * V / kT(19.85)
    calcium = 2 * F * (1e-5 * u / -np.expm1(-u) - 2 * u / np.expm1(u))
    Kir, Ksi = logistic((-111 - V) / 11), logistic((V + 13.5) / 11.8)
    return (V + 90) * Kir, (V + 90) * Ksi, calcium * logistic((V + 35) / 6.1), V + 90, V


def msn_total(V, mu, g_s):
    Kir, Ksi, CaL, leak, s = msn(V)
    return mu * 1.2 * Kir + 0.45 * Ksi + mu * 4.2e-6 * CaL + 0.008 * leak + g_s * s


def msn_counts(ds):
    """Each V below 0 is an equilibrium of one input: g_s = -I/V, in uS/cm2."""
    V = np.arange(-90, 0, 0.0151)
    counts = [crossings(-1000 * msn_total(V, mu, 0) / V, ds.g_s.values) for mu in ds.mu.values]
    return grid(ds, counts, "mu", "g_s")


def population_counts(ds):
    V = np.arange(-95, 5, 0.05) + 0.017
    unit, counts = np.stack(msn(V)), []
    for blocked in ds.blocked_Kir.values / 100:
        sizes = np.stack(
            [
                1.4 * (1 - blocked) * ds.g_Kir,
                ds.g_Ksi,
                1.4 * ds.P_CaL,
                ds.g_leak,
                ds.g_s / 1000,
            ],
            axis=1,
        )
        parts = np.array_split(sizes, 20)
        counts.append(
            np.concatenate([np.count_nonzero(np.diff(p @ unit > 0), axis=1) for p in parts])
        )
    return grid(ds, counts, "blocked_Kir", "cell")


# The cardiac I_K1 of Luo & Rudy (1994) and a leak at -10 mV.


def cardiac(V, K_out):
    x = V - kT(37) * np.log(K_out / 145)
    a = 1.02 * logistic(-0.2385 * (x - 59.215))
    b = 0.49124 * np.exp(0.08032 * (x + 5.476)) + np.exp(0.06175 * (x - 594.31))
    b *= logistic(0.5143 * (x + 4.753))
    return 0.75 * np.sqrt(K_out / 5.4) * x * a / (a + b) + 0.02 * (V + 10)


def cardiac_counts(ds):
    V = np.arange(-140, 0, 0.0101)
    counts = [np.count_nonzero(np.diff(cardiac(V, K_out) > 0)) for K_out in ds.K_out.values]
    return grid(ds, counts, "K_out")


# One equilibrium each.


def warmed(ds):
    T = ds.temperature
    inverse = 1 / (T + 273.15) - 1 / 315.15
    K2P = 10 * (1 - ds.blocked_K2P) * logistic(-150e3 / 8.31446261815324 * inverse)
    E_K, E_Na = kT(T) * np.log(5 / 140), kT(T) * np.log(145 / 15)
    return ((3 + K2P) * E_K + E_Na) / (4 + K2P)


def pumped(ds):
    """Bisect the GHK current of K and Na plus the pump's."""
    pump = ds.I_max_pump / (1 + ds.ouabain_out)
    low, high = pump * 0 - 120.0, pump * 0 + 60.0
    for _ in range(60):
        V = (low + high) / 2
        u = V / kT(37)
        inward = 4e-6 * F * (5 + 0.04 * 145) * u / np.expm1(u)
        outward = 4e-6 * F * (140 + 0.04 * 15) * u / -np.expm1(-u)
        below = outward - inward + pump < 0
        low, high = xr.where(below, V, low), xr.where(below, high, V)
    return V


def calcium(ds):
    """The positive root of Spangler's quadratic (1972), P_K = 1."""
    inside, outside = 140 + 0.04 * 15 + 0.45 * 110, 5 + 0.04 * 145 + 0.45 * 10
    a, b = inside + 4 * ds.P_Ca_over_P_K * 1e-4, inside - outside
    c = outside + 4 * ds.P_Ca_over_P_K * ds.Ca_out
    return kT(37) * np.log(2 * c / (b + np.sqrt(b**2 + 4 * a * c)))


def with_barium(ds):
    E_K = kT(20) * np.log(2.5 / 139)
    g_K = (1 / 28.8) / (1 + (-92 - E_K) / 92)
    g_other, g_Cl = 1 / 28.8 - g_K, xr.where(ds.solution == "chloride", 1 / 3.8 - 1 / 28.8, 0.0)
    open_K = g_K / (1 + ds.Ba_out / 0.1)
    return (open_K * E_K - 92 * g_Cl) / (open_K + g_other + g_Cl)


CURRENTS = {
    "kir_bistability": lambda V, ds: kir(V, ds.K_out) + ds.g_leak * (V + 20),
    "msn_states": lambda V, ds: msn_total(V, ds.mu, ds.g_s / 1000),
    "low_potassium_paradox": lambda V, ds: cardiac(V, ds.K_out),
}
"""The whole current of each membrane with several equilibria [uA/cm2]."""
