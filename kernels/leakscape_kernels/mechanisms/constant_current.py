"""A current that does not depend on V, such as that of an electrode.

`I_const` is outward positive like every current of the membrane: a current that an electrode
injects into the cell, and that depolarises it, is negative.
"""

from __future__ import annotations

from leakscape_kernels.mechanisms.mechanism import Mechanism, everywhere, never_falling
from leakscape_kernels.mechanisms.pathway import Scaled, steady
from leakscape_kernels.mechanisms.table_entry import Entry


def constant_current(entry: Entry) -> Mechanism:
    """Return the current that a table describes: `I_const`.

    Args:
        entry: what was written: `I_const`, a current density [uA/cm2].

    Returns:
        the mechanism; its current is outward positive [uA/cm2].

    Raises:
        ValueError: a key or value is not one that this type takes.
    """
    entry.known(("I_const",))
    return Mechanism(
        name=entry.name,
        parameters=entry.own({"I_const": None}),
        size=Scaled("I_const"),
        current=steady,
        channel=False,
        rises_to=everywhere,
        least_slope=never_falling,
    )
