"""The published cells with a leak of each ion and a pump, as membranes.

References:
    Kay AR (2017) Front Cell Dev Biol 5:41. doi:10.3389/fcell.2017.00041
    Gabbiani F, Cox SJ (2017) Mathematics for Neuroscientists, 2nd ed. Academic Press.
    ISBN 978-0-12-801895-8
"""

from __future__ import annotations

from typing import Any

from leakscape_kernels.constants import MILLIVOLT_PER_KELVIN, T0

LEAKS = ("conductance", "permeability")
"""How the leaks are described."""

_KAY = "Kay (2017), doi:10.3389/fcell.2017.00041"
_NAKDYN = "NaKdyn.m of Gabbiani & Cox (2017)"
SOURCES = {"conductance": _KAY, "permeability": _NAKDYN}

_BATH = {
    "conductance": {"Na_out": 147.0, "K_out": 3.0, "Cl_out": 150.0, "X_out": 0.0},
    "permeability": {"Na_out": 116.0, "K_out": 4.0, "Cl_out": 120.0, "X_out": 68.0},
}
_SIZE = {
    "conductance": {"g_Na": 0.01, "g_K": 0.3, "g_Cl": 0.2, "g_KCC2": 0.0},
    "permeability": {"P_Na": 5e-7, "P_K": 5e-5, "P_Cl": 5e-3},
}
_THERMAL = {"conductance": 25.69, "permeability": 25.8}
"""RT/F of the published cells [mV]."""

_SPHERE = {"area": 314.1592653589793, "n_X": 26.179938779914945, "valence_X": -1.0}
"""A sphere of 5 um radius with 50 mmol/L of impermeant solutes to begin with."""


def table(leaks: str, law: str) -> dict[str, Any]:
    """Return the membrane of leaks and a pump that a user may write too, without numbers.

    Args:
        leaks: one of `LEAKS`.
        law: the pump's rate law.
    """
    kind = {"conductance": "ohmic_leak", "permeability": "ghk_leak"}[leaks]
    ions = {"Na": {"valence": 1}, "K": {"valence": 1}, "Cl": {"valence": -1}}
    mechanisms: dict[str, Any] = {ion: {"type": kind, "ion": ion} for ion in ions}
    if leaks == "conductance":
        mechanisms["KCC2"] = {"type": "kcc2"}
    mechanisms["pump"] = {"type": "sodium_potassium_pump", "law": law}
    return {"ions": ions, "mechanisms": mechanisms}


def numbers(leaks: str, law: str) -> dict[str, tuple[float, str]]:
    """Return the numbers of the published cell and their sources [the symbol's unit]."""
    rows = {"temperature": _THERMAL[leaks] / MILLIVOLT_PER_KELVIN - T0}
    rows |= _BATH[leaks] | _SIZE[leaks] | _SPHERE
    found = {name: (value, SOURCES[leaks]) for name, value in rows.items()}
    return found | ({"I_max_pump": (0.5, _KAY)} if law == "constant" else {})
