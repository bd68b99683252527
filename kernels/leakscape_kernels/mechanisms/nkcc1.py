"""NKCC1, which carries one Na, one K and two Cl in together: no net current.

I_Na = I_K = g kT ln(Na_in K_in Cl_in^2/(Na_out K_out Cl_out^2))/2 with kT = RT/F, and twice that of
Cl with the other sign. In reversal potentials it is g (2 E_Cl - E_Na - E_K)/2.

Limits:
    Linear in the driving force, without saturation; V and phosphorylation take no part. A membrane
    whose solutions are given does not feel it: it moves no net charge.

References:
    Russell JM (2000) Sodium-potassium-chloride cotransport. Physiol Rev 80:211-276.
    doi:10.1152/physrev.2000.80.1.211
"""

from __future__ import annotations

from typing import Any

from leakscape_kernels.formulas.nernst import reversal_potential
from leakscape_kernels.mechanisms.cotransporter import cotransporter
from leakscape_kernels.mechanisms.mechanism import Here, Mechanism
from leakscape_kernels.mechanisms.mechanism_type import MechanismType
from leakscape_kernels.mechanisms.table_entry import Entry


def sodium_current(here: Here) -> Any:
    """Return g (2 E_Cl - E_Na - E_K)/2, the Na that leaves as a current [uA/cm2]."""
    T = here["temperature"]
    E_Na = reversal_potential(1, here["Na_in"], here["Na_out"], T)
    E_K = reversal_potential(1, here["K_in"], here["K_out"], T)
    E_Cl = reversal_potential(-1, here["Cl_in"], here["Cl_out"], T)
    return here["size"] * (E_Cl - 0.5 * (E_Na + E_K))


def nkcc1(entry: Entry) -> Mechanism:
    """Return the cotransporter that a table describes: `g` [mS/cm2]."""
    return cotransporter(entry, {"Na": 1.0, "K": 1.0, "Cl": -2.0}, sodium_current)


NKCC1 = MechanismType(
    build=nkcc1,
    words=__doc__,
    examples=('NKCC1 = { type = "nkcc1", g = "0.01 mS/cm2" }',),
    beside='leak = { type = "ohmic_leak", g = "0.1 mS/cm2", E = "-70 mV" }',
)
"""The type `nkcc1`."""
