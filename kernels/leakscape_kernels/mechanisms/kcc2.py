"""KCC2, which carries one K and one Cl out together: no net current.

I_K = g (E_Cl - E_K), and the same of Cl inward as a current. It stands still where both ions have
one reversal potential.

Limits:
    Linear in the driving force, without saturation; V, pH and phosphorylation take no part. A
    membrane whose solutions are given does not feel it: it moves no net charge.

References:
    Düsterwald KM et al. (2018) Biophysical models reveal the relative importance of transporter
    proteins and impermeant anions in chloride homeostasis. eLife 7:e39575. doi:10.7554/eLife.39575
"""

from __future__ import annotations

from typing import Any

from leakscape_kernels.formulas.nernst import reversal_potential
from leakscape_kernels.mechanisms.cotransporter import cotransporter
from leakscape_kernels.mechanisms.mechanism import Here, Mechanism
from leakscape_kernels.mechanisms.mechanism_type import MechanismType
from leakscape_kernels.mechanisms.table_entry import Entry


def potassium_current(here: Here) -> Any:
    """Return g (E_Cl - E_K), the K that leaves as a current [uA/cm2]."""
    T = here["temperature"]
    E_K = reversal_potential(1, here["K_in"], here["K_out"], T)
    E_Cl = reversal_potential(-1, here["Cl_in"], here["Cl_out"], T)
    return here["size"] * (E_Cl - E_K)


def kcc2(entry: Entry) -> Mechanism:
    """Return the cotransporter that a table describes: `g` [mS/cm2]."""
    return cotransporter(entry, {"K": 1.0, "Cl": -1.0}, potassium_current)


KCC2 = MechanismType(
    build=kcc2,
    words=__doc__,
    examples=('KCC2 = { type = "kcc2", g = "0.02 mS/cm2" }',),
    beside='leak = { type = "ohmic_leak", g = "0.1 mS/cm2", E = "-70 mV" }',
)
"""The type `kcc2`."""
