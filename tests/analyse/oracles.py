"""Where a rest crosses a level, solved for each parameter by hand: GHK without Cl, and chord."""

from __future__ import annotations

from math import exp, log

R, F = 8.31446261815324, 96485.33212331001
"""Gas constant [J/(mol K)] and Faraday's constant [C/mol], CODATA 2018."""
KELVIN = 273.15


def slope(celsius: float) -> float:
    """RT/F [mV]."""
    return 1000.0 * R * (celsius + KELVIN) / F


def open_ratio(V: float, celsius: float, K_out: float) -> float:
    """P_Na over the P_K that is open, from V = RT/F ln((Ko + a Nao)/(Ki + a Nai))."""
    ratio = exp(V / slope(celsius))
    return (140.0 * ratio - K_out) / (145.0 - 15.0 * ratio)


def ghk_blocked(V: float, P: float, celsius: float, K_out: float) -> float:
    return 1.0 - P / open_ratio(V, celsius, K_out)


def ghk_ratio(V: float, blocked: float, celsius: float, K_out: float) -> float:
    return open_ratio(V, celsius, K_out) * (1.0 - blocked)


def ghk_K_out(V: float, blocked: float, P: float, celsius: float) -> float:
    a, ratio = P / (1.0 - blocked), exp(V / slope(celsius))
    return ratio * (140.0 + a * 15.0) - a * 145.0


def ghk_celsius(V: float, blocked: float, P: float, K_out: float) -> float:
    a = P / (1.0 - blocked)
    inside = log((K_out + a * 145.0) / (140.0 + a * 15.0))
    return V * F / (1000.0 * R * inside) - KELVIN


def chord_blocked(V: float, E_K: float, E_Na: float, g_K: float, g: float, E: float) -> float:
    """Block of g_K [g_Na] at which three leaks balance: a K leak, a Na leak of 1, and another."""
    return 1.0 - ((E_Na - V) + g * (E - V)) / (g_K * (V - E_K))
