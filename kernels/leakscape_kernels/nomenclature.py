"""The symbols: one table of names with unit, bounds and meaning, shared by every kernel.

Parameters and outputs share one namespace. A plain symbol (`temperature`, `V_rest`) stands alone;
a family (`P_<ion>`, `<ion>_out`, `blocked_<channel>`) takes the name of what it belongs to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from math import inf

from leakscape_kernels.protocol import Output, Parameter

_ANY = (-inf, inf)
_NOT_NEGATIVE = (0.0, inf)
_FRACTION = (0.0, 1.0)
_LIQUID_WATER = (-20.0, 100.0)

_OWNER = r"(?!(?:in|out|load|start)$)([A-Za-z][A-Za-z0-9]*)"
"""What a family may be completed with: `in` and `out` are kept for the two sides, `load` and
`start` for what else follows an ion's name."""

_EACH = "_equilibrium"
"""What turns the symbol of a read-out at rest into that of the same at every equilibrium."""


@dataclass(frozen=True)
class Symbol:
    """One row of the table.

    Args:
        unit: its unit everywhere.
        meaning: what it stands for; `{}` is replaced by the owner's name.
        bounds: smallest and largest value that makes sense [unit].
        role: what it is to the others, in words that `Output` names.
    """

    unit: str
    meaning: str
    bounds: tuple[float, float] = _ANY
    role: str = ""


