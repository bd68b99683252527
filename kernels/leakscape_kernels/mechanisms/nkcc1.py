"""NKCC1, which carries one Na, one K and two Cl in together: no net current.

I_Na = I_K = g (2 E_Cl - E_Na - E_K), and twice that of Cl with the other sign. It stands still
where E_Cl is the mean of E_Na and E_K.

Limits:
    Linear in the driving force, without saturation; V and phosphorylation take no part. Where the
    solutions are given nothing follows from it: it moves no net charge.

References:
    Østby I et al. (2009) Astrocytic mechanisms explaining neural-activity-induced shrinkage of
    extraneuronal space. PLoS Comput Biol 5:e1000272. doi:10.1371/journal.pcbi.1000272
"""

from __future__ import annotations

from leakscape_kernels.mechanisms import cotransport
from leakscape_kernels.mechanisms.cotransported import cotransported
from leakscape_kernels.mechanisms.mechanism import Mechanism
from leakscape_kernels.mechanisms.mechanism_type import MechanismType
from leakscape_kernels.mechanisms.table_entry import Entry


def nkcc1(entry: Entry) -> Mechanism:
    """Return the cotransporter that a table describes.

    Args:
        entry: what was written: `g` [mS/cm2].

    Returns:
        the mechanism; it has no net current.

    Raises:
        ValueError: a key is not one that this type takes, or the membrane lacks an ion.
    """
    return cotransported(entry, cotransport.NKCC1)


NKCC1 = MechanismType(
    build=nkcc1,
    words=__doc__,
    examples=('NKCC1 = { type = "nkcc1", g = "0.01 mS/cm2" }',),
    beside='leak = { type = "ohmic_leak", g = "0.1 mS/cm2", E = "-70 mV" }',
)
"""The type `nkcc1`."""
