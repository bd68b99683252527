"""A constant-field leak of one ion of any valence: I = P z F (c_i B(-u) - c_o B(u))."""

from __future__ import annotations

from leakscape_kernels.mechanisms.mechanism import Mechanism
from leakscape_kernels.mechanisms.pathway import channel
from leakscape_kernels.mechanisms.table_entry import Entry


def ghk_leak(entry: Entry) -> Mechanism:
    """Return the leak that a table describes: `ion` and `P`."""
    entry.known(("ion", "P"))
    return channel(entry, "P", {})
