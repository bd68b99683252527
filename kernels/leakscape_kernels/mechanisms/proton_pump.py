"""The proton pump of plants and fungi as a cycle of two states.

I = I_max (k_io - k_oi kappa_io/kappa_oi)/(k_io + k_oi + kappa_oi + kappa_io), with
k_io = rate exp(u/2), k_oi = rate' exp(-u/2) and u = F V/(R T). I_max is the current far above the
reversal potential E = -dG_ATP/(protons F) + ln(10) (R T/F)(pH_in - pH_out), which fixes rate'. The
rate constants are constructed for this program: no measured set was found in print.

Limits:
    The solutions take part by their pH alone, and pH is what is given, not what the pump makes.

References:
    Hansen UP, Gradmann D, Sanders D, Slayman CL (1981) Interpretation of current-voltage
    relationships for "active" ion transport systems: I. Steady-state reaction-kinetic analysis of
    class-I mechanisms. J Membr Biol 63:165-190. doi:10.1007/BF01870979
"""

from __future__ import annotations

import math
from typing import Any

from leakscape_kernels.constants import F
from leakscape_kernels.mechanisms.channel import Size
from leakscape_kernels.mechanisms.mechanism import (
    Here,
    Mechanism,
    everywhere_forward,
    never_falling_forward,
)
from leakscape_kernels.mechanisms.mechanism_type import MechanismType
from leakscape_kernels.mechanisms.table_entry import Entry
from leakscape_kernels.on_demand import jnp

_CONSTRUCTED = (
    "constructed for this program: stalls at -431 mV and gives 65 % of I_max at -200 mV, at 20 degC"
)


def pump_reversal(here: Here) -> Any:
    """Return the potential at which ATP just pays for the protons [mV]."""
    chemical = math.log(10.0) * here["kT"] * (here["pH_in"] - here["pH_out"])
    return chemical - 1e6 * here["dG_ATP"] / (F * here["protons"])


def molecules_per_charge(here: Here) -> Any:
    """Return 1/n: one ATP moves n protons [1]."""
    return 1.0 / here["protons"]


def two_state_current(V: Any, here: Here) -> Any:
    """Return the current of the cycle [uA/cm2]."""
    kT, forward, back = here["kT"], here["kappa_oi"], here["kappa_io"]
    # k_0' e^{-u/2} with k_0' = k_0 (kappa_oi/kappa_io) e^{E/kT}: one exponent, no overflow.
    out = here["rate"] * jnp.exp(V / (2.0 * kT))
    home = here["rate"] * jnp.exp(pump_reversal(here) / kT - V / (2.0 * kT))
    cycle = out * back + home * forward + (forward + back) * back
    return here["size"] * back * (out - home) / cycle


def proton_pump(entry: Entry) -> Mechanism:
    """Return the pump that a table describes.

    Args:
        entry: what was written: `I_max` [uA/cm2], `dG_ATP` [kJ/mol], `protons`, `pH_in` and
            `pH_out` [1], `rate`, `kappa_oi` and `kappa_io` [1/s].

    Returns:
        the mechanism; its current is outward positive [uA/cm2].

    Raises:
        ValueError: a key or value is not one that this type takes.
    """
    rates: dict[str, float | None] = {"rate": 1e4, "kappa_oi": 100.0, "kappa_io": 1.0}
    energy: dict[str, float | None] = {"dG_ATP": 50.0, "protons": 1.0}
    entry.known(("I_max", "pH_in", "pH_out", *rates, *energy))
    parameters = entry.own({"I_max": None}) | entry.own(rates | energy, _CONSTRUCTED)
    for side, usual in (("pH_in", 7.5), ("pH_out", 6.0)):
        parameters[side] = entry.shared(side, side, usual, _CONSTRUCTED)
    return Mechanism(
        name=entry.name,
        parameters=parameters,
        size=Size("I_max"),
        current=two_state_current,
        reversal=pump_reversal,
        carries={"H": 1.0},
        atp=molecules_per_charge,
        channel=False,
        signed=True,
        rises_to=everywhere_forward,
        least_slope=never_falling_forward,
    )


PROTON_PUMP = MechanismType(
    build=proton_pump,
    words=__doc__,
    examples=('pump = { type = "proton_pump", I_max = "1 uA/cm2" }',),
    beside='leak = { type = "ohmic_leak", g = "0.01 mS/cm2", E = "-100 mV" }',
)
"""The type `proton_pump`."""
