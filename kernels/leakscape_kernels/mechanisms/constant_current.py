"""A current that does not depend on V, such as that of an electrode.

I = I_const, outward positive like every current of the membrane: a current that an electrode
injects into the cell, and that depolarises it, is negative.

Limits:
    It needs a channel beside it, for nothing brings V back to where it alone could rest.
"""

from __future__ import annotations

from leakscape_kernels.mechanisms.channel import Size
from leakscape_kernels.mechanisms.mechanism import Mechanism, everywhere, never_falling
from leakscape_kernels.mechanisms.mechanism_type import MechanismType
from leakscape_kernels.mechanisms.pathway import STEADY
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
        size=Size("I_const"),
        current=STEADY,
        channel=False,
        rises_to=everywhere,
        least_slope=never_falling,
    )


CONSTANT_CURRENT = MechanismType(
    build=constant_current,
    words=__doc__,
    examples=('electrode = { type = "constant_current", I_const = "-0.5 uA/cm2" }',),
    beside='leak = { type = "ohmic_leak", g = "0.1 mS/cm2", E = "-70 mV" }',
)
"""The type `constant_current`."""
