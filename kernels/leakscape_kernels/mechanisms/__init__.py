"""The mechanisms of a membrane: each one pure function of V and its own parameters.

`mechanism` says what a mechanism is, `table_entry` reads what a user wrote about one, `pathway`
holds the ways in which ions cross (ohmic, constant field, a fixed current), and every other file
is one type. A further type is one such file and one row in `types`.

A mechanism of your own, in a file beside a study or in a package, imports from here: `channel`
makes the mechanism of a table's `Entry`, behind any `Gate`; `read_gates` reads a table of gates; a
`Mechanism` may also be put together part by part.
"""

from leakscape_kernels.mechanisms.channel import channel
from leakscape_kernels.mechanisms.gate import Gate
from leakscape_kernels.mechanisms.gate_table import read_gates
from leakscape_kernels.mechanisms.mechanism import Here, Ion, Mechanism
from leakscape_kernels.mechanisms.mechanism_type import MechanismType
from leakscape_kernels.mechanisms.table_entry import Entry

__all__ = ["Entry", "Gate", "Here", "Ion", "Mechanism", "MechanismType", "channel", "read_gates"]
