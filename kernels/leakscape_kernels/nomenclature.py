"""The symbols: one table of names with unit, bounds and meaning, shared by every kernel.

Parameters and outputs share one namespace. A plain symbol (`temperature`, `V_rest`) stands alone;
a family (`P_<ion>`, `<ion>_out`, `blocked_<channel>`) takes the name of what it belongs to; their
rows are in `families`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from math import inf

from leakscape_kernels.families import FAMILIES, Symbol
from leakscape_kernels.families import FRACTION as _FRACTION
from leakscape_kernels.families import LIQUID_WATER as _LIQUID_WATER
from leakscape_kernels.families import NOT_NEGATIVE as _NOT_NEGATIVE
from leakscape_kernels.protocol import Output, Parameter

_OWNER = r"(?!(?:in|out|load|start)$)([A-Za-z][A-Za-z0-9]*)"
"""What a family may be completed with: `in` and `out` are kept for the two sides, `load` and
`start` for what else follows an ion's name."""

_EACH = "_equilibrium"
"""What turns the symbol of a read-out at rest into that of the same at every equilibrium."""


PLAIN = {
    "E": Symbol("mV", "reversal potential"),
    "I": Symbol("uA/cm2", "current density, outward positive", role="current"),
    "I_app": Symbol("uA/cm2", "injected current density, inward positive: it depolarises"),
    "I_step": Symbol("uA/cm2", "step of injected current, inward positive, beside I_app"),
    "I_block": Symbol("uA/cm2", "injected current from which depolarisation block is stable"),
    "I_loss": Symbol("uA/cm2", "injected current at which the resting state ceases to be stable"),
    "I_total": Symbol("uA/cm2", "total current density, outward positive", role="net_current"),
    "P": Symbol("cm/s", "permeability", _NOT_NEGATIVE),
    "V": Symbol("mV", "membrane potential, inside minus outside", role="potential"),
    "V_block": Symbol("mV", "potential at which depolarisation block begins", role="potential"),
    "V_loss": Symbol(
        "mV", "potential at which the resting state ceases to be stable", role="potential"
    ),
    "V_mean": Symbol("mV", "mean potential with the channels' flicker", role="potential"),
    "V_mean_linear": Symbol(
        "mV", "potential for the mean number of open channels", role="potential"
    ),
    "V_rest": Symbol("mV", "resting potential, inside minus outside", role="potential"),
    "V_momentary": Symbol(
        "mV", "zero of the current above V_rest with the slow gates held", role="potential"
    ),
    "V_saddle": Symbol("mV", "next unstable equilibrium above V_rest", role="potential"),
    "V_sd": Symbol("mV", "standard deviation of the potential", _NOT_NEGATIVE),
    "V_sd_linear": Symbol("mV", "standard deviation of V by linear noise", _NOT_NEGATIVE),
    "V_start": Symbol("mV", "membrane potential at the start, inside minus outside"),
    "V_threshold": Symbol("mV", "threshold potential, inside minus outside"),
    "X_in": Symbol("mmol/L", "concentration of impermeant solutes inside", _NOT_NEGATIVE),
    "X_out": Symbol("mmol/L", "concentration of impermeant solutes outside", _NOT_NEGATIVE),
    "area": Symbol("um2", "area of the cell's membrane", _NOT_NEGATIVE),
    "amplitude": Symbol("mV", "highest less lowest potential of the last spike", _NOT_NEGATIVE),
    "atp_rate": Symbol("1/s", "ATP that a cell spends on its pumps"),
    "atp_budget": Symbol("1/s", "ATP that a cell spends in all", _NOT_NEGATIVE),
    "atp_rate_chord": Symbol("1/s", "ATP by the chord equation, which leaves the pump out"),
    "budget_share": Symbol("1", "share of the energy budget that resting takes"),
    "capacitance": Symbol("uF/cm2", "membrane capacitance", _NOT_NEGATIVE),
    "cell_capacitance": Symbol("pF", "capacitance of the whole cell", _NOT_NEGATIVE),
    "charge_moved": Symbol("nC/cm2", "charge that has left the cell, per area"),
    "chord_conductance": Symbol("mS/cm2", "sum of I/(V - E) over the mechanisms"),
    "concentration_change": Symbol("mmol/L", "change of the concentration inside"),
    "gamma_channel": Symbol("pS", "conductance of one open channel", _NOT_NEGATIVE),
    "input_resistance": Symbol("MOhm", "input resistance of the cell, by slope"),
    "inside": Symbol("mmol/L", "concentration inside", _NOT_NEGATIVE),
    "hopf_criticality": Symbol(
        "1", "side of the loss on which its small limit cycle lies: -1 beyond, 1 before, 0 none"
    ),
    "ions_moved": Symbol("pmol/cm2", "ions that have left the cell, per area"),
    "latency": Symbol("ms", "time from the start of the step to the first spike", _NOT_NEGATIVE),
    "leak_conductance": Symbol("nS", "conductance of the whole cell's leak", _NOT_NEGATIVE),
    "membrane_resistance": Symbol("kOhm cm2", "slope resistance of the membrane"),
    "loss_kind": Symbol("1", "what ends the rest as the injected current grows"),
    "mu": Symbol("1", "common factor on mechanisms, as of dopamine", _NOT_NEGATIVE),
    "n_channels": Symbol("1", "number of channels of the cell", _NOT_NEGATIVE),
    "n_equilibria": Symbol("1", "number of equilibria", role="count"),
    "n_open": Symbol("1", "number of open channels", _NOT_NEGATIVE),
    "n_spikes": Symbol("1", "number of spikes during the step"),
    "n_stable": Symbol("1", "number of stable equilibria", role="count"),
    "n_unstable": Symbol("1", "number of modes that grow", role="count growing"),
    "n_stable_at_loss": Symbol(
        "1", "other stable equilibria where the resting state is lost, -1 where it is not"
    ),
    "n_X": Symbol("fmol", "amount of impermeant solutes inside", _NOT_NEGATIVE),
    "n_X_out": Symbol("fmol", "amount of impermeant solutes outside", _NOT_NEGATIVE),
    "near_fold": Symbol("1", "whether an equilibrium is about to vanish or appear"),
    "open_probability": Symbol("1", "probability that a channel is open", _FRACTION),
    "outside": Symbol("mmol/L", "concentration outside", _NOT_NEGATIVE),
    "pH_in": Symbol("1", "pH inside"),
    "pH_out": Symbol("1", "pH outside"),
    "pump_current": Symbol("pA", "net current of a cell's pumps, outward positive"),
    "pump_ratio": Symbol(
        "1",
        "Na ions out per K ion in of the pump that holds the gradients; 1 is no net pump current, "
        "any other value requires P_Cl = 0 (chloride passive)",
        (1.0, inf),
    ),
    "radius": Symbol("um", "radius of a spherical cell", _NOT_NEGATIVE),
    "rate": Symbol("Hz", "firing rate in the second half of the step", _NOT_NEGATIVE, role="rate"),
    "rate_error": Symbol("Hz", "error of the rate, by halving the step of time", _NOT_NEGATIVE),
    "regime": Symbol("1", "what the membrane does without injected current, by its equilibria"),
    "residual": Symbol("uA/cm2", "current that the root finder has left over"),
    "resonance_frequency": Symbol("Hz", "frequency at which the impedance is largest"),
    "rising": Symbol(
        "1", "1 where the steady current rises with V, 0 where it falls, -1 for none", role="slope"
    ),
    "seed": Symbol("1", "whole number that picks the random numbers", _NOT_NEGATIVE),
    "share_moved": Symbol("1", "ions that have left, over those that were inside"),
    "slope_conductance": Symbol("mS/cm2", "slope of the current-voltage curve"),
    "stable": Symbol(
        "1", "1 for a stable equilibrium, 0 for an unstable one, -1 for none", role="stability"
    ),
    "stable_I_end": Symbol("uA/cm2", "injected current at the upper end of a stable stretch"),
    "stable_I_start": Symbol("uA/cm2", "injected current at the lower end of a stable stretch"),
    "stable_V_end": Symbol("mV", "upper end of a stable stretch of V"),
    "stable_V_start": Symbol("mV", "lower end of a stable stretch of V"),
    "stable_end_kind": Symbol(
        "1", "what ends a stable stretch of V: 0 the window, 1 a fold, 2 a Hopf point"
    ),
    "t_block": Symbol("s", "time at which the pump is blocked", _NOT_NEGATIVE),
    "tau_channel": Symbol("ms", "correlation time of one channel", _NOT_NEGATIVE),
    "temperature": Symbol("degC", "temperature", _LIQUID_WATER),
    "threshold_distance": Symbol("mV", "distance from V_rest to V_threshold, which is assumed"),
    "time_constant": Symbol("ms", "capacitance over slope conductance, slow gates held"),
    "total_conductance": Symbol("mS/cm2", "sum of the conductances that are left open"),
    "valence_X": Symbol("1", "mean charge number of the impermeant solutes inside"),
    "volume": Symbol("um3", "volume of the cell's water", _NOT_NEGATIVE),
    "relative_volume": Symbol("1", "volume over that before the block"),
    "volume_total": Symbol("um3", "volume of the cell and its bath together", _NOT_NEGATIVE),
    "valence": Symbol("1", "charge number of the ion, with its sign"),
}
"""The symbols that stand alone."""

