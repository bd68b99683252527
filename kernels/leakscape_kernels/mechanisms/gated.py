"""A steady-state Boltzmann gate on an ohmic or a constant-field channel.

I = I_open/(1 + exp(-(V - V_half)/k)), where I_open is g (V - E), or with P the current of a
ghk_leak. A positive k opens the channel on depolarisation (activation); a negative one on
hyperpolarisation (inactivation, or an HCN channel).

Limits:
    The gate is in its steady state: this is for rests, not for action potentials. It is one
    Boltzmann factor, without a power. A gate steeper than k = 5 mV wants more `cells`.

References:
    Hodgkin AL, Huxley AF (1952) A quantitative description of membrane current and its application
    to conduction and excitation in nerve. J Physiol 117:500-544.
    doi:10.1113/jphysiol.1952.sp004764
"""

from __future__ import annotations

from leakscape_kernels.mechanisms.boltzmann import BoltzmannBounds, rising
from leakscape_kernels.mechanisms.channel import channel
from leakscape_kernels.mechanisms.gate import Gate
from leakscape_kernels.mechanisms.gate_table import KEYS as GATE_KEYS
from leakscape_kernels.mechanisms.gate_table import read_gates
from leakscape_kernels.mechanisms.mechanism import Mechanism
from leakscape_kernels.mechanisms.mechanism_type import MechanismType
from leakscape_kernels.mechanisms.table_entry import Entry


def gated(entry: Entry) -> Mechanism:
    """Return the channel that a table describes: `g` and `E` or `ion`, or `P` and `ion`; gate.

    Args:
        entry: what was written: `g` [mS/cm2] or `P` [cm/s], `E` [mV], `V_half` and `k` [mV].

    Returns:
        the mechanism; its current is outward positive [uA/cm2].

    Raises:
        ValueError: a key or value is not one that this type takes.
    """
    entry.known(("ion", "E", "g", "P", "V_half", "k", "gates"))
    symbol = entry.either("g", "P")
    entry.means("gates", f"one table by gate: {', '.join(GATE_KEYS)}")
    if "gates" in entry.table:
        return _of_gates(entry, symbol)
    # Of a gated constant field nothing is known: it bends by itself.
    bounds = BoltzmannBounds(opens=True) if symbol == "g" else None
    middle = entry.own({"V_half": None, "k": None})
    return channel(entry, symbol, middle, gate=Gate(steady=rising), bounds=bounds)


def _of_gates(entry: Entry, symbol: str) -> Mechanism:
    """Return a channel behind gates of its own."""
    for key in ("V_half", "k"):
        if key in entry.table:
            raise ValueError(f"{entry.where}: {key} belongs to a gate; write it in gates")
    gates, parameters = read_gates(entry, entry.table["gates"])
    return channel(entry, symbol, parameters, gates=gates)


GATED = MechanismType(
    build=gated,
    words=__doc__,
    examples=(
        'NaP = { type = "gated", ion = "Na", g = "0.1 mS/cm2", V_half = "-50 mV", k = "5 mV" }',
    ),
)
"""The type `gated`."""
