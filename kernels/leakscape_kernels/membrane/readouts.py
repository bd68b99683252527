"""What a membrane shows at a potential: currents, forces, conductances, times, cost.

Everything is a function of V and of a membrane's `State`, so that it serves at rest as at every
equilibrium. Resistances come from the slope of the steady current-voltage curve, which is what an
electrode measures, the time constant from the slope with the slow gates held, as the first
milliseconds after a step show it; each is negative where its slope is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leakscape_kernels.formulas.energy import (
    MEGOHM_UM2,
    SODIUM_PER_ATP,
    charges_per_second,
    chord_atp_rate,
    leaks_both_ways,
)
from leakscape_kernels.membrane.at_values import State
from leakscape_kernels.membrane.gating import Gating
from leakscape_kernels.membrane.membrane import Membrane
from leakscape_kernels.membrane.stability import momentary_slope
from leakscape_kernels.nomenclature import output
from leakscape_kernels.numerics import has_log_ratio, nan_unless
from leakscape_kernels.on_demand import jax, jnp
from leakscape_kernels.protocol import Output

HEADLINES = ("V_rest",)
"""The outputs that a study keeps unless it names others."""


def slope(state: State, V: Any) -> Any:
    """Return dI/dV of the whole membrane [mS/cm2]."""
    return jax.jvp(state.total, (V,), (jnp.ones_like(V),))[1]


def chord_conductance(state: State, V: Any) -> Any:
    """Return the sum of I/(V - E) over the mechanisms that conduct [mS/cm2].

    Of the ways to turn a permeability into a conductance this is the chord at V: with it the chord
    equation V = sum(g E)/sum(g) gives the V of the constant field back. Pumps and constant currents
    do not count. NaN where the solution of an ion that crosses the constant field is 0.
    """
    return sum((state.conductance(name, V) for name in state.parts), start=jnp.zeros_like(V))


def atp_rate(membrane: Membrane, state: State, V: Any) -> Any:
    """Return what the pumps of a cell spend [1/s], or None where nothing tells.

    I/e for each pump, by its molecules of ATP per charge. In a membrane without a pump, a third of
    the sodium that leaks in: what a pump would spend to return it.
    """
    spent: Any = None
    for name, part in state.parts.items():
        if part.mechanism.atp is not None:
            share = part.mechanism.atp(state.here[name]) * state.current(name, V)
            spent = share if spent is None else spent + share
    if spent is None:
        return sodium_load(membrane, state, V) / SODIUM_PER_ATP if has_sodium(membrane) else None
    return charges_per_second(spent, state.values["area"])


def sodium_load(membrane: Membrane, state: State, V: Any) -> Any:
    """Return the sodium ions that leak into a cell [1/s]: -I_Na/e of every path whose ion is Na.

    Where the pump balances the leak, a 3:2 pump spends a third of it, and its current I_p = -I_Na/3
    over e is `atp_rate`. At a rest of the current alone the two may differ: sodium runs down or up.
    """
    leaks = [name for name, part in state.parts.items() if part.mechanism.ion == "Na"]
    inward = -sum(state.current(name, V) for name in leaks)
    return charges_per_second(inward, state.values["area"])


def has_sodium(membrane: Membrane) -> bool:
    """Return whether a membrane has a path for sodium."""
    return any(part.mechanism.ion == "Na" for part in membrane.parts.values())


def has_chord(membrane: Membrane) -> bool:
    """Return whether the chord equation of Na and K has something to say."""
    return has_sodium(membrane) and "K" in membrane.kinds


def has_atp_rate(membrane: Membrane) -> bool:
    """Return whether a membrane has a pump, or sodium for one to return."""
    pumps = any(part.mechanism.atp is not None for part in membrane.parts.values())
    return pumps or has_sodium(membrane)


def has_budget(membrane: Membrane) -> bool:
    """Return whether a membrane spends ATP and states what of."""
    return has_atp_rate(membrane) and "atp_budget" in membrane.parameters


def readouts(membrane: Membrane, state: State, V: Any) -> dict[str, Any]:
    """Return every read-out at a potential, by the name that it has at rest.

    Args:
        membrane: the membrane.
        state: its parameters' values.
        V: membrane potential [mV].

    Returns:
        the outputs of `described`; all but E are NaN where V is. Of the others those that `absent`
        speaks of may be NaN.
    """
    values, exists = state.values, jnp.isfinite(V)
    found = {"residual": state.total(V)}
    found |= {f"I_{name}": state.current(name, V) for name in state.parts}
    found |= {f"E_{ion}": E for ion, E in state.E.items()}
    for name in state.parts:
        E = state.reversal(name)
        if E is not None:
            found[f"driving_force_{name}"] = V - E
    conductance = slope(state, V)
    momentary = momentary_slope(Gating(state), V) if membrane.moves else conductance
    resistance = 1.0 / conductance
    per_area = MEGOHM_UM2 / values["area"]
    found |= {
        "slope_conductance": conductance,
        "chord_conductance": chord_conductance(state, V),
        "membrane_resistance": resistance,
        "input_resistance": nan_unless(values["area"] > 0, resistance * per_area),
        "time_constant": values["capacitance"] / momentary,
        "threshold_distance": values["V_threshold"] - V,
    }
    if has_atp_rate(membrane):
        found["atp_rate"] = atp_rate(membrane, state, V)
    if has_budget(membrane):
        found["budget_share"] = found["atp_rate"] / values["atp_budget"]
    if has_chord(membrane):
        electrode = (V, state.E["Na"], state.E["K"], found["input_resistance"])
        found["atp_rate_chord"] = chord_atp_rate(*electrode)
    if has_sodium(membrane):
        found["Na_load"] = sodium_load(membrane, state, V)
    return {
        name: value if name.startswith("E_") else nan_unless(exists, value)
        for name, value in found.items()
    }


def absent(membrane: Membrane, state: State, V: Any) -> Any:
    """Return whether any read-out of a rest is undefined, whatever else is kept of it.

    E of an ion that one side lacks, and with it the ion's driving force and the chord conductance;
    the input resistance of no membrane; what the chord equation says outside E_K < V < E_Na. It
    asks what these are made of, so that their logarithms are not computed for the answer.
    """
    values = state.values
    lacking: Any = jnp.logical_not(values["area"] > 0)
    for ion in membrane.kinds:
        lacking |= jnp.logical_not(has_log_ratio(values[f"{ion}_out"], values[f"{ion}_in"]))
    if has_chord(membrane):
        lacking |= jnp.logical_not(leaks_both_ways(V, state.E["Na"], state.E["K"]))
    return lacking


def described(membrane: Membrane) -> Mapping[str, Output]:
    """Return the read-outs of a membrane by name, each at rest."""
    names = ["residual", *(f"I_{name}" for name in membrane.parts)]
    names += [f"E_{ion}" for ion in membrane.kinds]
    names += [
        f"driving_force_{name}"
        for name, part in membrane.parts.items()
        if part.mechanism.reversal is not None
    ]
    names += ["slope_conductance", "chord_conductance", "membrane_resistance", "input_resistance"]
    names += ["time_constant", "threshold_distance"]
    names += ["atp_rate"] if has_atp_rate(membrane) else []
    names += ["budget_share"] if has_budget(membrane) else []
    names += ["atp_rate_chord"] if has_chord(membrane) else []
    names += ["Na_load"] if has_sodium(membrane) else []
    ions = {name for name, part in membrane.parts.items() if part.mechanism.ion is not None}
    partial = {"chord_conductance", "input_resistance", "atp_rate_chord"}
    partial |= {f"E_{ion}" for ion in membrane.kinds} | {f"driving_force_{name}" for name in ions}
    return {name: output(name, may_be_undefined=name in partial) for name in names}