FLAGS = {
    "rising": {-1: "none", 0: "falling", 1: "rising"},
    "stable": {-1: "none", 0: "unstable", 1: "stable"},
    "stable_end_kind": {-1: "no_stretch", 0: "none", 1: "fold", 2: "hopf"},
    "loss_kind": {-1: "unknown", 0: "none", 1: "fold", 2: "hopf"},
    "hopf_criticality": {-2: "unknown", -1: "supercritical", 0: "none", 1: "subcritical"},
    "regime": {
        -1: "unknown",
        0: "oscillating",
        1: "multistable",
        2: "quiet",
        3: "depolarisation_block",
        4: "between",
    },
}
"""What whole numbers mean that stand for something."""

VALENCES = {
    "K": 1,
    "Na": 1,
    "Cl": -1,
    "H": 1,
    "HCO3": -1,
    "Ca": 2,
    "Mg": 2,
    "Li": 1,
    "Rb": 1,
    "Cs": 1,
    "NH4": 1,
    "NMDG": 1,
    "Br": -1,
    "NO3": -1,
    "Sr": 2,
    "Ba": 2,
    "SO4": -2,
}
"""Charge numbers of the ions that go by these names; a membrane's table decides of its own."""


def is_owner(name: str) -> bool:
    """Return whether a name may complete a family: letters and digits, no word that ends one."""
    return re.fullmatch(_OWNER, name) is not None


