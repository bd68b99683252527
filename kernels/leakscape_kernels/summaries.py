"""What each kernel is asked for, in a line: a list of kernels needs no JAX, which takes a second.

The tests hold every line to the kernel's own declaration.
"""

_REST = "V_rest [mV] resting potential, inside minus outside"

SUMMARIES = {
    "chord_conductance": _REST,
    "donnan": _REST,
    "equilibrium": _REST,
    "flicker": "V_mean [mV] mean potential with the channels' flicker",
    "flicker_traces": "V [mV] membrane potential, inside minus outside",
    "ghk_current": "I [uA/cm2] current density, outward positive",
    "ghk_voltage": _REST,
    "membrane_current": "I_total [uA/cm2] total current density, outward positive",
    "nernst": "E [mV] reversal potential",
    "pump_leak": "V [mV] membrane potential, inside minus outside",
    "pump_leak_rest": _REST,
    "resting_cost": "atp_rate [1/s] ATP that a cell spends on its pumps",
}
"""Kernel -> its headline outputs [unit] and what they are."""
