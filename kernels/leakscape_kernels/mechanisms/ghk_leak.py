"""A constant-field leak of one ion of any valence (Goldman, Hodgkin and Katz).

I = P z F (c_in B(-u) - c_out B(u)), with u = z F V/(R T) and B(x) = x/(e^x - 1).

Limits:
    Ions cross one by one in a uniform field: none waits for another, and nothing saturates. The ion
    may be missing on one side.

References:
    Goldman DE (1943) Potential, impedance, and rectification in membranes. J Gen Physiol 27:37-60.
    doi:10.1085/jgp.27.1.37
    Hodgkin AL, Katz B (1949) The effect of sodium ions on the electrical activity of the giant axon
    of the squid. J Physiol 108:37-77. doi:10.1113/jphysiol.1949.sp004310
"""

from __future__ import annotations

from leakscape_kernels.mechanisms.channel import channel
from leakscape_kernels.mechanisms.mechanism import Mechanism
from leakscape_kernels.mechanisms.mechanism_type import MechanismType
from leakscape_kernels.mechanisms.table_entry import Entry


def ghk_leak(entry: Entry) -> Mechanism:
    """Return the leak that a table describes: `ion` and `P`.

    Args:
        entry: what was written: `P`, a permeability [cm/s].

    Returns:
        the mechanism; its current is outward positive [uA/cm2].

    Raises:
        ValueError: a key or value is not one that this type takes.
    """
    entry.known(("ion", "P"))
    return channel(entry, "P", {})


GHK_LEAK = MechanismType(
    build=ghk_leak,
    words=__doc__,
    examples=('Kleak = { type = "ghk_leak", ion = "K", P = "1e-7 cm/s" }',),
)
"""The type `ghk_leak`."""
