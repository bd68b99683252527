"""The sodium-potassium pump: 3 Na out and 2 K in for one ATP.

I = I_max times the rate law, a net outward current, times 1/(1 + (ouabain_out/IC50)^hill). Sodium
carries 3 I, potassium -2 I. The laws:
hill: (1 + K_K/K_out)^-K_exponent (1 + K_Na/Na_in)^-Na_exponent, the NEURON mechanism nakpump:
2 sites for potassium and 3 for sodium.
sigmoid: 1/(1 + exp((K_Na - Na_in)/Na_width)) 1/(1 + exp((K_K - K_out)/K_width)).
cubic: (Na_in/Na_out)^3.
luo_rudy: 1/(1 + (K_Na/Na_in)^Na_exponent) K_out/(K_out + K_K), Na_exponent = 1.5, times a
factor that follows V.
hamada: the isoforms alpha 1 and alpha 3 side by side, of sodium alone; I_max is that of alpha 3.
linear: I = F lambda Na_in/3, a pumped sodium flux in proportion to sodium, without I_max.
constant: 1.

Limits:
    A cycle stores F (3 E_Na - 2 E_K - V), which one ATP has to pay. The pump stalls where it
    cannot, at V_rev = 3 E_Na - 2 E_K - dG_ATP/F (-231 mV for 57 kJ/mol in a textbook neuron); a law
    without a stall is wrong below. dG_ATP switches on the factor tanh(F (V - V_rev)/(2 R T)): 1 far
    above, 0 at the stall, -1 far below, where the pump makes ATP. Only the zero is thermodynamics;
    the shape is the simplest one that saturates.

References:
    Kager H, Wadman WJ, Somjen GG (2000) Simulated seizures and spreading depression in a neuron
    model incorporating interstitial space and ion concentrations. J Neurophysiol 84:495-512.
    doi:10.1152/jn.2000.84.1.495
    Cressman JR, Ullah G, Ziburkus J, Schiff SJ, Barreto E (2009) The influence of sodium and
    potassium dynamics on excitability, seizures, and the stability of persistent states. J Comput
    Neurosci 26:159-170. doi:10.1007/s10827-008-0132-4
    Düsterwald KM et al. (2018) Biophysical models reveal the relative importance of transporter
    proteins and impermeant anions in chloride homeostasis. eLife 7:e39575. doi:10.7554/eLife.39575
    Gabbiani F, Cox SJ (2017) Mathematics for Neuroscientists, 2nd ed. Academic Press.
    ISBN 978-0-12-801895-8
    Luo CH, Rudy Y (1994) A dynamic model of the cardiac ventricular action potential. Circ Res
    74:1071-1096. doi:10.1161/01.RES.74.6.1071
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from leakscape_kernels.constants import F
from leakscape_kernels.formulas.nernst import reversal_potential
from leakscape_kernels.mechanisms.mechanism import (
    Here,
    Mechanism,
    anywhere,
    everywhere,
    everywhere_forward,
    never_falling,
    never_falling_forward,
)
from leakscape_kernels.mechanisms.mechanism_type import MechanismType
from leakscape_kernels.mechanisms.pathway import STEADY
from leakscape_kernels.mechanisms.pump_laws import LAWS
from leakscape_kernels.mechanisms.table_entry import Entry
from leakscape_kernels.modifiers import hill_open
from leakscape_kernels.on_demand import jnp

_BETWEEN = (
    "constructed for this program: between the sensitive isoforms of the rat (K_d 0.0016 and 0.115 "
    "umol/L, alpha 3 and 2) and alpha 1 of rodents (IC50 48 umol/L), PMID 8161218"
)

MOVES = {"Na": 3.0, "K": -2.0}
"""Ions that leave for each net charge that a cycle moves outward [1]."""


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

    Args:
        entry: what was written: `I_max` [uA/cm2], the law's own constants, `ouabain` and `IC50`
            [mmol/L], `hill` [1], `dG_ATP` [kJ/mol].

    Returns:
        the mechanism; its current is outward positive [uA/cm2].

    Raises:
        ValueError: a key or value is not one that the law takes, or an ion is missing.
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
    rises = law.current == STEADY or not stalls
    known: dict[str, Any] = {}
    if rises:
        known = {"rises_to": everywhere_forward, "least_slope": never_falling_forward}
    if law.current == STEADY and not stalls:
        known = {"rises_to": everywhere, "least_slope": never_falling}
    return Mechanism(
        name=entry.name,
        parameters=parameters,
        size=Poisoned(law.size) if poison else law.size,
        current=Stalling(law.current) if stalls else law.current,
        reversal=stall_potential if stalls else None,
        inside=_gradients_exist if stalls else anywhere,
        needs=needs,
        carries=MOVES,
        atp=molecules_per_charge,
        channel=False,
        signed=stalls,
        **known,
    )


SODIUM_POTASSIUM_PUMP = MechanismType(
    build=sodium_potassium_pump,
    words=__doc__,
    examples=(
        'pump = { type = "sodium_potassium_pump", law = "hill", I_max = "1 uA/cm2" }',
        'pump = { type = "sodium_potassium_pump", law = "sigmoid", I_max = "1 uA/cm2" }',
        'pump = { type = "sodium_potassium_pump", law = "cubic", I_max = "1000 uA/cm2" }',
        'pump = { type = "sodium_potassium_pump", law = "luo_rudy", I_max = "1 uA/cm2" }',
        'pump = { type = "sodium_potassium_pump", law = "hamada", I_max = "1 uA/cm2" }',
        'pump = { type = "sodium_potassium_pump", law = "linear", lambda = "1e-5 cm/s" }',
        'pump = { type = "sodium_potassium_pump", law = "constant", I_max = "1 uA/cm2" }',
    ),
    beside='leak = { type = "ohmic_leak", g = "0.1 mS/cm2", E = "-70 mV" }',
)
"""The type `sodium_potassium_pump`."""
