"""KCC2, which carries one K and one Cl out together: no net current.

I_K = g (E_Cl - E_K), and the same of Cl with the other sign. It stands still where both ions have
one reversal potential.

Limits:
    Linear in the driving force, without saturation; V, pH and phosphorylation take no part. Where
    the solutions are given nothing follows from it: it moves no net charge.

References:
    Düsterwald KM et al. (2018) Biophysical models reveal the relative importance of transporter
    proteins and impermeant anions in chloride homeostasis. eLife 7:e39575. doi:10.7554/eLife.39575
"""

from __future__ import annotations

from leakscape_kernels.mechanisms import cotransport
from leakscape_kernels.mechanisms.cotransported import cotransported
from leakscape_kernels.mechanisms.mechanism import Mechanism
from leakscape_kernels.mechanisms.mechanism_type import MechanismType
from leakscape_kernels.mechanisms.table_entry import Entry


def kcc2(entry: Entry) -> Mechanism:
    """Return the cotransporter that a table describes.

    Args:
        entry: what was written: `g` [mS/cm2].

    Returns:
        the mechanism; it has no net current.

    Raises:
        ValueError: a key is not one that this type takes, or the membrane lacks an ion.
    """
    return cotransported(entry, cotransport.KCC2)


KCC2 = MechanismType(
    build=kcc2,
    words=__doc__,
    examples=('KCC2 = { type = "kcc2", g = "0.02 mS/cm2" }',),
    beside='leak = { type = "ohmic_leak", g = "0.1 mS/cm2", E = "-70 mV" }',
)
"""The type `kcc2`."""