PLAIN = {
    "E": Symbol("mV", "reversal potential"),
    "I": Symbol("uA/cm2", "current density, outward positive", role="current"),
    "I_app": Symbol("uA/cm2", "injected current density, inward positive: it depolarises"),
    "I_total": Symbol("uA/cm2", "total current density, outward positive", role="net_current"),
    "P": Symbol("cm/s", "permeability", _NOT_NEGATIVE),
    "V": Symbol("mV", "membrane potential, inside minus outside", role="potential"),
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
    "ions_moved": Symbol("pmol/cm2", "ions that have left the cell, per area"),
    "leak_conductance": Symbol("nS", "conductance of the whole cell's leak", _NOT_NEGATIVE),
    "membrane_resistance": Symbol("kOhm cm2", "slope resistance of the membrane"),
    "mu": Symbol("1", "common factor on mechanisms, as of dopamine", _NOT_NEGATIVE),
    "n_channels": Symbol("1", "number of channels of the cell", _NOT_NEGATIVE),
    "n_equilibria": Symbol("1", "number of equilibria", role="count"),
    "n_open": Symbol("1", "number of open channels", _NOT_NEGATIVE),
    "n_stable": Symbol("1", "number of stable equilibria", role="count"),
    "n_unstable": Symbol("1", "number of modes that grow", role="count"),
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
    "residual": Symbol("uA/cm2", "current that the root finder has left over"),
    "resonance_frequency": Symbol("Hz", "frequency at which the impedance is largest"),
    "rising": Symbol("1", "1 where the steady current rises with V, 0 where it falls, -1 for none"),
    "seed": Symbol("1", "whole number that picks the random numbers", _NOT_NEGATIVE),
    "share_moved": Symbol("1", "ions that have left, over those that were inside"),
    "slope_conductance": Symbol("mS/cm2", "slope of the current-voltage curve"),
    "stable": Symbol(
        "1", "1 for a stable equilibrium, 0 for an unstable one, -1 for none", role="stability"
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

FAMILIES = {
    "E_{}": Symbol("mV", "reversal potential of {}"),
    "I_const_{}": Symbol(
        "uA/cm2", "constant current density of {}, outward positive", role="current"
    ),
    "I_max_{}": Symbol("uA/cm2", "largest current density of {}, outward positive"),
    "IC50_{}": Symbol("mmol/L", "blocker concentration that halves {}", _NOT_NEGATIVE),
    "I_{}": Symbol("uA/cm2", "current density through {}, outward positive", role="current"),
    "K_exponent_{}": Symbol("1", "power of K outside with which {} grows", _NOT_NEGATIVE),
    "K_half_{}_{}": Symbol("mmol/L", "Ca at which gate {} of {} is half open", _NOT_NEGATIVE),
    "K_K_{}": Symbol("mmol/L", "K outside at which {} is half active", _NOT_NEGATIVE),
    "K_Na_{}": Symbol("mmol/L", "Na inside at which {} is half active", _NOT_NEGATIVE),
    "K_ref_{}": Symbol("mmol/L", "K outside at which {} has its stated size", _NOT_NEGATIVE),
    "K_exponent_{}": Symbol("1", "exponent with which {} rises with K outside", _NOT_NEGATIVE),
    "K_width_{}": Symbol("mmol/L", "width of the rise of {} with K outside", _NOT_NEGATIVE),
    "Kd0_{}": Symbol("mmol/L", "blocker concentration that halves {} at 0 mV", _NOT_NEGATIVE),
    "Na_exponent_{}": Symbol("1", "exponent with which {} rises with Na inside", _NOT_NEGATIVE),
    "Na_width_{}": Symbol("mmol/L", "width of the rise of {} with Na inside", _NOT_NEGATIVE),
    "P_min_{}": Symbol("1", "open fraction of {} in the cold", _FRACTION),
    "P_{}": Symbol("cm/s", "permeability to {}, unblocked", _NOT_NEGATIVE),
    "Q10_{}_{}": Symbol("1", "factor on the rates of gate {} of {} over 10 degC", _NOT_NEGATIVE),
    "Q10_{}": Symbol("1", "factor by which {} grows over 10 degC", _NOT_NEGATIVE),
    "T_half_{}": Symbol("degC", "temperature at which the gate of {} is half open"),
    "T_ref_{}_{}": Symbol(
        "degC", "temperature at which gate {} of {} has its stated rates", _LIQUID_WATER
    ),
    "T_ref_{}": Symbol("degC", "temperature at which {} has its stated size", _LIQUID_WATER),
    "V_half_{}_{}": Symbol("mV", "potential at which gate {} of {} is half open"),
    "V_half2_{}": Symbol("mV", "potential at which the second factor of {} is half open"),
    "V_half_{}": Symbol("mV", "potential at which the gate of {} is half open"),
    "V_shift2_{}": Symbol("mV", "V_half2 minus E of {}: its second factor follows E"),
    "V_shift_{}": Symbol("mV", "V_half minus E of {}: its gate follows its reversal potential"),
    "blocked_{}": Symbol("1", "blocked fraction of {}", _FRACTION),
    "dG_ATP_{}": Symbol("kJ/mol", "free energy that {} gets from one ATP", _NOT_NEGATIVE),
    "dH_{}": Symbol("kJ/mol", "enthalpy of opening of {}"),
    "delta_{}": Symbol("1", "electrical depth of the blocker in {}"),
    "driving_force_{}": Symbol("mV", "driving force on {}: V_rest minus its reversal potential"),
    "g_{}": Symbol("mS/cm2", "conductance of {}, unblocked", _NOT_NEGATIVE),
    "free_{}": Symbol("1", "part of the {} that comes in that stays free", _FRACTION),
    "hill_{}_{}": Symbol("1", "Hill coefficient of gate {} of {}", _NOT_NEGATIVE),
    "hill_{}": Symbol("1", "Hill coefficient of the block of {}", _NOT_NEGATIVE),
    "n_{}": Symbol("fmol", "amount of {} inside and outside together", _NOT_NEGATIVE),
    "lambda_{}": Symbol("cm/s", "Na that {} moves out per Na inside", _NOT_NEGATIVE),
    "k2_{}": Symbol("mV", "slope of the second factor of {}"),
    "k_{}_{}": Symbol("mV", "slope of gate {} of {}"),
    "k_{}": Symbol("mV", "slope of the gate of {}"),
    "kappa_io_{}": Symbol("1/s", "reverse rate of the voltage-free step of {}", _NOT_NEGATIVE),
    "kappa_oi_{}": Symbol("1/s", "forward rate of the voltage-free step of {}", _NOT_NEGATIVE),
    "midpoint_alpha_{}_{}": Symbol("mV", "midpoint of the opening rate of gate {} of {}"),
    "midpoint_beta_{}_{}": Symbol("mV", "midpoint of the closing rate of gate {} of {}"),
    "power_{}": Symbol("1", "power of the open fraction of {}", _NOT_NEGATIVE),
    "protons_{}": Symbol("1", "protons that {} moves for one ATP", _NOT_NEGATIVE),
    "q_{}": Symbol("1", "steepness of the gate of {}: its logistic slope over 10 degC"),
    "rate_alpha_{}": Symbol("1/ms", "largest opening rate of {}", _NOT_NEGATIVE),
    "rate_alpha_{}_{}": Symbol("1/ms", "opening rate of gate {} of {}", _NOT_NEGATIVE),
    "rate_beta_{}": Symbol(
        "1/ms", "closing rate of {} at shift_beta, far and near apart", _NOT_NEGATIVE
    ),
    "rate_beta_{}_{}": Symbol("1/ms", "closing rate of gate {} of {}", _NOT_NEGATIVE),
    "rate_factor_{}_{}": Symbol("1", "factor on both rates of gate {} of {}", _NOT_NEGATIVE),
    "rate_{}": Symbol("1/s", "rate of the charge-moving step of {} at 0 mV", _NOT_NEGATIVE),
    "removal_time_{}": Symbol("ms", "time in which {} that came in is removed", _NOT_NEGATIVE),
    "scale_alpha_{}_{}": Symbol("mV", "scale of the opening rate of gate {} of {}"),
    "scale_beta_{}_{}": Symbol("mV", "scale of the closing rate of gate {} of {}"),
    "shell_{}": Symbol("um", "depth of the shell that {} comes into", _NOT_NEGATIVE),
    "shift_{}_{}": Symbol("mV", "V - E at which the exponent {} of {} is 0"),
    "steep_{}_{}": Symbol("1/mV", "steepness with V of the exponent {} of {}", _NOT_NEGATIVE),
    "tau_V_half_{}_{}": Symbol("mV", "potential at which gate {} of {} is slowest"),
    "tau_k_{}_{}": Symbol("mV", "width of the bell of the time constant of gate {} of {}"),
    "tau_max_{}_{}": Symbol("ms", "largest time constant of gate {} of {}", _NOT_NEGATIVE),
    "tau_min_{}_{}": Symbol("ms", "smallest time constant of gate {} of {}", _NOT_NEGATIVE),
    "tau_{}_{}": Symbol("ms", "time constant of gate {} of {}", _NOT_NEGATIVE),
    "{}_load": Symbol("1/s", "{} that leaks into a cell and is pumped out"),
    "{}_start": Symbol("mmol/L", "concentration of {} inside at the start", _NOT_NEGATIVE),
    "{}_in": Symbol("mmol/L", "concentration of {} inside", _NOT_NEGATIVE),
    "{}_out": Symbol("mmol/L", "concentration of {} outside", _NOT_NEGATIVE),
}
"""The symbols that belong to an ion, a leak, a channel or a blocker."""


FLAGS = {
    "rising": {-1: "none", 0: "falling", 1: "rising"},
    "stable": {-1: "none", 0: "unstable", 1: "stable"},
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
