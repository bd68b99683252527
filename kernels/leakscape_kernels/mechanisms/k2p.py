"""A K2P channel that opens with temperature: ohmic (g) or an open rectifier (P).

I = P_open g (V - E), or with P the current of a ghk_leak times P_open.
two_state: P_open = 1/(1 + exp((dH/R)(1/T - 1/T_half))), the thermodynamic gate.
orio: P_open = P_min + (1 - P_min)/(1 + exp(-(T - T_half) q/10)). Its q is a logistic slope of q/10
per degC, not a Q10.

Limits:
    It follows neither V, pH, lipids nor stretch.

References:
    Orio P, Parra A, Madrid R, González O, Belmonte C, Viana F (2012) Role of Ih in the firing
    pattern of mammalian cold thermoreceptor endings. J Neurophysiol 108:3009-3023.
    doi:10.1152/jn.01033.2011
    Maingret F, Lauritzen I, Patel AJ, Heurteaux C, Reyes R, Lesage F, Lazdunski M, Honoré E (2000)
    TREK-1 is a heat-activated background K+ channel. EMBO J 19:2483-2491.
    doi:10.1093/emboj/19.11.2483
"""

from __future__ import annotations

from typing import Any

from leakscape_kernels.constants import T0, R
from leakscape_kernels.mechanisms.channel import channel
from leakscape_kernels.mechanisms.mechanism import Here, Mechanism
from leakscape_kernels.mechanisms.mechanism_type import MechanismType
from leakscape_kernels.mechanisms.table_entry import Entry
from leakscape_kernels.on_demand import jax

_CONSTRUCTED = (
    "constructed for this program: 5.25 times as open at 37 as at 27 degC, where TREK-1 carries 7 "
    "times the current for 10 degC (Maingret et al. (2000), doi:10.1093/emboj/19.11.2483)"
)
_ORIO = "ModelDB 141063"


def two_state(here: Here) -> Any:
    """Return the open fraction of the thermodynamic gate [1]."""
    T, T_half = here["temperature"], here["T_half"]
    # 1/T - 1/T_half as one quotient: the difference of two inverses loses digits in float32.
    inverse = (T_half - T) / ((T + T0) * (T_half + T0))
    return jax.nn.sigmoid(-(1000.0 / R) * here["dH"] * inverse)


def orio(here: Here) -> Any:
    """Return the open fraction of the logistic gate [1]."""
    rise = jax.nn.sigmoid((here["temperature"] - here["T_half"]) * here["q"] / 10.0)
    return here["P_min"] + (1.0 - here["P_min"]) * rise


def k2p(entry: Entry) -> Mechanism:
    """Return the channel that a table describes: `g` or `P`, `ion` or `E`, `form` and its gate.

    Args:
        entry: what was written: `g` [mS/cm2] or `P` [cm/s], `E` [mV], `T_half` [degC], `dH`
            [kJ/mol], `P_min` and `q` [1].

    Returns:
        the mechanism; its current is outward positive [uA/cm2].

    Raises:
        ValueError: a key or value is not one that this type takes.
    """
    form = entry.choice("form", ("two_state", "orio"), "two_state")
    keys = ("dH", "T_half") if form == "two_state" else ("T_half", "P_min", "q")
    entry.known(("ion", "E", "g", "P", "form", *keys))
    if form == "two_state":
        gate, more = two_state, entry.own({"dH": 150.0, "T_half": 42.0}, _CONSTRUCTED)
    else:
        gate, more = orio, entry.own({"T_half": 29.0, "P_min": 0.2, "q": 5.0}, _ORIO)
    return channel(entry, entry.either("g", "P"), more, factor=gate)


K2P = MechanismType(
    build=k2p,
    words=__doc__,
    examples=(
        'TREK = { type = "k2p", ion = "K", g = "0.1 mS/cm2" }',
        'TREK = { type = "k2p", form = "orio", ion = "K", g = "0.1 mS/cm2" }',
    ),
)
"""The type `k2p`."""
