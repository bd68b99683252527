"""An ohmic leak: I = g (V - E), with E of an ion or fixed."""

from __future__ import annotations

from leakscape_kernels.mechanisms.mechanism import Mechanism
from leakscape_kernels.mechanisms.pathway import channel
from leakscape_kernels.mechanisms.table_entry import Entry


def ohmic_leak(entry: Entry) -> Mechanism:
    """Return the leak that a table describes: `g`, and `E` or `ion`."""
    entry.known(("ion", "E", "g"))
    return channel(entry, "g", {})
