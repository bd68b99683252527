"""An ohmic leak: a conductance that follows neither V nor the solutions.

I = g (V - E), with E of an ion or fixed.

Limits:
    Where the solutions are unequal a real open channel rectifies (see ghk_leak). With an ion, that
    ion must be on both sides.

References:
    Hodgkin AL, Huxley AF (1952) A quantitative description of membrane current and its application
    to conduction and excitation in nerve. J Physiol 117:500-544.
    doi:10.1113/jphysiol.1952.sp004764
"""

from __future__ import annotations

from leakscape_kernels.mechanisms.channel import channel
from leakscape_kernels.mechanisms.mechanism import Mechanism
from leakscape_kernels.mechanisms.mechanism_type import MechanismType
from leakscape_kernels.mechanisms.table_entry import Entry


def ohmic_leak(entry: Entry) -> Mechanism:
    """Return the leak that a table describes: `g`, and `E` or `ion`.

    Args:
        entry: what was written: `g` [mS/cm2] and `E` [mV].

    Returns:
        the mechanism; its current is outward positive [uA/cm2].

    Raises:
        ValueError: a key or value is not one that this type takes.
    """
    entry.known(("ion", "E", "g"))
    return channel(entry, "g", {})


OHMIC_LEAK = MechanismType(
    build=ohmic_leak,
    words=__doc__,
    examples=('leak = { type = "ohmic_leak", ion = "K", g = "0.1 mS/cm2" }',),
)
"""The type `ohmic_leak`."""
