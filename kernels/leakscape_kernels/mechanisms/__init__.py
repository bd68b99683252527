"""The mechanisms of a membrane: each one pure function of V and its own parameters.

`mechanism` says what a mechanism is, `table_entry` reads what a user wrote about one, `pathway`
holds the ways in which ions cross (ohmic, constant field, a fixed current), and every other file
is one type. A further type is one such file and one row in `types`.

A mechanism of your own, in a file beside a study or in a package, imports from here: `channel`
makes the mechanism of a table's `Entry`; a `Mechanism` may also be put together part by part.
"""

from leakscape_kernels.mechanisms.channel import channel
from leakscape_kernels.mechanisms.mechanism import Here, Ion, Mechanism
from leakscape_kernels.mechanisms.mechanism_type import MechanismType
from leakscape_kernels.mechanisms.table_entry import Entry

__all__ = ["Entry", "Here", "Ion", "Mechanism", "MechanismType", "channel"]