def symbol(name: str) -> Symbol:
    """Return the row of the table that a name belongs to, completed with its owner.

    Args:
        name: such as `temperature` or `P_Na`.

    Returns:
        unit, meaning and bounds.

    Raises:
        KeyError: the name is neither a plain symbol nor a completed family.
    """
    if name in PLAIN:
        return PLAIN[name]
    if name.endswith(_EACH):
        row = symbol(name.removesuffix(_EACH))
        meaning = row.meaning.replace("V_rest", "V") + ", at each equilibrium"
        role = f"{row.role} solutions" if name == "V_equilibrium" else row.role
        return Symbol(row.unit, meaning, row.bounds, role)
    for family, row in FAMILIES.items():
        match = re.fullmatch(family.replace("{}", _OWNER), name)
        if match:
            return replace(row, meaning=row.meaning.format(*match.groups()))
    raise KeyError(f"{name} is no symbol of the nomenclature")


def parameter(name: str, default: float | str | None = None, source: str = "") -> Parameter:
    """Return the parameter of this name, with the table's unit, bounds and meaning.

    Args:
        name: a symbol of the table.
        default: value when none is given [the symbol's unit, or a quantity with its unit].
        source: where the default comes from.

    Returns:
        the parameter.
    """
    row = symbol(name)
    return Parameter(
        unit=row.unit,
        default=default,
        bounds=row.bounds,
        meaning=row.meaning,
        source=source,
        valence=VALENCES.get(name.rpartition("_")[0]) if row.unit == "mmol/L" else None,
        role=row.role,
    )


def output(name: str, *, headline: bool = False, may_be_undefined: bool = False) -> Output:
    """Return the output of this name, with the table's unit and meaning.

    Args:
        name: a symbol of the table.
        headline: whether a caller who names no outputs wants this one.
        may_be_undefined: whether it may be NaN where the solution holds.

    Returns:
        the output.
    """
    row = symbol(name)
    return Output(
        unit=row.unit,
        long_name=row.meaning,
        headline=headline,
        may_be_undefined=may_be_undefined,
        role=row.role,
        flags=FLAGS.get(name, {}),
    )
