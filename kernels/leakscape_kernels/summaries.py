"""What each kernel and mechanism is, in a line: a list needs no JAX, which takes a second.

The tests hold every line to the kernel's own declaration.
"""

_REST = "V_rest [mV] resting potential, inside minus outside"

SUMMARIES = {
    "charging": "V [mV] membrane potential, inside minus outside",
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
    "spiking": "rate [Hz] firing rate in the second half of the step, "
    "latency [ms] time from the start of the step to the first spike, "
    "amplitude [mV] highest less lowest potential of the last spike",
}
"""Kernel -> its headline outputs [unit] and what they are."""

MECHANISM_SUMMARIES = {
    "constant_current": "A current that does not depend on V, such as that of an electrode.",
    "gated": "A channel behind gates that follow V or calcium: ohmic, or by the constant field.",
    "ghk_leak": "A constant-field leak of one ion of any valence (Goldman, Hodgkin and Katz).",
    "k2p": "A K2P channel that opens with temperature: ohmic (g) or an open rectifier (P).",
    "kcc2": "KCC2, which carries one K and one Cl out together: no net current.",
    "kir": "The inward rectifier: a conductance that closes on depolarisation.",
    "nkcc1": "NKCC1, which carries one Na, one K and two Cl in together: no net current.",
    "ohmic_leak": "An ohmic leak: a conductance that follows neither V nor the solutions.",
    "proton_pump": "The proton pump of plants and fungi as a cycle of two states.",
    "sodium_potassium_pump": "The sodium-potassium pump: 3 Na out and 2 K in for one ATP.",
}
"""Type of mechanism -> the first line of its own words."""
