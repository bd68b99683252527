r"""The sodium-potassium pump: 3 Na out and 2 K in for one ATP, a net outward current.

I = I_max times the rate law (`law`, see `pump_laws`), times $1/(1 + (c/IC_{50})^n)$ of `ouabain`.
Sodium carries 3 I, potassium -2 I.

A cycle stores $F(3 E_{Na} - 2 E_K - V)$, which one ATP has to pay. The pump stalls where it cannot,
at $V_{rev} = 3 E_{Na} - 2 E_K - |\Delta G_{ATP}|/F$ (-231 mV for 57 kJ/mol in a textbook neuron);
a law without a stall is wrong below. `dG_ATP` switches on the factor
$\tanh\frac{F(V - V_{rev})}{2RT}$: 1 far above, 0 at the stall, -1 far below, where the pump makes
ATP. Only the zero is thermodynamics; the shape is the simplest one that saturates.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from leakscape_kernels.channel import hill_open
from leakscape_kernels.constants import F
from leakscape_kernels.mechanisms.mechanism import (
    Here,
    Mechanism,
    anywhere,
    everywhere,
    everywhere_forward,
    never_falling,
    never_falling_forward,
)
from leakscape_kernels.mechanisms.pathway import steady
from leakscape_kernels.mechanisms.pump_laws import LAWS
from leakscape_kernels.mechanisms.table_entry import Entry
from leakscape_kernels.nernst import reversal_potential
from leakscape_kernels.on_demand import jnp

_BETWEEN = (
    "constructed for this program: between the sensitive isoforms of the rat (K_d 0.0016 and 0.115 "
    "umol/L, alpha 3 and 2) and alpha 1 of rodents (IC50 48 umol/L), PMID 8161218"
)


def stall_potential(here: Here) -> Any:
    """Return the potential at which one ATP just pays for one cycle [mV]."""
    T = here["temperature"]
    E_Na = reversal_potential(1, here["Na_in"], here["Na_out"], T)
    E_K = reversal_potential(1, here["K_in"], here["K_out"], T)
    # kJ/mol over C/mol is kV: 1e6 mV.
    return 3.0 * E_Na - 2.0 * E_K - 1e6 * here["dG_ATP"] / F


@dataclass(frozen=True)
class Stalling:
    """A rate law that vanishes at the stall potential and reverses below it.

    Args:
        current: the law without a stall.
    """

    current: Callable[[Any, Here], Any]

    def __call__(self, V: Any, here: Here) -> Any:
        """Return the current [uA/cm2]."""
        force = (V - stall_potential(here)) / (2.0 * here["kT"])
        return self.current(V, here) * jnp.tanh(force)


@dataclass(frozen=True)
class Poisoned:
    """A rate law with ouabain outside.

    Args:
        size: the law without ouabain.
    """

    size: Callable[[Here], Any]

    def __call__(self, here: Here) -> Any:
        """Return the current that ouabain leaves [uA/cm2]."""
        return self.size(here) * hill_open(here["ouabain_out"], here["IC50"], here["hill"])


def _gradients_exist(here: Here) -> Any:
    """Return whether sodium and potassium are on both sides."""
    sodium = (here["Na_in"] > 0) & (here["Na_out"] > 0)
    return sodium & (here["K_in"] > 0) & (here["K_out"] > 0)


def molecules_per_charge(here: Here) -> Any:
    """Return 1: one ATP moves one net charge [1]."""
    return 1.0


def sodium_potassium_pump(entry: Entry) -> Mechanism:
    """Return the pump that a table describes: `law` and its constants, ouabain, `dG_ATP`.

    With a `block` of its own the pump has no ouabain: the block takes its place.
    """
    name = entry.choice("law", LAWS)
    law = LAWS[name]
    stalls = "dG_ATP" in entry.table
    poison = () if "block" in entry.table else ("ouabain", "IC50", "hill")
    entry.known(("law", *law.constants, "dG_ATP", *poison))
    needs = ("Na", "K") if stalls else law.needs
    for ion in needs:
        if ion not in entry.ions:
            raise ValueError(f"{entry.where}: the law {name} needs the ion {ion}; add it to ions")
    parameters = entry.own(law.constants, law.source)
    if stalls:
        parameters |= entry.own({"dG_ATP": None})
    if poison:
        dose = entry.shared("ouabain", "ouabain_out", 0.0, "no ouabain")
        parameters |= {"ouabain_out": dose}
        parameters |= entry.own({"IC50": 1e-3, "hill": 1.0}, _BETWEEN)
    # A rising law times the rising factor of a stall may fall where that is negative.
    rises = law.current is steady or not stalls
    known: dict[str, Any] = {}
    if rises:
        known = {"rises_to": everywhere_forward, "least_slope": never_falling_forward}
    if law.current is steady and not stalls:
        known = {"rises_to": everywhere, "least_slope": never_falling}
    return Mechanism(
        name=entry.name,
        parameters=parameters,
        size=Poisoned(law.size) if poison else law.size,
        current=Stalling(law.current) if stalls else law.current,
        reversal=stall_potential if stalls else None,
        inside=_gradients_exist if stalls else anywhere,
        needs=needs,
        atp=molecules_per_charge,
        channel=False,
        signed=stalls,
        **known,
    )
