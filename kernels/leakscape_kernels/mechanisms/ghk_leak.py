"""A constant-field leak of one ion of any valence: I = P z F (c_i B(-u) - c_o B(u))."""

from __future__ import annotations

from leakscape_kernels.mechanisms.mechanism import Mechanism
from leakscape_kernels.mechanisms.pathway import channel
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
