r"""A cell with N two-state channels and a leak: its parameters, its domain, its mean state.

$C\,dV/dt = -n\gamma(V - E_c) - g(V - E_l)$, outward current positive, where n of the N channels
are open. Each opens with the rate $p/\tau_c$ and closes with $(1 - p)/\tau_c$, independently of
the others and of V. All is for the whole cell: pS, nS, pF.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from leakscape_kernels.nomenclature import parameter
from leakscape_kernels.on_demand import jnp
from leakscape_kernels.protocol import Parameter, Values

NS_PER_PS = 1e-3
"""Nanosiemens in a picosiemens."""

_DEFAULTS: dict[str, float] = {
    "n_channels": 100.0,
    "gamma_channel": 14.0,
    "E_channel": -90.0,
    "open_probability": 0.5,
    "tau_channel": 5.0,
    "leak_conductance": 0.2,
    "E_leak": 60.0,
    "cell_capacitance": 20.0,
}
"""A small cell with potassium channels [the symbol's unit]."""


class Mean(NamedTuple):
    """The cell with the mean number of channels open.

    Args:
        V: the potential V* at which the currents cancel [mV].
        conductance: G* = N p gamma + g [nS].
        gamma: conductance of one channel [nS].
        drive: gamma (V* - E_c), the current through one open channel [pA].
    """

    V: Any
    conductance: Any
    gamma: Any
    drive: Any


def parameters() -> dict[str, Parameter]:
    """Return what describes a cell.

    Returns:
        name -> parameter: a count [1], conductances [pS, nS], potentials [mV], a probability [1], a
        time [ms] and a capacitance [pF], each with its default.
    """
    source = "constructed for this program: a small generic cell"
    return {name: parameter(name, value, source) for name, value in _DEFAULTS.items()}


def mean_state(values: Values) -> Mean:
    """Return the cell with the mean number of channels open; NaN where nothing conducts.

    Args:
        values: the parameters by name [pS, nS, pF, mV, 1].
    """
    gamma = NS_PER_PS * values["gamma_channel"]
    open_ = values["n_channels"] * values["open_probability"] * gamma
    leak = values["leak_conductance"]
    conducts = open_ + leak > 0
    total = jnp.where(conducts, open_ + leak, 1.0)
    # Both differences have factors that may be 0, and then are exact.
    span = values["E_leak"] - values["E_channel"]
    V = values["E_channel"] + leak / total * span
    V = jnp.where(conducts, V, jnp.nan)
    return Mean(V, total, gamma, gamma * (leak / total) * span)


def in_domain(values: Values) -> Any:
    """Return whether a cell is one: whole channels, positive times, something that conducts.

    Args:
        values: the parameters by name [pS, nS, pF, mV, ms, 1].
    """
    inside = jnp.asarray(True)
    for name in _DEFAULTS:
        low, high = parameter(name).bounds
        inside &= (values[name] >= low) & (values[name] <= high)
    count = values["n_channels"]
    open_ = count * values["open_probability"] * values["gamma_channel"]
    inside &= (count >= 1) & (count == jnp.round(count)) & (count < jnp.inf)
    inside &= (values["tau_channel"] > 0) & (values["cell_capacitance"] > 0)
    return inside & (open_ + values["leak_conductance"] > 0)
