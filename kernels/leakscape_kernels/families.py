"""The families of symbols: names that are completed with what they belong to."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

ANY = (-inf, inf)
NOT_NEGATIVE = (0.0, inf)
FRACTION = (0.0, 1.0)
LIQUID_WATER = (-20.0, 100.0)
"""Bounds that rows share; the last ones are of temperatures [degC]."""


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
    bounds: tuple[float, float] = ANY
    role: str = ""


FAMILIES = {
    "E_{}": Symbol("mV", "reversal potential of {}"),
    "I_const_{}": Symbol(
        "uA/cm2", "constant current density of {}, outward positive", role="current"
    ),
    "I_max_{}": Symbol("uA/cm2", "largest current density of {}, outward positive"),
    "IC50_{}": Symbol("mmol/L", "blocker concentration that halves {}", NOT_NEGATIVE),
    "I_{}": Symbol("uA/cm2", "current density through {}, outward positive", role="current"),
    "K_half_{}_{}": Symbol("mmol/L", "Ca at which gate {} of {} is half open", NOT_NEGATIVE),
    "K_K_{}": Symbol("mmol/L", "K outside at which {} is half active", NOT_NEGATIVE),
    "K_Na_{}": Symbol("mmol/L", "Na inside at which {} is half active", NOT_NEGATIVE),
    "K_ref_{}": Symbol("mmol/L", "K outside at which {} has its stated size", NOT_NEGATIVE),
    "K_exponent_{}": Symbol("1", "exponent with which {} rises with K outside", NOT_NEGATIVE),
    "K_width_{}": Symbol("mmol/L", "width of the rise of {} with K outside", NOT_NEGATIVE),
    "Kd0_{}": Symbol("mmol/L", "blocker concentration that halves {} at 0 mV", NOT_NEGATIVE),
    "Na_exponent_{}": Symbol("1", "exponent with which {} rises with Na inside", NOT_NEGATIVE),
    "Na_width_{}": Symbol("mmol/L", "width of the rise of {} with Na inside", NOT_NEGATIVE),
    "P_min_{}": Symbol("1", "open fraction of {} in the cold", FRACTION),
    "P_{}": Symbol("cm/s", "permeability to {}, unblocked", NOT_NEGATIVE),
    "Q10_{}_{}": Symbol("1", "factor on the rates of gate {} of {} over 10 degC", NOT_NEGATIVE),
    "Q10_{}": Symbol("1", "factor by which {} grows over 10 degC", NOT_NEGATIVE),
    "T_half_{}": Symbol("degC", "temperature at which the gate of {} is half open"),
    "T_ref_{}_{}": Symbol(
        "degC", "temperature at which gate {} of {} has its stated rates", LIQUID_WATER
    ),
    "T_ref_{}": Symbol("degC", "temperature at which {} has its stated size", LIQUID_WATER),
    "V_half_{}_{}": Symbol("mV", "potential at which gate {} of {} is half open"),
    "V_half2_{}": Symbol("mV", "potential at which the second factor of {} is half open"),
    "V_half_{}": Symbol("mV", "potential at which the gate of {} is half open"),
    "V_shift2_{}": Symbol("mV", "V_half2 minus E of {}: its second factor follows E"),
    "V_shift_{}": Symbol("mV", "V_half minus E of {}: its gate follows its reversal potential"),
    "blocked_{}": Symbol("1", "blocked fraction of {}", FRACTION),
    "dG_ATP_{}": Symbol("kJ/mol", "free energy that {} gets from one ATP", NOT_NEGATIVE),
    "dH_{}": Symbol("kJ/mol", "enthalpy of opening of {}"),
    "delta_{}": Symbol("1", "electrical depth of the blocker in {}"),
    "driving_force_{}": Symbol("mV", "driving force on {}: V_rest minus its reversal potential"),
    "g_{}": Symbol("mS/cm2", "conductance of {}, unblocked", NOT_NEGATIVE),
    "free_{}": Symbol("1", "part of the {} that comes in that stays free", FRACTION),
    "hill_{}_{}": Symbol("1", "Hill coefficient of gate {} of {}", NOT_NEGATIVE),
    "hill_{}": Symbol("1", "Hill coefficient of the block of {}", NOT_NEGATIVE),
    "n_{}": Symbol("fmol", "amount of {} inside and outside together", NOT_NEGATIVE),
    "lambda_{}": Symbol("cm/s", "Na that {} moves out per Na inside", NOT_NEGATIVE),
    "k2_{}": Symbol("mV", "slope of the second factor of {}"),
    "k_{}_{}": Symbol("mV", "slope of gate {} of {}"),
    "k_{}": Symbol("mV", "slope of the gate of {}"),
    "kappa_io_{}": Symbol("1/s", "reverse rate of the voltage-free step of {}", NOT_NEGATIVE),
    "kappa_oi_{}": Symbol("1/s", "forward rate of the voltage-free step of {}", NOT_NEGATIVE),
    "midpoint_alpha_{}_{}": Symbol("mV", "midpoint of the opening rate of gate {} of {}"),
    "midpoint_beta_{}_{}": Symbol("mV", "midpoint of the closing rate of gate {} of {}"),
    "power_{}": Symbol("1", "power of the open fraction of {}", NOT_NEGATIVE),
    "protons_{}": Symbol("1", "protons that {} moves for one ATP", NOT_NEGATIVE),
    "q_{}": Symbol("1", "steepness of the gate of {}: its logistic slope over 10 degC"),
    "rate_alpha_{}": Symbol("1/ms", "largest opening rate of {}", NOT_NEGATIVE),
    "rate_alpha_{}_{}": Symbol("1/ms", "opening rate of gate {} of {}", NOT_NEGATIVE),
    "rate_beta_{}": Symbol(
        "1/ms", "closing rate of {} at shift_beta, far and near apart", NOT_NEGATIVE
    ),
    "rate_beta_{}_{}": Symbol("1/ms", "closing rate of gate {} of {}", NOT_NEGATIVE),
    "rate_factor_{}_{}": Symbol("1", "factor on both rates of gate {} of {}", NOT_NEGATIVE),
    "rate_{}": Symbol("1/s", "rate of the charge-moving step of {} at 0 mV", NOT_NEGATIVE),
    "removal_time_{}": Symbol("ms", "time in which {} that came in is removed", NOT_NEGATIVE),
    "scale_alpha_{}_{}": Symbol("mV", "scale of the opening rate of gate {} of {}"),
    "scale_beta_{}_{}": Symbol("mV", "scale of the closing rate of gate {} of {}"),
    "shell_{}": Symbol("um", "depth of the shell that {} comes into", NOT_NEGATIVE),
    "shift_{}_{}": Symbol("mV", "V - E at which the exponent {} of {} is 0"),
    "steep_{}_{}": Symbol("1/mV", "steepness with V of the exponent {} of {}", NOT_NEGATIVE),
    "tau_V_half_{}_{}": Symbol("mV", "potential at which gate {} of {} is slowest"),
    "tau_k_{}_{}": Symbol("mV", "width of the bell of the time constant of gate {} of {}"),
    "tau_max_{}_{}": Symbol("ms", "largest time constant of gate {} of {}", NOT_NEGATIVE),
    "tau_min_{}_{}": Symbol("ms", "smallest time constant of gate {} of {}", NOT_NEGATIVE),
    "tau_{}_{}": Symbol("ms", "time constant of gate {} of {}", NOT_NEGATIVE),
    "{}_load": Symbol("1/s", "{} that leaks into a cell and is pumped out"),
    "{}_start": Symbol("mmol/L", "concentration of {} inside at the start", NOT_NEGATIVE),
    "{}_in": Symbol("mmol/L", "concentration of {} inside", NOT_NEGATIVE),
    "{}_out": Symbol("mmol/L", "concentration of {} outside", NOT_NEGATIVE),
}
"""The symbols that belong to an ion, a leak, a channel or a blocker."""
